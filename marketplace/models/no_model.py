"""Bytes that are no model: what shows it, without a row or evidence (contracts/libraries/ModelShape.sol)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256

from marketplace import merkle
from marketplace.constants import MAX_TREE_DEPTH, MAX_TREES, MISSING
from marketplace.errors import DataError
from marketplace.models.canonical import MAGIC, SHAPE_TREES, VERSION
from marketplace.models.linear import Head, Task
from marketplace.models.trees import BASE_LIMIT, LEAF

HEAD_BYTES, NODE_BYTES = 18, 7
MOST_FLAGS = 3
"""Of an inner node: missing goes right, equals (docs/models.md, Trees)."""


@dataclass(frozen=True)
class ModelProof:
    """What shows that a hash is that of no canonical model (contracts/types/Challenge.sol)."""

    trees: bool
    model: bytes
    root: bytes
    tree: int
    node: bytes
    path: bytes
    turns: int
    siblings: tuple[bytes, ...]


@dataclass(frozen=True)
class ModelDispute:
    """A model that is none, with why."""

    proof: ModelProof
    why: str


@dataclass(frozen=True)
class _Tree:
    """A tree as it was hashed, whatever its nodes say: all in preorder."""

    nodes: list[bytes]
    hashes: list[bytes]
    right: list[int]


def find_no_model(data: bytes, model_hash: bytes) -> ModelDispute | None:
    """Find what shows that bytes of a hash, which can't be decoded, are no model.

    Parameters
    ----------
    data : bytes
    model_hash : bytes of length 32
        As it was submitted.

    Returns
    -------
    ModelDispute or None
        None if the hash is not that of these bytes, or nothing that was hashed is wrong.
    """
    if sha256(b"\x03" + data).digest() == model_hash:
        proof = ModelProof(False, data, bytes(32), 0, b"", b"", 0, ())
        return ModelDispute(proof, "its bytes are no canonical linear model")
    if len(data) < HEAD_BYTES:
        return None
    size = HEAD_BYTES + 4 + 8 * data[7]
    prefix, found = data[:size], _read_trees(data, size)
    if found is None:
        return None
    roots = [tree.hashes[0] for tree in found]
    root = merkle.root(roots)
    if sha256(b"\x02" + prefix + root).digest() != model_hash:
        return None
    if not _begins_well(prefix):
        return ModelDispute(ModelProof(True, prefix, root, 0, b"", b"", 0, ()), "no model begins so")
    features = int.from_bytes(data[8:10], "big")
    for number, tree in enumerate(found):
        at = _find_bad(tree, features)
        if at is not None:
            node, path, turns = _way(tree, at)
            proof = ModelProof(
                True, prefix, root, number, node, path, turns, tuple(merkle.proof(roots, number))
            )
            return ModelDispute(proof, f"node {at} of tree {number} is none, or too deep")
    return None


def _read_trees(data: bytes, at: int) -> list[_Tree] | None:
    """Read all trees, as far as they have a hash; None if they have none."""
    count = int.from_bytes(data[HEAD_BYTES : HEAD_BYTES + 4], "big")
    start = at + 4 * count
    if not count or len(data) < start:
        return None
    found = []
    for (size,) in struct.iter_unpack(">I", data[at:start]):
        tree = _read_tree(data[start : start + NODE_BYTES * size], size)
        if tree is None:
            return None
        found.append(tree)
        start += NODE_BYTES * size
    return found if start == len(data) else None


def _read_tree(data: bytes, size: int) -> _Tree | None:
    """Hash a tree from its last node to the first; a node that is marked as a leaf is one."""
    if not size or len(data) != NODE_BYTES * size:
        return None
    nodes, hashes, right = [b""] * size, [b""] * size, [0] * size
    waiting: list[int] = []  # subtrees that have no parent yet
    for i in range(size - 1, -1, -1):
        one = data[NODE_BYTES * i : NODE_BYTES * (i + 1)]
        if one[0] & LEAF:
            nodes[i] = b"\x00" + one[3:]
        elif len(waiting) < 2:
            return None
        else:
            left, right[i] = waiting.pop(), waiting.pop()
            nodes[i] = b"\x01" + one[1:3] + one[:1] + one[3:] + hashes[left] + hashes[right[i]]
        hashes[i] = sha256(nodes[i]).digest()
        waiting.append(i)
    return _Tree(nodes, hashes, right) if waiting == [0] else None


def _begins_well(prefix: bytes) -> bool:
    """Tell whether a canonical model of trees can begin so."""
    magic, version, shape, task, outputs, features, divisor, count = struct.unpack_from(">4sBBBBHQI", prefix)
    if (magic, version, shape) != (MAGIC, VERSION, SHAPE_TREES) or task not in (Task.CLASSIFY, Task.REGRESS):
        return False
    try:
        Head(Task(task), outputs, features, divisor).check()
    except DataError:
        return False
    bases = [base for (base,) in struct.iter_unpack(">q", prefix[HEAD_BYTES + 4 :])]
    return count <= MAX_TREES and count % outputs == 0 and all(abs(base) < BASE_LIMIT for base in bases)


def _find_bad(tree: _Tree, features: int) -> int | None:
    """Return the first node in preorder that no canonical tree has in its place."""
    depth = [0] * len(tree.nodes)
    for i, node in enumerate(tree.nodes):
        if node[0] == 0:
            continue
        feature, flags, value = struct.unpack_from(">HBi", node, 1)
        if depth[i] >= MAX_TREE_DEPTH or feature >= features or flags > MOST_FLAGS or value == MISSING:
            return i
        depth[i + 1] = depth[tree.right[i]] = depth[i] + 1
    return None


def _way(tree: _Tree, wanted: int) -> tuple[bytes, bytes, int]:
    """Return a node, what stands above it from below upwards, and the turns that lead to it."""
    steps, at = [], 0
    while at != wanted:
        goes_right = wanted >= tree.right[at]
        other = at + 1 if goes_right else tree.right[at]
        steps.append((tree.nodes[at][1:8] + tree.hashes[other], goes_right))
        at = tree.right[at] if goes_right else at + 1
    steps.reverse()
    turns = sum(1 << i for i, (_, goes_right) in enumerate(steps) if goes_right)
    return tree.nodes[wanted], b"".join(step for step, _ in steps), turns
