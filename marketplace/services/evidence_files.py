"""Evidence files: sealed under a key from the model's, opened again by whoever holds that."""

from __future__ import annotations

import os
from hashlib import sha256

from marketplace.constants import HEADER_BYTES, INDEX_ENTRY_BYTES, PIECE_BYTES, SECP256K1_N
from marketplace.crypto.envelope import artifact_bytes, read_nonce
from marketplace.crypto.pieces import PieceKeys
from marketplace.errors import DataError, StorageError
from marketplace.storage import ContentStore
from marketplace.types import DAG_PB_CODEC, RAW_CODEC, Cid

EVIDENCE_KEY_LABEL = b"tessera/v1/evidence-key"
LONGEST_RECORD = 16 * (16 + 32) + 32
"""Bytes of one row's record: 16 outputs, two sums for each of 16 classes, a hash (docs/models.md)."""

_HEAD_BYTES = 21


def evidence_key(k: int, submission_id: int) -> int:
    """Return the scalar under which evidence about a submission is sealed, from the model's key."""
    digest = sha256(EVIDENCE_KEY_LABEL + k.to_bytes(32, "big") + submission_id.to_bytes(32, "big")).digest()
    return int.from_bytes(digest, "big") % (SECP256K1_N - 1) + 1


def longest_file(rows: int) -> int:
    """Return how long an evidence file about so many rows can be, bytes in the clear."""
    return _HEAD_BYTES + rows * LONGEST_RECORD


def open_evidence(store: ContentStore, digest: bytes, key: int, expected: int, longest: int) -> bytes:
    """Fetch and decrypt an evidence file of which an attestation names the digest.

    Whether the bytes are evidence, and that of the attested root, is for the caller to see: nothing else
    vouches for them.

    Parameters
    ----------
    store : ContentStore
    digest : bytes of length 32
    key : int
        See `evidence_key`.
    expected, longest : int
        Bytes in the clear: as right evidence has them, and the most that is read.

    Raises
    ------
    StorageError
        If it is not in the store, or damaged there.
    DataError
        If it is no artifact, or too long.
    """
    usual = Cid.from_digest(digest, artifact_bytes(expected))
    other = Cid(RAW_CODEC if usual.codec == DAG_PB_CODEC else DAG_PB_CODEC, bytes(digest))
    try:
        return _open(store, usual, key, longest)
    except (StorageError, DataError) as error:
        try:
            return _open(store, other, key, longest)
        except (StorageError, DataError):
            raise error from None


def _open(store: ContentStore, cid: Cid, key: int, longest: int) -> bytes:
    with store.open(cid) as source:
        size = source.seek(0, os.SEEK_END)
        length = _plain_length(size)
        if length > longest:
            raise DataError(f"the evidence file {cid} has {length:,} bytes, more than its rows can take")
        nonce = read_nonce(source)  # type: ignore[arg-type]
        source.seek(HEADER_BYTES)
        cipher = source.read(length)
    if len(cipher) != length:
        raise DataError(f"the evidence file {cid} is cut off")
    plain = bytearray(length)
    PieceKeys(key, nonce).crypt(0, memoryview(cipher), memoryview(plain))
    return bytes(plain)


def _plain_length(size: int) -> int:
    """Return the length of the file that an artifact of ``size`` bytes holds (docs/envelope.md)."""
    body = size - HEADER_BYTES
    length = body - INDEX_ENTRY_BYTES * -(-body // (PIECE_BYTES + INDEX_ENTRY_BYTES))
    if length < 1 or artifact_bytes(length) != size:
        raise DataError("the evidence file is no artifact")
    return length
