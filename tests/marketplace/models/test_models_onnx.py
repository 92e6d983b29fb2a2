"""ONNX files against the integer models they were made from, in onnxruntime: bit for bit."""

import sys

import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.constants import INT32_MAX, MISSING
from marketplace.errors import DataError
from marketplace.models import Head, LinearModel, Task, TreeModel, predict, raw_outputs, to_onnx

FEATURES = 5
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
EDGES = np.array([MISSING, MISSING + 1, -1, 0, 1, 2, INT32_MAX], dtype=np.int32)


def make_rows(rng, count=200):
    rows = rng.integers(MISSING, INT32_MAX, (count, FEATURES), endpoint=True).astype(np.int32)
    rows[::2] = rng.choice(EDGES, (len(rows[::2]), FEATURES))
    return rows


def run(model, rows):
    session = onnxruntime.InferenceSession(to_onnx(model), providers=["CPUExecutionProvider"])
    return session.run(["raw", "label"], {"rows": rows})


def require_same(model, rows):
    raw, label = run(model, rows)
    assert raw.dtype == label.dtype == np.int64
    assert np.array_equal(raw, raw_outputs(model, rows))
    assert np.array_equal(label, predict(model, rows))


def make_head(task, outputs, rng):
    if task == Task.REGRESS:
        return Head(task, 1, FEATURES, int(rng.integers(1, 2**40)))
    return Head(task, outputs, FEATURES)


def random_tree(rng, depth):
    """Return flags, features and values of one whole tree, in preorder."""
    if depth == 0 or rng.random() < 0.3:
        return [(0x80, 0, int(rng.integers(-(2**31), 2**31)))]
    threshold = int(rng.choice(EDGES[1:])) if rng.random() < 0.5 else int(rng.integers(-(2**31) + 1, 2**31))
    inner = (int(rng.integers(0, 4)), int(rng.integers(0, FEATURES)), threshold)
    return [inner, *random_tree(rng, depth - 1), *random_tree(rng, depth - 1)]


TASKS = st.sampled_from([(Task.CLASSIFY, 1), (Task.CLASSIFY, 3), (Task.REGRESS, 1)])


@SOME
@given(st.integers(0, 2**32 - 1), TASKS, st.integers(0, 7))
def test_to_onnx__random_trees__same_bits(seed, task, depth):
    rng = np.random.default_rng(seed)
    trees = [random_tree(rng, depth) for _ in range(task[1] * int(rng.integers(1, 6)))]
    nodes = np.array([node for tree in trees for node in tree], dtype=np.int64)
    counts = np.array([len(tree) for tree in trees], dtype=np.int64)
    bases = rng.integers(-(2**62) + 1, 2**62, task[1]) >> int(rng.integers(0, 62))
    parts = nodes[:, 0].astype(np.uint8), nodes[:, 1].astype(np.int32), nodes[:, 2].astype(np.int32)
    require_same(TreeModel(make_head(*task, rng), bases, counts, *parts), make_rows(rng))


@SOME
@given(st.integers(0, 2**32 - 1), TASKS, st.integers(0, 12))
def test_to_onnx__random_linear__same_bits(seed, task, columns):
    rng = np.random.default_rng(seed)
    keys = set()
    for _ in range(columns):
        mode = int(rng.choice([0, 3, 31, 0x80]))
        operand = int(rng.choice(EDGES)) if mode == 0x80 else int(rng.integers(-(2**mode), 2**mode))
        keys.add((int(rng.integers(0, FEATURES)), mode, max(operand, MISSING)))
    parts = np.array(sorted(keys), dtype=np.int64).reshape(len(keys), 3).T
    weights = rng.integers(-(2**27), 2**27, (len(keys), task[1]))
    bias = rng.integers(-(2**60), 2**60, task[1]) >> int(rng.integers(0, 60))
    dtypes = np.int32, np.uint8, np.int32
    columns = [part.astype(dtype) for part, dtype in zip(parts, dtypes, strict=True)]
    require_same(LinearModel(make_head(*task, rng), *columns, weights, bias), make_rows(rng))


def test_to_onnx__equal_outputs__lowest_class():
    flags, zeros = np.full(3, 0x80, np.uint8), np.zeros(3, np.int32)
    model = TreeModel(
        Head(Task.CLASSIFY, 3, FEATURES),
        np.array([4, 9, 9], dtype=np.int64),
        np.ones(3, np.int64),
        flags,
        zeros,
        zeros,
    )
    assert run(model, make_rows(np.random.default_rng(0)))[1].tolist() == [1] * 200


def test_to_onnx__file__names_the_model_and_its_operators():
    import onnx

    empty = np.zeros(0, np.int32)
    bias = np.array([7], dtype=np.int64)
    model = LinearModel(
        Head(Task.CLASSIFY, 1, 2), empty, empty.astype(np.uint8), empty, np.zeros((0, 1), np.int64), bias
    )
    found = onnx.load_from_string(to_onnx(model))
    assert {one.key for one in found.metadata_props} >= {"tessera.model_hash", "tessera.missing"}
    assert [(one.domain, one.version) for one in found.opset_import] == [("", 17)]


def test_to_onnx__not_installed__says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(DataError, match="not installed") as caught:
        to_onnx(None)
    assert "pip install -e '.[onnx]'" in caught.value.hint
