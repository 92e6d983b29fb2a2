"""Strict decoding: one encoding a model, everything else is refused before memory is spent."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from marketplace.errors import DataError
from marketplace.models import Head, LinearModel, Task, TreeModel, decode_model, encode_model
from marketplace.models.trees import LEAF

DOCUMENT = json.loads((Path(__file__).parents[2] / "vectors" / "models.json").read_text())
MODELS = {v["name"]: bytes.fromhex(v["bytes"]) for v in DOCUMENT["models"]}


def head(magic=b"TSRM", version=1, shape=2, task=1, outputs=1, features=3, divisor=1):
    return struct.pack(">4sBBBBHQ", magic, version, shape, task, outputs, features, divisor)


def forest(*trees):
    nodes = np.array([node for tree in trees for node in tree], dtype=np.int64)
    return TreeModel(
        Head(Task.CLASSIFY, 1, 3),
        np.array([0]),
        np.array([len(tree) for tree in trees]),
        nodes[:, 0].astype(np.uint8),
        nodes[:, 1].astype(np.int32),
        nodes[:, 2].astype(np.int32),
    )


@pytest.mark.parametrize("name", MODELS)
def test_decode_model__any_truncation_or_extra_byte__is_refused(name):
    data = MODELS[name]
    for length in range(len(data)):
        with pytest.raises(DataError):
            decode_model(data[:length])
    with pytest.raises(DataError):
        decode_model(data + b"\0")


@pytest.mark.parametrize("name", MODELS)
def test_decode_model__any_flipped_byte__is_refused_or_another_canonical_model(name):
    data = MODELS[name]
    for i in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            changed = data[:i] + bytes([data[i] ^ flip]) + data[i + 1 :]
            try:
                model = decode_model(changed)
            except DataError:
                continue
            assert encode_model(model) == changed


@pytest.mark.parametrize(
    "data",
    [
        b"",
        head(magic=b"XXXX") + bytes(40),
        head(version=2) + bytes(40),
        head(shape=3) + bytes(40),
        head(task=3) + bytes(40),
        head(outputs=0) + bytes(40),
        head(outputs=17) + bytes(40),
        head(features=0) + bytes(40),
        head(features=1025) + bytes(40),
        head(divisor=2) + bytes(40),
        head(task=2, divisor=0) + bytes(40),
        head(task=2, outputs=2) + bytes(40),
        head() + struct.pack(">I", 10**9) + bytes(18),
        head() + struct.pack(">I", 65536) + bytes(18),
        head() + struct.pack(">I", 0) + bytes(8),
        head() + struct.pack(">Iq", 1, 0) + struct.pack(">I", 2**32 - 1) + bytes(14),
        head(shape=1) + struct.pack(">H", 65535) + bytes(18),
    ],
)
def test_decode_model__hostile_head__is_refused(data):
    with pytest.raises(DataError):
        decode_model(data)


@pytest.mark.parametrize(
    "nodes",
    [
        [(0, 0, 1), (LEAF, 0, 1)],  # one child is missing
        [(LEAF, 0, 1), (LEAF, 0, 1)],  # two roots
        [(0, 3, 1), (LEAF, 0, 1), (LEAF, 0, 2)],  # feature out of the row
        [(4, 0, 1), (LEAF, 0, 1), (LEAF, 0, 2)],  # unknown flag
        [(LEAF + 1, 0, 1)],
        [(LEAF, 1, 1)],  # a leaf with a feature
        [(0, 0, -(2**31)), (LEAF, 0, 1), (LEAF, 0, 2)],  # compares with the missing value
        [(0, 0, 1)] * 65 + [(LEAF, 0, 1)] * 66,  # too deep
    ],
)
def test_tree_model__nodes_that_are_no_tree__are_refused(nodes):
    with pytest.raises(DataError):
        forest(nodes)


def test_tree_model__deepest_tree__is_accepted():
    assert forest([(0, 0, 1)] * 64 + [(LEAF, 0, 1)] * 65).depths.tolist() == [64]


def linear(weights, bias=0, columns=None):
    columns = columns or [(i, 31, 0) for i in range(len(weights))]
    f, m, o = np.array(columns).T
    return LinearModel(
        Head(Task.CLASSIFY, 1, 3),
        f.astype(np.int32),
        m.astype(np.uint8),
        o.astype(np.int32),
        np.array(weights, dtype=np.int64).reshape(-1, 1),
        np.array([bias], dtype=np.int64),
    )


def test_linear_model__weights_at_the_limit__are_accepted_and_above_refused():
    linear([2**31, 2**31 - 1], bias=2**31 - 1)
    with pytest.raises(DataError, match="overflow"):
        linear([2**31, 2**31])
    with pytest.raises(DataError, match="overflow"):
        linear([2**31, 2**31 - 1], bias=2**31)
    with pytest.raises(DataError, match="overflow"):
        linear([-(2**63)], columns=[(0, 128, 5)])


@pytest.mark.parametrize(
    "columns",
    [[(1, 0, 0), (0, 0, 0)], [(0, 0, 0), (0, 0, 0)], [(3, 0, 0)], [(0, 32, 0)], [(0, 129, 0)], [(0, 3, 9)]],
)
def test_linear_model__columns_out_of_order_or_range__are_refused(columns):
    with pytest.raises(DataError):
        linear([1] * len(columns), columns=columns)


def test_decode__skops_file__says_to_convert_it():
    with pytest.raises(DataError, match="skops file") as refused:
        decode_model(b"PK\x03\x04" + bytes(100))
    assert "model convert" in refused.value.hint
