"""What every store that gives out blocks shares: verified reads of whole files, ranges and single blocks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedIOBase

from marketplace.errors import ContentMismatch, StorageError
from marketplace.storage.reader import ContentReader
from marketplace.storage.unixfs import MAX_DEPTH, Leaf, Load, node_links, too_deep, walk_leaves
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid


@dataclass(frozen=True, slots=True)
class Verified:
    """What `ContentStore.verify` has read: every block, each matching its CID.

    Parameters
    ----------
    blocks : int
        Blocks read; one that occurs twice counts twice.
    size_bytes : int
        Length of the file.
    """

    blocks: int
    size_bytes: int


def check_block(cid: Cid, data: bytes, offset_bytes: int = 0, expected: int | None = None) -> bytes:
    """Check a block against its CID and return it.

    Parameters
    ----------
    cid : Cid
    data : bytes
    offset_bytes : int
        Where it lies in its file; for the message only.
    expected : int, optional
        Its length in bytes, if its parent says it.

    Raises
    ------
    ContentMismatch
        If it is cut off, too long, or hashes to something else.
    """
    where = f"block {cid} at byte {offset_bytes}"
    if expected is not None and len(data) < expected:
        raise ContentMismatch(f"{where} is cut off: {len(data)} of {expected} bytes")
    digest = sha256(data).digest()
    if digest != cid.digest:
        got = Cid(cid.codec, digest)
        raise ContentMismatch(f"{where} is damaged: its {len(data)} bytes hash to {got}")
    if len(data) > CHUNK_BYTES or (expected is not None and len(data) != expected):
        limit = CHUNK_BYTES if expected is None else expected
        raise ContentMismatch(f"{where} is too long: {len(data)} bytes, not {limit}")
    return data


def _verified(
    cid: Cid, load: Load, place: tuple[int, int | None], depth: int, known: dict[Cid, _Below] | None
) -> _Below:
    """Read all blocks below one; ``place``: its byte offset, and the size that its parent says."""
    offset, size = place
    if cid.codec == RAW_CODEC:
        return _Below(1, len(load(cid, offset, size)), 0)
    found = None if known is None else known.get(cid)
    if found is None or size not in (None, found.size_bytes):
        links = node_links(cid, load(cid, offset, None), offset, size)
        if not depth:
            raise too_deep(cid, offset)
        blocks, at, levels = 1, offset, 0
        for link in links:
            below = _verified(link.cid, load, (at, link.size_bytes), depth - 1, known)
            blocks, levels = blocks + below.blocks, max(levels, below.levels)
            at += link.size_bytes
        found = _Below(blocks, at - offset, levels + 1)
        if known is not None:
            known[cid] = found
    if found.levels > depth:  # it was read where it lies higher
        raise too_deep(cid, offset)
    return found


@dataclass(frozen=True, slots=True)
class _Below:
    """What was read below a block, itself included; ``levels`` of nodes above the leaves."""

    blocks: int
    size_bytes: int
    levels: int


class BlockSource(ABC):
    """Reads of a content store, made of blocks; a subclass says where one block comes from.

    References
    ----------
    The interface is `ContentStore`.
    """

    @abstractmethod
    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        """Return at most ``limit_bytes`` of a block, unverified, or None if it is missing."""

    @abstractmethod
    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        """Build the error that names a missing block."""

    def _exists(self, cid: Cid) -> bool:
        return self._load(cid, CHUNK_BYTES + 1) is not None

    def _loading(self, cid: Cid) -> AbstractContextManager[Load]:
        """Give the function that loads the blocks of one file from front to back."""
        return nullcontext(self.load_block)

    def _leaves(self, cid: Cid, start: int = 0, stop: int | None = None) -> Iterator[tuple[Leaf, bytes]]:
        with self._loading(cid) as load:
            for leaf in walk_leaves(cid, load, start=start, stop=stop):
                yield leaf, load(leaf.cid, leaf.offset_bytes, leaf.size_bytes)

    def get(self, cid: Cid, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes ``start <= i < stop`` of a file, verified, one leaf at most at a time.

        Raises
        ------
        ContentNotFound, ContentMismatch
            Naming the block and its byte offset.
        """
        for leaf, data in self._leaves(cid, start, stop):
            first = max(0, start - leaf.offset_bytes)
            last = len(data) if stop is None else min(len(data), stop - leaf.offset_bytes)
            if first < last:
                yield data if (first, last) == (0, len(data)) else data[first:last]

    def open(self, cid: Cid) -> BufferedIOBase:
        """Open a file for reading and seeking; every read is verified.

        Raises
        ------
        ContentNotFound, ContentMismatch
            Here for the root block, later for the block that is read.
        """
        return ContentReader(self.size(cid), lambda start: self._leaves(cid, start))

    def size(self, cid: Cid) -> int:
        """Return the length of a file in bytes, as its verified root block says.

        Raises
        ------
        ContentNotFound, ContentMismatch
        """
        block = self.load_block(cid, 0, None)
        if cid.codec == RAW_CODEC:
            return len(block)
        return sum(link.size_bytes for link in node_links(cid, block, 0, None))

    def has(self, cid: Cid) -> bool:
        """Tell whether all blocks of a file are here (leaves are not read: see `verify`).

        Raises
        ------
        ContentMismatch
            If an intermediate node is damaged.
        """
        seen: set[Cid] = set()

        def whole(one: Cid, depth: int) -> bool:
            if one in seen:
                return True
            if not self._exists(one):
                return False
            seen.add(one)
            if one.codec == RAW_CODEC:
                return True
            if not depth:
                raise too_deep(one, 0)
            links = node_links(one, self.load_block(one, 0, None), 0, None)
            return all(whole(link.cid, depth - 1) for link in links)

        return whole(cid, MAX_DEPTH)

    def verify(self, cid: Cid) -> Verified:
        """Read every block of a file and check it, sizes included.

        Returns
        -------
        Verified

        Raises
        ------
        ContentNotFound, ContentMismatch
            Naming the first block that is missing, cut off or damaged, and its byte offset.
        """
        with self._loading(cid) as load:
            # A node that was read is not read again: a few that name each other over and over make a file
            # without end. Where blocks come as one stream they come again, as long as there is a stream.
            known: dict[Cid, _Below] | None = {} if load == self.load_block else None
            found = _verified(cid, load, (0, None), MAX_DEPTH, known)
            return Verified(found.blocks, found.size_bytes)

    def load_block(self, cid: Cid, offset_bytes: int = 0, expected: int | None = None) -> bytes:
        """Load one block and check it against its CID; see `check_block` for the parameters.

        Raises
        ------
        ContentNotFound
            If the block is missing.
        ContentMismatch
            If it is cut off, too long, or hashes to something else.
        """
        data = self._load(cid, CHUNK_BYTES + 1)
        if data is None:
            raise self._missing(cid, offset_bytes)
        return check_block(cid, data, offset_bytes, expected)
