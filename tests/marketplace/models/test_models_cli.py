"""``tessera model`` from files: one's own estimator to an integer model, its score, and ONNX."""

import json
import shutil

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import marketplace
from marketplace.cli import cli
from marketplace.datasets import load_breast_cancer_table, write_table


@pytest.fixture
def folder(made, tmp_path):
    """A copy of the files for each test."""
    return shutil.copytree(made, tmp_path / "files")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a training and a test table, their row schema, and three estimators."""
    tmp_path = tmp_path_factory.mktemp("models")
    table = load_breast_cancer_table()
    train, test = marketplace.split(table, 30, 1)
    schema = marketplace.build_schema(table, "diagnosis")
    (tmp_path / "train.csv").write_bytes(write_table(train))
    (tmp_path / "test.csv").write_bytes(write_table(test))
    (tmp_path / "rows.schema.json").write_bytes(schema.to_bytes())
    space, (rows, labels) = marketplace.feature_space(schema), schema.encode(train)
    fitted = HistGradientBoostingClassifier(max_iter=20).fit(space.decode(rows), labels)
    marketplace.save_estimator(fitted, tmp_path / "good.skops")
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(space.decode(rows), labels)
    marketplace.save_estimator(linear, tmp_path / "linear.skops")
    foreign = make_pipeline(FunctionTransformer(np.mean), LogisticRegression())
    foreign.steps[0][1].fit(space.decode(rows))
    marketplace.save_estimator(foreign, tmp_path / "foreign.skops")
    marketplace.save_estimator(Ridge().fit(space.decode(rows), labels), tmp_path / "number.skops")
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch):
    monkeypatch.chdir(folder)

    def act(*words, code=0):
        result = CliRunner().invoke(cli, ["model", *words, "--home", str(folder / "home"), "--yes"])
        assert result.exit_code == code, result.output
        return result

    return act


SCHEMA = ("--schema", "rows.schema.json")


@pytest.mark.parametrize("name", ["good", "linear"])
def test_convert__skops_file__scored_like_the_estimator(run, name):
    done = run("convert", f"{name}.skops", *SCHEMA, "--rows", "train.csv", "--out", "m.bin", "--json")
    made = json.loads(done.stdout)
    assert made["equal"] == 1.0
    assert made["float_score"] == made["integer_score"] > 0.9
    words = ("score", "m.bin", "test.csv", *SCHEMA, "--estimator", f"{name}.skops")
    found = json.loads(run(*words, "--json").stdout)
    assert found["score"] == found["estimator_score"] > 900_000_000
    assert "loses nothing" in run(*words).stdout
    assert json.loads(run("inspect", "m.bin", "--json").stdout)["model_hash"] == made["model_hash"]


def test_convert__without_rows__compares_on_random_ones(run):
    found = json.loads(run("convert", "good.skops", *SCHEMA, "--out", "m.bin", "--json").stdout)
    assert (found["random_rows"], found["equal"], found["float_score"]) == (True, 1.0, None)


def test_convert__untrusted_type__is_named_and_refused(run, folder):
    failed = run("convert", "foreign.skops", *SCHEMA, "--out", "m.bin", code=1)
    assert "numpy.mean" in failed.stderr
    assert "--trust numpy.mean" in failed.stderr
    assert not (folder / "m.bin").exists()
    trusted = run("convert", "foreign.skops", *SCHEMA, "--out", "m.bin", "--trust", "numpy.mean", code=1)
    assert "foreign code" in trusted.stderr
    assert json.loads(run("inspect", "foreign.skops", "--json").stdout)["needs_trust"] == ["numpy.mean"]


def test_convert__another_target_or_file__is_refused(run):
    assert "predicts a number" in run("convert", "number.skops", *SCHEMA, "--out", "m.bin", code=1).stderr
    assert "no skops file" in run("convert", "train.csv", *SCHEMA, "--out", "m.bin", code=1).stderr
    assert "can't read" in run("convert", "none.skops", *SCHEMA, "--out", "m.bin", code=1).stderr
    assert "--schema" in run("convert", "good.skops", "--out", "m.bin", code=2).stderr


def test_inspect__each_kind_of_file__says_what_it_is(run):
    found = run("inspect", "good.skops").stdout
    assert "HistGradientBoostingClassifier" in found
    assert "nothing more" in found
    run("convert", "good.skops", *SCHEMA, "--out", "m.bin")
    data = json.loads(run("inspect", "m.bin", "--json").stdout)
    assert (data["shape"], data["features"], data["classes"], data["trees"]) == ("trees", 30, 2, 20)
    assert data["depth"] >= data["mean_depth"] > 0
    assert "mean depth" in run("inspect", "m.bin").stdout
    assert "not a model" in run("inspect", "test.csv", code=1).stderr


def test_export__onnx__predicts_the_same(run, folder):
    run("convert", "good.skops", *SCHEMA, "--out", "m.bin")
    assert "int32 (n, 30)" in run("export", "m.bin", "m.onnx").stdout
    schema = marketplace.build_schema(load_breast_cancer_table(), "diagnosis")
    rows, _ = schema.encode(marketplace.read_table(folder / "test.csv"))
    (label,) = onnxruntime.InferenceSession(folder / "m.onnx").run(["label"], {"rows": rows})
    assert np.array_equal(label, marketplace.predict(marketplace.load_model("m.bin"), rows))


def test_train__for_a_look__what_it_scores_on_rows_left_out(run, folder):
    done = run("train", "train.csv", "--target", "diagnosis", "--kind", "linear", "--out", "b.bin", "--json")
    found = json.loads(done.stdout)
    assert found["schema_file"].endswith("b.bin.schema.json")
    assert found["held_out_score"] > found["baseline_score"] > 0
    assert found["held_out_rows"] == found["rows"] // 5
    scored = run("score", "b.bin", "test.csv", "--schema", "b.bin.schema.json", "--json")
    assert json.loads(scored.stdout)["score"] > 900_000_000
    shown = run("train", "train.csv", *SCHEMA, "--kind", "tree", "--out", "b.bin").stdout
    assert "always answering the most frequent class" in shown
