"""Random models, rows and terms, the evidence that is true of them, and evidence that is not."""

import struct
from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import SimpleNamespace

import numpy as np

from marketplace import merkle
from marketplace.constants import INT32_MAX, MISSING
from marketplace.models import (
    Head,
    LinearModel,
    Task,
    TreeModel,
    build_evidence,
    encode_model,
    model_hash,
)
from marketplace.models.canonical import encode_prefix
from marketplace.models.disputes import Attested, RowDispute, prove_row
from marketplace.models.evidence_tree import (
    EvidenceNode,
    EvidenceTree,
    leaf_bytes,
    read_evidence,
    tree_of_file,
)
from marketplace.models.tree_proofs import TreesProof, open_lanes, prove_tree, row_contributions
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT, tree_roots
from marketplace.services.structs import flat

NOBODY, ZERO = "0x" + "00" * 20, bytes(32)
POINT = (0, 0)
EDGES = (MISSING, MISSING + 1, -1, 0, 1, INT32_MAX)


@dataclass
class World:
    """A contest's terms, rows and model, with the evidence as somebody publishes it.

    Attributes
    ----------
    metric, classes, bound : int
    model : LinearModel or TreeModel
    rows : SimpleNamespace
        `rows` and `salts`, lists of bytes.
    told : EvidenceFile
    tree : EvidenceTree
    attested : Attested
    opened : dict of int to Lanes
        What the records' hashes are made of.
    """

    metric: int
    classes: int
    bound: int
    model: object
    rows: object
    told: object
    tree: EvidenceTree
    attested: Attested
    opened: dict = field(default_factory=dict)
    submitted: bytes = b""  # hash of a model that is none

    @property
    def case(self):
        """What a challenge says of the verdict."""
        rules = self.metric | self.classes << 8 | len(self.rows.rows) << 32 | self.bound << 64
        leaves = [
            sha256(b"\0" + struct.pack(">Q", i) + salt + row).digest()
            for i, (salt, row) in enumerate(zip(self.rows.salts, self.rows.rows, strict=True))
        ]
        files = (ZERO, ZERO, merkle.root(leaves), ZERO, 0, ZERO, POINT)
        submission = (NOBODY, ZERO, 0, ZERO, self.submitted or model_hash(self.model), ZERO, POINT, POINT)
        finding = (1, 0, list(self.attested.sums), self.attested.root)
        return ZERO, (NOBODY, 0, 0, 0, 0, rules, 0), POINT, files, ZERO, submission, finding

    def about(self, dispute):
        """Return the arguments of a challenge: its kind, then what it shows."""
        if not isinstance(dispute, RowDispute):
            return "node", self.case, flat(dispute.proof)
        if isinstance(dispute.model, bytes):
            return "linear", self.case, flat(dispute.proof), dispute.model
        return "trees", self.case, flat(dispute.proof), flat(dispute.model)

    def row(self, i, tree=None):
        """Return the challenge of a row as the evidence tells it, with one tree shown or none."""
        proof = prove_row(self.attested, self.tree, self.rows, self.told.records[i], i)
        if isinstance(self.model, LinearModel):
            return RowDispute(proof, encode_model(self.model), "")
        lanes = self.opened[i]
        root = merkle.root(tree_roots(self.model))
        shown = TreesProof(encode_prefix(self.model), root)
        if tree is not None:
            shown = prove_tree(self.model, self.rows.rows[i], tree)
        chunk = 0 if tree is None else tree // 256
        number = chunk + 1 if lanes.chunks else 0
        return RowDispute(
            proof, replace(shown, chunks=lanes.chunks, chunk=number, lanes=lanes.lanes[chunk]), ""
        )


def make_world(rng, model, count, metric):
    """Return a world in which everything is true."""
    classes = 0 if metric > 2 else int(rng.integers(2, 17))
    bound = 0 if metric < 3 else int(rng.choice([1, 7, 1000, 2**32 - 1]))
    width = int(rng.choice([model.head.features, *rng.integers(1, 9, 2)]))
    features = rng.integers(-5, 6, (count, width)).astype(np.int32)
    odd = rng.random(features.shape) < 0.2
    features[odd] = rng.choice(np.array(EDGES, np.int32), odd.sum())
    wild = rng.random(features.shape) < 0.2
    features[wild] = rng.integers(MISSING, INT32_MAX, wild.sum(), endpoint=True)
    labels = rng.integers(-1, 4, count)
    labels[rng.random(count) < 0.1] = rng.choice([-(2**63), 2**63 - 1])
    rows = [struct.pack(f">q{width}i", int(y), *x) for x, y in zip(features.tolist(), labels, strict=True)]
    k, submission = rng.bytes(32), rng.bytes(32)
    evidence = build_evidence(model, features, labels, metric, classes, bound, k, submission)
    told = read_evidence(evidence.file_bytes)
    attested = Attested(evidence.root, evidence.sums, metric, classes, bound, k, submission)
    opened = {}
    if isinstance(model, TreeModel):
        opened = {i: open_lanes(model, row_contributions(model, row)) for i, row in enumerate(rows)}
    salts = [rng.bytes(32) for _ in rows]
    tree = tree_of_file(told, k, submission)
    assert tree.root == evidence.root
    return World(
        metric, classes, bound, model, SimpleNamespace(rows=rows, salts=salts), told, tree, attested, opened
    )


