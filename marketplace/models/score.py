"""Bit-exact scoring of integer models with numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel
from marketplace.models.fast_trees import MAX_LEAVES, Ranks, plan_trees, run_group
from marketplace.models.linear import LinearModel, Task, linear_raw
from marketplace.models.paths import paths_of
from marketplace.models.trees import TreeModel
from marketplace.models.walk import Walk, equal_trees
from marketplace.threads import in_order

_BLOCK_CELLS = 2**22
"""Rows x trees of a block: 16 MiB of int32; there is a block for each core, and two more."""

_FEW = 6
"""Fewer small trees are walked: ranking all values of a row would cost more than it saves."""

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
    for start, sums in tree_blocks(model, rows, lambda values: sum_trees(model, values)):
        out[start : start + len(sums)] = sums
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


Made = TypeVar("Made")


def tree_blocks(
    model: TreeModel, rows: np.ndarray, make: Callable[[np.ndarray], Made]
) -> Iterator[tuple[int, Made]]:
    """Yield the first row of each block and what ``make`` makes of it, in order; blocks share the cores.

    Parameters
    ----------
    model : TreeModel
    rows : ndarray of int32, shape (n_rows, n_features)
    make : callable
        Takes contributions, an ndarray of int32 of shape (n_trees, rows of the block).
    """
    size = max(64, min(_BLOCK_ROWS, _BLOCK_CELLS // len(model.counts)))
    kin = equal_trees(model)
    contribute = paths_of(model, kin) or _by_numpy(model, kin)

    def run(first: int) -> tuple[int, Made]:
        return first, make(contribute(rows[first : first + size]))

    yield from in_order(run, iter(range(0, len(rows), size)))


def _by_numpy(model: TreeModel, kin: list[list[int]]) -> Callable[[np.ndarray], np.ndarray]:
    """Do what `paths_of` does, without compiled code."""
    small = [trees for trees in kin if model.counts[trees[0]] < 2 * MAX_LEAVES]
    if len(small) < _FEW:
        small = []
    groups = [(group, Ranks(group)) for group in plan_trees(model, small)]
    done = {trees[0] for trees in small}
    walks = [Walk(model, trees) for trees in kin if trees[0] not in done]

    def contribute(rows: np.ndarray) -> np.ndarray:
        columns = np.ascontiguousarray(rows.T)
        values = np.empty((len(model.counts), columns.shape[1]), dtype=np.int32)
        for group, ranks in groups:
            run_group(group, ranks, columns, values)
        for walk in walks:
            walk.run(columns, values)
        return values

    return contribute


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
