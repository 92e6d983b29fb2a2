"""Merkle trees over SHA-256, of any number of leaves.

An inner node is ``SHA-256(0x01 || left || right)``. Leaves are 32-byte hashes made by the caller
(with the prefix 0x00, so that no inner node can pose as a leaf). The row of leaves is filled up
with 32 zero bytes to a power of two; one leaf is its own root. A tree never says how many leaves
it has: whoever publishes a root binds the count beside it, and a proof is checked against exactly
``depth(count)`` levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256

from marketplace.errors import DataError
from marketplace.hashing import Rows, hash_each

HASH_BYTES = 32
NODE_PREFIX = b"\x01"
PADDING = bytes(HASH_BYTES)


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(NODE_PREFIX + left + right).digest()


def depth(count: int) -> int:
    """Return the number of levels above the leaves: ``ceil(log2(count))``.

    Parameters
    ----------
    count : int
        Number of leaves, at least 1.

    Raises
    ------
    ValueError
        If there is no leaf.
    """
    if count < 1:
        raise ValueError("a tree has at least one leaf")
    return (count - 1).bit_length()


@lru_cache(maxsize=64)
def empty_root(level: int) -> bytes:
    """Return the root of a subtree of ``level`` levels that holds padding only."""
    return PADDING if level == 0 else node(empty_root(level - 1), empty_root(level - 1))


class Builder:
    """Compute a root from leaves that arrive one by one, in O(log n) memory.

    Attributes
    ----------
    count : int
        Leaves added so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._stack: list[bytes] = []  # [level]: finished left subtree, where bit `level` of count is set

    def add(self, leaf: bytes, level: int = 0) -> None:
        """Append one leaf of 32 bytes, or the root of a whole subtree of ``2**level`` leaves.

        Raises
        ------
        ValueError
            If such a subtree can't begin here.
        """
        added = 1 << level
        if self.count % added:
            raise ValueError(f"a subtree of {added} leaves does not begin at leaf {self.count}")
        stack, bits = self._stack, self.count >> level
        while bits & 1:
            leaf = sha256(NODE_PREFIX + stack[level] + leaf).digest()
            bits >>= 1
            level += 1
        stack += [PADDING] * (level + 1 - len(stack))
        stack[level] = leaf
        self.count += added

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaves of 32 bytes each."""
        for leaf in leaves:
            self.add(leaf)

    def root(self) -> bytes:
        """Return the root over the leaves added so far; more may follow.

        Raises
        ------
        ValueError
            If there is no leaf.
        """
        levels = depth(self.count)
        carried: bytes | None = None
        for level in range(levels):
            if self.count >> level & 1:
                right = empty_root(level) if carried is None else carried
                carried = node(self._stack[level], right)
            elif carried is not None:
                carried = node(carried, empty_root(level))
        return self._stack[levels] if carried is None else carried


def subtree(leaves: bytes | bytearray) -> bytes:
    """Return the root over leaves that follow each other, 32 bytes each; their number is a power of two."""
    row: bytes | bytearray = leaves
    while len(row) > HASH_BYTES:
        parents = bytearray(len(row) // 2)
        step = 2 * HASH_BYTES
        out = Rows(parents, HASH_BYTES, HASH_BYTES)
        hash_each(len(row) // step, Rows(row, step, step), out, Rows(NODE_PREFIX, len(NODE_PREFIX), 0))
        row = parents
    return bytes(row)


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over ``leaves``.

    Parameters
    ----------
    leaves : iterable of bytes
        32 bytes each, at least one.

    Raises
    ------
    ValueError
        If there is no leaf.
    """
    builder = Builder()
    builder.extend(leaves)
    return builder.root()


def proof(leaves: Sequence[bytes], i: int) -> list[bytes]:
    """Return the siblings on the way from leaf ``i`` to the root, bottom-up.

    Parameters
    ----------
    leaves : sequence of bytes
        32 bytes each.
    i : int
        Zero-based.

    Returns
    -------
    list of bytes
        ``depth(len(leaves))`` hashes.

    Raises
    ------
    IndexError
        If there is no leaf ``i``.
    """
    if not 0 <= i < len(leaves):
        raise IndexError(f"no leaf {i} among {len(leaves)}")
    row, siblings = list(leaves), []
    for level in range(depth(len(row))):
        if len(row) % 2:
            row.append(empty_root(level))
        siblings.append(row[i ^ 1])
        row = [
            sha256(NODE_PREFIX + left + right).digest()
            for left, right in zip(row[::2], row[1::2], strict=True)
        ]
        i >>= 1
    return siblings


def fold(leaf: bytes, i: int, count: int, proof: Sequence[bytes]) -> bytes:
    """Return the root to which a proof leads; compare it with the root that is known.

    Parameters
    ----------
    leaf : bytes of length 32
    i : int
        Its zero-based index.
    count : int
        Leaves of the tree, as bound beside the root.
    proof : sequence of bytes
        Siblings, bottom-up.

    Returns
    -------
    bytes of length 32

    Raises
    ------
    DataError
        If there is no such leaf, or the proof has not exactly ``depth(count)`` hashes of 32 bytes.
    """
    if count < 1 or not 0 <= i < count:
        raise DataError(f"there is no leaf {i} in a tree of {count}")
    if len(proof) != depth(count) or any(len(sibling) != HASH_BYTES for sibling in proof):
        raise DataError(f"a proof in a tree of {count} leaves has {depth(count)} hashes of 32 bytes")
    if len(leaf) != HASH_BYTES:
        raise DataError(f"a leaf has {HASH_BYTES} bytes, not {len(leaf)}")
    for sibling in proof:
        leaf = node(sibling, leaf) if i & 1 else node(leaf, sibling)
        i >>= 1
    return leaf
