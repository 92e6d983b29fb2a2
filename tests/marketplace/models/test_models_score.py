"""Random models: fast scoring, metrics and evidence against the slow implementation."""

import models_reference as ref
import numpy as np
import pytest

from marketplace.constants import INT32_MAX, MISSING, SCORE_ONE
from marketplace.errors import DataError
from marketplace.models import (
    Head,
    LinearModel,
    Task,
    TreeModel,
    build_evidence,
    decode_model,
    encode_model,
    predict,
    raw_outputs,
    score_from_sums,
)
from marketplace.models.evidence import evidence_root
from marketplace.models.metrics import add_up, contributions
from marketplace.models.score import fit_width
from marketplace.models.trees import EQUALS, LEAF, MISSING_RIGHT

WIDTH = 5


def random_rows(rng, count, small):
    limit = 4 if small else INT32_MAX
    rows = rng.integers(-limit, limit, (count, WIDTH), endpoint=True).astype(np.int32)
    rows[rng.random(rows.shape) < 0.1] = MISSING
    rows[rng.random(rows.shape) < 0.02] = INT32_MAX
    return rows


def random_tree(rng, leaves, small):
    if leaves == 1:
        return [(LEAF, 0, int(rng.integers(MISSING, INT32_MAX, endpoint=True)))]
    left = int(rng.integers(1, leaves))
    flags = int(rng.choice([0, MISSING_RIGHT, EQUALS, EQUALS | MISSING_RIGHT]))
    limit = 4 if small else INT32_MAX
    choices = [rng.integers(-limit, limit, endpoint=True), INT32_MAX, MISSING + 1]
    threshold = int(rng.choice(choices, p=[0.9, 0.05, 0.05]))
    node = (flags, int(rng.integers(WIDTH)), threshold)
    return [node, *random_tree(rng, left, small), *random_tree(rng, leaves - left, small)]


def random_forest(rng, outputs, sizes, small=True):
    trees = [random_tree(rng, size, small) for size in sizes]
    nodes = np.array([node for tree in trees for node in tree], dtype=np.int64)
    return TreeModel(
        Head(Task.CLASSIFY, outputs, WIDTH),
        rng.integers(-(2**40), 2**40, outputs),
        np.array([len(tree) for tree in trees]),
        nodes[:, 0].astype(np.uint8),
        nodes[:, 1].astype(np.int32),
        nodes[:, 2].astype(np.int32),
    )


def random_linear(rng, outputs):
    values = {(f, int(rng.choice([5, 9, 20, 31])), int(rng.integers(-9, 9))) for f in range(WIDTH)}
    keys = sorted(values | {(f, 128, c) for f in range(2) for c in (MISSING, 0, 3)})
    f, m, o = np.array(keys).T
    bits = 58 - np.where(m == 128, 0, m)[:, None]
    weights = rng.integers(-(2**bits), 2**bits, (len(keys), outputs))
    bias = rng.integers(-(2**50), 2**50, outputs)
    head = Head(Task.CLASSIFY, outputs, WIDTH)
    return LinearModel(head, f.astype(np.int32), m.astype(np.uint8), o.astype(np.int32), weights, bias)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("small", [True, False])
def test_raw_outputs__random_linear__equals_python_integers(seed, small):
    rng = np.random.default_rng(seed)
    model, rows = random_linear(rng, 1 + seed % 3), random_rows(rng, 300, small)
    got = raw_outputs(model, rows)
    assert got.tolist() == [ref.raw(model, row) for row in rows.tolist()]
    assert predict(model, rows).tolist() == [ref.decide(model, z) for z in got.tolist()]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("small", [True, False])
@pytest.mark.usefixtures("way")
def test_raw_outputs__random_trees__equals_following_paths(seed, small):
    rng = np.random.default_rng(seed)
    outputs = 1 + seed % 3
    model = random_forest(rng, outputs, [1, 2, 5, 30, 63, 64, 65, 66, 120] * outputs, small)
    rows = random_rows(rng, 200, small)
    got = raw_outputs(model, rows)
    assert got.tolist() == [ref.raw(model, row) for row in rows.tolist()]
    assert encode_model(decode_model(encode_model(model))) == encode_model(model)


