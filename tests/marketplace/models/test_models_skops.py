"""skops files: what is opened, what is listed and refused, what is damaged."""

import io
import json
import sys
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn import ensemble, linear_model, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from marketplace.errors import DataError
from marketplace.models.skops_file import TRUSTED, estimator_class, open_estimator_bytes, unknown_types
from marketplace.services.estimators import load_model, open_estimator, save_estimator, save_model

RNG = np.random.default_rng(3)
X = RNG.integers(0, 5, (200, 4)).astype(float)
Y = (X[:, 0] + X[:, 1] > 4).astype(int)
SEVERAL = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), [0, 1]),
        ("codes", OneHotEncoder(), [2]),
        ("grades", OrdinalEncoder(), slice(3, 4)),
    ]
)
ESTIMATORS = [
    linear_model.LogisticRegression(),
    tree.DecisionTreeClassifier(),
    ensemble.RandomForestClassifier(3),
    ensemble.GradientBoostingClassifier(n_estimators=2),
    ensemble.HistGradientBoostingClassifier(max_iter=2, categorical_features=[1]),
    CalibratedClassifierCV(ensemble.ExtraTreesClassifier(3), ensemble=False),
    GridSearchCV(tree.DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2),
    make_pipeline(SEVERAL, SelectKBest(k=2), linear_model.Ridge()),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_save_estimator__whatever_is_convertible__opens_without_more_trust(estimator, tmp_path):
    path = tmp_path / "model.skops"
    data = save_estimator(estimator.fit(X, Y), path)
    assert unknown_types(data) == []
    assert estimator_class(data).endswith(type(estimator).__name__)
    assert np.array_equal(open_estimator(path).predict(X), estimator.predict(X))


def hostile():
    """Return a file that would run a function of the operating system."""
    import os

    return skops.io.dumps(FunctionTransformer(os.system).fit(X))


def test_open_estimator__foreign_type__is_listed_and_refused():
    assert unknown_types(hostile()) == ["posix.system"]
    with pytest.raises(DataError, match=r"posix\.system") as caught:
        open_estimator_bytes(hostile())
    assert "--trust posix.system" in caught.value.hint
    with pytest.raises(DataError, match=r"posix\.system"):
        open_estimator_bytes(hostile(), trust=["posix", "system", *TRUSTED])
    assert open_estimator_bytes(hostile(), trust=["posix.system"]).func.__name__ == "system"


def test_trusted__nothing_that_runs_what_a_file_names():
    known = ("numpy.dtype", "functools.partial")
    assert all(name.startswith("sklearn.") or name in known for name in TRUSTED)


def rewritten(data, change):
    """Return a skops file with every array changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as sink:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith(".npy"):
                array = change(np.load(io.BytesIO(part)))
                buffer = io.BytesIO()
                np.save(buffer, array)
                part = buffer.getvalue()
            sink.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("estimator", "field"),
    [
        (tree.DecisionTreeClassifier(), "left_child"),
        (tree.DecisionTreeClassifier(), "right_child"),
        (tree.DecisionTreeClassifier(), "feature"),
        (ensemble.HistGradientBoostingClassifier(max_iter=1), "left"),
        (ensemble.HistGradientBoostingClassifier(max_iter=1), "right"),
        (ensemble.HistGradientBoostingClassifier(max_iter=1, categorical_features=[0, 1]), "bitset_idx"),
    ],
)
@pytest.mark.parametrize("value", [0, 2**20])
def test_open_estimator__damaged_tree__is_refused_before_native_code_follows_it(estimator, field, value):
    def change(array):
        if array.dtype.names and field in array.dtype.names and (field, value) not in harmless:
            array = array.copy()
            array[field][0] = value
        return array

    harmless = {("feature", 0), ("bitset_idx", 0)}
    data = skops.io.dumps(estimator.fit(X, Y))
    assert open_estimator_bytes(rewritten(data, lambda array: array)).predict(X).shape == Y.shape
    if (field, value) not in harmless:
        with pytest.raises(DataError):
            open_estimator_bytes(rewritten(data, change))


@pytest.mark.parametrize(
    "estimator",
    [
        tree.DecisionTreeClassifier(),
        ensemble.RandomForestClassifier(2),
        ensemble.GradientBoostingClassifier(n_estimators=2),
        ensemble.HistGradientBoostingClassifier(max_iter=1),
    ],
    ids=lambda e: type(e).__name__,
)
def test_open_estimator__tree_wider_than_its_rows__is_refused(estimator):
    """The owner checks how wide rows are; its trees then read whatever column they name."""
    fitted = estimator.fit(np.hstack([Y[:, None] * 0, X, Y[:, None]]), Y)
    fitted.n_features_in_ = 2
    with pytest.raises(DataError, match="damaged"):
        open_estimator_bytes(skops.io.dumps(fitted))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip", b"TSRM" * 20])
def test_open_estimator__other_bytes__are_refused(data):
    for act in (open_estimator_bytes, unknown_types, estimator_class):
        with pytest.raises(DataError, match="no skops file"):
            act(data)


def packed(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as sink:
        for name, content in members.items():
            sink.writestr(name.replace("_json", ".json"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    "schema", ["[]", "{}", "{", '{"__module__": "a", "__class__": "b"}', json.dumps({"__loader__": "X"})]
)
def test_open_estimator__malformed_schema__is_refused(schema):
    with pytest.raises(DataError, match="no skops file"):
        open_estimator_bytes(packed(schema_json=schema))


def test_open_estimator__bomb__is_refused_unopened(monkeypatch):
    monkeypatch.setattr("marketplace.models.skops_file.MAX_OPENED_BYTES", 2**20)
    with pytest.raises(DataError, match="unfolds"):
        open_estimator_bytes(packed(schema_json="{}", zeros=bytes(2**21)))


def test_open_estimator__not_installed__says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(DataError, match="not installed") as caught:
        save_estimator(linear_model.Ridge(), tmp_path / "x.skops")
    assert "pip install -e '.[skops]'" in caught.value.hint
    assert not (tmp_path / "x.skops").exists()


def test_save_model__file__is_the_canonical_bytes(tmp_path):
    from marketplace.models import FeatureSpace, convert, encode_model

    model = convert(linear_model.Ridge().fit(X, Y), FeatureSpace(("a", "b", "c", "d"), (1,) * 4))
    assert save_model(model, tmp_path / "m.bin") == (tmp_path / "m.bin").read_bytes()
    assert encode_model(load_model(str(tmp_path / "m.bin"))) == encode_model(model)
    with pytest.raises(DataError, match="can't read"):
        load_model(tmp_path / "none.bin")
    with pytest.raises(DataError, match="can't write"):
        save_model(model, tmp_path / "no" / "m.bin")
