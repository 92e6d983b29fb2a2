"""Find what is wrong with a score, and build the proof that the contract takes (docs/disputes.md)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol

import numpy as np

from marketplace import merkle
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel, encode_model, encode_prefix
from marketplace.models.evidence import build_evidence, evidence_salt
from marketplace.models.evidence_tree import (
    EvidenceFile,
    EvidenceTree,
    leaf_bytes,
    read_evidence,
    tree_of_file,
)
from marketplace.models.lanes import CHUNK_TREES
from marketplace.models.linear import LinearModel, Task
from marketplace.models.metrics import ERROR_METRICS, Metric, contributions, sum_count
from marketplace.models.tree_proofs import Lanes, TreesProof, open_lanes, prove_tree, row_contributions
from marketplace.models.trees import TreeModel, tree_roots


class OpenRows(Protocol):
    """The opened rows of a contest, as `marketplace.datasets.TestRows` has them."""

    @property
    def rows(self) -> list[bytes]:
        """Each ``i64 label || i32 features``, big-endian."""

    @property
    def salts(self) -> list[bytes]:
        """32 bytes each."""


@dataclass(frozen=True)
class Attested:
    """A score that a panel attested, and what it is about.

    Attributes
    ----------
    root : bytes of length 32
    sums : tuple of int
    metric, classes, bound : int
        Terms of the bounty.
    k, submission_id : bytes of length 32
    """

    root: bytes
    sums: tuple[int, ...]
    metric: int
    classes: int
    bound: int
    k: bytes = field(repr=False)
    submission_id: bytes


@dataclass(frozen=True)
class RowProof:
    """One row, and what the evidence says about it (contracts/types/Challenge.sol)."""

    index: int
    row_salt: bytes
    row: bytes
    row_siblings: tuple[bytes, ...]
    leaf_salt: bytes
    record: bytes
    path: bytes


@dataclass(frozen=True)
class NodeProof:
    """A node of the evidence, and the way from it to the top (contracts/types/Challenge.sol)."""

    level: int
    index: int
    preimage: bytes
    path: bytes


@dataclass(frozen=True)
class RowDispute:
    """A row about which the evidence is wrong.

    Attributes
    ----------
    proof : RowProof
    model : bytes or TreesProof
        A linear model's canonical bytes, or what is needed of the trees.
    why : str
    """

    proof: RowProof
    model: bytes | TreesProof
    why: str


@dataclass(frozen=True)
class NodeDispute:
    """A node of the evidence that is wrong, with why."""

    proof: NodeProof
    why: str


@dataclass(frozen=True)
class Withheld:
    """What is certainly wrong, but can't be shown: what was hashed was not published.

    Attributes
    ----------
    index : int or None
        The row; None if the file does not lead to the attested root.
    why : str
    """

    index: int | None
    why: str


Dispute = RowDispute | NodeDispute | Withheld


def find_dispute(
    attested: Attested,
    file_bytes: bytes,
    test: OpenRows,
    model: IntegerModel,
    *,
    opened: Mapping[int, Lanes] | None = None,
) -> Dispute | None:
    """Compare a published evidence file with what is true.

    Parameters
    ----------
    attested : Attested
    file_bytes : bytes
        The evidence file, in the clear.
    test : OpenRows
        The opened rows.
    model : LinearModel or TreeModel
    opened : mapping of int to Lanes, optional
        What trees contribute by the record of a row, where that was published.

    Returns
    -------
    RowDispute, NodeDispute, Withheld or None
        None if every row and every sum is right.
    """
    try:
        told = read_evidence(file_bytes)
        tree = tree_of_file(told, attested.k, attested.submission_id)
    except DataError as error:
        return Withheld(None, f"the evidence file can't be read: {error}")
    if tree.root != attested.root:
        return Withheld(None, "the evidence file does not lead to the attested root")
    return find_in_tree(attested, tree, told, test, model, opened=opened)


def find_in_tree(
    attested: Attested,
    tree: EvidenceTree,
    told: EvidenceFile,
    test: OpenRows,
    model: IntegerModel,
    *,
    opened: Mapping[int, Lanes] | None = None,
) -> Dispute | None:
    """Compare evidence of which every node is known, with sums that may be wrong, with what is true.

    Parameters
    ----------
    attested : Attested
    tree : EvidenceTree
        Leads to the attested root.
    told : EvidenceFile
        The records behind its leaves. What its head says is not looked at: no root binds it.
    test : OpenRows
    model : LinearModel or TreeModel
    opened : mapping of int to Lanes, optional

    Returns
    -------
    RowDispute, NodeDispute, Withheld or None
    """
    have, must = len(tree.top.sums), sum_count(attested.metric, attested.classes)
    if have != must:
        return Withheld(None, f"its nodes have {have} sums where the metric has {must}: no proof fits them")
    outputs = model.head.outputs
    told = replace(told, metric=attested.metric, classes=attested.classes, outputs=outputs)
    node = find_wrong_node(attested, tree, told, len(test.rows))
    if node is not None:
        return node
    features, labels = _arrays(test.rows)
    terms = (attested.metric, attested.classes, attested.bound)
    honest = read_evidence(
        build_evidence(model, features, labels, *terms, attested.k, attested.submission_id).file_bytes
    )
    held: Withheld | None = None
    for i in range(len(test.rows)):
        entry = (tree.node(0, i).count, tree.node(0, i).sums)
        right = (1, honest.contributions(i)) == entry and tree.top.sums == attested.sums
        if right and told.records[i] == honest.records[i]:
            continue
        found = _dispute_row(attested, tree, told, test, model, i, honest.records[i], opened or {})
        if not isinstance(found, Withheld):
            return found
        held = held or found
    return held


def find_wrong_node(
    attested: Attested, tree: EvidenceTree, told: EvidenceFile, rows: int
) -> NodeDispute | None:
    """Find the topmost node with wrong counts, sums or padding.

    Parameters
    ----------
    attested : Attested
    tree : EvidenceTree
    told : EvidenceFile
    rows : int
        How many the bounty has, whatever the tree has.

    Returns
    -------
    NodeDispute or None
    """
    top = tree.top
    lower = merkle.depth(rows) - tree.depth  # the contract counts levels from where the bounty's rows are

    def dispute(level: int, index: int, why: str) -> NodeDispute:
        if level:
            preimage = tree.preimage(level, index)
        else:
            preimage = leaf_bytes(told.records[index], index, attested.k, attested.submission_id)
        return NodeDispute(NodeProof(level + lower, index, preimage, tree.path(level, index)), why)

    if (top.count, top.sums) != (rows, attested.sums):
        return dispute(tree.depth, 0, "the root says another count, or other sums, than it must")
    for level in range(tree.depth, max(0, -lower) - 1, -1):
        for index in range(len(tree.levels[level])):
            why = _wrong_node(tree, level, index, rows, lower)
            if why:
                return dispute(level, index, why)
    return None


def _wrong_node(tree: EvidenceTree, level: int, index: int, rows: int, lower: int) -> str:
    own, below = tree.node(level, index), level + lower - 1
    if not level or below < 0:
        return "" if not lower else "the tree has another depth than the number of rows gives it"
    left, right = tree.node(level - 1, 2 * index), tree.node(level - 1, 2 * index + 1)
    for number, child in ((2 * index, left), (2 * index + 1, right)):
        width = max(0, min(1 << below, rows - (number << below)))
        if child.count != width:
            return "a count is not that of its place"
        if width == 0 and child != tree.padding(below):
            return "beyond the last row is something else than zeros"
    if own.count != left.count + right.count:
        return "counts do not add up"
    if own.sums != tuple(a + b for a, b in zip(left.sums, right.sums, strict=True)):
        return "sums do not add up"
    return ""


def prove_row(attested: Attested, tree: EvidenceTree, test: OpenRows, record: bytes, i: int) -> RowProof:
    """Build what a challenge shows of row ``i``, whether it is right or wrong.

    Parameters
    ----------
    attested : Attested
    tree : EvidenceTree
    test : OpenRows
    record : bytes
        What the evidence says about the row.
    i : int
    """
    return RowProof(
        index=i,
        row_salt=test.salts[i],
        row=test.rows[i],
        row_siblings=row_siblings(test, i),
        leaf_salt=evidence_salt(attested.k, attested.submission_id, i),
        record=record,
        path=tree.path(0, i),
    )


def row_siblings(test: OpenRows, i: int) -> tuple[bytes, ...]:
    """Return the siblings of a row's leaf up to the rows' root."""
    return tuple(merkle.proof(_row_leaves(test), i))


def _row_leaves(test: OpenRows) -> list[bytes]:
    pairs = enumerate(zip(test.salts, test.rows, strict=True))
    return [sha256(b"\x00" + struct.pack(">Q", i) + salt + row).digest() for i, (salt, row) in pairs]


def _arrays(rows: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Decode rows into features (int32, shape (n, d)) and labels (int64, shape (n,))."""
    width = (len(rows[0]) - 8) // 4
    packed = np.frombuffer(b"".join(rows), dtype=[("y", ">i8"), ("x", ">i4", (width,))])
    return packed["x"].astype(np.int32).reshape(len(rows), width), packed["y"].astype(np.int64)


