"""Tree ensembles over integers: single trees, forests, gradient boosting."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from marketplace.constants import MAX_TREE_DEPTH, MAX_TREES, MISSING
from marketplace.errors import DataError
from marketplace.models.linear import Head

MISSING_RIGHT = 1
"""Flag of an inner node: a missing value goes right (else left)."""

EQUALS = 2
"""Flag of an inner node: right if the value equals the threshold (else: right if it is greater)."""

LEAF = 0x80
"""Flags of a leaf; its value stands where an inner node has its threshold."""

BASE_LIMIT = 2**62
"""Bases stay below it: with 65,536 leaves of 31 bits a raw output fits 63 bits."""

RECORD = np.dtype([("flags", "u1"), ("feature", ">u2"), ("value", ">i4")])
"""One node in canonical bytes, preorder (a node, its left subtree, its right subtree)."""


@dataclass(frozen=True, eq=False)
class TreeModel:
    """A base for each output plus one leaf of every tree; tree ``t`` adds to output ``t % outputs``.

    Attributes
    ----------
    head : Head
    bases : ndarray of int64, shape (outputs,)
    counts : ndarray of int64, shape (n_trees,)
        Nodes of each tree, leaves included.
    flags : ndarray of uint8, shape (n_nodes,)
        All trees one after the other, each in preorder.
    feature : ndarray of int32, shape (n_nodes,)
    value : ndarray of int32, shape (n_nodes,)
        Threshold of an inner node, value of a leaf.
    right : ndarray of int64, shape (n_nodes,)
        Index of the right child (the left one is the next node); 0 for a leaf. Found by `check`.
    depths : ndarray of int64, shape (n_trees,)
        Levels above the deepest leaf. Found by `check`.
    """

    head: Head
    bases: np.ndarray
    counts: np.ndarray
    flags: np.ndarray
    feature: np.ndarray
    value: np.ndarray
    right: np.ndarray = field(init=False, compare=False)
    depths: np.ndarray = field(init=False, compare=False)

    def __post_init__(self) -> None:
        self.check()

    @property
    def starts(self) -> np.ndarray:
        """Index of the root of each tree."""
        return np.cumsum(self.counts) - self.counts

    def check(self) -> None:
        """Refuse a model outside the bounds, or whose nodes are not whole trees.

        Raises
        ------
        DataError
            Naming what is at fault.
        """
        self.head.check()
        trees = len(self.counts)
        if not 1 <= trees <= MAX_TREES or trees % self.head.outputs:
            raise DataError(f"the model has {trees} trees for {self.head.outputs} outputs")
        if any(abs(base) >= BASE_LIMIT for base in self.bases.tolist()):
            raise DataError("a base of the model reaches 2**62")
        if (self.counts < 1).any() or int(self.counts.sum()) != len(self.flags):
            raise DataError("the trees of the model do not fill its nodes")
        leaf = self.flags == LEAF
        if (~leaf & (self.flags > (MISSING_RIGHT | EQUALS))).any():
            raise DataError("a node of the model has unknown flags")
        if (leaf & (self.feature != 0)).any() or (self.feature >= self.head.features).any():
            raise DataError("a node of the model reads a feature that rows do not have")
        if (~leaf & (self.value == MISSING)).any():
            raise DataError(
                "a node of the model compares with the missing value; that is what the flag is for"
            )
        right = _right_children(leaf, self.counts)
        object.__setattr__(self, "right", right)
        object.__setattr__(self, "depths", _depths(leaf, right, self.starts, self.counts))


def tree_roots(model: TreeModel) -> list[bytes]:
    """Return the root hash of each tree; the model's Merkle tree has them as leaves."""
    hashes = _node_hashes(model, 0, len(model.flags))
    return [hashes[start] for start in model.starts.tolist()]


def tree_hashes(model: TreeModel, tree: int) -> list[bytes]:
    """Return the hashes of all nodes of one tree, in preorder; the first is its root."""
    return _node_hashes(model, int(model.starts[tree]), int(model.counts[tree]))


def _node_hashes(model: TreeModel, start: int, count: int) -> list[bytes]:
    """Hash nodes from the last to the first: children come after their parent in preorder."""
    records = np.empty(count, dtype=RECORD)
    part = slice(start, start + count)
    records["flags"], records["feature"] = model.flags[part], model.feature[part]
    records["value"] = model.value[part]
    raw, right = records.tobytes(), (model.right[part] - start).tolist()
    leaves = (model.flags[part] == LEAF).tolist()
    hashes: list[bytes] = [b""] * count
    for i in range(count - 1, -1, -1):
        at = 7 * i
        if leaves[i]:
            hashes[i] = sha256(b"\x00" + raw[at + 3 : at + 7]).digest()
        else:
            fields = raw[at + 1 : at + 3] + raw[at : at + 1] + raw[at + 3 : at + 7]
            hashes[i] = sha256(b"\x01" + fields + hashes[i + 1] + hashes[right[i]]).digest()
    return hashes


def _right_children(leaf: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Find right children; refuse nodes that are not one whole binary tree after the other.

    With +1 for an inner node and -1 for a leaf, running sums of a whole tree stay at or above 0 and
    end at -1; a left subtree ends where the sum first falls below that of its parent.
    """
    ends = np.cumsum(counts)
    steps = np.where(leaf, -1, 1)
    sums = np.cumsum(steps)
    last = np.zeros(len(leaf), dtype=bool)
    last[ends - 1] = True
    tree = np.repeat(np.arange(len(counts)), counts)
    local = sums + tree  # every earlier tree ended at -1
    if not ((local[last] == -1).all() and (local[~last] >= 0).all()):
        raise DataError("the nodes of the model are not whole trees")
    index = np.arange(len(leaf))
    # Within one running sum, positions ascend: search the first one behind the parent.
    size = len(leaf) + 1
    level = sums - sums.min() + 1
    keys = np.sort(level * size + index)
    inner = np.flatnonzero(~leaf)
    found = keys[np.searchsorted(keys, (level[inner] - 1) * size + inner)]
    right = np.zeros(len(leaf), dtype=np.int64)
    right[inner] = found % size + 1
    return right


def _depths(leaf: np.ndarray, right: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Measure each tree, level by level; refuse one that is too deep."""
    tree_of = np.repeat(np.arange(len(counts)), counts)
    depths = np.zeros(len(counts), dtype=np.int64)
    front, level = starts[~leaf[starts]], 0
    while len(front):
        level += 1
        if level > MAX_TREE_DEPTH:
            raise DataError(f"a tree of the model is deeper than {MAX_TREE_DEPTH} nodes")
        depths[tree_of[front]] = level
        children = np.concatenate([front + 1, right[front]])
        front = children[~leaf[children]]
    return depths
