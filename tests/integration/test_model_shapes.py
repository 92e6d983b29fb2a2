"""Solidity and Python agree about what is no model, wherever it is wrong, and about the form of a root."""

import struct
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from marketplace import merkle
from marketplace.chain import Localnet
from marketplace.constants import MAX_TREE_DEPTH
from marketplace.datasets.rows import unpack_rows
from marketplace.errors import DataError
from marketplace.models import LinearModel, build_evidence, decode_model, encode_model, model_hash, no_model
from marketplace.models.disputes import RootDispute, find_dispute
from marketplace.models.evidence import ROOT_LABEL
from marketplace.models.no_model import ModelDispute, ModelProof, find_no_model
from marketplace.services.structs import flat
from tests.integration.score_chain import ScoreChain
from tests.integration.score_worlds import ZERO, make_world, random_linear, random_trees

ROUNDS = {"linear": 300, "trees": 150}
DEEP = 20
"""So many times more in a deep run."""

EDGE_BYTES = (0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 127, 128, 129, 255)
EDGE_DIVISORS = (0, 1, 2, 2**63 - 1, 2**63, 2**64 - 1)
EDGE_BASES = (-(2**63), 2**63 - 1, 2**62, 2**62 - 1, -(2**62), -(2**62) + 1, 0)
EDGE_VALUES = (-(2**31), -(2**31) + 1, 2**31 - 1, 0, -1, 1)


@pytest.fixture(scope="module")
def court(tmp_path_factory):
    """Return the library on a chain."""
    with Localnet(tmp_path_factory.mktemp("court") / "net") as state:
        yield ScoreChain(state.url)


@pytest.fixture
def world(seeded):
    return make_world(seeded, random_linear(seeded), 2, 3)


@pytest.fixture
def seeded(chance):
    return np.random.default_rng(chance.getrandbits(64))


def rounds(kind, deep):
    return range(ROUNDS[kind] * (DEEP if deep else 1))


def at_the_edges(rng, data):
    """Return a model's bytes with one or two things at the edge of what is allowed."""
    found = bytearray(data)
    for _ in range(int(rng.integers(1, 3))):
        how = rng.random()
        if how < 0.35:
            found[int(rng.integers(4, 18))] = int(rng.choice(EDGE_BYTES))
        elif how < 0.45:
            found[10:18] = struct.pack(">Q", EDGE_DIVISORS[rng.integers(len(EDGE_DIVISORS))])
        elif how < 0.55:
            at = 20 if found[5] == 1 else 22  # a bias, or a base
            found[at : at + 8] = struct.pack(">q", EDGE_BASES[rng.integers(len(EDGE_BASES))])
        else:
            at = int(rng.integers(18, len(found) - 4))
            some = bytes([int(rng.choice(EDGE_BYTES))])
            if rng.random() < 0.5:
                some = struct.pack(">i", EDGE_VALUES[rng.integers(len(EDGE_VALUES))])
            found[at : at + len(some)] = some
    if rng.random() < 0.05:
        found = found[:-1] if rng.random() < 0.5 else found + b"\0"
    return bytes(found)


def decoded(data):
    try:
        return decode_model(data)
    except DataError:
        return None


def linear_proof(data):
    return ModelProof(False, data, ZERO, 0, b"", b"", 0, ())


def test_linear_bytes__at_the_edges__are_a_model_for_both_or_for_neither(court, world, seeded, deep):
    calls, expected = [], []
    for _ in rounds("linear", deep):
        data = at_the_edges(seeded, encode_model(random_linear(seeded)))
        model = decoded(data)
        if model is not None and not isinstance(model, LinearModel):
            continue
        case = replace(world, submitted=sha256(b"\x03" + data).digest()).case
        calls.append(court.data("shape", case, flat(linear_proof(data))))
        expected.append(None if model is None else "ModelRight")
        assert model is not None or find_no_model(data, case[5][4]).proof == linear_proof(data)
    assert court.decide(calls) == expected
    print(f"{len(calls)} linear models at the edges, {Counter(expected)}")


def test_trees__at_the_edges__are_shown_or_are_a_model(court, world, seeded, deep):
    calls, expected, missed = [], [], 0
    for _ in rounds("trees", deep):
        data = at_the_edges(seeded, encode_model(random_trees(seeded)))
        hashed, proofs = natural_hash(data)
        if hashed is None:
            continue
        found = find_no_model(data, hashed)
        if found is None and decoded(data) is None:
            missed += 1  # a leaf that is written in another way has the hash of one that is not
            continue
        case = replace(world, submitted=hashed).case
        if found is not None:
            assert decoded(data) is None
            proofs = [found.proof]
        for proof in proofs:
            calls.append(court.data("shape", case, flat(proof)))
            expected.append("ModelRight" if found is None else None)
    assert court.decide(calls) == expected
    print(f"{len(calls)} proofs of trees at the edges, {Counter(expected)}; {missed} have a model's hash")