def test_raw_outputs__weights_at_the_limit_and_extreme_rows__are_exact():
    bounds = [-(2**31), 2**31 - 1]
    model = LinearModel(
        Head(Task.REGRESS, 1, 2, 3),
        np.array([0, 1], np.int32),
        np.full(2, 31, np.uint8),
        np.array([MISSING, 7], np.int32),
        np.array([[2**31], [-(2**31 - 1)]]),
        np.array([2**31 - 1]),
    )
    rows = np.array([[a, b] for a in bounds for b in bounds], dtype=np.int32)
    assert raw_outputs(model, rows).tolist() == [ref.raw(model, row) for row in rows.tolist()]
    assert predict(model, rows).tolist() == [ref.raw(model, row)[0] // 3 for row in rows.tolist()]


def test_predict__rows_of_another_width__is_refused():
    model = random_linear(np.random.default_rng(0), 1)
    with pytest.raises(DataError, match="features"):
        predict(model, np.zeros((3, WIDTH + 1), np.int32))


def test_predict__classes_tie__lowest_wins():
    model = LinearModel(
        Head(Task.CLASSIFY, 3, 1), *[np.zeros(0, t) for t in (np.int32, np.uint8, np.int32)],
        np.zeros((0, 3), np.int64), np.array([4, 5, 5]),
    )  # fmt: skip
    assert predict(model, np.zeros((2, 1), np.int32)).tolist() == [1, 1]


@pytest.mark.parametrize("metric", [1, 2, 3, 4])
@pytest.mark.parametrize("count", [1, 2, 7, 16, 33])
@pytest.mark.usefixtures("way")
def test_build_evidence__random__equals_the_slow_tree(metric, count):
    rng = np.random.default_rng(metric * 100 + count)
    rows = random_rows(rng, count, True)
    labels = rng.integers(-1, 4, count)
    labels[0] = rng.choice([-(2**63), 2**63 - 1])
    k, submission = rng.bytes(32), rng.bytes(32)
    for model in (random_forest(rng, 3, [3] * 9), random_linear(rng, 1)):
        got = build_evidence(model, rows, labels, metric, 3, 2**32 - 1, k, submission)
        root, sums, leaves = ref.evidence(
            model, rows.tolist(), labels.tolist(), metric, 3, 2**32 - 1, k, submission
        )
        assert (got.root, list(got.sums), got.leaves) == (root, sums, leaves)
        assert got.score == score_from_sums(metric, sums, count, 3, 2**32 - 1)
        assert 0 <= got.score <= SCORE_ONE


def test_build_evidence__one_row_changed__changes_root():
    rng = np.random.default_rng(0)
    model, rows = random_linear(rng, 1), random_rows(rng, 9, True)
    terms = (1, 2, 0, bytes(32), bytes(32))
    labels = np.zeros(9, np.int64)
    first = build_evidence(model, rows, labels, *terms)
    labels[8] = 1
    assert build_evidence(model, rows, labels, *terms).root != first.root
    assert build_evidence(model, rows, labels * 0, *terms).file_bytes == first.file_bytes


def test_build_evidence__rows_of_another_width__still_has_a_result():
    rng = np.random.default_rng(0)
    model, rows = random_linear(rng, 1), random_rows(rng, 9, True)
    labels = np.zeros(9, np.int64)
    terms = (1, 2, 0, bytes(32), bytes(32))
    narrow = build_evidence(model, rows[:, :3], labels, *terms)
    filled = build_evidence(model, fit_width(rows[:, :3], WIDTH), labels, *terms)
    assert narrow.root == filled.root
    wide = np.pad(rows, ((0, 0), (0, 2)))
    assert (
        build_evidence(model, wide, labels, *terms).root == build_evidence(model, rows, labels, *terms).root
    )


@pytest.mark.parametrize("metric", [1, 2, 3, 4])
def test_contributions__random__equal_python_integers(metric):
    rng = np.random.default_rng(metric)
    predicted, labels = rng.integers(-2, 5, 200), rng.integers(-2, 5, 200)
    predicted[:3], labels[:3] = [2**63 - 1, -(2**63), 0], [-(2**63), 2**63 - 1, -(2**63)]
    for bound in (1, 3, 2**32 - 1):
        got = contributions(metric, predicted, labels, 4, bound)
        want = [
            ref.judge(metric, p, y, 4, bound)
            for p, y in zip(predicted.tolist(), labels.tolist(), strict=True)
        ]
        assert got.tolist() == want
        assert add_up(got) == [sum(column) for column in zip(*want, strict=True)]


def test_score_from_sums__hand_made__is_the_rule():
    assert score_from_sums(1, [2], 3, 2, 0) == 666_666_666
    assert score_from_sums(2, [1, 2, 0, 3, 2, 0], 6, 3, 0) == (333_333_333 + SCORE_ONE) // 2
    assert score_from_sums(2, [0, 0, 0, 0], 6, 2, 0) == 0
    assert score_from_sums(3, [7], 2, 0, 10) == 650_000_000
    assert score_from_sums(4, [50], 2, 0, 10) == 750_000_000
    assert score_from_sums(3, [20], 2, 0, 10) == 0


@pytest.mark.parametrize(
    "call",
    [
        (0, [1], 3, 2, 0),
        (5, [1], 3, 2, 0),
        (1, [4], 3, 2, 0),
        (1, [-1], 3, 2, 0),
        (1, [1], 0, 2, 0),
        (1, [1], 3, 1, 0),
        (1, [1], 3, 17, 0),
        (1, [1, 1], 3, 2, 0),
        (2, [2, 0, 1, 1], 3, 2, 0),
        (2, [1, 1, 2, 2], 3, 2, 0),
        (3, [1], 3, 0, 0),
        (3, [1], 3, 0, 2**32),
        (3, [31], 3, 0, 10),
    ],
)
def test_score_from_sums__impossible__is_refused(call):
    with pytest.raises(DataError):
        score_from_sums(*call)


def test_evidence_root__sums_beyond_64_bits__are_carried():
    judged = np.full((3, 1), 2**64 - 1, dtype=np.uint64)
    assert evidence_root([bytes(32)] * 3, judged)[1] == [3 * (2**64 - 1)]
