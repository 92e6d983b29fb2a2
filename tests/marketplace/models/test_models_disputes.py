"""What is wrong with evidence is found from its file; what its makers hid is said to be hidden."""

from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest

from marketplace.errors import DataError
from marketplace.models import Head, LinearModel, Task, build_evidence
from marketplace.models.disputes import Attested, NodeDispute, RootDispute, RowDispute, Withheld, find_dispute
from marketplace.models.evidence import HEAD
from marketplace.models.evidence_tree import read_evidence, tree_of_file

K, SUBMISSION = bytes(range(32)), bytes(range(32, 64))
COUNT = 5


@pytest.fixture
def model():
    column = np.array([0], np.int32), np.array([31], np.uint8), np.array([0], np.int32)
    return LinearModel(Head(Task.CLASSIFY, 1, 1), *column, np.array([[1]]), np.array([0]))


@pytest.fixture
def evidence(model):
    features, labels = np.arange(-2, 3, dtype=np.int32)[:, None], np.array([0, 0, 0, 1, 0])
    return build_evidence(model, features, labels, 1, 2, 0, K, SUBMISSION)


@pytest.fixture
def rows():
    packed = np.zeros(COUNT, dtype=[("y", ">i8"), ("x", ">i4")])
    packed["x"], packed["y"] = range(-2, 3), [0, 0, 0, 1, 0]
    return SimpleNamespace(rows=[row.tobytes() for row in packed], salts=[bytes(32)] * COUNT)


def attested(evidence):
    return Attested(evidence.root, evidence.sums, 1, 2, 0, K, SUBMISSION)


def test_find_dispute__true__finds_nothing(evidence, rows, model):
    assert find_dispute(attested(evidence), evidence.file_bytes, rows, model) is None
    assert evidence.sums == (4,)


def test_find_dispute__one_record_changed__names_its_row(evidence, rows, model):
    size = len(read_evidence(evidence.file_bytes).records[0])
    at = HEAD.size + 3 * size + size - 1  # what row 3 contributes
    lie = evidence.file_bytes[:at] + bytes([evidence.file_bytes[at] ^ 1]) + evidence.file_bytes[at + 1 :]
    tree = tree_of_file(read_evidence(lie), K, SUBMISSION)
    found = find_dispute(replace(attested(evidence), root=tree.root, sums=(3,)), lie, rows, model)
    assert isinstance(found, RowDispute)
    assert found.proof.index == 3
    assert len(found.proof.row_siblings) == 3
    assert len(found.proof.path) == 24 + 3 * 56


def test_find_dispute__other_sums_attested__shows_the_root(evidence, rows, model):
    found = find_dispute(replace(attested(evidence), sums=(5,)), evidence.file_bytes, rows, model)
    assert isinstance(found, NodeDispute)
    assert (found.proof.level, found.proof.index) == (3, 0)


@pytest.mark.parametrize("data", [b"", b"TSRE", b"rubbish" * 9])
def test_find_dispute__no_evidence_file__is_withheld(evidence, rows, model, data):
    found = find_dispute(attested(evidence), data, rows, model)
    assert isinstance(found, Withheld)
    assert found.index is None


def test_find_dispute__file_of_another_root__is_withheld(evidence, rows, model):
    lie = evidence.file_bytes[:-1] + bytes([evidence.file_bytes[-1] ^ 1])
    found = find_dispute(attested(evidence), lie, rows, model)
    assert isinstance(found, Withheld)
    assert "does not lead" in found.why


def test_find_dispute__evidence_of_another_metric__is_shown_by_its_root(rows, model):
    features, labels = np.arange(-2, 3, dtype=np.int32)[:, None], np.array([0, 0, 0, 1, 0])
    other = build_evidence(model, features, labels, 2, 2, 0, K, SUBMISSION)
    found = find_dispute(replace(attested(other), sums=(5,)), other.file_bytes, rows, model)
    assert isinstance(found, RootDispute)
    assert sha256(found.preimage).digest() == other.root
    assert "4 sums" in found.why


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 20])
def test_find_dispute__another_number_of_rows__shows_the_top_as_high_as_it_must_be(rows, model, count):
    features, labels = np.zeros((count, 1), np.int32), np.zeros(count, np.int64)
    other = build_evidence(model, features, labels, 1, 2, 0, K, SUBMISSION)
    found = find_dispute(attested(other), other.file_bytes, rows, model)
    assert isinstance(found, NodeDispute)
    assert (found.proof.level, found.proof.index, len(found.proof.path)) == (3, 0, 24)


def test_find_dispute__sums_beyond_128_bits__is_an_answer(evidence, rows, model):
    size = len(read_evidence(evidence.file_bytes).records[0])
    lie = bytearray(evidence.file_bytes)
    for i in (0, 1):
        lie[HEAD.size + i * size + 16 : HEAD.size + i * size + 32] = b"\xff" * 16
    assert isinstance(find_dispute(attested(evidence), bytes(lie), rows, model), Withheld)
    tree = tree_of_file(read_evidence(bytes(lie)), K, SUBMISSION)
    told = replace(attested(evidence), root=tree.root, sums=tree.top.sums)
    found = find_dispute(told, bytes(lie), rows, model)
    assert isinstance(found, NodeDispute)
    assert found.why == "sums do not add up"


@pytest.mark.parametrize(("at", "value"), [(0, 0), (4, 2), (7, 0), (8, 1), (16, 6), (20, 1)])
def test_read_evidence__damaged_head__is_refused(evidence, at, value):
    data = evidence.file_bytes
    with pytest.raises(DataError, match="no evidence file"):
        read_evidence(data[:at] + bytes([value]) + data[at + 1 :])


def test_read_evidence__of_an_evaluator__gives_records_and_contributions(evidence):
    told = read_evidence(evidence.file_bytes)
    assert (told.metric, told.classes, told.outputs, told.trees, len(told.records)) == (1, 0, 1, 0, COUNT)
    assert [told.contributions(i) for i in range(COUNT)] == [(1,), (1,), (1,), (1,), (0,)]
    tree = tree_of_file(told, K, SUBMISSION)
    assert tree.root == evidence.root
    assert tree.top.sums == evidence.sums
