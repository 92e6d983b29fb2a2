"""What an estimator adds up, in real numbers, before it becomes an integer model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from marketplace.constants import MAX_TREES
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel
from marketplace.models.columns import Column
from marketplace.models.from_linear import linear_from_weights
from marketplace.models.from_trees import MAX_NODES, Skeleton, tree_records
from marketplace.models.linear import Head, Task
from marketplace.models.trees import TreeModel

LEAF_LIMIT = 2**30
"""Leaves are scaled to stay at or below it."""

_TOTAL_LIMIT = 2**61
"""Bases, and divisors, are scaled to stay below it."""

_MAX_EXPONENT = 45
"""Leaves are multiplied by at most two to this power."""


@dataclass(frozen=True, eq=False)
class RealLinear:
    """A weighted sum of columns for each output.

    Attributes
    ----------
    head : Head
        Without its divisor.
    columns : list of Column
    coef : ndarray of float64, shape (outputs, n_columns)
    intercept : ndarray of float64, shape (outputs,)
    """

    head: Head
    columns: list[Column]
    coef: np.ndarray
    intercept: np.ndarray

    def response(self) -> tuple[float, float]:
        """Return slope and offset that turn the sum into what scikit-learn gives to calibrators."""
        return 1.0, 0.0

    def moved(self, slope: float, offset: float) -> RealLinear:
        """Return ``slope * sum + offset``."""
        return replace(self, coef=self.coef * slope, intercept=self.intercept * slope + offset)

    def to_integers(self, target_scale: int, modes: list[int]) -> IntegerModel:
        """Round to integers, as many digits as fit."""
        factor = 1.0 if self.head.task == Task.CLASSIFY else float(target_scale)
        return linear_from_weights(self.columns, self.coef, self.intercept, self.head, factor, modes)


@dataclass(frozen=True, eq=False)
class RealTrees:
    """A base for each output and one leaf of every tree; tree ``t`` adds to output ``t % outputs``.

    Attributes
    ----------
    head : Head
        Without its divisor.
    trees : list of Skeleton
    values : list of ndarray of float64, shape (n_nodes,)
        What the leaves of each tree add.
    bases : ndarray of float64, shape (outputs,)
    divided : int
        What the sum is divided by: the number of trees of a forest.
    margin : bool
        Leaves are the probability of class 1 less that of class 0.
    """

    head: Head
    trees: list[Skeleton]
    values: list[np.ndarray]
    bases: np.ndarray
    divided: int = 1
    margin: bool = False

    def response(self) -> tuple[float, float]:
        """Return slope and offset that turn the sum into what scikit-learn gives to calibrators."""
        return (0.5 / self.divided, 0.5) if self.margin else (1.0, 0.0)

    def moved(self, slope: float, offset: float) -> RealTrees:
        """Return ``slope * sum + offset``."""
        return replace(self, values=[v * slope for v in self.values], bases=self.bases * slope + offset)

    def to_integers(self, target_scale: int, modes: list[int]) -> IntegerModel:
        """Round to integers, as many digits as fit."""
        if len(self.trees) > MAX_TREES:
            raise DataError(f"the ensemble has {len(self.trees)} trees, at most {MAX_TREES} are allowed")
        regression = self.head.task == Task.REGRESS
        factor = target_scale if regression else 1
        leaves, bases = [v * factor for v in self.values], self.bases * factor
        scale = self._scale(leaves, bases)
        integers = [np.rint(v * scale).astype(np.int64).tolist() for v in leaves]
        made = [tree_records(one, values) for one, values in zip(self.trees, integers, strict=True)]
        rounded = np.rint(bases * scale).astype(np.int64)
        if not regression:
            return _assemble(self.head, rounded, made)
        divisor = int(scale) * self.divided
        head = Head(Task.REGRESS, 1, self.head.features, divisor)
        return _assemble(head, rounded + divisor // 2, made)  # floor division then rounds to the nearest

    def _scale(self, leaves: list[np.ndarray], bases: np.ndarray) -> float:
        """Return the power of two that leaves most digits."""
        largest = max(float(np.abs(v).max()) for v in leaves)
        base = max(float(np.abs(bases).max()), float(self.divided))
        if not (np.isfinite(base) and np.isfinite(largest)) or largest >= LEAF_LIMIT:
            raise DataError("the leaves are too large for 32 bits", "scale the target and train again")
        room = _TOTAL_LIMIT / base
        if largest > 0:
            room = min(room, LEAF_LIMIT / largest)
        if room < 1:
            raise DataError("the trees start too far from zero", "scale the target and train again")
        return 2.0 ** min(_MAX_EXPONENT, int(np.floor(np.log2(room))))


Real = RealLinear | RealTrees
"""Either shape."""


def _assemble(head: Head, bases: np.ndarray, trees: list[list[tuple[int, int, int]]]) -> TreeModel:
    """Put trees, each a list of preorder nodes, into one model."""
    if sum(map(len, trees)) > MAX_NODES:
        raise DataError(
            f"the ensemble has more than {MAX_NODES} nodes, the most a model may have",
            "train fewer or smaller trees: n_estimators, max_depth, max_leaf_nodes",
        )
    nodes = np.array([record for tree in trees for record in tree], dtype=np.int64).reshape(-1, 3)
    return TreeModel(
        head,
        np.asarray(bases, dtype=np.int64),
        np.array([len(tree) for tree in trees], dtype=np.int64),
        nodes[:, 0].astype(np.uint8),
        nodes[:, 1].astype(np.int32),
        nodes[:, 2].astype(np.int32),
    )
