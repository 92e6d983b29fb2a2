"""What disproves a verdict: each kind of lie, what is shown of it, and how a challenge is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.crypto.wrong_piece import PieceProof
from marketplace.models.disputes import NodeDispute, RootDispute, RowDispute, Withheld
from marketplace.models.no_model import ModelDispute
from marketplace.services.structs import flat

MOST_SHOWN_BYTES = 120_000
"""A challenge carries no longer file: nodes commonly pass on no transaction above 128 KiB."""


@dataclass(frozen=True)
class PieceDispute:
    """One piece of a file that does not decrypt to what was committed to.

    Parameters
    ----------
    proof : PieceProof
        Has the file's key: whoever sees it can open the whole.
    why : str
    rows : bool
        It is the file of the rows; else that of the candidate's model.
    """

    proof: PieceProof
    why: str
    rows: bool = False


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
    rows: bool = False


@dataclass(frozen=True)
class RowsDispute:
    """The whole artifact of opened rows, which are something else than the panel says.

    Parameters
    ----------
    key : int
        Public already.
    artifact : bytes
    good : bool
        What they are.
    why : str
    """

    key: int
    artifact: bytes
    good: bool
    why: str


Shown = RowDispute | NodeDispute | RootDispute | ModelDispute | PieceDispute | LengthDispute | RowsDispute
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
        whose = "rows'" if found.rows else "model's"
        return f"piece {found.proof.index} of the {whose} file: {found.why}"
    if isinstance(found, LengthDispute):
        return f"the model's file: {found.why}"
    if isinstance(found, RootDispute):
        return f"the root of the evidence: {found.why}"
    if isinstance(found, ModelDispute):
        return f"the model: {found.why}"
    if isinstance(found, RowsDispute):
        return f"the test rows: {found.why}"
    return f"row {found.proof.index}: {found.why}"


def call_of(found: Shown) -> tuple[str, tuple[Any, ...]]:
    """Return the function of `Referee` that decides, and its arguments behind the case."""
    if isinstance(found, NodeDispute):
        return "challengeNode", (flat(found.proof),)
    if isinstance(found, RootDispute):
        return "challengeRoot", (found.preimage,)
    if isinstance(found, ModelDispute):
        return "challengeModel", (flat(found.proof),)
    if isinstance(found, PieceDispute):
        return "challengePiece", (found.rows, flat(found.proof))
    if isinstance(found, LengthDispute):
        return "challengeLength", (found.rows, flat(found.parts))
    if isinstance(found, RowsDispute):
        return "challengeRows", (found.key, found.artifact)
    if isinstance(found.model, bytes):
        return "challengeLinear", (flat(found.proof), found.model)
    return "challengeTrees", (flat(found.proof), flat(found.model))
