"""What disproves a verdict: each kind of lie, what is shown of it, and how a challenge is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.crypto.wrong_piece import PieceProof
from marketplace.models.disputes import NodeDispute, RowDispute, Withheld
from marketplace.services.structs import flat


@dataclass(frozen=True)
class PieceDispute:
    """One piece of the candidate's file that does not decrypt to what its maker committed to.

    Parameters
    ----------
    proof : PieceProof
        Has the model's key: whoever sees it can open the whole file.
    why : str
    """

    proof: PieceProof
    why: str


@dataclass(frozen=True)
class ContentParts:
    """What a content root is the hash of (contracts/types/Piece.sol)."""

    nonce: bytes
    length: int
    pieces: int
    tree_root: bytes


@dataclass(frozen=True)
class LengthDispute:
    """The candidate's content root says another length than was submitted."""

    parts: ContentParts
    why: str


Shown = RowDispute | NodeDispute | PieceDispute | LengthDispute
"""What a challenge can show."""

Lie = Shown | Withheld
"""What is wrong with a verdict."""


def describe(found: Lie) -> str:
    """Say in a sentence what is wrong, and where."""
    if isinstance(found, Withheld):
        return found.why if found.index is None else f"row {found.index}: {found.why}"
    if isinstance(found, NodeDispute):
        proof = found.proof
        return f"node {proof.index} of level {proof.level} of the evidence: {found.why}"
    if isinstance(found, PieceDispute):
        return f"piece {found.proof.index} of the model's file: {found.why}"
    if isinstance(found, LengthDispute):
        return f"the model's file: {found.why}"
    return f"row {found.proof.index}: {found.why}"


def call_of(found: Shown) -> tuple[str, tuple[Any, ...]]:
    """Return the function of `Referee` that decides, and its arguments behind the case."""
    if isinstance(found, NodeDispute):
        return "challengeNode", (flat(found.proof),)
    if isinstance(found, PieceDispute):
        return "challengeDelivery", (flat(found.proof),)
    if isinstance(found, LengthDispute):
        return "challengeDeliveryLength", (flat(found.parts),)
    if isinstance(found.model, bytes):
        return "challengeLinear", (flat(found.proof), found.model)
    return "challengeTrees", (flat(found.proof), flat(found.model))
