"""The seam of content stores, and what every store that takes blocks shares."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from marketplace.errors import StorageError
from marketplace.foreign import open_file
from marketplace.storage.source import BlockSource, Verified
from marketplace.storage.unixfs import Buffer, CidHasher
from marketplace.types import CHUNK_BYTES, Cid

Source = bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]
"""What can be added: bytes, a binary stream, or pieces as they are made."""


_READ_BYTES = 16 * CHUNK_BYTES
"""Leaves that are hashed at once (marketplace/hashing.py)."""


class ContentWriter(Protocol):
    """Takes a file's bytes as they are made; the content counts as stored after `finish`."""

    @property
    def size_bytes(self) -> int:
        """Bytes written so far."""

    def update(self, data: Buffer, leaves: Sequence[bytes] | None = None) -> None:
        """Take the next bytes; ``leaves`` is the SHA-256 of each leaf, if that is known of whole leaves."""

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


class BlockWriter(Protocol):
    """Takes the blocks of a file that exists already, root first; it is stored after `finish`."""

    def put(self, cid: Cid, data: Buffer) -> None:
        """Take a block that was checked against its CID; ``data`` is only valid during the call."""

    def finish(self) -> None:
        """Make the blocks durable."""


class BlockBatch(Protocol):
    """The blocks of one file on their way into a store."""

    def save(self, cid: Cid, data: Buffer) -> None:
        """Keep a block; ``data`` is only valid during the call."""

    def sync(self) -> None:
        """Make saved blocks durable."""


class BlockStore(BlockSource):
    """A content store made of blocks; a subclass says how one block is kept.

    References
    ----------
    The interface is `ContentStore`.
    """

    @abstractmethod
    def _save(self, cid: Cid, data: Buffer) -> None:
        """Keep a block; ``data`` is only valid during the call."""

    @abstractmethod
    def _sync(self) -> None:
        """Make saved blocks durable; called when a file is complete."""

    def _begin(self) -> BlockBatch:
        """Start to keep the blocks of one file."""
        return _OneByOne(self)

    def writer(self) -> ContentWriter:
        """Start a file that is written piece by piece; each block is hashed once.

        Returns
        -------
        ContentWriter
        """
        return _FileWriter(self)

    def block_writer(self, root: Cid) -> BlockWriter:
        """Start to take the blocks of a file that exists elsewhere.

        Parameters
        ----------
        root : Cid
            The file's.

        Returns
        -------
        BlockWriter
        """
        return _BlockSink(self)

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
            with open_file(path) as stream:
                return self.add(stream)
        except OSError as error:
            raise StorageError(f"can't read {path}: {error.strerror or error}") from error


class _OneByOne:
    def __init__(self, store: BlockStore) -> None:
        self.save = store._save
        self.sync = store._sync


class _BlockSink:
    def __init__(self, store: BlockStore) -> None:
        batch = store._begin()
        self.put = batch.save
        self.finish = batch.sync


class _FileWriter:
    def __init__(self, store: BlockStore) -> None:
        self._batch = store._begin()
        self._hasher = CidHasher(self._batch.save)

    @property
    def size_bytes(self) -> int:
        return self._hasher.size_bytes

    def update(self, data: Buffer, leaves: Sequence[bytes] | None = None) -> None:
        self._hasher.update(data, leaves)

    def finish(self) -> Cid:
        cid = self._hasher.finish()
        self._batch.sync()
        return cid


def _pieces(source: Source) -> Iterator[Buffer]:
    if isinstance(source, bytes | bytearray | memoryview):
        yield source
    elif hasattr(source, "read"):
        while piece := source.read(_READ_BYTES):
            yield piece
    else:
        yield from source
