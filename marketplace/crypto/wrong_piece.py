"""Find the piece of an opened artifact that convicts whoever sealed it, and prove it (docs/envelope.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import BinaryIO

from marketplace import merkle
from marketplace.constants import HEADER_BYTES, INDEX_ENTRY_BYTES, PIECE_BYTES
from marketplace.crypto.artifact import Batch, Sealed, batches, check_index
from marketplace.crypto.batches import hash_plain, in_batches
from marketplace.crypto.pieces import Layout, PieceKeys, leaf
from marketplace.errors import ContentMismatch
from marketplace.hashing import DIGEST_BYTES


@dataclass(frozen=True)
class PieceProof:
    """One piece with all that decrypts it and leads to the content root (contracts/types/Piece.sol).

    Parameters
    ----------
    key : int
        Scalar ``k``: whoever sees the proof can open the whole file.
    nonce : bytes of length 32
    length : int
        Bytes of the plain file.
    index : int
        Of the piece, from 0.
    plain_hash : bytes of length 32
        Salted: the plain side of the leaf.
    cipher : bytes
        The piece as it is encrypted, 1 to 4096 bytes.
    path : tuple of bytes
        Siblings, bottom-up.
    """

    key: int = field(repr=False)
    nonce: bytes
    length: int
    index: int
    plain_hash: bytes
    cipher: bytes
    path: tuple[bytes, ...]

    @property
    def pieces(self) -> int:
        """Number of pieces of the file."""
        return Layout(self.length).pieces


def find_wrong_piece(
    source: BinaryIO,
    k: int,
    content_root: bytes,
    length: int,
    progress: Callable[[int], object] | None = None,
) -> PieceProof | None:
    """Return the first piece that does not decrypt to what its artifact commits to, None if all do.

    Keeps 32 bytes a piece in memory, 8 MiB for 1 GiB.

    Parameters
    ----------
    source : BinaryIO
        The artifact; must seek.
    k : int
        Key scalar; that it is the listed one is for the caller to check.
    content_root : bytes of length 32
        As the terms say it.
    length : int
        Bytes of the plain file.
    progress : callable, optional
        Called with the bytes looked at so far.

    Raises
    ------
    ContentMismatch
        If the artifact is not the one that was listed: nothing can be said of it then.
    ValueError
        If ``k`` is no scalar.
    """
    leaves: list[bytes] = []
    sealed, digest = check_index(source, content_root, length, leaves.append)
    look = partial(_first_wrong, PieceKeys(k, sealed.nonce))
    done, wrong = 0, None
    for size, found in in_batches(look, batches(source, Layout(length), digest)):
        done += size
        if progress is not None:
            progress(done)
        if wrong is None:
            wrong = found  # the rest is read as well: the whole artifact must be the one that was listed
    return None if wrong is None else _prove(source, sealed, leaves, k, wrong)


def _first_wrong(keys: PieceKeys, batch: Batch) -> tuple[int, int | None]:
    """Return the size of a batch, and the index of its first piece whose plain side differs."""
    batch.check()
    keys.crypt(batch.first, batch.cipher, batch.spare)
    found = bytearray(batch.entries)
    hash_plain(keys, batch.first, batch.spare, found)
    return len(batch.cipher), None if found == batch.entries else batch.differing(found)


def _prove(source: BinaryIO, sealed: Sealed, leaves: list[bytes], k: int, i: int) -> PieceProof:
    layout = Layout(sealed.length)
    source.seek(layout.index_offset + i * INDEX_ENTRY_BYTES)
    entry = source.read(INDEX_ENTRY_BYTES)
    source.seek(HEADER_BYTES + i * PIECE_BYTES)
    cipher = source.read(layout.piece_bytes(i))
    if leaf(i, entry) != leaves[i] or sha256(cipher).digest() != entry[DIGEST_BYTES:]:
        raise ContentMismatch("the artifact changed while it was read")
    path = tuple(merkle.proof(leaves, i))
    return PieceProof(k, sealed.nonce, sealed.length, i, entry[:DIGEST_BYTES], cipher, path)
