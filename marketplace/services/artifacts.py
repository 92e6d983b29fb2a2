"""Encrypted artifacts in the store: sealed in one pass, checked and opened piece by piece."""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from marketplace.crypto import envelope
from marketplace.crypto.points import Point
from marketplace.errors import DecryptionError
from marketplace.storage import ContentStore
from marketplace.types import Cid


@dataclass(frozen=True)
class Stored:
    """An artifact in the store.

    Parameters
    ----------
    cid : Cid
    content_root : bytes
    length : int
        Plain bytes; the artifact is longer (docs/envelope.md).
    sha256 : bytes
        Of the whole encrypted artifact, for tools that know no content root; empty if it is not needed.
    """

    cid: Cid
    content_root: bytes
    length: int
    sha256: bytes = b""


class _Whole(io.RawIOBase):
    """Hashes bytes and forgets them: the store has its own copy."""

    def __init__(self) -> None:
        self.hash = sha256()

    def write(self, data: object) -> int:
        self.hash.update(data)  # type: ignore[arg-type]
        return len(data)  # type: ignore[arg-type]


def seal_into(store: ContentStore, source: BinaryIO, k: int, nonce: bytes) -> Stored:
    """Encrypt a file into the store; a byte is hashed for the tree, the CID and the whole, once each.

    Raises
    ------
    DataError
        If the file is empty.
    StorageError
        If the store can't be written.
    """
    writer, whole = store.writer(), _Whole()
    sealed = envelope.seal(source, whole, k, nonce, on_bytes=writer.update)  # type: ignore[arg-type]
    return Stored(writer.finish(), sealed.content_root, sealed.length, whole.hash.digest())


def artifact_cid(digest: bytes, length: int) -> Cid:
    """Return the CID of an artifact from what the chain keeps: its digest and plain length."""
    return Cid.from_digest(digest, envelope.artifact_bytes(length))


def check(store: ContentStore, stored: Stored) -> None:
    """Verify a whole artifact without its key: every block, every piece, the root.

    Raises
    ------
    ContentNotFound, ContentMismatch
        Naming the block or piece.
    """
    with _reader(store, stored) as source:
        envelope.check(source, stored.content_root, stored.length)


def read_nonce(store: ContentStore, stored: Stored) -> bytes:
    """Return the nonce of an artifact."""
    with _reader(store, stored) as source:
        return envelope.read_nonce(source)


def open_bytes(store: ContentStore, stored: Stored, k: int, key: Point) -> bytes:
    """Decrypt a small artifact, every piece verified.

    Parameters
    ----------
    k : int
    key : Point
        What ``k`` must be the scalar of.

    Raises
    ------
    DecryptionError
        If it is not, or a piece is not what was promised.
    ContentNotFound, ContentMismatch
    """
    if Point.from_scalar(k) != key:
        raise DecryptionError("the key is not the one that was listed")
    sink = io.BytesIO()
    with _reader(store, stored) as source:
        envelope.open_sealed(source, sink, k, stored.content_root, stored.length)
    return sink.getvalue()


def open_file(store: ContentStore, stored: Stored, k: int, key: Point, path: Path) -> None:
    """Decrypt an artifact into a file that appears only when every piece was verified; see `open_bytes`."""
    if Point.from_scalar(k) != key:
        raise DecryptionError("the key is not the one that was listed")
    with _reader(store, stored) as source:
        envelope.open_to_path(source, path, k, stored.content_root, stored.length)


def _reader(store: ContentStore, stored: Stored) -> BinaryIO:
    # a BufferedIOBase has all that is used of a BinaryIO; typeshed keeps the two apart
    return cast(BinaryIO, store.open(stored.cid))
