"""Solidity and Python agree about every score: what is true can't be disproved, and what is not can be.

Random models, rows and terms go through both. A challenge is a call of the library that decides it, with
the very bytes that a client sends.
"""

import struct
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from marketplace import merkle
from marketplace.chain import Localnet
from marketplace.datasets.rows import unpack_rows
from marketplace.errors import DataError
from marketplace.models import LinearModel, TreeModel, build_evidence, decode_model, encode_model
from marketplace.models.canonical import encode_prefix
from marketplace.models.disputes import (
    NodeDispute,
    NodeProof,
    RowDispute,
    Withheld,
    find_dispute,
    find_in_tree,
)
from marketplace.models.evidence_tree import (
    EvidenceTree,
    leaf_bytes,
    read_evidence,
    tree_of_file,
    tree_of_leaves,
)
from marketplace.models.tree_proofs import TreesProof
from tests.integration.score_chain import ScoreChain
from tests.integration.score_lies import every_node, lies
from tests.integration.score_worlds import ZERO, change_record, make_world, random_linear, random_trees

KINDS = {
    "linear": random_linear,
    "trees": random_trees,
    "forest": lambda rng: random_trees(rng, 200, 600),
}
WORLDS = {"linear": 60, "trees": 60, "forest": 6}
DEEP = 20
"""So many times more worlds in a deep run."""


@pytest.fixture(scope="module")
def court(tmp_path_factory):
    """Return the library on a chain."""
    with Localnet(tmp_path_factory.mktemp("court") / "net") as state:
        yield ScoreChain(state.url)


@pytest.fixture
def worlds(chance, deep):
    """Return a function that draws worlds of a kind."""

    def drawn(kind):
        rng = np.random.default_rng(chance.getrandbits(64))
        for _ in range(WORLDS[kind] * (DEEP if deep else 1)):
            count = int(rng.choice([1, 2, 3, 4, 5, 7, 8, 11]))
            yield make_world(rng, KINDS[kind](rng), count, int(rng.integers(1, 5))), rng

    return drawn


def truths(world, rng):
    """Yield every challenge that can be made of true evidence."""
    for i in range(len(world.rows.rows)):
        yield "RowRight", world.row(i)
        if isinstance(world.model, TreeModel):
            yield "RowRight", world.row(i, int(rng.integers(len(world.model.counts))))
        preimage = leaf_bytes(world.told.records[i], i, world.attested.k, world.attested.submission_id)
        yield "NodeRight", NodeDispute(NodeProof(0, i, preimage, world.tree.path(0, i)), "")
    for level, index in every_node(world):
        proof = NodeProof(level, index, world.tree.preimage(level, index), world.tree.path(level, index))
        yield "NodeRight", NodeDispute(proof, "")


@pytest.mark.parametrize("kind", KINDS)
def test_truth__every_row_and_node__can_not_be_disproved(court, worlds, kind):
    found, expected = [], []
    for world, rng in worlds(kind):
        assert find_in_tree(world.attested, world.tree, world.told, world.rows, world.model) is None
        for name, dispute in truths(world, rng):
            found.append(court.data(*world.about(dispute)))
            expected.append(name)
    assert court.decide(found) == expected
    print(f"{kind}: {len(found)} true rows and nodes, {Counter(expected)}")


@pytest.mark.parametrize("kind", KINDS)
def test_lies__of_every_kind__are_disproved(court, worlds, kind):
    found, names = [], []
    for world, rng in worlds(kind):
        for name, lie in lies(world, rng):
            dispute = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model, opened=lie.opened)
            assert isinstance(dispute, RowDispute | NodeDispute), (name, dispute)
            found.append(court.data(*lie.about(dispute)))
            names.append(name)
    wrong = [(name, why) for name, why in zip(names, court.decide(found), strict=True) if why]
    assert not wrong
    print(f"{kind}: {len(found)} lies disproved, {Counter(names)}")


def spoilt(arguments, rng):
    """Return a proof with one thing changed: a byte, a length, a number or a sibling."""
    kind, case, *shown = arguments
    which = int(rng.integers(len(shown)))
    if isinstance(shown[which], bytes):
        shown[which] = spoilt_bytes(shown[which], rng)
    else:
        fields = list(shown[which])
        place = int(rng.integers(len(fields)))
        fields[place] = spoilt_field(fields[place], rng)
        shown[which] = tuple(fields)
    return kind, case, *shown


