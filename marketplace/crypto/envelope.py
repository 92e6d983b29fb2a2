"""Seal a file under a scalar, check it without the key, open it with the key.

The format is docs/envelope.md. Everything here streams: memory stays flat whatever the size. One
thread reads, others encrypt and hash (crypto/batches.py), one more writes, and while sealing yet another
takes what is written to wherever it is named.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import BinaryIO

from marketplace.constants import HEADER_BYTES, INDEX_ENTRY_BYTES, NONCE_BYTES, PIECE_BYTES, SEGMENT_BYTES
from marketplace.crypto.artifact import Batch, Sealed, batches, check_index, sealed_facts
from marketplace.crypto.batches import (
    BATCH_BYTES,
    PIECES_PER_BATCH,
    grow,
    handing_on,
    hash_cipher,
    hash_cipher_and_chunks,
    hash_leaves,
    hash_plain,
    in_batches,
    new_buffer,
    slot_count,
)
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.pieces import Layout, PieceKeys, artifact_bytes, fill, header, read_header
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

OnBytes = Callable[[memoryview, list[bytes] | None], object]
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
        Called with every stretch of the artifact in order (at most 4 MiB; a view that is reused
        after the call), and the SHA-256 of each leaf of the store in it where that is known, so that
        a CID is computed in the same pass; from another thread, while ``sink`` takes the same bytes.

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
    # What is emitted is cut at whole batches of the artifact, not of the plain file: the header, and then
    # always as much of the batch before, goes in front. So whoever hashes leaves gets whole ones.
    rest = header(nonce)
    takers: list[Callable[..., object]] = [lambda data, _: sink.write(data)]
    if on_bytes is not None:
        takers.append(on_bytes)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as index, handing_on(*takers) as emit:
        for batch in in_batches(_Plain.seal, _read_plain(source, keys, rest)):
            grow(tree, batch.tree_leaves)
            index.write(batch.entries)
            length += len(batch.plain)
            artifact = batch.artifact
            rest = bytes(artifact[-HEADER_BYTES:])
            emit(artifact[:-HEADER_BYTES], batch.chunks)
        if not length:
            raise DataError("the file is empty: there is nothing to seal")
        emit(memoryview(rest), None)
        index.seek(0)
        while data := index.read(SEGMENT_BYTES):
            emit(memoryview(data), None)
    return sealed_facts(nonce, length, tree.root())


@dataclass(slots=True)
class _Plain:
    """A batch of plain pieces, and what becomes of it."""

    keys: PieceKeys
    first: int
    plain: memoryview
    before: bytes  # the plain piece before the first; before the very first, the header
    artifact: memoryview  # what stands before the ciphertext, as long as a header; then that
    entries: bytearray = field(default_factory=bytearray)
    tree_leaves: bytearray = field(default_factory=bytearray)
    chunks: list[bytes] | None = None

    def seal(self) -> _Plain:
        cipher = self.artifact[HEADER_BYTES:]
        self.keys.crypt(self.first, self.plain, cipher)
        self.artifact[:HEADER_BYTES] = self._before()
        self.entries = bytearray(INDEX_ENTRY_BYTES * -(-len(self.plain) // PIECE_BYTES))
        hash_plain(self.keys, self.first, self.plain, self.entries)
        if len(self.plain) == BATCH_BYTES:
            self.chunks = hash_cipher_and_chunks(self.artifact, self.entries)
        else:
            hash_cipher(cipher, self.entries)
        self.tree_leaves = hash_leaves(self.first, self.entries)
        return self

    def _before(self) -> bytes | memoryview:
        """Return what stands before the ciphertext in the artifact."""
        if not self.first:
            return self.before
        cipher = memoryview(bytearray(PIECE_BYTES))
        self.keys.crypt(self.first - 1, memoryview(self.before), cipher)
        return cipher[-HEADER_BYTES:]


def _read_plain(source: BinaryIO, keys: PieceKeys, before: bytes) -> Iterator[_Plain]:
    room = HEADER_BYTES + BATCH_BYTES
    slots = [(new_buffer(BATCH_BYTES), new_buffer(room)) for _ in range(slot_count())]
    for number in count():
        plain, out = slots[number % len(slots)]
        size = fill(source, plain)
        if size:
            yield _Plain(keys, number * PIECES_PER_BATCH, plain[:size], before, out[: HEADER_BYTES + size])
        if size < BATCH_BYTES:
            return
        before = bytes(plain[-PIECE_BYTES:])


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
    for batch in in_batches(Batch.check, batches(source, Layout(length), digest)):
        if progress is not None:
            progress(batch.first * PIECE_BYTES + len(batch.cipher))
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
        Called with the bytes that were verified and decrypted so far.

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

    def open_batch(batch: Batch) -> memoryview:
        batch.check()
        keys.crypt(batch.first, batch.cipher, batch.spare)
        found = bytearray(batch.entries)
        hash_plain(keys, batch.first, batch.spare, found)
        if found != batch.entries:
            which = f"piece {batch.differing(found)} of {sealed.pieces}"
            raise DecryptionError(f"the key does not open this artifact: {which} differs")
        return batch.spare

    done = 0
    with handing_on(sink.write) as write:
        for plain in in_batches(open_batch, batches(source, Layout(length), digest)):
            write(plain)
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
