"""Build and walk the block tree of a file: UnixFS, balanced, raw leaves, 262,144-byte chunks.

The builder is fed bytes as they are made (by a file reader, or by the envelope while it seals), so
that a file's blocks are hashed exactly once and memory stays flat whatever the size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from marketplace.errors import ContentMismatch
from marketplace.hashing import digests
from marketplace.storage.dagpb import MAX_LINKS, Link, decode_node, encode_node
from marketplace.types import CHUNK_BYTES, DAG_PB_CODEC, RAW_CODEC, Cid

Buffer = bytes | bytearray | memoryview
Sink = Callable[[Cid, Buffer], None]
"""Takes each finished block, children before parents. The buffer is only valid during the call."""

MAX_DEPTH = 8
"""Levels of nodes: 174**8 leaves are more than any disk; deeper trees are hostile."""


class CidHasher:
    """Compute the CID of a file incrementally, handing out its blocks on the way.

    Parameters
    ----------
    sink : callable (Cid, bytes-like) -> None, optional
        Called once for each block, with a buffer that is only valid during the call.
    chunk_bytes : int, optional
        Bytes of a leaf. Another than the default gives other CIDs; for tests only.
    """

    def __init__(self, sink: Sink | None = None, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._sink = sink
        self._chunk_bytes = chunk_bytes
        self._buffer = bytearray()
        self._levels: list[list[Link]] = [[]]
        self._size_bytes = 0
        self._root: Link | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes consumed so far."""
        return self._size_bytes

    def update(self, data: Buffer, leaves: Sequence[bytes] | None = None) -> None:
        """Consume the next bytes of the file.

        Parameters
        ----------
        data : bytes-like
        leaves : sequence of bytes, optional
            SHA-256 of each leaf, if that is known already, ``data`` being so many whole leaves.

        Raises
        ------
        ValueError
            After `finish`; or if ``leaves`` are not those of ``data``, by their number.
        """
        if self._root is not None:
            raise ValueError("the hasher is finished")
        with memoryview(data) as given, given.cast("B") as view:
            if leaves is not None and (self._buffer or len(view) != len(leaves) * self._chunk_bytes):
                raise ValueError("hashes of leaves belong to whole leaves, from the start of one")
            self._size_bytes += len(view)
            at = 0
            if self._buffer:
                at = min(self._chunk_bytes - len(self._buffer), len(view))
                self._buffer += view[:at]
                if len(self._buffer) == self._chunk_bytes:
                    self._leaf(self._buffer)
                    self._buffer.clear()
            whole = (len(view) - at) // self._chunk_bytes
            with view[at:] as rest:
                hashes = digests(rest, self._chunk_bytes, whole) if leaves is None else leaves
            for digest in hashes:
                with view[at : at + self._chunk_bytes] as piece:
                    self._leaf(piece, digest)
                at += self._chunk_bytes
            self._buffer += view[at:]

    def finish(self) -> Cid:
        """Close the file and return its CID; again and again the same."""
        if self._root is None:
            if self._buffer or not self._size_bytes:
                self._leaf(self._buffer)
            self._root = self._close()
            self._levels, self._buffer = [[]], bytearray()
        return self._root.cid

    @property
    def total_bytes(self) -> int:
        """Encoded bytes of all blocks, once it is finished.

        Raises
        ------
        ValueError
            Before `finish`.
        """
        if self._root is None:
            raise ValueError("the hasher is not finished")
        return self._root.total_bytes

    def _leaf(self, data: Buffer, digest: bytes | None = None) -> None:
        cid = Cid(RAW_CODEC, sha256(data).digest() if digest is None else digest)
        if self._sink is not None:
            self._sink(cid, data)
        self._push(0, Link(cid, len(data), len(data)))

    def _push(self, level: int, link: Link) -> None:
        if level == len(self._levels):
            self._levels.append([])
        if len(self._levels[level]) == MAX_LINKS:
            self._flush(level)
        self._levels[level].append(link)

    def _flush(self, level: int) -> None:
        links = self._levels[level]
        block = encode_node(links)
        cid = Cid(DAG_PB_CODEC, sha256(block).digest())
        if self._sink is not None:
            self._sink(cid, block)
        below = sum(link.total_bytes for link in links)
        self._levels[level] = []
        self._push(level + 1, Link(cid, sum(link.size_bytes for link in links), len(block) + below))

    def _close(self) -> Link:
        level = 0
        while level < len(self._levels) - 1 or len(self._levels[level]) > 1:
            self._flush(level)
            level += 1
        return self._levels[level][0]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of a file: where it lies and how long it must be.

    Parameters
    ----------
    cid : Cid
    offset_bytes : int
    size_bytes : int or None
        None if the file is this one raw block, whose length nothing else tells.
    """

    cid: Cid
    offset_bytes: int
    size_bytes: int | None


Load = Callable[[Cid, int, int | None], bytes]
"""Loads and verifies a block: CID, byte offset in the file, expected length (None: unknown)."""


def walk_leaves(root: Cid, load: Load, *, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
    """Yield the leaves of a file that overlap ``start <= byte < stop``, in order.

    Parameters
    ----------
    root : Cid
    load : callable
        Loads an intermediate node (leaves are not loaded).
    start, stop : int
        Range of bytes; no stop means the end of the file.

    Raises
    ------
    ContentMismatch
        If a node is not a canonical UnixFS node, or its sizes contradict its parent's.
    """
    yield from _walk(root, load, 0, None, (start, stop), MAX_DEPTH)


def _walk(
    cid: Cid, load: Load, offset: int, size: int | None, span: tuple[int, int | None], depth: int
) -> Iterator[Leaf]:
    if cid.codec == RAW_CODEC:
        yield Leaf(cid, offset, size)
        return
    links = node_links(cid, load(cid, offset, None), offset, size)
    if not depth:
        raise too_deep(cid, offset)
    start, stop = span
    for link in links:
        if offset + link.size_bytes > start and (stop is None or offset < stop):
            yield from _walk(link.cid, load, offset, link.size_bytes, span, depth - 1)
        offset += link.size_bytes


def too_deep(cid: Cid, offset: int) -> ContentMismatch:
    """Build the error about a tree that nobody has written."""
    return ContentMismatch(f"block {cid} at byte {offset}: the tree is deeper than {MAX_DEPTH} levels")


def node_links(cid: Cid, block: bytes, offset: int, size_bytes: int | None) -> list[Link]:
    """Decode a node and check that it covers what its parent says.

    Raises
    ------
    ContentMismatch
        If it is not a canonical node, or of another size.
    """
    try:
        links = decode_node(block)
    except ValueError as error:
        raise ContentMismatch(
            f"block {cid} at byte {offset}: not a file as this store writes them: {error}"
        ) from error
    covered = sum(link.size_bytes for link in links)
    if size_bytes is not None and covered != size_bytes:
        raise ContentMismatch(
            f"block {cid} at byte {offset}: covers {covered} bytes, its parent says {size_bytes}"
        )
    return links