def _dispute_row(
    attested: Attested,
    tree: EvidenceTree,
    told: EvidenceFile,
    test: OpenRows,
    model: IntegerModel,
    i: int,
    right: bytes,
    opened: Mapping[int, Lanes],
) -> RowDispute | Withheld:
    proof = prove_row(attested, tree, test, told.records[i], i)
    return dispute_row(attested, proof, model, right, opened.get(i))


def dispute_row(
    attested: Attested, proof: RowProof, model: IntegerModel, right: bytes, lie: Lanes | None = None
) -> RowDispute | Withheld:
    """Say what is wrong with a row whose leaf says something else than it must.

    Parameters
    ----------
    attested : Attested
    proof : RowProof
    model : LinearModel or TreeModel
    right : bytes
        The record as it must be.
    lie : Lanes, optional
        What the record hashes, where that is known.
    """
    if isinstance(model, LinearModel):
        return RowDispute(proof, encode_model(model), "the model gives another result on this row")
    record, first = proof.record, 16 * model.head.outputs
    bare = TreesProof(encode_prefix(model), merkle.root(tree_roots(model)))
    if not _follows(attested, model, record, len(right), proof.row):
        return RowDispute(proof, bare, "the record contradicts itself")
    sums = record[first:-32]
    if proof.path[: 8 + len(sums)] != (1).to_bytes(8, "big") + sums:
        return RowDispute(proof, bare, "the leaf says something else than its record")
    values = row_contributions(model, proof.row)
    if record[-32:] == right[-32:]:
        shown = _bare_lanes(bare, open_lanes(model, values), 0)
        return RowDispute(proof, shown, "the trees' contributions come to another raw output")
    whole = b"" if lie is None else lie.chunks or lie.lanes.get(0, b"")
    if lie is None or sha256(whole).digest() != record[-32:]:
        return Withheld(proof.index, "what its trees are said to contribute was not published")
    return _dispute_lanes(proof, bare, model, values, lie, proof.row)