def spoilt_field(value, rng):
    """Return another value of the same type."""
    if isinstance(value, int):
        return int(rng.choice([value + 1, value ^ 2, 2**31, 2**63]))
    if isinstance(value, bytes):
        return spoilt_bytes(value, rng)
    siblings = [bytes(one) for one in value]
    if not siblings or rng.random() < 0.3:
        return [*siblings, rng.bytes(32)]
    if rng.random() < 0.4:
        return siblings[:-1]
    place = int(rng.integers(len(siblings)))
    siblings[place] = spoilt_bytes(siblings[place], rng, fixed=True)
    return siblings


def spoilt_bytes(value, rng, fixed=False):
    """Return other bytes: one changed, or fewer, or more."""
    how = rng.random()
    if not value or (how < 0.2 and len(value) != 32 and not fixed):
        return value + rng.bytes(int(rng.choice([1, 4, 16, 32, 39])))
    if how < 0.4 and len(value) != 32 and not fixed:
        return value[: -int(rng.choice([1, 4, 16, 32]))]
    at = int(rng.integers(len(value)))
    return value[:at] + bytes([value[at] ^ int(rng.choice([1, 2, 128, 255]))]) + value[at + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_truth__with_any_byte_changed__can_not_be_disproved(court, worlds, kind):
    found, answers = [], []
    for world, rng in worlds(kind):
        for _, dispute in truths(world, rng):
            for _ in range(2):
                found.append(court.data(*spoilt(world.about(dispute), rng)))
    answers = court.decide(found)
    assert None not in answers
    unnamed = [answer for answer in answers if answer.startswith("unnamed")]
    assert not unnamed, unnamed[:3]
    print(f"{kind}: {len(found)} malformed challenges, {Counter(answers)}")


def test_hash_that_nobody_opens__is_withheld(worlds):
    for world, rng in worlds("trees"):
        record = world.told.records[0][:-32] + rng.bytes(32)
        lie = change_record(world, 0, record)
        found = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model)
        assert isinstance(found, Withheld)
        assert found.index == 0


def test_kinds__of_models__are_both_drawn(worlds):
    assert {type(world.model) for kind in KINDS for world, _ in worlds(kind)} == {LinearModel, TreeModel}


def changed_models(world, rng, times):
    """Yield a linear model's bytes with one of them changed, and the model they are, if any."""
    data = encode_model(world.model)
    for _ in range(times):
        spoilt_data = spoilt_bytes(data, rng)
        try:
            yield spoilt_data, decode_model(spoilt_data)
        except DataError:
            yield spoilt_data, None


def test_linear_bytes__with_one_changed__are_a_model_for_both_or_for_neither(court, worlds):
    found, expected = [], []
    for world, rng in worlds("linear"):
        features, labels = unpack_rows(world.rows.rows)
        for data, model in changed_models(world, rng, 12):
            lie = replace(world, submitted=sha256(b"\x03" + data).digest())
            if isinstance(model, LinearModel):
                told = world.attested
                terms = (told.metric, told.classes, told.bound, told.k, told.submission_id)
                evidence = build_evidence(model, features, labels, *terms)
                file = read_evidence(evidence.file_bytes)
                tree = tree_of_file(file, told.k, told.submission_id)
                attested = replace(told, root=evidence.root, sums=evidence.sums)
                lie = replace(lie, model=model, told=file, tree=tree, attested=attested)
            dispute = replace(lie.row(0), model=data)
            found.append(court.data(*lie.about(dispute)))
            expected.append("RowRight" if isinstance(model, LinearModel) else None)
    assert court.decide(found) == expected
    print(f"{len(found)} changed linear models, {Counter(expected)}")


@pytest.mark.parametrize(
    ("mode", "weight", "bias"),
    [(255, 1, -1), (255, -1, -5), (255, 1, 0), (255, 2, -1), (254, 2, -1), (127, 1, -1), (32, 1, 0)],
)
def test_column__of_a_mode_that_is_none__is_disproved_on_every_row(court, worlds, mode, weight, bias):
    world, _ = next(worlds("linear"))
    head = struct.pack(">4sBBBBHQ", b"TSRM", 1, 1, 1, 1, 3, 1)
    data = head + struct.pack(">Hq", 1, bias) + struct.pack(">HBiq", 0, mode, 0, weight)
    with pytest.raises(DataError):
        decode_model(data)
    lie = replace(world, submitted=sha256(b"\x03" + data).digest())
    shown = [replace(world.row(i), model=data) for i in range(len(world.rows.rows))]
    assert set(court.decide([court.data(*lie.about(one)) for one in shown])) == {None}


