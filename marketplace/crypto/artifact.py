"""Read an artifact: size, header, index and ciphertext checked without the key (docs/envelope.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from marketplace.constants import HEADER_BYTES, INDEX_ENTRY_BYTES, PIECE_BYTES, SEGMENT_BYTES
from marketplace.crypto.pieces import PIECES_PER_SEGMENT, Layout, content_root, fill, leaf, read_header, split
from marketplace.errors import ContentMismatch
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
    for entry in _entries(source, layout, digest.update):
        hashed = leaf(tree.count, entry)
        tree.add(hashed)
        if on_leaf is not None:
            on_leaf(hashed)
    sealed = sealed_facts(nonce, length, tree.root())
    if sealed.content_root != content_root:
        for _ in segments(source, layout, digest.digest()):
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


def _entries(source: BinaryIO, layout: Layout, on_data: Callable[[bytes], object]) -> Iterator[bytes]:
    """Yield the index entries of an artifact, from where the source stands."""
    left = layout.pieces * INDEX_ENTRY_BYTES
    while left:
        data = source.read(min(left, SEGMENT_BYTES - SEGMENT_BYTES % INDEX_ENTRY_BYTES))
        if not data or len(data) % INDEX_ENTRY_BYTES:
            raise ContentMismatch("the artifact ends inside its index")
        on_data(data)
        left -= len(data)
        for start in range(0, len(data), INDEX_ENTRY_BYTES):
            yield data[start : start + INDEX_ENTRY_BYTES]


def segments(
    source: BinaryIO, layout: Layout, index_digest: bytes
) -> Iterator[tuple[int, memoryview, bytes]]:
    """Yield (first piece, ciphertext, index entries) by segment, each piece checked.

    The index is read again and compared as a whole at the end: a file that changes while it is read
    does not pass.
    """
    buffer, digest = memoryview(bytearray(SEGMENT_BYTES)), sha256()
    for first in range(0, layout.pieces, PIECES_PER_SEGMENT):
        size = min(SEGMENT_BYTES, layout.length - first * PIECE_BYTES)
        cipher = buffer[:size]
        source.seek(HEADER_BYTES + first * PIECE_BYTES)
        if fill(source, cipher) != size:
            raise ContentMismatch(f"the artifact ends inside piece {first} of {layout.pieces} or soon after")
        count = min(PIECES_PER_SEGMENT, layout.pieces - first)
        source.seek(layout.index_offset + first * INDEX_ENTRY_BYTES)
        entries = source.read(count * INDEX_ENTRY_BYTES)
        digest.update(entries)
        for i, piece in enumerate(split(cipher)):
            if sha256(piece).digest() != entries[i * INDEX_ENTRY_BYTES + 32 : (i + 1) * INDEX_ENTRY_BYTES]:
                raise ContentMismatch(f"piece {first + i} of {layout.pieces} is damaged")
        yield first, cipher, entries
    if digest.digest() != index_digest:
        raise ContentMismatch("the artifact changed while it was read")
