"""Convert fitted scikit-learn trees to integer trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from marketplace.constants import INT32_MAX, MAX_TREE_DEPTH, MISSING
from marketplace.errors import DataError
from marketplace.models.columns import Column
from marketplace.models.linear import Head
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel

Record = tuple[int, int, int]
"""Flags, feature, value: one node."""

ALWAYS_LEFT = -1
ALWAYS_RIGHT = -2


def tree_records(tree: Any, columns: list[Column], leaf: Callable[[int], int]) -> list[Record]:
    """Convert one tree; it decides as scikit-learn's does on every row.

    A node of scikit-learn goes left if the float32 of its column is at most a float64 threshold.
    All steps of a column ascend, so this is a threshold on the integer, found by bisection over the
    very arithmetic of scikit-learn.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
    columns : list of Column
    leaf : callable
        Gives the int32 value of a leaf by its node number.

    Returns
    -------
    list of tuple
        Nodes in preorder.

    Raises
    ------
    DataError
        If the tree is too deep.
    """
    tests = _tests(tree, columns)
    out: list[Record] = []
    stack = [(0, 0)]
    while stack:
        node, depth = stack.pop()
        test = tests.get(node)
        if test is None:
            out.append((LEAF, 0, leaf(node)))
            continue
        if test[0] == ALWAYS_LEFT:
            stack.append((int(tree.children_left[node]), depth))
            continue
        if test[0] == ALWAYS_RIGHT:
            stack.append((int(tree.children_right[node]), depth))
            continue
        if depth >= MAX_TREE_DEPTH:
            raise DataError(f"a tree is deeper than {MAX_TREE_DEPTH} nodes", "train with max_depth set")
        out.append(test)
        stack.append((int(tree.children_right[node]), depth + 1))
        stack.append((int(tree.children_left[node]), depth + 1))
    return out


def _tests(tree: Any, columns: list[Column]) -> dict[int, Record]:
    """Return the test of each inner node, by its number."""
    inner = np.flatnonzero(tree.children_left >= 0)
    used, thresholds = tree.feature[inner], tree.threshold[inner]
    nan_left = np.asarray(tree.missing_go_to_left)[inner].astype(bool)
    tests: dict[int, Record] = {}
    for index in np.unique(used):
        column, here = columns[index], used == index
        if column.code is not None:
            made = [_equals_test(column, t) for t in thresholds[here]]
        else:
            bounds = _integer_thresholds(column, thresholds[here])
            left = _missing_left(column, thresholds[here], nan_left[here])
            made = [_value_test(column.feature, b, m) for b, m in zip(bounds, left, strict=True)]
        tests.update(zip(inner[here].tolist(), made, strict=True))
    return tests


def _integer_thresholds(column: Column, thresholds: np.ndarray) -> np.ndarray:
    """Return the largest integers that go left; MISSING where none does."""
    low = np.full(len(thresholds), MISSING, dtype=np.int64)
    high = np.full(len(thresholds), INT32_MAX, dtype=np.int64)
    while (low < high).any():
        middle = (low + high + 1) >> 1
        goes_left = column.at(middle).astype(np.float32) <= thresholds
        low, high = np.where(goes_left, middle, low), np.where(goes_left, high, middle - 1)
    return low


def _missing_left(column: Column, thresholds: np.ndarray, nan_left: np.ndarray) -> np.ndarray:
    if column.fill is None:
        return nan_left
    seen = np.float32(column.run(np.float64(column.fill)))
    return seen <= thresholds


def _value_test(feature: int, bound: int, missing_left: bool) -> Record:
    flags = 0 if missing_left else MISSING_RIGHT
    if bound == MISSING:  # every value goes right
        if not missing_left:
            return (ALWAYS_RIGHT, 0, 0)
        return (0, feature, MISSING + 1)  # all values that can occur are greater
    return (flags, feature, int(bound))


def _equals_test(column: Column, threshold: float) -> Record:
    zero, one = (np.float32(column.run(np.float64(v))) <= threshold for v in (0.0, 1.0))
    if zero and one:
        return (ALWAYS_LEFT, 0, 0)
    if not zero:
        return (ALWAYS_RIGHT, 0, 0)
    if column.code == MISSING:  # no value is greater than the largest one
        return (MISSING_RIGHT, column.feature, INT32_MAX)
    assert column.code is not None
    return (EQUALS, column.feature, column.code)


def assemble(head: Head, bases: np.ndarray, trees: list[list[Record]]) -> TreeModel:
    """Put trees, each a list of preorder nodes, into one model."""
    nodes = np.array([record for tree in trees for record in tree], dtype=np.int64).reshape(-1, 3)
    return TreeModel(
        head,
        np.asarray(bases, dtype=np.int64),
        np.array([len(tree) for tree in trees], dtype=np.int64),
        nodes[:, 0].astype(np.uint8),
        nodes[:, 1].astype(np.int32),
        nodes[:, 2].astype(np.int32),
    )
