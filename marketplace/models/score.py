"""Bit-exact scoring of integer models with numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel
from marketplace.models.linear import LinearModel, Task, linear_raw
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel

_SMALL_TREE = 160
"""Nodes up to which evaluating every node beats walking (measured: they meet near 200)."""

_BLOCK_CELLS = 2**22
"""Rows x trees held at a time: 16 MiB of int32."""

_BLOCK_ROWS = 8192


def predict(model: IntegerModel, rows: np.ndarray) -> np.ndarray:
    """Predict labels, exactly as a contract would.

    Parameters
    ----------
    model : LinearModel or TreeModel
    rows : ndarray of int32, shape (n_rows, model.head.features)

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Class index, or target units.

    Raises
    ------
    DataError
        If the rows have another width.
    """
    return decide(model, raw_outputs(model, rows))


def raw_outputs(model: IntegerModel, rows: np.ndarray) -> np.ndarray:
    """Compute raw outputs.

    Parameters
    ----------
    model : LinearModel or TreeModel
    rows : ndarray of int32, shape (n_rows, model.head.features)

    Returns
    -------
    ndarray of int64, shape (n_rows, outputs)

    Raises
    ------
    DataError
        If the rows have another width.
    """
    rows = _require_rows(model, rows)
    if isinstance(model, LinearModel):
        return linear_raw(model, rows)
    out = np.empty((len(rows), model.head.outputs), dtype=np.int64)
    for start, values in tree_blocks(model, rows):
        out[start : start + values.shape[1]] = sum_trees(model, values)
    return out


def decide(model: IntegerModel, raw: np.ndarray) -> np.ndarray:
    """Turn raw outputs of shape (n_rows, outputs) into int64 labels of shape (n_rows,)."""
    if model.head.task == Task.REGRESS:
        return raw[:, 0] // model.head.divisor
    if model.head.outputs == 1:
        return (raw[:, 0] > 0).astype(np.int64)
    return raw.argmax(axis=1).astype(np.int64)


def fit_width(rows: np.ndarray, features: int) -> np.ndarray:
    """Cut rows to ``features`` columns, or fill them up with the missing value.

    A model whose width is not that of the rows still has one defined result.
    """
    have = rows.shape[1]
    if have >= features:
        return rows[:, :features]
    return np.pad(rows, ((0, 0), (0, features - have)), constant_values=MISSING)


def sum_trees(model: TreeModel, values: np.ndarray) -> np.ndarray:
    """Add what trees contribute to their outputs.

    Parameters
    ----------
    model : TreeModel
    values : ndarray of int32, shape (n_trees, n_rows)

    Returns
    -------
    ndarray of int64, shape (n_rows, outputs)
    """
    outputs = model.head.outputs
    sums = [values[o::outputs].sum(axis=0, dtype=np.int64) for o in range(outputs)]
    return np.stack(sums, axis=1) + model.bases


def tree_blocks(model: TreeModel, rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield ``(first row, contributions)``, the latter int32 of shape (n_trees, rows of the block)."""
    size = max(64, min(_BLOCK_ROWS, _BLOCK_CELLS // len(model.counts)))
    starts, counts = model.starts.tolist(), model.counts.tolist()
    flags = [np.bitwise_or.reduce(model.flags[s : s + c] & 3) for s, c in zip(starts, counts, strict=True)]
    for first in range(0, len(rows), size):
        block = _Block(np.ascontiguousarray(rows[first : first + size].T))
        values = np.empty((len(counts), block.size), dtype=np.int32)
        for tree, (start, count) in enumerate(zip(starts, counts, strict=True)):
            if count <= _SMALL_TREE:
                values[tree] = block.evaluate(model, start)
            else:
                values[tree] = block.walk(model, start, count, int(flags[tree]))
        yield first, values


class _Block:
    """Some rows, feature by feature, and two ways to run a tree over them."""

    def __init__(self, columns: np.ndarray) -> None:
        self.columns = columns
        self.size = columns.shape[1]
        # As unsigned numbers in the same order, but the missing value above all others.
        self.raised = (columns.view(np.uint32) ^ np.uint32(2**31)) - np.uint32(1)
        self.has_missing = bool((columns == MISSING).any())

    def evaluate(self, model: TreeModel, node: int) -> np.ndarray:
        """Evaluate every node over all rows, and choose from the leaves up."""
        flags = int(model.flags[node])
        if flags == LEAF:
            return model.value[node]
        left = self.evaluate(model, node + 1)
        right = self.evaluate(model, int(model.right[node]))
        feature, threshold = int(model.feature[node]), model.value[node]
        if flags & EQUALS:
            goes_right = self.columns[feature] == threshold
            if flags & MISSING_RIGHT:
                goes_right |= self.columns[feature] == MISSING
        elif flags & MISSING_RIGHT:
            goes_right = self.raised[feature] > np.uint32(int(threshold) + 2**31 - 1)
        else:
            goes_right = self.columns[feature] > threshold
        return np.where(goes_right, right, left)

    def walk(self, model: TreeModel, start: int, count: int, used: int) -> np.ndarray:
        """Follow each row from the root to its leaf, all rows a level at a time."""
        part = slice(start, start + count)
        flags, threshold = model.flags[part], model.value[part]
        offset = model.feature[part].astype(np.int64) * self.size
        leaf = flags == LEAF
        child = np.empty((count, 2), dtype=np.int64)
        child[:, 0] = np.where(leaf, np.arange(count), np.arange(count) + 1)
        child[:, 1] = np.where(leaf, np.arange(count), model.right[part] - start)
        children, cells = child.ravel(), self.columns.ravel()
        result = np.zeros(self.size, dtype=np.int64)
        row, at = np.arange(self.size), np.zeros(self.size, dtype=np.int64)
        level = 0
        while len(row):
            value = cells.take(offset.take(at) + row)
            goes_right = value > threshold.take(at)
            if used & EQUALS:
                equal = (flags.take(at) & EQUALS) != 0
                goes_right = np.where(equal, value == threshold.take(at), goes_right)
            if used & MISSING_RIGHT and self.has_missing:
                goes_right |= (value == MISSING) & ((flags.take(at) & MISSING_RIGHT) != 0)
            at = children.take(2 * at + goes_right)
            level += 1
            if level % 4 == 0:
                done = leaf.take(at)
                result[row[done]] = at[done]
                row, at = row[~done], at[~done]
        return threshold.take(result)


def _require_rows(model: IntegerModel, rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.dtype != np.int32:
        raise TypeError("rows are an int32 array of two dimensions")
    if rows.shape[1] != model.head.features:
        raise DataError(
            f"the model reads rows of {model.head.features} features, these have {rows.shape[1]}",
            "encode the table with the row schema that the model was made for",
        )
    return rows
