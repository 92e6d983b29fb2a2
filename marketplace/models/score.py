"""Bit-exact scoring of integer models with numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel
from marketplace.models.fast_trees import MAX_LEAVES, Ranks, plan_trees, run_group
from marketplace.models.linear import LinearModel, Task, linear_raw
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel

_BLOCK_CELLS = 2**24
"""Rows x trees held at a time: 64 MiB of int32."""

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
    is_small = model.counts < 2 * MAX_LEAVES
    groups = [(group, Ranks(group)) for group in plan_trees(model, np.flatnonzero(is_small).tolist())]
    large = np.flatnonzero(~is_small).tolist()
    for first in range(0, len(rows), size):
        columns = np.ascontiguousarray(rows[first : first + size].T)
        values = np.empty((len(model.counts), columns.shape[1]), dtype=np.int32)
        for group, ranks in groups:
            run_group(group, ranks, columns, values)
        for tree in large:
            values[tree] = walk_tree(model, tree, columns)
        yield first, values


def walk_tree(model: TreeModel, tree: int, columns: np.ndarray) -> np.ndarray:
    """Follow each row from the root to its leaf, all rows a level at a time.

    Parameters
    ----------
    model : TreeModel
    tree : int
    columns : ndarray of int32, shape (features, n_rows), C-contiguous

    Returns
    -------
    ndarray of int32, shape (n_rows,)
    """
    size, start, count = columns.shape[1], int(model.starts[tree]), int(model.counts[tree])
    part = slice(start, start + count)
    flags, threshold = model.flags[part], model.value[part]
    leaf, nodes = flags == LEAF, np.arange(count)
    offset = model.feature[part].astype(np.int64) * size
    left, right = np.where(leaf, nodes, nodes + 1), np.where(leaf, nodes, model.right[part] - start)
    children, cells = np.stack([left, right], axis=1).ravel(), columns.ravel()
    inner = flags[~leaf]
    some_equal, some_right = (inner & EQUALS).any(), (inner & MISSING_RIGHT).any()
    result = np.zeros(size, dtype=np.int64)
    row, at, level = np.arange(size), np.zeros(size, dtype=np.int64), 0
    while len(row):
        value, bound = cells.take(offset.take(at) + row), threshold.take(at)
        goes_right = value > bound
        if some_equal:
            goes_right = np.where(flags.take(at) & EQUALS, value == bound, goes_right)
        if some_right:
            goes_right |= (value == MISSING) & (flags.take(at) & MISSING_RIGHT).astype(bool)
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
