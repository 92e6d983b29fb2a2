"""Evidence taken apart: its file, and every node of the tree that a panel attested (docs/models.md)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from marketplace import merkle
from marketplace.errors import DataError
from marketplace.models.evidence import HEAD, MAGIC, ROOT_LABEL, VERSION, evidence_salt
from marketplace.models.metrics import sum_count

SUM_LIMIT = 1 << 128
"""No sum of a node reaches it: it is hashed in 16 bytes."""
_DAMAGED = "it is no evidence file of version 1"


@dataclass(frozen=True)
class EvidenceFile:
    """What an evidence file says.

    Attributes
    ----------
    metric, classes, outputs, trees : int
        Classes are 0 unless the metric is balanced accuracy; trees are 0 for a linear model.
    records : list of bytes
    """

    metric: int
    classes: int
    outputs: int
    trees: int
    records: list[bytes] = field(repr=False)

    def contributions(self, i: int) -> tuple[int, ...]:
        """Return what record ``i`` says that its row adds to each sum."""
        first = 16 * self.outputs
        body = self.records[i][first : first + 16 * sum_count(self.metric, self.classes)]
        return tuple(int.from_bytes(body[at : at + 16], "big") for at in range(0, len(body), 16))


def read_evidence(data: bytes) -> EvidenceFile:
    """Read an evidence file.

    Parameters
    ----------
    data : bytes
        In the clear.

    Raises
    ------
    DataError
        If the bytes are no such file.
    """
    if len(data) < HEAD.size:
        raise DataError(_DAMAGED)
    magic, version, metric, classes, outputs, shape, rows, trees = HEAD.unpack_from(data)
    if magic != MAGIC or version != VERSION or shape != bool(trees) or not outputs:
        raise DataError(_DAMAGED)
    size = 16 * (outputs + sum_count(metric, classes)) + (32 if trees else 0)
    if not rows or len(data) != HEAD.size + rows * size:
        raise DataError(_DAMAGED)
    records = [data[at : at + size] for at in range(HEAD.size, len(data), size)]
    return EvidenceFile(metric, classes, outputs, trees, records)


@dataclass(frozen=True)
class EvidenceNode:
    """A node of the evidence.

    Attributes
    ----------
    digest : bytes of length 32
    count : int
        Rows below it, as the tree says.
    sums : tuple of int
    """

    digest: bytes
    count: int
    sums: tuple[int, ...]

    def entry(self) -> bytes:
        """Return count and sums as they are hashed."""
        return struct.pack(">Q", self.count) + b"".join(one.to_bytes(16, "big") for one in self.sums)

    def carried(self) -> bytes:
        """Return all of it, as its parent hashes it."""
        return self.digest + self.entry()


class EvidenceTree:
    """Every node of the evidence, right or wrong.

    Parameters
    ----------
    levels : list of list of EvidenceNode
        From the leaves to the top; padding at the end of a level is left out.
    """

    def __init__(self, levels: list[list[EvidenceNode]]) -> None:
        self.levels = levels
        self._sums = len(levels[0][0].sums)

    @property
    def depth(self) -> int:
        """Levels above the leaves."""
        return len(self.levels) - 1

    @property
    def top(self) -> EvidenceNode:
        """The node below the root."""
        return self.levels[-1][0]

    @property
    def root(self) -> bytes:
        """The evidence root."""
        return sha256(ROOT_LABEL + self.top.entry() + self.top.digest).digest()

    def node(self, level: int, index: int) -> EvidenceNode:
        """Return a node; beyond the last row, padding."""
        nodes = self.levels[level]
        return nodes[index] if index < len(nodes) else self.padding(level)

    def padding(self, level: int) -> EvidenceNode:
        """Return the node of ``level`` with no row below it."""
        digest, empty = bytes(32), EvidenceNode(b"", 0, (0,) * self._sums)
        for _ in range(level):
            pair = digest + empty.entry()
            digest = sha256(b"\x01" + pair + pair).digest()
        return EvidenceNode(digest, 0, empty.sums)

    def preimage(self, level: int, index: int) -> bytes:
        """Return what the hash of an inner node is made of."""
        children = (self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))
        return b"\x01" + b"".join(child.carried() for child in children)

    def path(self, level: int, index: int) -> bytes:
        """Return a node's own entry, then each sibling on its way to the top."""
        parts = [self.node(level, index).entry()]
        for above in range(level, self.depth):
            parts.append(self.node(above, index ^ 1).carried())
            index >>= 1
        return b"".join(parts)


def leaf_bytes(record: bytes, i: int, k: bytes, submission_id: bytes) -> bytes:
    """Return what the hash of leaf ``i`` is made of."""
    return b"\x00" + struct.pack(">Q", i) + evidence_salt(k, submission_id, i) + record


def tree_of_file(told: EvidenceFile, k: bytes, submission_id: bytes) -> EvidenceTree:
    """Build the tree to which a file's records lead; a liar's sums begin anew at 2**128.

    Parameters
    ----------
    told : EvidenceFile
    k, submission_id : bytes of length 32
    """
    leaves = [
        EvidenceNode(sha256(leaf_bytes(record, i, k, submission_id)).digest(), 1, told.contributions(i))
        for i, record in enumerate(told.records)
    ]
    return tree_of_leaves(leaves)


def tree_of_leaves(leaves: Sequence[EvidenceNode]) -> EvidenceTree:
    """Build the tree over leaves, adding counts and sums on the way up."""
    levels = [list(leaves)]
    tree = EvidenceTree(levels)
    for level in range(merkle.depth(len(leaves))):
        below = levels[-1]
        if len(below) % 2:
            below = [*below, tree.padding(level)]
        levels.append([_parent(*pair) for pair in zip(below[::2], below[1::2], strict=True)])
    return tree


def _parent(left: EvidenceNode, right: EvidenceNode) -> EvidenceNode:
    digest = sha256(b"\x01" + left.carried() + right.carried()).digest()
    sums = tuple((a + b) % SUM_LIMIT for a, b in zip(left.sums, right.sums, strict=True))
    return EvidenceNode(digest, left.count + right.count, sums)