def test_columns__whose_clamps_add_up_to_a_word__are_disproved(court, worlds):
    world, _ = next(worlds("linear"))
    columns = b"".join(struct.pack(">HBiq", 0, mode, 0, 1) for mode in range(31, 256))
    data = struct.pack(">4sBBBBHQHq", b"TSRM", 1, 1, 1, 1, 3, 1, 225, 2**31) + columns
    lie = replace(world, submitted=sha256(b"\x03" + data).digest())
    assert court.decide([court.data(*lie.about(replace(world.row(0), model=data)))]) == [None]


def scored_rows(world, count):
    """Return the world whose panel scored another number of rows than the bounty has."""
    told = world.attested
    terms = (told.metric, told.classes, told.bound, told.k, told.submission_id)
    features, labels = unpack_rows((world.rows.rows * 5)[:count])
    evidence = build_evidence(world.model, features, labels, *terms)
    file = read_evidence(evidence.file_bytes)
    tree = tree_of_file(file, told.k, told.submission_id)
    attested = replace(told, root=evidence.root, sums=evidence.sums)
    return replace(world, told=file, tree=tree, attested=attested), evidence.file_bytes


@pytest.mark.parametrize("kind", ["linear", "trees"])
def test_evidence__of_another_number_of_rows__is_disproved(court, worlds, kind):
    found = []
    for world, rng in worlds(kind):
        have = len(world.rows.rows)
        for count in {1, have + 1, have * 4 + 1, int(rng.integers(1, have + 1))} - {have}:
            lie, data = scored_rows(world, count)
            dispute = find_dispute(lie.attested, data, lie.rows, lie.model)
            assert isinstance(dispute, NodeDispute), (have, count, dispute)
            found.append(court.data(*lie.about(dispute)))
    assert set(court.decide(found)) == {None}
    print(f"{kind}: {len(found)} files of another number of rows disproved")


def grown(world, levels):
    """Return the world whose tree has nodes above or below it that say what the bounty has."""
    tree = EvidenceTree(levels)
    top = replace(tree.top, count=len(world.rows.rows), sums=world.attested.sums)
    tree = EvidenceTree([*levels[:-1], [top]])
    return replace(world, tree=tree, attested=replace(world.attested, root=tree.root))


def test_tree__of_another_depth_whose_top_is_right__is_disproved(court, worlds):
    found = []
    for world, _ in worlds("linear"):
        levels = world.tree.levels
        higher = tree_of_leaves([*levels[0], *levels[0], *levels[0]]).levels
        lies = [grown(world, higher)] + ([grown(world, [levels[0][:1]])] if len(levels) > 1 else [])
        for lie in lies:
            file = replace(lie.told, records=lie.told.records * 3)
            dispute = find_in_tree(lie.attested, lie.tree, file, lie.rows, lie.model)
            assert isinstance(dispute, NodeDispute)
            found.append(court.data(*lie.about(dispute)))
    assert set(court.decide(found)) == {None}


def test_sums__beyond_128_bits__are_disproved(court, worlds):
    found = []
    for world, _ in worlds("linear"):
        if len(world.rows.rows) < 2:
            continue
        at = 16 * world.model.head.outputs
        records = [one[:at] + b"\xff" * 16 + one[at + 16 :] for one in world.told.records[:2]]
        file = replace(world.told, records=records + world.told.records[2:])
        tree = tree_of_file(file, world.attested.k, world.attested.submission_id)
        attested = replace(world.attested, root=tree.root, sums=tree.top.sums)
        lie = replace(world, told=file, tree=tree, attested=attested)
        dispute = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model)
        assert isinstance(dispute, NodeDispute)
        found.append(court.data(*lie.about(dispute)))
    assert set(court.decide(found)) == {None}


