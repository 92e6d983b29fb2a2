"""Integer trees as the circuit knows them, and back (docs/proving.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketplace.errors import DataError
from marketplace.models import Head, Task, TreeModel
from marketplace.models.trees import EQUALS, LEAF
from marketplace.proving.shapes import CELL_OFFSET
from marketplace.proving.trees import DEPTH, LEAVES, NODES, ProvedTree

HINT = "train one for the bounty's schema: tessera model train --kind tree"
NEVER = CELL_OFFSET - 1
"""No cell is greater: a node that asks so always goes left."""

Node = tuple[int, int, int]
"""Flags, feature, value: a record of canonical bytes."""


def to_proved_tree(model: TreeModel) -> ProvedTree:
    """Return the same tree with every question there can be: alike on every row without gaps.

    Raises
    ------
    DataError
        If it has several trees, is too deep, or compares a feature with a code.
    """
    if len(model.counts) != 1:
        raise DataError(f"the model has {len(model.counts)} trees, a proof takes one", HINT)
    full = _Filled([0] * NODES, [NEVER] * NODES, [0] * LEAVES)
    stack = [(0, 0)]  # a node of the model, where it stands
    while stack:
        node, k = stack.pop()
        flags, bound = int(model.flags[node]), int(model.value[node])
        if flags == LEAF:
            full.put_leaf(k, int(model.bases[0]) + bound > 0)
        elif flags & EQUALS:
            raise DataError("the model compares a feature with a code, which a proof does not know", HINT)
        elif bound >= NEVER:
            stack.append((node + 1, k))
        elif bound < -CELL_OFFSET:
            stack.append((int(model.right[node]), k))
        elif k >= NODES:
            raise DataError(f"the tree is more than {DEPTH} questions deep", HINT)
        else:
            full.features[k], full.bounds[k] = int(model.feature[node]), bound
            stack += [(node + 1, 2 * k + 1), (int(model.right[node]), 2 * k + 2)]
    return ProvedTree(tuple(full.features), tuple(full.bounds), tuple(full.leaves))


@dataclass(frozen=True)
class _Filled:
    features: list[int]
    bounds: list[int]
    leaves: list[int]

    def put_leaf(self, k: int, second: bool) -> None:
        """Give all leaves below a place one class."""
        first, last = k, k
        while first < NODES:
            first, last = 2 * first + 1, 2 * last + 2
        self.leaves[first - NODES : last - NODES + 1] = [int(second)] * (last - first + 1)


def to_tree(model: ProvedTree, width: int) -> TreeModel:
    """Return the canonical model for rows of a width, without the questions that change nothing.

    Parameters
    ----------
    model : ProvedTree
    width : int
        Features of a row; those beyond are cells that are always zero.
    """
    nodes = _pruned(model, width, 0)
    flags, feature, value = (np.array(column) for column in zip(*nodes))
    return TreeModel(
        Head(Task.CLASSIFY, 1, width, 1),
        np.zeros(1, dtype=np.int64),
        np.array([len(nodes)], dtype=np.int64),
        flags.astype(np.uint8),
        feature.astype(np.int32),
        value.astype(np.int32),
    )


def _pruned(model: ProvedTree, width: int, k: int) -> list[Node]:
    """Return the records of a node and all below it, in preorder."""
    if k >= NODES:
        return [(LEAF, 0, 2 * model.leaves[k - NODES] - 1)]
    feature, bound = model.features[k], model.bounds[k]
    if bound >= NEVER or feature >= width:
        return _pruned(model, width, 2 * k + 1 + (feature >= width and bound < 0))
    no, yes = (_pruned(model, width, below) for below in (2 * k + 1, 2 * k + 2))
    return no if no == yes else [(0, feature, bound), *no, *yes]
