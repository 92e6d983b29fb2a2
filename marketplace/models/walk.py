"""Follow many rows at once through one tree, a level at a time."""

from __future__ import annotations

import numpy as np

from marketplace.constants import MISSING
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel

_LEVELS = 4
"""Levels between two looks at which rows have arrived."""


def equal_trees(model: TreeModel) -> list[list[int]]:
    """Put trees together that differ in nothing but their leaves' values, as the classes of a forest do.

    Only trees of one round (one for each output) are compared.

    Returns
    -------
    list of list of int
        Every tree is in one of them.
    """
    outputs, starts, counts = model.head.outputs, model.starts.tolist(), model.counts.tolist()
    bound = np.where(model.flags == LEAF, 0, model.value)
    groups: list[list[int]] = []
    for tree, (start, count) in enumerate(zip(starts, counts, strict=True)):
        if tree % outputs:
            leader = groups[-1][0]
            mine, theirs = slice(start, start + count), slice(starts[leader], starts[leader] + count)
            if counts[leader] == count and all(
                np.array_equal(part[mine], part[theirs]) for part in (model.flags, model.feature, bound)
            ):
                groups[-1].append(tree)
                continue
        groups.append([tree])
    return groups


class Walk:
    """A tree of any size, made ready to be walked.

    Parameters
    ----------
    model : TreeModel
    trees : list of int
        From `equal_trees`.
    """

    def __init__(self, model: TreeModel, trees: list[int]) -> None:
        start, count = int(model.starts[trees[0]]), int(model.counts[trees[0]])
        part = slice(start, start + count)
        nodes = np.arange(count)
        self.leaf = model.flags[part] == LEAF
        self.threshold, self.feature = model.value[part], model.feature[part].astype(np.int64)
        left = np.where(self.leaf, nodes, nodes + 1)
        right = np.where(self.leaf, nodes, model.right[part] - start)
        self.children = np.stack([left, right], axis=1).ravel()
        inner = ~self.leaf
        self.equal = inner & (model.flags[part] & EQUALS > 0)
        self.missing_right = inner & (model.flags[part] & MISSING_RIGHT > 0)
        self.some_equal, self.some_right = bool(self.equal.any()), bool(self.missing_right.any())
        self.depth = int(model.depths[trees[0]])
        self.values = [(tree, model.value[at : at + count]) for tree in trees for at in [model.starts[tree]]]

    def run(self, columns: np.ndarray, values: np.ndarray) -> None:
        """Write what the trees contribute.

        Parameters
        ----------
        columns : ndarray of int32, shape (features, n_rows), C-contiguous
        values : ndarray of int32, shape (n_trees, n_rows)
            Rows of other trees are left alone.
        """
        at = self._leaves(columns)
        for tree, value in self.values:
            np.take(value, at, out=values[tree], mode="clip")

    def _leaves(self, columns: np.ndarray) -> np.ndarray:
        """Return the node at which each row arrives."""
        size, cells, offset = columns.shape[1], columns.ravel(), self.feature * columns.shape[1]
        result = np.zeros(size, dtype=np.int64)
        row, at = np.arange(size), np.zeros(size, dtype=np.int64)
        for level in range(1, self.depth + 1):
            at = self._step(cells, offset, row, at)
            if level % _LEVELS == 0 and level < self.depth:
                done = self.leaf.take(at)
                if np.count_nonzero(done) * 4 > len(at):  # else sorting out costs more than walking on
                    result[row[done]] = at[done]
                    row, at = row[~done], at[~done]
        result[row] = at
        return result

    def _step(self, cells: np.ndarray, offset: np.ndarray, row: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Return the child to which each row goes; a leaf is its own child."""
        place = offset.take(at, mode="clip")
        place += row
        value, bound = cells.take(place, mode="clip"), self.threshold.take(at, mode="clip")
        goes_right = value > bound
        if self.some_equal:
            goes_right = np.where(self.equal.take(at), value == bound, goes_right)
        if self.some_right:
            goes_right |= (value == MISSING) & self.missing_right.take(at)
        at = at * 2
        at += goes_right
        return self.children.take(at, mode="clip")
