"""What is asked of those who hide evidence or a model, how it is answered, and where that leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from marketplace import merkle
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel, encode_model, encode_prefix
from marketplace.models.disputes import (
    Attested,
    OpenRows,
    RowDispute,
    RowProof,
    Withheld,
    dispute_row,
    row_siblings,
)
from marketplace.models.evidence import evidence_salt
from marketplace.models.evidence_tree import (
    EvidenceFile,
    EvidenceNode,
    EvidenceTree,
    read_evidence,
    tree_of_file,
)
from marketplace.models.lanes import CHUNK_TREES
from marketplace.models.metrics import sum_count
from marketplace.models.tree_proofs import Lanes, open_lanes, prove_way, row_contributions
from marketplace.models.trees import TreeModel, tree_roots

LEVELS = 6
"""Levels of the evidence that one answer opens (contracts/libraries/Answers.sol)."""

MAX_ANSWERS = 8
"""Answers that one demand can have (contracts/libraries/Demands.sol)."""


class Subject(IntEnum):
    """What can be asked for, as the contract numbers it."""

    NONE = 0
    NODES = 1
    LEAF = 2
    LANES = 3
    MODEL = 4


@dataclass(frozen=True)
class Question:
    """What is asked for (contracts/types/Demand.sol).

    Attributes
    ----------
    subject : Subject
    level : int
        Of a node of the evidence, above the leaves.
    index : int
        Of a node, a row or a tree.
    chunk : int
        Of the trees' contributions: number of the chunk + 1; 0: the list, or all of up to 256 trees.
    steps : int
        Of a model of trees: bit ``j``: to the right at depth ``j``.
    """

    subject: Subject
    level: int = 0
    index: int = 0
    chunk: int = 0
    steps: int = 0


@dataclass(frozen=True)
class Honest:
    """All that is asked for of an honest verdict.

    Attributes
    ----------
    attested : Attested
    model : LinearModel or TreeModel
    test : OpenRows
    told : EvidenceFile
    tree : EvidenceTree
    """

    attested: Attested
    model: IntegerModel
    test: OpenRows
    told: EvidenceFile
    tree: EvidenceTree


def honest_evidence(attested: Attested, model: IntegerModel, test: OpenRows, file_bytes: bytes) -> Honest:
    """Take apart what a panel should have attested, node by node.

    Parameters
    ----------
    attested : Attested
        Its root and sums may be a lie.
    model : LinearModel or TreeModel
    test : OpenRows
    file_bytes : bytes
        The right evidence file, in the clear.
    """
    told = read_evidence(file_bytes)
    return Honest(attested, model, test, told, tree_of_file(told, attested.k, attested.submission_id))


def first_question(honest: Honest) -> Question:
    """Return what is asked first of evidence of which nothing is known."""
    depth = honest.tree.depth
    return Question(Subject.NODES, depth) if depth else Question(Subject.LEAF)


def shown_trees(model: IntegerModel) -> bytes:
    """Return what shows that a model is one of trees: head, number and bases, and the root over its trees."""
    return encode_prefix(model) + merkle.root(tree_roots(model)) if isinstance(model, TreeModel) else b""


def answer(honest: Honest, question: Question) -> bytes:
    """Answer a question about an honest verdict.

    Raises
    ------
    DataError
        If the model has no such thing.
    """
    tree, index = honest.tree, question.index
    if question.subject is Subject.NODES:
        down = min(LEVELS, question.level)
        first = index << down
        nodes = (tree.node(question.level - down, first + n).carried() for n in range(1 << down))
        return b"".join(nodes) + tree.path(question.level, index)
    if question.subject is Subject.LEAF:
        return _leaf(honest, index)
    if question.subject is Subject.LANES and isinstance(honest.model, TreeModel):
        lanes = open_lanes(honest.model, row_contributions(honest.model, honest.test.rows[index]))
        chunk = question.chunk - 1 if lanes.chunks else 0
        opened = lanes.chunks + (lanes.lanes[chunk] if chunk >= 0 else b"")
        return shown_trees(honest.model) + _leaf(honest, index) + opened
    if question.subject is Subject.MODEL:
        return answer_model(honest.model, question)
    raise DataError("a linear model has no trees to show", "read the question again: tessera bounty show")


def answer_model(model: IntegerModel, question: Question) -> bytes:
    """Answer a question about a model: a linear one is shown whole, of trees one way to a leaf."""
    if not isinstance(model, TreeModel):
        return encode_model(model)
    siblings, path = prove_way(model, question.index % len(model.counts), question.steps)
    return encode_prefix(model) + b"".join(siblings) + path


def _leaf(honest: Honest, i: int) -> bytes:
    salt = evidence_salt(honest.attested.k, honest.attested.submission_id, i)
    return honest.tree.path(0, i) + salt + honest.told.records[i]


def go_on(honest: Honest, given: Sequence[tuple[Question, bytes]]) -> Question | RowDispute | Withheld:
    """Tell what follows from answers: the next question down the side that is wrong, or the proof of the lie.

    Parameters
    ----------
    honest : Honest
        What is true; its `Attested` is what was attested instead.
    given : sequence of (Question, bytes)
        Answers that the contract took, oldest first.

    Returns
    -------
    Question, RowDispute or Withheld
        `Withheld` if nothing that was opened is wrong.
    """
    if not given:
        return first_question(honest)
    question, data = given[-1]
    if question.subject is Subject.NODES:
        return _down(honest, question, data)
    return _row(honest, question, data)


def _down(honest: Honest, question: Question, data: bytes) -> Question | Withheld:
    """Choose the first node whose sums are not those of its place."""
    sums = sum_count(honest.attested.metric, honest.attested.classes)
    down = min(LEVELS, question.level)
    level, first, size = question.level - down, question.index << down, 40 + 16 * sums
    for n in range(1 << down):
        right: EvidenceNode = honest.tree.node(level, first + n)
        if data[n * size + 32 : (n + 1) * size] != right.entry():
            return (
                Question(Subject.NODES, level, first + n) if level else Question(Subject.LEAF, 0, first + n)
            )
    return Withheld(None, "the sums that were opened are right")


def _row(honest: Honest, question: Question, data: bytes) -> Question | RowDispute | Withheld:
    """Look at a row's record, and at what it hashes where that was opened."""
    i, model, lie = question.index, honest.model, None
    if question.subject is Subject.LANES and isinstance(model, TreeModel):
        data = data[len(shown_trees(model)) :]
        sums = sum_count(honest.attested.metric, honest.attested.classes)
        size = _path_bytes(honest) + 64 + 16 * (model.head.outputs + sums)
        lie = _opened(model, question, data[size:])
        data = data[:size]
    proof = _proof(honest, i, data)
    found = dispute_row(honest.attested, proof, model, honest.told.records[i], lie)
    if not isinstance(found, Withheld) or not isinstance(model, TreeModel):
        return found
    if lie is None:
        return Question(Subject.LANES, 0, i)
    if lie.chunks and question.chunk == 0:
        return _wrong_chunk(model, honest.test.rows[i], i, lie)
    return found