def _follows(attested: Attested, model: TreeModel, record: bytes, size: int, row: bytes) -> bool:
    """Whether a record's contributions follow from its own raw outputs."""
    outputs = model.head.outputs
    if len(record) != size:
        return False
    raws = [int.from_bytes(record[16 * o : 16 * o + 16], "big", signed=True) for o in range(outputs)]
    judged = _judge(attested, _decide(model, raws), int.from_bytes(row[:8], "big", signed=True))
    expected = b"".join(value.to_bytes(16, "big") for value in judged)
    return record[16 * outputs : -32] == expected


def _decide(model: TreeModel, raws: list[int]) -> int:
    """Decide as `score.decide` does; a liar's raw outputs need not fit into 64 bits."""
    if model.head.task == Task.REGRESS:
        return raws[0] // model.head.divisor
    return int(raws[0] > 0) if len(raws) == 1 else raws.index(max(raws))


def _judge(attested: Attested, predicted: int, label: int) -> list[int]:
    """Return what a row adds to each sum, whatever was predicted."""
    if attested.metric in ERROR_METRICS:
        error = min(abs(predicted - label), attested.bound)
        return [error if attested.metric == Metric.ABSOLUTE_ERROR else error * error]
    known = predicted if 0 <= predicted < attested.classes else -1  # no class, however large
    pair = np.array([known], dtype=np.int64), np.array([label], dtype=np.int64)
    found: list[int] = contributions(attested.metric, *pair, attested.classes, attested.bound)[0].tolist()
    return found


def _bare_lanes(proof: TreesProof, known: Lanes, chunk: int) -> TreesProof:
    """Add lanes to a proof: all of up to 256 trees, else the list, with or without a chunk."""
    lanes = known.lanes.get(chunk, b"")
    number = chunk + 1 if known.chunks and chunk in known.lanes else 0
    return replace(proof, chunks=known.chunks, chunk=number, lanes=lanes)


def _dispute_lanes(
    proof: RowProof, bare: TreesProof, model: TreeModel, values: np.ndarray, lie: Lanes, row: bytes
) -> RowDispute | Withheld:
    """Find the chunk and the tree at which opened lanes lie."""
    honest = open_lanes(model, values)
    size = 32 + 8 * model.head.outputs
    for chunk, right in honest.lanes.items():
        at = chunk * size
        if lie.chunks and lie.chunks[at : at + size] == honest.chunks[at : at + size]:
            continue
        told = lie.lanes.get(chunk)
        if told is None:
            continue
        shown = _bare_lanes(bare, lie, chunk)
        if len(told) != len(right):
            return RowDispute(proof, shown, "the trees' contributions have another length")
        lanes = [n for n in range(len(right) // 4) if told[4 * n : 4 * n + 4] != right[4 * n : 4 * n + 4]]
        trees = [n for n in lanes if chunk * CHUNK_TREES + n < len(values)]
        if len(trees) != len(lanes) or not lanes:
            return RowDispute(proof, shown, "the trees' contributions do not add up")
        tree = chunk * CHUNK_TREES + trees[0]
        whole = _bare_lanes(prove_tree(model, row, tree), lie, chunk)
        return RowDispute(proof, whole, f"tree {tree} contributes something else")
    if lie.chunks and len(lie.chunks) != len(honest.chunks):
        return RowDispute(proof, _bare_lanes(bare, Lanes(lie.chunks, {}), 0), "the list has another length")
    return Withheld(proof.index, "what a chunk of its trees is said to contribute was not published")
