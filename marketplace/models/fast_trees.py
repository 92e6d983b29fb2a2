"""Run small trees over many rows at once, without following paths (QuickScorer).

Every value of a feature is replaced by its rank among the thresholds of a group of trees. A tree
has, for each feature it reads, a table from rank to a 64-bit mask: the leaves that the feature's
nodes leave possible (bit 0 is the leftmost). The exit leaf is the lowest bit of the masks' AND.

References
----------
Lucchese et al. 2015, QuickScorer. https://doi.org/10.1145/2766462.2767733
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from marketplace.constants import MISSING
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel

MAX_LEAVES = 64
"""Leaves of a small tree: one mask is one word."""

GROUP_NODES = 2**15
"""Nodes that share ranks: bounds the tables of a tree to some hundred KiB."""

_ALL = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Plan:
    """A small tree, taken apart.

    Attributes
    ----------
    leaf_values : dict of int to ndarray of int32, shape (n_leaves,)
        For each tree that differs in nothing else: its leaves from left to right.
    nodes : list of (feature, flags, threshold, mask of the left subtree's leaves)
    """

    leaf_values: dict[int, np.ndarray]
    nodes: list[tuple[int, int, int, int]]


def plan_trees(model: TreeModel, kin: list[list[int]]) -> Iterator[list[Plan]]:
    """Yield groups of small trees of at most `GROUP_NODES` nodes (or one tree); `equal_trees` gives them."""
    counts = model.counts.tolist()
    group: list[Plan] = []
    size = 0
    for trees in kin:
        count = counts[trees[0]]
        if group and size + count > GROUP_NODES:
            yield group
            group, size = [], 0
        group.append(_plan(model, trees, count))
        size += count
    if group:
        yield group


def _plan(model: TreeModel, trees: list[int], count: int) -> Plan:
    starts = model.starts[trees].tolist()
    start = starts[0]
    part = slice(start, start + count)
    flags, feature = model.flags[part].tolist(), model.feature[part].tolist()
    value, right = model.value[part], (model.right[part] - start).tolist()
    is_leaf = model.flags[part] == LEAF
    before = (np.cumsum(is_leaf) - is_leaf).tolist()  # leaves left of a node
    thresholds = value.tolist()
    nodes = [
        (feature[i], flags[i], thresholds[i], (1 << before[right[i]]) - (1 << before[i]))
        for i in np.flatnonzero(~is_leaf).tolist()
    ]
    values = [model.value[at : at + count][is_leaf].astype(np.int32) for at in starts]
    return Plan(dict(zip(trees, values, strict=True)), nodes)


class Ranks:
    """Thresholds of a group of trees, and tables made from them."""

    def __init__(self, group: list[Plan]) -> None:
        found: dict[int, set[int]] = {}
        for plan in group:
            for feature, flags, threshold, _ in plan.nodes:
                bounds = found.setdefault(feature, set())
                bounds.add(threshold)
                if flags & EQUALS:
                    bounds.add(threshold - 1)
        self.bounds = {f: np.array(sorted(bounds), dtype=np.int64) for f, bounds in found.items()}
        self.index = {f: {b: i for i, b in enumerate(bounds.tolist())} for f, bounds in self.bounds.items()}

    def of_rows(self, columns: np.ndarray) -> dict[int, np.ndarray]:
        """Rank int32 columns of shape (features, rows): how many bounds lie below; missing last."""
        ranks = {}
        for feature, bounds in self.bounds.items():
            column = columns[feature]
            rank = np.searchsorted(bounds.astype(np.int32), column, side="left")
            rank[column == MISSING] = len(bounds) + 1
            ranks[feature] = rank
        return ranks

    def tables(self, plan: Plan) -> dict[int, np.ndarray]:
        """Return the masks of one tree by feature and rank."""
        tables: dict[int, np.ndarray] = {}
        for feature, flags, threshold, left in plan.nodes:
            last = len(self.bounds[feature]) + 1
            table = tables.get(feature)
            if table is None:
                table = tables[feature] = np.full(last + 1, _ALL)
            keep = np.uint64(2**64 - 1 - left)
            above = self.index[feature][threshold] + 1
            if flags & EQUALS:  # ranks between threshold - 1 and threshold: exactly one
                table[above - 1] &= keep
            else:
                table[above:last] &= keep
            if flags & MISSING_RIGHT:
                table[last] &= keep
        return tables


def run_group(group: list[Plan], ranks: Ranks, columns: np.ndarray, values: np.ndarray) -> None:
    """Write what each tree of a group contributes.

    Parameters
    ----------
    group : list of Plan
    ranks : Ranks
    columns : ndarray of int32, shape (n_features, n_rows)
    values : ndarray of int32, shape (n_trees, n_rows)
        Rows of other trees are left alone.
    """
    rows = columns.shape[1]
    by_feature = ranks.of_rows(columns)
    mask, picked = np.empty(rows, dtype=np.uint64), np.empty(rows, dtype=np.uint64)
    for plan in group:
        if not plan.nodes:
            for tree, leaf_values in plan.leaf_values.items():
                values[tree] = leaf_values[0]
            continue
        for i, (feature, table) in enumerate(ranks.tables(plan).items()):
            target = picked if i else mask
            np.take(table, by_feature[feature], out=target, mode="clip")
            if i:
                np.bitwise_and(mask, picked, out=mask)
        # Lowest bit: bits below it are those of ~mask & (mask - 1).
        np.subtract(mask, np.uint64(1), out=picked)
        np.invert(mask, out=mask)
        np.bitwise_and(mask, picked, out=mask)
        leaf = np.bitwise_count(mask)
        for tree, leaf_values in plan.leaf_values.items():
            np.take(leaf_values, leaf, out=values[tree], mode="clip")
