"""The seam of content stores, and what every store that holds blocks shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from marketplace.errors import ContentMismatch, StorageError
from marketplace.storage.reader import ContentReader
from marketplace.storage.unixfs import Buffer, CidHasher, node_links, walk_leaves
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid

Source = bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]
"""What can be added: bytes, a binary stream, or pieces as they are made."""


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


class ContentWriter(Protocol):
    """Takes a file's bytes as they are made; the content counts as stored after `finish`."""

    @property
    def size_bytes(self) -> int:
        """Bytes written so far."""

    def update(self, data: Buffer) -> None:
        """Take the next bytes."""

    def finish(self) -> Cid:
        """Make what was written durable and return its CID."""


@runtime_checkable
class ContentStore(Protocol):
    """Where encrypted artifacts, manifests and other public bytes are kept, by CID.

    Every read is verified: bytes that come out hash to the CID that was asked for, or
    `ContentMismatch` (wrong or cut-off block) or `ContentNotFound` (missing block) is raised with
    the CID of the block and its byte offset in the file. Memory use does not grow with the file.
    """

    def writer(self) -> ContentWriter:
        """Start a file that is written piece by piece; each block is hashed once."""

    def add(self, source: Source) -> Cid:
        """Store a file and return its CID, the one Kubo gives it."""

    def add_path(self, path: Path) -> Cid:
        """Store the file at ``path`` and return its CID."""

    def get(self, cid: Cid, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes ``start <= i < stop`` of a file, verified, in pieces of one leaf at most."""

    def open(self, cid: Cid) -> BufferedIOBase:
        """Open a file for reading and seeking; every read is verified."""

    def size(self, cid: Cid) -> int:
        """Return the length of a file in bytes, as its verified root block says."""

    def has(self, cid: Cid) -> bool:
        """Tell whether all blocks of a file are here (leaves are not read: see `verify`)."""

    def verify(self, cid: Cid) -> Verified:
        """Read every block of a file and check it, sizes included."""


class BlockStore(ABC):
    """A content store made of blocks; a subclass says how one block is kept.

    References
    ----------
    The interface is `ContentStore`.
    """

    @abstractmethod
    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        """Return at most ``limit_bytes`` of a block, unverified, or None if it is missing."""

    @abstractmethod
    def _save(self, cid: Cid, data: Buffer) -> None:
        """Keep a block; ``data`` is only valid during the call."""

    @abstractmethod
    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        """Build the error that names a missing block."""

    @abstractmethod
    def _sync(self) -> None:
        """Make saved blocks durable; called when a file is complete."""

    def _exists(self, cid: Cid) -> bool:
        return self._load(cid, CHUNK_BYTES + 1) is not None

    def writer(self) -> ContentWriter:
        """Start a file that is written piece by piece; each block is hashed once.

        Returns
        -------
        ContentWriter
        """
        return _BlockWriter(self)

    def add(self, source: Source) -> Cid:
        """Store a file and return its CID, the one Kubo gives it.

        Parameters
        ----------
        source : bytes-like, binary stream or iterable of bytes

        Raises
        ------
        StorageError
            If the store can't be written.
        """
        writer = self.writer()
        for piece in _pieces(source):
            writer.update(piece)
        return writer.finish()

    def add_path(self, path: Path) -> Cid:
        """Store the file at ``path`` and return its CID.

        Raises
        ------
        StorageError
            If the file can't be read or the store not written.
        """
        try:
            with Path(path).open("rb") as stream:
                return self.add(stream)
        except OSError as error:
            raise StorageError(f"can't read {path}: {error.strerror or error}") from error

    def get(self, cid: Cid, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes ``start <= i < stop`` of a file, verified, one leaf at most at a time.

        Raises
        ------
        ContentNotFound, ContentMismatch
            Naming the block and its byte offset.
        """
        for leaf in walk_leaves(cid, self.load_block, start=start, stop=stop):
            data = self.load_block(leaf.cid, leaf.offset_bytes, leaf.size_bytes)
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
        return ContentReader(cid, self.size(cid), self.load_block)

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
        if not self._exists(cid):
            return False
        if cid.codec == RAW_CODEC:
            return True
        links = node_links(cid, self.load_block(cid, 0, None), 0, None)
        return all(self.has(link.cid) for link in links)

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
        blocks = size_bytes = 0

        def load(block: Cid, offset_bytes: int, expected: int | None) -> bytes:
            nonlocal blocks
            blocks += 1
            return self.load_block(block, offset_bytes, expected)

        for leaf in walk_leaves(cid, load):
            size_bytes += len(load(leaf.cid, leaf.offset_bytes, leaf.size_bytes))
        return Verified(blocks, size_bytes)

    def load_block(self, cid: Cid, offset_bytes: int = 0, expected: int | None = None) -> bytes:
        """Load one block and check it against its CID.

        Parameters
        ----------
        cid : Cid
        offset_bytes : int
            Where it lies in its file; for the message only.
        expected : int, optional
            Its length in bytes, if its parent says it.

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


class _BlockWriter:
    def __init__(self, store: BlockStore) -> None:
        self._store = store
        self._hasher = CidHasher(store._save)

    @property
    def size_bytes(self) -> int:
        return self._hasher.size_bytes

    def update(self, data: Buffer) -> None:
        self._hasher.update(data)

    def finish(self) -> Cid:
        cid = self._hasher.finish()
        self._store._sync()
        return cid


def _pieces(source: Source) -> Iterator[Buffer]:
    if isinstance(source, bytes | bytearray | memoryview):
        yield source
    elif hasattr(source, "read"):
        while piece := source.read(CHUNK_BYTES):
            yield piece
    else:
        yield from source