@pytest.mark.parametrize("raw", [2**64, -(2**64), 2**127 - 1])
def test_raw_output__beyond_64_bits_with_wrong_contributions__needs_no_lanes(court, worlds, raw):
    found = []
    for world, rng in worlds("trees"):
        record = bytearray(world.told.records[0])
        record[:16] = raw.to_bytes(16, "big", signed=True)
        at = 16 * world.model.head.outputs
        record[at : at + 16] = (2**100).to_bytes(16, "big")  # no row contributes so much
        record[-32:] = rng.bytes(32)
        lie = change_record(world, 0, bytes(record))
        dispute = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model)
        assert isinstance(dispute, RowDispute)
        found.append(court.data(*lie.about(dispute)))
    assert set(court.decide(found)) == {None}


def test_head_of_a_file__that_lies__changes_no_proof(court, worlds):
    found = []
    for world, _ in worlds("trees"):
        # two outputs more and no trees: records of the same length
        told = replace(world.told, outputs=world.told.outputs + 2, trees=0)
        tree = tree_of_file(told, world.attested.k, world.attested.submission_id)
        attested = replace(world.attested, root=tree.root, sums=tree.top.sums)
        lie = replace(world, told=told, tree=tree, attested=attested)
        dispute = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model)
        if dispute is not None:
            found.append(court.data(*lie.about(dispute)))
    assert found
    assert set(court.decide(found)) == {None}


BAD_HEADS = {0: 1, 4: 3, 5: 9, 6: 3, 7: 17, 8: 255, 10: 255, 18: 255, 22: 127}
"""A byte of a prefix by its place, and what no canonical model has there."""


@pytest.mark.parametrize("place", BAD_HEADS)
def test_prefix__that_no_model_has__is_disproved(court, worlds, place):
    found = []
    for world, _ in worlds("trees"):
        prefix = encode_prefix(world.model)
        bad = prefix[:place] + bytes([BAD_HEADS[place]]) + prefix[place + 1 :]
        lie = replace(world, submitted=sha256(b"\x02" + bad + ZERO).digest())
        found.append(court.data(*lie.about(replace(world.row(0), model=TreesProof(bad, ZERO)))))
    assert set(court.decide(found)) == {None}


@pytest.mark.parametrize(
    ("what", "node"),
    [
        ("flags", b"\0\0" + b"\x04" + b"\0\0\0\1"),
        ("feature", b"\4\0" + b"\0" + b"\0\0\0\1"),
        ("threshold", b"\0\0" + b"\0" + b"\x80\0\0\0"),
        ("depth", b"\0\0" + b"\0" + b"\x7f\xff\xff\xff"),
    ],
)
def test_path__with_a_node_that_is_none__is_disproved(court, worlds, what, node):
    found, right = [], []
    for world, rng in worlds("trees"):
        for levels in (64, 65):
            path = b"\0\0\0\1" + (node + rng.bytes(32)) * (levels if what == "depth" else 1)
            folded = fold(path, world.rows.rows[0])
            prefix = encode_prefix(world.model)
            count = len(world.model.counts)
            siblings = tuple(rng.bytes(32) for _ in range(merkle.depth(count)))
            root = merkle.fold(folded, 0, count, siblings)
            lie = replace(world, submitted=sha256(b"\x02" + prefix + root).digest())
            lanes = world.opened[0]
            proof = TreesProof(prefix, ZERO, 0, path, siblings, b"", 0, lanes.lanes[0])
            found.append(court.data(*lie.about(replace(world.row(0), model=proof))))
            # 64 nodes above a leaf are allowed: then the path is one of the model, and its leaf is compared
            lane = int.from_bytes(lanes.lanes[0][:4], "big") - 2**31
            right.append("RowRight" if what == "depth" and levels == 64 and lane == 1 else None)
    assert court.decide(found) == right


def fold(path, row):
    """Return the hash to which a path leads."""
    digest = sha256(b"\0" + path[:4]).digest()
    for at in range(4, len(path), 39):
        fields, sibling = path[at : at + 7], path[at + 7 : at + 39]
        x = int.from_bytes(
            row[8 + 4 * int.from_bytes(fields[:2], "big") :][:4] or b"\x80\0\0\0", "big", signed=True
        )
        threshold = int.from_bytes(fields[3:], "big", signed=True)
        right = x > threshold and x != -(2**31)
        pair = sibling + digest if right else digest + sibling
        digest = sha256(b"\1" + fields + pair).digest()
    return digest