def _opened(model: TreeModel, question: Question, data: bytes) -> Lanes:
    chunks = -(-len(model.counts) // CHUNK_TREES)
    if chunks == 1:
        return Lanes(b"", {0: data})
    size = chunks * (32 + 8 * model.head.outputs)
    return Lanes(data[:size], {question.chunk - 1: data[size:]} if question.chunk else {})


def _wrong_chunk(model: TreeModel, row: bytes, i: int, lie: Lanes) -> Question | Withheld:
    right, size = open_lanes(model, row_contributions(model, row)).chunks, 32 + 8 * model.head.outputs
    for n, at in enumerate(range(0, len(right), size)):
        if lie.chunks[at : at + size] != right[at : at + size]:
            return Question(Subject.LANES, 0, i, n + 1)
    return Withheld(i, "the list of its chunks is right")


def _path_bytes(honest: Honest) -> int:
    entry = 8 + 16 * sum_count(honest.attested.metric, honest.attested.classes)
    return entry + honest.tree.depth * (32 + entry)


def _proof(honest: Honest, i: int, data: bytes) -> RowProof:
    """Build what a challenge shows of a row out of its leaf, as it was opened."""
    size, test = _path_bytes(honest), honest.test
    return RowProof(
        index=i,
        row_salt=test.salts[i],
        row=test.rows[i],
        row_siblings=row_siblings(test, i),
        leaf_salt=data[size : size + 32],
        record=data[size + 32 :],
        path=data[:size],
    )
