"""The package against the vectors of docs/models.md."""

import json
from pathlib import Path

import models_reference as ref
import numpy as np
import pytest

from marketplace import merkle
from marketplace.datasets import parse_rows
from marketplace.models import build_evidence, decode_model, encode_model, model_hash, predict, raw_outputs
from marketplace.models.trees import tree_hashes, tree_roots

DOCUMENT = json.loads((Path(__file__).parents[2] / "vectors" / "models.json").read_text())
ROWS = np.array(DOCUMENT["rows"], dtype=np.int32)
LABELS = np.array(DOCUMENT["labels"], dtype=np.int64)
K, SUBMISSION = bytes.fromhex(DOCUMENT["k"]), bytes.fromhex(DOCUMENT["submission_id"])

each_model = pytest.mark.parametrize("vector", DOCUMENT["models"], ids=lambda v: v["name"])
TREES = [vector for vector in DOCUMENT["models"] if "path" in vector]


def test_parse_rows__vector__gives_rows_and_root():
    test = parse_rows(bytes.fromhex(DOCUMENT["rows_file"]))
    rows, labels = test.arrays()
    assert rows.tolist() == DOCUMENT["rows"]
    assert labels.tolist() == DOCUMENT["labels"]
    assert test.root().hex() == DOCUMENT["rows_root"]


@each_model
def test_decode_model__vector__encodes_and_hashes_the_same(vector):
    data = bytes.fromhex(vector["bytes"])
    model = decode_model(data)
    assert encode_model(model) == data
    assert model_hash(model).hex() == vector["hash"]


@each_model
def test_predict__vector__is_exact(vector):
    model = decode_model(bytes.fromhex(vector["bytes"]))
    assert [[str(z) for z in row] for row in raw_outputs(model, ROWS).tolist()] == vector["raw"]
    assert [str(p) for p in predict(model, ROWS).tolist()] == vector["predicted"]


@each_model
def test_build_evidence__vector__has_root_sums_score_and_leaves(vector):
    model = decode_model(bytes.fromhex(vector["bytes"]))
    for wanted in vector["evidence"]:
        terms = wanted["metric"], wanted["classes"], wanted["bound"]
        got = build_evidence(model, ROWS, LABELS, *terms, K, SUBMISSION)
        assert got.root.hex() == wanted["root"]
        assert [str(s) for s in got.sums] == wanted["sums"]
        assert (got.score, got.count) == (wanted["score"], len(ROWS))
        assert [leaf.hex() for leaf in got.leaves] == wanted["leaves"]


@pytest.mark.parametrize("vector", TREES, ids=lambda v: v["name"])
def test_tree_roots__path_of_a_row__folds_to_the_model_hash(vector):
    model = decode_model(bytes.fromhex(vector["bytes"]))
    steps = [
        (s["feature"], s["flags"], s["threshold"], s["right"], bytes.fromhex(s["sibling"]))
        for s in vector["path"]["steps"]
    ]
    root = ref.fold_path(vector["path"]["leaf"], steps)
    assert root.hex() == vector["path"]["root"]
    roots = tree_roots(model)
    assert roots[0] == root == tree_hashes(model, 0)[0]
    proof = merkle.proof(roots, 0)
    assert merkle.fold(root, 0, len(roots), proof) == merkle.root(roots)
