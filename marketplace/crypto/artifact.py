"""Read an artifact: size, header, index and ciphertext checked without the key (docs/envelope.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from marketplace.constants import HEADER_BYTES, INDEX_ENTRY_BYTES, PIECE_BYTES
from marketplace.crypto.batches import (
    BATCH_BYTES,
    PIECES_PER_BATCH,
    grow,
    hash_cipher,
    hash_leaves,
    in_batches,
    new_buffer,
    slot_count,
)
from marketplace.crypto.pieces import Layout, content_root, fill, read_header
from marketplace.errors import ContentMismatch
from marketplace.hashing import DIGEST_BYTES
from marketplace.merkle import Builder


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the terms say of an artifact; public.

    Parameters
    ----------
    content_root : bytes of length 32
        Binds nonce, length and every piece on both sides.
    length : int
        Bytes of the plain file.
    pieces : int
        Pieces of 4096 bytes.
    nonce : bytes of length 32
        Also in the header.
    tree_root : bytes of length 32
    artifact_bytes : int
        Size of the artifact.
    """

    content_root: bytes
    length: int
    pieces: int
    nonce: bytes
    tree_root: bytes
    artifact_bytes: int


def sealed_facts(nonce: bytes, length: int, tree_root: bytes) -> Sealed:
    """Return the facts of an artifact from what its passes computed."""
    layout = Layout(length)
    root = content_root(nonce, length, tree_root)
    return Sealed(root, length, layout.pieces, nonce, tree_root, layout.artifact_bytes)


def read_index(
    source: BinaryIO, content_root: bytes, length: int, on_leaf: Callable[[bytes], object]
) -> Sealed:
    """Verify size, header and tree of an artifact, and hand out its leaves.

    Parameters and errors are those of `check`; the ciphertext itself is not read.
    """
    return check_index(source, content_root, length, on_leaf)[0]


def check_index(
    source: BinaryIO,
    content_root: bytes,
    length: int,
    on_leaf: Callable[[bytes], object] | None = None,
) -> tuple[Sealed, bytes]:
    """Verify size, header and tree; return the facts and a digest of the index bytes."""
    layout = _layout(source, length)
    nonce, tree, digest = read_header(source), Builder(), sha256()
    source.seek(layout.index_offset)
    for entries in _entries(source, layout):
        digest.update(entries)
        leaves = hash_leaves(tree.count, entries)
        grow(tree, leaves)
        if on_leaf is not None:
            for at in range(0, len(leaves), DIGEST_BYTES):
                on_leaf(bytes(leaves[at : at + DIGEST_BYTES]))
    sealed = sealed_facts(nonce, length, tree.root())
    if sealed.content_root != content_root:
        for _ in in_batches(Batch.check, batches(source, layout, digest.digest())):
            pass  # names the first piece that disagrees with the index
        raise ContentMismatch(
            f"the artifact is not the one that was listed: its content root is {sealed.content_root.hex()}"
        )
    return sealed, digest.digest()


def _layout(source: BinaryIO, length: int) -> Layout:
    """Return the layout, after the size has been compared with it."""
    try:
        layout = Layout(length)
    except ValueError as error:
        raise ContentMismatch(f"no artifact holds a file of {length} bytes") from error
    size = source.seek(0, os.SEEK_END)
    if size != layout.artifact_bytes:
        where = ""
        if size < layout.index_offset:
            where = f", cut off in piece {max(0, size - HEADER_BYTES) // PIECE_BYTES} of {layout.pieces}"
        raise ContentMismatch(f"the artifact has {size} bytes, {layout.artifact_bytes} are expected{where}")
    return layout


def _entries(source: BinaryIO, layout: Layout) -> Iterator[bytes]:
    """Yield the index entries of an artifact by the batch, from where the source stands."""
    for first in range(0, layout.pieces, PIECES_PER_BATCH):
        size = min(PIECES_PER_BATCH, layout.pieces - first) * INDEX_ENTRY_BYTES
        entries = source.read(size)
        if len(entries) != size:
            raise ContentMismatch("the artifact ends inside its index")
        yield entries


@dataclass(frozen=True, slots=True)
class Batch:
    """Pieces as they were read, not checked yet.

    Parameters
    ----------
    first, pieces : int
        Index of the first piece, and number of pieces of the whole file.
    cipher : memoryview
        A buffer that is used again for a later batch.
    entries : bytes
        Of the index.
    spare : memoryview
        As long as ``cipher``: for whatever is made of it.
    """

    first: int
    pieces: int
    cipher: memoryview
    entries: bytes
    spare: memoryview

    def check(self) -> Batch:
        """Compare each piece with the index.

        Raises
        ------
        ContentMismatch
            Naming the first that differs.
        """
        found = bytearray(self.entries)
        hash_cipher(self.cipher, found)
        if found != self.entries:
            raise ContentMismatch(f"piece {self.differing(found)} of {self.pieces} is damaged")
        return self

    def differing(self, found: bytearray) -> int:
        """Return the index of the first piece whose entry is not that of ``found``."""
        at = next(i for i, (a, b) in enumerate(zip(found, self.entries, strict=True)) if a != b)
        return self.first + at // INDEX_ENTRY_BYTES


def batches(source: BinaryIO, layout: Layout, index_digest: bytes) -> Iterator[Batch]:
    """Yield the pieces of an artifact by the batch, for `in_batches`.

    The index is read again and compared as a whole at the end: a file that changes while it is read
    does not pass.
    """
    slots = [(new_buffer(BATCH_BYTES), new_buffer(BATCH_BYTES)) for _ in range(slot_count())]
    digest = sha256()
    for number, first in enumerate(range(0, layout.pieces, PIECES_PER_BATCH)):
        size = min(BATCH_BYTES, layout.length - first * PIECE_BYTES)
        cipher, spare = (buffer[:size] for buffer in slots[number % len(slots)])
        source.seek(HEADER_BYTES + first * PIECE_BYTES)
        got = fill(source, cipher)
        if got != size:
            piece = first + got // PIECE_BYTES
            raise ContentMismatch(f"the artifact ends inside piece {piece} of {layout.pieces}")
        count = min(PIECES_PER_BATCH, layout.pieces - first)
        source.seek(layout.index_offset + first * INDEX_ENTRY_BYTES)
        entries = source.read(count * INDEX_ENTRY_BYTES)
        if len(entries) != count * INDEX_ENTRY_BYTES:
            raise ContentMismatch("the artifact ends inside its index")
        digest.update(entries)
        yield Batch(first, layout.pieces, cipher, entries, spare)
    if digest.digest() != index_digest:
        raise ContentMismatch("the artifact changed while it was read")
