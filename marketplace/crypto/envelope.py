"""Seal a file under a scalar, check it without the key, open it with the key.

The format is docs/envelope.md. Everything here streams: memory stays flat whatever the size.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO

from marketplace.constants import INDEX_ENTRY_BYTES, NONCE_BYTES, PIECE_BYTES, SEGMENT_BYTES
from marketplace.crypto.artifact import Sealed, check_index, sealed_facts, segments
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.pieces import (
    Layout,
    PieceKeys,
    artifact_bytes,
    fill,
    header,
    leaf,
    read_header,
    split,
)
from marketplace.errors import DataError, DecryptionError
from marketplace.merkle import Builder

__all__ = [
    "Sealed",
    "artifact_bytes",
    "check",
    "new_nonce",
    "open_sealed",
    "open_to_path",
    "read_nonce",
    "seal",
    "seal_to_path",
]

OnBytes = Callable[[memoryview], object]
Progress = Callable[[int], object]

_SPOOL_BYTES = 2 * 1024 * 1024  # index kept in memory up to here: that of 128 MiB


def new_nonce() -> bytes:
    """Return a fresh nonce of 32 bytes; derive the artifact's key from it, then seal."""
    return os.urandom(NONCE_BYTES)


def read_nonce(source: BinaryIO) -> bytes:
    """Return the nonce in an artifact's header.

    Raises
    ------
    ContentMismatch
        If this is no artifact.
    """
    return read_header(source)


def seal(source: BinaryIO, sink: BinaryIO, k: int, nonce: bytes, on_bytes: OnBytes | None = None) -> Sealed:
    """Encrypt a file into an artifact, in one pass.

    Parameters
    ----------
    source : BinaryIO
        The plain file; need not seek.
    sink : BinaryIO
        Receives the artifact from front to back; need not seek.
    k : int
        Key scalar, 1 .. n-1, used for this artifact only.
    nonce : bytes of length 32
        From `new_nonce`; never twice with one ``k``.
    on_bytes : callable, optional
        Called with every stretch of the artifact in order (at most 64 KiB; a view that is reused
        after the call), so that a CID is computed in the same pass.

    Returns
    -------
    Sealed

    Raises
    ------
    DataError
        If the file is empty.
    ValueError
        If ``k`` or ``nonce`` is out of range.
    """
    keys, tree, length = PieceKeys(k, nonce), Builder(), 0
    plain, cipher = memoryview(bytearray(SEGMENT_BYTES)), memoryview(bytearray(SEGMENT_BYTES))

    def emit(data: memoryview) -> None:
        sink.write(data)
        if on_bytes is not None:
            on_bytes(data)

    emit(memoryview(header(nonce)))
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as index:
        while size := fill(source, plain):
            emit(_seal_segment(keys, tree, index, plain[:size], cipher[:size]))
            length += size
        if not length:
            raise DataError("the file is empty: there is nothing to seal")
        index.seek(0)
        while data := index.read(SEGMENT_BYTES):
            emit(memoryview(data))
    return sealed_facts(nonce, length, tree.root())


def _seal_segment(
    keys: PieceKeys, tree: Builder, index: IO[bytes], plain: memoryview, cipher: memoryview
) -> memoryview:
    """Encrypt one segment into ``cipher`` and append its leaves."""
    first = tree.count
    keys.crypt(first, plain, cipher)
    for i, (clear, sealed) in enumerate(zip(split(plain), split(cipher), strict=True), first):
        entry = keys.plain_hash(i, clear) + sha256(sealed).digest()
        index.write(entry)
        tree.add(leaf(i, entry))
    return cipher


def check(source: BinaryIO, content_root: bytes, length: int, progress: Progress | None = None) -> Sealed:
    """Verify a whole artifact without its key.

    Parameters
    ----------
    source : BinaryIO
        The artifact; must seek.
    content_root : bytes of length 32
        As the terms say it.
    length : int
        Bytes of the plain file, as the terms say it.
    progress : callable, optional
        Called with the bytes of ciphertext checked so far.

    Returns
    -------
    Sealed

    Raises
    ------
    ContentMismatch
        If the size, header, tree or a piece differs; a piece is named.
    """
    sealed, digest = check_index(source, content_root, length)
    for first, cipher, _ in segments(source, Layout(length), digest):
        if progress is not None:
            progress(first * PIECE_BYTES + len(cipher))
    return sealed


def open_sealed(
    source: BinaryIO,
    sink: BinaryIO,
    k: int,
    content_root: bytes,
    length: int,
    progress: Progress | None = None,
) -> Sealed:
    """Verify an artifact on both sides and decrypt it.

    What ``sink`` received may be trusted only when this returns; `open_to_path` does that.

    Parameters
    ----------
    source : BinaryIO
        The artifact; must seek.
    sink : BinaryIO
        Receives the plain file.
    k : int
        Key scalar.
    content_root : bytes of length 32
        As the terms say it.
    length : int
        Bytes of the plain file, as the terms say it.
    progress : callable, optional
        Called with the bytes written so far.

    Returns
    -------
    Sealed

    Raises
    ------
    ContentMismatch
        If the artifact is not the one that was listed; the piece is named.
    DecryptionError
        If the key does not open a piece to what the artifact commits to; the piece is named.
    """
    sealed, digest = check_index(source, content_root, length)
    try:
        keys = PieceKeys(k, sealed.nonce)
    except ValueError as error:
        raise DecryptionError("the key does not open this artifact") from error
    buffer, done = memoryview(bytearray(SEGMENT_BYTES)), 0
    for first, cipher, entries in segments(source, Layout(length), digest):
        plain = buffer[: len(cipher)]
        keys.crypt(first, cipher, plain)
        for i, clear in enumerate(split(plain)):
            start = i * INDEX_ENTRY_BYTES
            if keys.plain_hash(first + i, clear) != entries[start : start + 32]:
                raise DecryptionError(
                    f"the key does not open this artifact: piece {first + i} of {sealed.pieces} differs"
                )
        sink.write(plain)
        done += len(plain)
        if progress is not None:
            progress(done)
    return sealed


def open_to_path(
    source: BinaryIO,
    path: Path,
    k: int,
    content_root: bytes,
    length: int,
    progress: Progress | None = None,
) -> Sealed:
    """Open an artifact into a file that appears only when every piece was verified.

    Parameters and errors are those of `open_sealed`; ``path`` is replaced if it exists, and gets
    the mode 0600.
    """
    with atomic_writer(Path(path)) as sink:
        return open_sealed(source, sink, k, content_root, length, progress)


def seal_to_path(
    source: BinaryIO, path: Path, k: int, nonce: bytes, on_bytes: OnBytes | None = None
) -> Sealed:
    """Seal a file into an artifact that appears only when complete.

    Parameters and errors are those of `seal`; ``path`` is replaced if it exists.
    """
    with atomic_writer(Path(path)) as sink:
        return seal(source, sink, k, nonce, on_bytes)
