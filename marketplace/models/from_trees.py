"""Convert fitted scikit-learn trees to integer trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from marketplace.constants import MAX_MODEL_BYTES, MAX_TREE_DEPTH
from marketplace.errors import DataError
from marketplace.models.columns import Column
from marketplace.models.plans import Plan, Record, lookup_plan, numeric_plans
from marketplace.models.trees import LEAF, RECORD

MAX_NODES = MAX_MODEL_BYTES // RECORD.itemsize
"""More nodes do not fit a canonical model."""


@dataclass(frozen=True)
class Skeleton:
    """A tree without the values of its leaves; it decides as scikit-learn's does on every row.

    Attributes
    ----------
    left, right : sequence of int
        Children by node number; of no meaning for leaves.
    plans : dict of int to Plan
        The test of each inner node, by its number.
    """

    left: Sequence[int]
    right: Sequence[int]
    plans: dict[int, Plan]


def read_tree(tree: Any, columns: list[Column]) -> Skeleton:
    """Read one tree of scikit-learn: left if the float32 of a column is at most a float64 threshold.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
    columns : list of Column

    Returns
    -------
    Skeleton
    """
    inner = np.flatnonzero(tree.children_left >= 0)
    nan_left = np.asarray(tree.missing_go_to_left)[inner].astype(bool)
    plans = threshold_plans(columns, inner, tree.feature[inner], tree.threshold[inner], nan_left, np.float32)
    return Skeleton(tree.children_left.tolist(), tree.children_right.tolist(), plans)


def threshold_plans(
    columns: list[Column],
    nodes: np.ndarray,
    used: np.ndarray,
    thresholds: np.ndarray,
    nan_left: np.ndarray,
    dtype: type[np.floating],
) -> dict[int, Plan]:
    """Plan nodes that compare a column with a threshold.

    Parameters
    ----------
    columns : list of Column
    nodes, used, thresholds, nan_left : ndarray, shape (n_nodes,)
        Node numbers, columns, thresholds, and whether NaN goes left.
    dtype : type
        In which scikit-learn compares.

    Returns
    -------
    dict of int to Plan
        By node number.
    """
    plans: dict[int, Plan] = {}
    for index in np.unique(used):
        column, here = columns[index], used == index
        if column.lookup is None:
            made = numeric_plans(column, thresholds[here], nan_left[here], dtype)
        else:
            pairs = zip(thresholds[here].tolist(), nan_left[here].tolist(), strict=True)
            made = [_lookup_plan(column, bound, missing, dtype) for bound, missing in pairs]
        plans.update(zip(nodes[here].tolist(), made, strict=True))
    return plans


def _lookup_plan(column: Column, bound: float, nan_left: bool, dtype: type[np.floating]) -> Plan:
    return lookup_plan(column, lambda x: nan_left if np.isnan(x) else bool(float(dtype(x)) <= bound))


def tree_records(tree: Skeleton, leaves: Sequence[int]) -> list[Record]:
    """Write one tree as integer nodes.

    A test that needs several integer nodes can lead to one child from several places; each gets a
    copy of it.

    Parameters
    ----------
    tree : Skeleton
    leaves : sequence of int
        The int32 value of each leaf, by node number.

    Returns
    -------
    list of Record
        Nodes in preorder.

    Raises
    ------
    DataError
        If the tree is too deep or too large.
    """
    out: list[Record] = []
    stack: list[tuple[int, Plan | None, int]] = [(0, None, 0)]
    while stack:
        node, plan, depth = stack.pop()
        if plan is None:
            plan = tree.plans.get(node)
        if plan is None:
            out.append((LEAF, 0, leaves[node]))
        elif isinstance(plan, bool):
            stack.append((int(tree.left[node] if plan else tree.right[node]), None, depth))
        else:
            _require_size(depth, len(out))
            record, left, right = plan
            out.append(record)
            stack.append((node, right, depth + 1))
            stack.append((node, left, depth + 1))
    return out


def _require_size(depth: int, nodes: int) -> None:
    if depth >= MAX_TREE_DEPTH:
        raise DataError(f"a tree is deeper than {MAX_TREE_DEPTH} nodes", "train with max_depth set")
    if nodes >= MAX_NODES:
        raise DataError(
            f"a tree has more than {MAX_NODES} nodes, since its tests on categories take many each",
            "train with fewer categories or leaves, or one-hot encode them",
        )
