"""A candidate's file that is not what was submitted: find the piece, or the length, that shows it."""

from __future__ import annotations

import os
from typing import BinaryIO, cast

from marketplace.constants import HEADER_BYTES, INDEX_ENTRY_BYTES, PIECE_BYTES
from marketplace.crypto.artifact import check_index
from marketplace.crypto.wrong_piece import find_wrong_piece
from marketplace.errors import ContentMismatch, StorageError
from marketplace.services.lies import ContentParts, LengthDispute, PieceDispute
from marketplace.services.market import Market
from marketplace.services.request import model_artifact
from marketplace.services.structs import Submission
from marketplace.types import DAG_PB_CODEC, RAW_CODEC, Cid

ANOTHER = "it does not decrypt to what its maker committed to"


def find_wrong_delivery(market: Market, submission: Submission, k: int) -> PieceDispute | None:
    """Return the first piece of a model's file that does not open to what was committed to.

    Parameters
    ----------
    market : Market
    submission : Submission
    k : int
        Scalar of its key.

    Raises
    ------
    ContentNotFound, ContentMismatch
        If the file can't be had here as it was submitted.
    """
    stored = model_artifact(submission)
    with market.store.open(stored.cid) as source:
        proof = find_wrong_piece(cast(BinaryIO, source), k, stored.content_root, stored.length)
    return None if proof is None else PieceDispute(proof, ANOTHER)


def find_wrong_length(market: Market, submission: Submission) -> LengthDispute | None:
    """Return what shows that a model's file has another length than was submitted; needs no key."""
    for codec in (RAW_CODEC, DAG_PB_CODEC):  # which one it is follows from the length
        try:
            with market.store.open(Cid(codec, submission.content_digest)) as source:
                return _compare(cast(BinaryIO, source), submission)
        except StorageError:
            continue
    return None


def _compare(source: BinaryIO, submission: Submission) -> LengthDispute | None:
    length = _length_of(source.seek(0, os.SEEK_END))
    if length == submission.content_length:
        return None
    sealed, _ = check_index(source, submission.content_root, length)
    parts = ContentParts(sealed.nonce, length, sealed.pieces, sealed.tree_root)
    return LengthDispute(parts, f"it has {length} bytes, {submission.content_length} were submitted")


def _length_of(artifact_bytes: int) -> int:
    """Return how long the plain file of an artifact is (docs/envelope.md, The artifact).

    Raises
    ------
    ContentMismatch
        If no artifact is that long.
    """
    body = artifact_bytes - HEADER_BYTES
    length = body - INDEX_ENTRY_BYTES * -(-body // (PIECE_BYTES + INDEX_ENTRY_BYTES))
    if length < 1:
        raise ContentMismatch(f"no artifact has {artifact_bytes} bytes")
    return length
