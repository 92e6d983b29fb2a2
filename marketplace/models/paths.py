"""Follow trees with compiled code (native/trees.c): every tree, of any size, a row at a time.

A node's test becomes one comparison. The integers that go right are neighbours on a circle of 2**32, on
which the missing value stands behind the largest one: ``low`` is the first of them, ``width`` their number.
Only a node that sends one integer and the missing value right needs a second node, for the missing value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from marketplace.constants import INT32_MAX, MISSING
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel
from marketplace.native import load_library

_DECLARED = """
void tessera_follow_trees(const uint32_t *records, const uint32_t *roots, const uint32_t *leaders,
                          size_t trees, const int32_t *rows, size_t features, size_t count, int32_t *out);
"""

_CHILD = 2
"""Column of a record: low, width, child, feature."""


def paths_of(model: TreeModel, kin: list[list[int]]) -> Callable[[np.ndarray], np.ndarray] | None:
    """Make a model ready to be followed; None where that code was not compiled.

    Parameters
    ----------
    model : TreeModel
    kin : list of list of int
        From `equal_trees`.

    Returns
    -------
    callable or None
        Takes rows, an ndarray of int32 of shape (n_rows, features); returns what each tree contributes, an
        ndarray of int32 of shape (n_trees, n_rows). Threads may call it at the same time.
    """
    library = _library()
    if library is None:
        return None
    records, roots = _records(model)
    leaders = np.empty(len(roots), dtype=np.uint32)
    for trees in kin:
        leaders[trees] = trees[0]
    return lambda rows: _follow(library, model, (records, roots, leaders), rows)


def _follow(
    library: tuple[Any, Any], model: TreeModel, tables: tuple[np.ndarray, ...], rows: np.ndarray
) -> np.ndarray:
    ffi, functions = library
    count, features = rows.shape
    if rows.dtype != np.int32 or features != model.head.features:
        raise ValueError("rows are int32, and of the model's width")
    out = np.empty((len(model.counts), count), dtype=np.int32)
    if count:
        words = [ffi.from_buffer("uint32_t[]", table) for table in tables]
        cells = ffi.from_buffer("int32_t[]", np.ascontiguousarray(rows))
        values = ffi.from_buffer("int32_t[]", out, require_writable=True)
        functions.tessera_follow_trees(*words, len(model.counts), cells, features, count, values)
    return out


@cache
def _library() -> tuple[Any, Any] | None:
    return load_library("trees", _DECLARED)


def _records(model: TreeModel) -> tuple[np.ndarray, np.ndarray]:
    """Return what the library reads of nodes, and where each tree begins there.

    A tree's root comes first, then the pairs of children in the order of their parents; at last the pairs of
    nodes that were added.
    """
    leaf, tree = model.flags == LEAF, np.repeat(np.arange(len(model.counts)), model.counts)
    inner = np.flatnonzero(~leaf)
    double = inner[model.flags[inner] == MISSING_RIGHT | EQUALS]
    sizes = model.counts + 2 * np.bincount(tree[double], minlength=len(model.counts))
    roots = np.cumsum(sizes) - sizes
    place = np.empty(len(leaf), dtype=np.int64)
    place[model.starts] = roots
    pairs = roots[tree[inner]] + 1 + 2 * _count_before(~leaf, model.starts[tree])[inner]
    place[inner + 1], place[model.right[inner]] = pairs, pairs + 1
    records = np.empty((int(sizes.sum()), 4), dtype=np.uint32)
    records[place] = _tests(model, leaf, place)
    records[place[inner], _CHILD] = pairs
    if len(double):
        is_double = np.zeros(len(leaf), dtype=bool)
        is_double[double] = True
        added = (roots + model.counts)[tree[double]]
        added += 2 * _count_before(is_double, model.starts[tree])[double]
        _add(records, records[place[double], _CHILD].astype(np.int64), added, model.feature[double])
    return records, roots.astype(np.uint32)


def _count_before(marked: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Count the marked nodes of its tree that come before each node."""
    before = np.cumsum(marked) - marked
    return before - before[starts]


def _tests(model: TreeModel, leaf: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the record of each node, as if it were a leaf's as to children."""
    value = model.value.astype(np.int64)
    equals = leaf | (model.flags & EQUALS > 0)
    above = INT32_MAX - value + (model.flags & MISSING_RIGHT)
    low = np.where(equals, value, value + 1)
    width = np.where(leaf, 0, np.where(equals, 1, above))
    return np.stack([low, width, place, model.feature], axis=1).astype(np.uint32)


def _add(records: np.ndarray, pairs: np.ndarray, added: np.ndarray, feature: np.ndarray) -> None:
    """Put a test for the missing value in the place of left children; it leads to copies of both children."""
    for side in (0, 1):
        copies = records[pairs + side]
        is_leaf = copies[:, _CHILD] == pairs + side
        copies[is_leaf, _CHILD] = added[is_leaf] + side
        records[added + side] = copies
    ones = np.ones(len(pairs), dtype=np.int64)
    records[pairs] = np.stack([MISSING * ones, ones, added, feature], axis=1).astype(np.uint32)
