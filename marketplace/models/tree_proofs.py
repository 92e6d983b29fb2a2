"""What a dispute shows of trees: what they contribute to one row, and one of them (docs/disputes.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from marketplace import merkle
from marketplace.constants import MISSING
from marketplace.models.canonical import encode_prefix
from marketplace.models.lanes import CHUNK_TREES, pack_chunks, pack_contributions
from marketplace.models.score import fit_width, tree_blocks
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, TreeModel, tree_hashes, tree_roots


@dataclass(frozen=True)
class Lanes:
    """What a row's record says that trees contribute, opened.

    Attributes
    ----------
    chunks : bytes
        The list of chunks; empty for up to `CHUNK_TREES` trees.
    lanes : mapping of int to bytes
        Lanes by number of the chunk, as far as they are known; 0 is all of up to `CHUNK_TREES` trees.
    """

    chunks: bytes
    lanes: Mapping[int, bytes]


@dataclass(frozen=True)
class TreesProof:
    """A model of trees, as far as one row needs it (contracts/types/Challenge.sol)."""

    prefix: bytes
    root: bytes
    tree: int = 0
    path: bytes = b""
    siblings: tuple[bytes, ...] = ()
    chunks: bytes = b""
    chunk: int = 0
    lanes: bytes = b""


def row_contributions(model: TreeModel, row: bytes) -> np.ndarray:
    """Return what each tree contributes to one row: int32 of shape (n_trees, 1)."""
    features = np.frombuffer(row, dtype=">i4", offset=8).astype(np.int32)[None, :]
    ((_, values),) = tree_blocks(model, fit_width(features, model.head.features), lambda found: found.copy())
    return values


def open_lanes(model: TreeModel, values: np.ndarray) -> Lanes:
    """Pack what trees contribute to one row as its record hashes it.

    Parameters
    ----------
    model : TreeModel
    values : ndarray of int32, shape (n_trees, 1)
    """
    starts = range(0, len(values), CHUNK_TREES)
    lanes = {
        n: pack_contributions(values[first : first + CHUNK_TREES])[0].tobytes()
        for n, first in enumerate(starts)
    }
    chunks = pack_chunks(values, model.head.outputs)[0] if len(starts) > 1 else b""
    return Lanes(chunks, lanes)


def prove_tree(model: TreeModel, row: bytes, tree: int) -> TreesProof:
    """Build what a challenge shows of a model to prove what one tree contributes to a row.

    Parameters
    ----------
    model : TreeModel
    row : bytes
    tree : int
    """
    siblings = tuple(merkle.proof(tree_roots(model), tree))
    path = _walk(model, tree, lambda at: _goes_right(model, row, at))
    return TreesProof(encode_prefix(model), bytes(32), tree, path, siblings)


def prove_way(model: TreeModel, tree: int, steps: int) -> tuple[tuple[bytes, ...], bytes]:
    """Return a tree's siblings up to the model's root, and the way from its root to a leaf, from the leaf up.

    Parameters
    ----------
    model : TreeModel
    tree : int
    steps : int
        Bit ``j``: to the right at depth ``j``.
    """
    depths = iter(range(steps.bit_length() + int(model.counts[tree])))
    path = _walk(model, tree, lambda _: bool(steps >> next(depths) & 1))
    return tuple(merkle.proof(tree_roots(model), tree)), path


def _goes_right(model: TreeModel, row: bytes, at: int) -> bool:
    flags, value = int(model.flags[at]), int(model.value[at])
    x = _feature(row, int(model.feature[at]))
    if x == MISSING:
        return bool(flags & MISSING_RIGHT)
    return x == value if flags & EQUALS else x > value


def _walk(model: TreeModel, tree: int, goes_right: Callable[[int], bool]) -> bytes:
    """Encode a way through a tree, from its leaf up: leaf, then each node with its other child."""
    start, hashes = int(model.starts[tree]), tree_hashes(model, tree)
    at, steps = start, []
    while model.flags[at] != LEAF:
        right = goes_right(at)
        left_at, right_at = at + 1, int(model.right[at])
        sibling = hashes[(left_at if right else right_at) - start]
        fields = int(model.feature[at]).to_bytes(2, "big") + bytes([int(model.flags[at])])
        steps.append(fields + int(model.value[at]).to_bytes(4, "big", signed=True) + sibling)
        at = right_at if right else left_at
    return int(model.value[at]).to_bytes(4, "big", signed=True) + b"".join(reversed(steps))


def _feature(row: bytes, number: int) -> int:
    at = 8 + 4 * number
    return int.from_bytes(row[at : at + 4], "big", signed=True) if at < len(row) else MISSING