def random_head(rng, features):
    """Return a head that classifies or regresses."""
    if rng.random() < 0.4:
        return Head(Task.REGRESS, 1, features, int(rng.choice([1, 3, 1000, 2**62, 2**63 - 1])))
    return Head(Task.CLASSIFY, int(rng.choice([1, 1, 2, 3, 16])), features)


def random_linear(rng):
    """Return a linear model with columns of every mode, and weights as large as they may be."""
    features = int(rng.integers(1, 7))
    head = random_head(rng, features)
    keys = set()
    for feature in range(features):
        for _ in range(int(rng.integers(0, 4))):
            mode = int(rng.choice([*range(32), *[128] * 12]))
            limit = min(2**mode, INT32_MAX) if mode < 128 else INT32_MAX
            operand = int(rng.integers(-limit, limit, endpoint=True))
            if mode in (31, 128) and rng.random() < 0.2:
                operand = MISSING
            keys.add((feature, mode, operand))
    keys = sorted(keys)
    columns = np.array(keys, dtype=np.int64).reshape(-1, 3)
    bits = 58 - np.where(columns[:, 1] == 128, 0, columns[:, 1])[:, None]
    if rng.random() < 0.5:
        bits = np.minimum(bits, 10)
    weights = np.zeros((0, head.outputs), np.int64)
    if keys:
        weights = rng.integers(-(2**bits), 2**bits, (len(keys), head.outputs))
    bias = rng.integers(-(2 ** int(rng.choice([3, 50]))), 2**50, head.outputs)
    parts = columns[:, 0].astype(np.int32), columns[:, 1].astype(np.uint8), columns[:, 2].astype(np.int32)
    return LinearModel(head, *parts, weights, bias)


def random_tree(rng, leaves, features):
    """Return the nodes of a tree in preorder."""
    if leaves == 1:
        wide = rng.random() < 0.3
        value = rng.integers(MISSING, INT32_MAX, endpoint=True) if wide else rng.integers(-9, 10)
        return [(LEAF, 0, int(value))]
    left = int(rng.integers(1, leaves)) if rng.random() < 0.8 else 1
    flags = int(rng.choice([0, MISSING_RIGHT, EQUALS, EQUALS | MISSING_RIGHT]))
    threshold = int(rng.choice([*rng.integers(-5, 6, 6), *EDGES[1:]]))
    below = random_tree(rng, left, features) + random_tree(rng, leaves - left, features)
    return [(flags, int(rng.integers(features)), threshold), *below]


def random_trees(rng, least=1, most=30):
    """Return a model of trees."""
    features = int(rng.integers(1, 7))
    head = random_head(rng, features)
    count = int(rng.integers(least, most)) // head.outputs * head.outputs or head.outputs
    forest = [random_tree(rng, int(rng.integers(1, 9)), features) for _ in range(count)]
    nodes = np.array([node for tree in forest for node in tree], dtype=np.int64)
    limit = 2 ** int(rng.choice([4, 40, 61]))
    return TreeModel(
        head,
        rng.integers(-limit, limit, head.outputs),
        np.array([len(tree) for tree in forest]),
        nodes[:, 0].astype(np.uint8),
        nodes[:, 1].astype(np.int32),
        nodes[:, 2].astype(np.int32),
    )


def change_record(world, i, record, entry=None):
    """Return the world with another record of row ``i``, and everything above it following."""
    records = list(world.told.records)
    records[i] = record
    told = replace(world.told, records=records)
    leaves = list(world.tree.levels[0])
    digest = sha256(leaf_bytes(record, i, world.attested.k, world.attested.submission_id)).digest()
    count, sums = entry or (1, told.contributions(i))
    leaves[i] = EvidenceNode(digest, count, tuple(sums))
    return change_tree(replace(world, told=told), [leaves])


def change_tree(world, levels):
    """Return the world whose tree has these lowest levels, and above them what follows; that is attested."""
    made = list(levels)
    frame = EvidenceTree(made)
    while len(made) < len(world.tree.levels):
        below = made[-1] if len(made[-1]) % 2 == 0 else [*made[-1], frame.padding(len(made) - 1)]
        made.append(
            [
                EvidenceNode(
                    sha256(b"\1" + a.carried() + b.carried()).digest(),
                    a.count + b.count,
                    tuple((x + y) % 2**128 for x, y in zip(a.sums, b.sums, strict=True)),
                )
                for a, b in zip(below[::2], below[1::2], strict=True)
            ]
        )
    tree = EvidenceTree(made)
    return replace(world, tree=tree, attested=replace(world.attested, root=tree.root, sums=tree.top.sums))