def natural_hash(data):
    """Return the hash of trees whatever their nodes say, and proofs of their leftmost leaves."""
    if len(data) < 18:
        return None, []
    size = 22 + 8 * data[7]
    trees = no_model._read_trees(data, size)
    if trees is None:
        return None, []
    roots = [tree.hashes[0] for tree in trees]
    proofs = []
    for number, tree in enumerate(trees[:3]):
        at = next(i for i, node in enumerate(tree.nodes) if node[0] == 0)
        node, path, turns = no_model._way(tree, at)
        siblings = tuple(merkle.proof(roots, number))
        proofs.append(ModelProof(True, data[:size], ZERO, number, node, path, turns, siblings))
    return sha256(b"\x02" + data[:size] + merkle.root(roots)).digest(), proofs


def tree_file(*nodes):
    """Return a model of one tree of three features, and its hash."""
    head = struct.pack(">4sBBBBHQ", b"TSRM", 1, 2, 1, 1, 3, 1)
    packed = b"".join(struct.pack(">BHi", *node) for node in nodes)
    data = head + struct.pack(">IqI", 1, 0, len(nodes)) + packed
    return data, natural_hash(data)[0]


LEAF = (0x80, 0, 5)


@pytest.mark.parametrize("bad", [(7, 0, 1), (4, 0, 1), (0, 3, 1), (0, 0, -(2**31))])
def test_node__that_no_row_reaches__is_shown(court, world, bad):
    """The root sends every row to the left; what lies to the right is rubbish all the same."""
    data, hashed = tree_file((0, 0, 2**31 - 1), LEAF, bad, LEAF, LEAF)
    found = find_no_model(data, hashed)
    assert isinstance(found, ModelDispute)
    assert (found.proof.turns, len(found.proof.path)) == (1, 39)
    case = replace(world, submitted=hashed).case
    other = replace(found.proof, turns=0)
    answers = court.decide([court.data("shape", case, flat(proof)) for proof in (found.proof, other)])
    assert answers == [None, "NotModel"]


@pytest.mark.parametrize(("depth", "answer"), [(MAX_TREE_DEPTH, "ModelRight"), (MAX_TREE_DEPTH + 1, None)])
def test_depth__beyond_64__is_shown(court, world, depth, answer):
    nodes = [(0, 0, 2**31 - 1)] * depth + [LEAF] * (depth + 1)
    data, hashed = tree_file(*nodes)
    found = find_no_model(data, hashed)
    assert (found is None) == (answer is not None) == (decoded(data) is not None)
    _, proofs = natural_hash(data)
    shown = proofs if found is None else [found.proof, *proofs]
    case = replace(world, submitted=hashed).case
    assert set(court.decide([court.data("shape", case, flat(proof)) for proof in shown])) == {answer}


def test_place_beyond_the_last_tree__must_be_zero(court, world):
    model = random_trees(np.random.default_rng(3))
    data = encode_model(model)
    while model.head.outputs != 3 or len(model.counts) != 3:
        model = random_trees(np.random.default_rng(int.from_bytes(sha256(data).digest()[:4], "big")))
        data = encode_model(model)
    prefix = data[: 22 + 8 * 3]
    roots = [tree.hashes[0] for tree in no_model._read_trees(data, len(prefix))]
    for filling, answer in ((ZERO, "ModelRight"), (b"\1" * 32, None)):
        leaves = [*roots, filling]
        hashed = sha256(b"\x02" + prefix + merkle.root(leaves)).digest()
        assert (hashed == model_hash(model)) == (filling == ZERO)
        proof = ModelProof(True, prefix, ZERO, 3, filling, b"", 0, tuple(merkle.proof(leaves, 3)))
        case = replace(world, submitted=hashed).case
        assert court.decide([court.data("shape", case, flat(proof))]) == [answer]


def test_shape__of_true_models__can_not_be_disproved(court, world, seeded):
    for draw in (random_linear, random_trees):
        model = draw(seeded)
        data, hashed = encode_model(model), model_hash(model)
        assert find_no_model(data, hashed) is None or isinstance(model, LinearModel)
        case = replace(world, submitted=hashed).case
        proofs = [linear_proof(data)] if isinstance(model, LinearModel) else natural_hash(data)[1]
        answers = court.decide([court.data("shape", case, flat(proof)) for proof in proofs])
        assert set(answers) == {"ModelRight"}
        changed = [replace(proof, model=proof.model[:-1] + bytes([proof.model[-1] ^ 1])) for proof in proofs]
        answers = court.decide([court.data("shape", case, flat(proof)) for proof in changed])
        assert set(answers) == {"NotModel"}


def test_root__of_another_form__is_shown(court, world):
    told, other = world.attested, (2, 3, 0)
    evidence = build_evidence(world.model, *unpack_rows(world.rows.rows), *other, told.k, told.submission_id)
    attested = replace(told, root=evidence.root)
    dispute = find_dispute(attested, evidence.file_bytes, world.rows, world.model)
    assert isinstance(dispute, RootDispute)
    case = replace(world, attested=attested).case
    assert court.decide([court.data("form", case, dispute.preimage)]) == [None]
    right = ROOT_LABEL + world.tree.top.entry() + world.tree.top.digest
    assert court.decide([court.data("form", world.case, right)]) == ["RootRight"]
    assert court.decide([court.data("form", world.case, right + b"\0")]) == ["NotEvidence"]
    for other in (right + b"\0", b"T" + right[1:], right[:-33] + bytes([right[-33] ^ 1]) + right[-32:]):
        attested = replace(world.attested, root=sha256(other).digest())
        assert court.decide([court.data("form", replace(world, attested=attested).case, other)]) == [None]
