"""Every converter against scikit-learn itself."""

import numpy as np
import pytest
from sklearn import ensemble, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models import FeatureSpace, agreement, convert, decode_model, encode_model, predict

pytestmark = pytest.mark.filterwarnings("ignore")
SPACE = FeatureSpace(
    ("a", "b", "c", "d", "e", "f"),
    (1000, 100, 1, 1, 1, 1),
    (1, 1, 1, 1, 1, 10**3),
    (False,) * 4 + (True, False),
)


def make_data(classes, missing=False, count=600, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.stack(
        [
            rng.integers(-3000, 3000, count),
            rng.integers(0, 100_000, count),
            rng.integers(0, 5, count),
            rng.integers(1, 4, count),
            rng.integers(0, 2, count),
            rng.integers(2**20, 2**24, count),
        ],
        axis=1,
    ).astype(np.int32)
    z = (
        rows[:, 0] / 1000
        + rows[:, 1] / 40_000
        + (rows[:, 2] == 3) * 2
        + rows[:, 4]
        + rng.normal(0, 0.5, count)
    )
    if missing:
        rows[rng.random(rows.shape) < 0.1] = MISSING
    if not classes:
        return rows, np.rint(z * 100).astype(np.int64)
    cuts = np.quantile(z, np.arange(1, classes) / classes)
    return rows, np.searchsorted(cuts, z).astype(np.int64)


def check(estimator, classes, equal, missing=False, lost=0.005):
    rows, y = make_data(classes, missing)
    estimator.fit(SPACE.decode(rows[:400]), y[:400])
    model = decode_model(encode_model(convert(estimator, SPACE, rows=rows[:400])))
    report = agreement(estimator, model, SPACE, rows, y)
    assert report.equal >= equal
    if classes:
        assert abs(report.lost) <= lost
    return report


SCALERS = [StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler]
LINEAR_CLASSIFIERS = [
    linear_model.LogisticRegression,
    linear_model.RidgeClassifier,
    linear_model.SGDClassifier,
    linear_model.Perceptron,
    svm.LinearSVC,
]
LINEAR_REGRESSORS = [
    linear_model.LinearRegression,
    linear_model.Ridge,
    linear_model.Lasso,
    linear_model.ElasticNet,
    linear_model.SGDRegressor,
    linear_model.HuberRegressor,
    svm.LinearSVR,
]
TREE_CLASSIFIERS = [
    tree.DecisionTreeClassifier(random_state=0),
    tree.DecisionTreeClassifier(max_depth=3, class_weight="balanced"),
    ensemble.RandomForestClassifier(40, random_state=0),
    ensemble.ExtraTreesClassifier(20, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=30, random_state=0),
]
TREE_REGRESSORS = [
    tree.DecisionTreeRegressor(random_state=0),
    ensemble.RandomForestRegressor(30, random_state=0),
    ensemble.ExtraTreesRegressor(20, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=50, random_state=0),
]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("kind", LINEAR_CLASSIFIERS)
def test_convert__linear_classifier_behind_scaler__agrees(kind, scaler, classes):
    check(make_pipeline(scaler(), kind()), classes, 0.998)


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("kind", LINEAR_REGRESSORS)
def test_convert__linear_regressor_behind_scaler__agrees(kind, scaler):
    check(make_pipeline(scaler(), kind()), 0, 0.995)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("estimator", TREE_CLASSIFIERS, ids=lambda e: type(e).__name__)
def test_convert__tree_classifier__agrees_on_every_row(estimator, classes):
    check(estimator, classes, 1.0 if "Forest" not in type(estimator).__name__ else 0.998)


@pytest.mark.parametrize("estimator", TREE_REGRESSORS, ids=lambda e: type(e).__name__)
def test_convert__tree_regressor__agrees_but_for_rounded_halves(estimator):
    check(estimator, 0, 0.96)


@pytest.mark.parametrize("scaler", SCALERS)
def test_convert__tree_behind_scaler__agrees_on_every_row(scaler):
    check(make_pipeline(scaler(), tree.DecisionTreeClassifier(random_state=0)), 3, 1.0)


@pytest.mark.parametrize("kind", [tree.DecisionTreeClassifier, ensemble.RandomForestClassifier])
def test_convert__tree_on_missing_values__goes_where_scikit_learn_goes(kind):
    check(kind(random_state=0), 3, 0.998, missing=True)


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent"])
@pytest.mark.parametrize(
    "final", [linear_model.LogisticRegression(), ensemble.GradientBoostingClassifier(n_estimators=10)]
)
def test_convert__imputer__fills_what_is_missing(final, strategy):
    check(make_pipeline(SimpleImputer(strategy=strategy), StandardScaler(), final), 2, 0.998, missing=True)


def test_convert__imputer_behind_scaler__is_undone():
    check(make_pipeline(StandardScaler(), SimpleImputer(), linear_model.LogisticRegression()), 2, 0.998, True)


@pytest.mark.parametrize(
    "final", [linear_model.LogisticRegression(), tree.DecisionTreeClassifier(random_state=0)]
)
def test_convert__imputer_with_indicator__agrees(final):
    check(make_pipeline(SimpleImputer(add_indicator=True), final), 3, 0.995, missing=True)


@pytest.mark.parametrize(
    "final",
    [
        linear_model.LogisticRegression(max_iter=500),
        tree.DecisionTreeClassifier(random_state=0),
        ensemble.RandomForestClassifier(10, random_state=0),
    ],
)
@pytest.mark.parametrize(
    "encoder", [OneHotEncoder(handle_unknown="ignore"), OneHotEncoder(drop="first"), OrdinalEncoder()]
)
def test_convert__encoders_in_column_transformer__agree(final, encoder):
    transformer = ColumnTransformer(
        [("codes", encoder, [2, 3]), ("numbers", StandardScaler(), [0, 1, 5])], remainder="passthrough"
    )
    check(make_pipeline(transformer, final), 3, 0.998)


def test_convert__one_hot_of_missing__agrees():
    transformer = ColumnTransformer([("codes", OneHotEncoder(handle_unknown="ignore"), [2, 3])])
    check(make_pipeline(transformer, linear_model.LogisticRegression()), 2, 1.0, missing=True)
    check(make_pipeline(transformer, tree.DecisionTreeClassifier()), 2, 1.0, missing=True)


def test_convert__feature_selection__agrees():
    check(make_pipeline(StandardScaler(), SelectKBest(k=3), linear_model.LogisticRegression()), 2, 0.998)


def test_convert__clipping_scaler__trees_only():
    check(make_pipeline(MinMaxScaler(clip=True), tree.DecisionTreeClassifier()), 2, 1.0)
    with pytest.raises(DataError, match="not linear"):
        check(make_pipeline(MinMaxScaler(clip=True), linear_model.LogisticRegression()), 2, 1.0)


def test_convert__target_scale__predicts_target_units():
    rows, y = make_data(0)
    estimator = make_pipeline(StandardScaler(), linear_model.Ridge()).fit(SPACE.decode(rows), y / 100)
    model = convert(estimator, SPACE, 100, rows)
    assert agreement(estimator, model, SPACE, rows, y, target_scale=100).equal > 0.995


def test_convert__constant_model__predicts_the_constant():
    rows, y = make_data(0)
    estimator = linear_model.Lasso(alpha=1e15).fit(SPACE.decode(rows), y)
    assert set(predict(convert(estimator, SPACE), rows).tolist()) == {round(y.mean())}


class Own(linear_model.LogisticRegression):
    """Whatever it overrides can't be known."""


@pytest.mark.parametrize(
    ("estimator", "reason"),
    [
        (neighbors.KNeighborsClassifier(), "KNeighborsClassifier"),
        (make_pipeline(PCA(2), linear_model.LogisticRegression()), "PCA"),
        (ensemble.GradientBoostingClassifier(init=linear_model.LogisticRegression()), "another estimator"),
        (naive_bayes.GaussianNB(), "GaussianNB"),
        (linear_model.PoissonRegressor(), "exponential"),
        (ensemble.HistGradientBoostingRegressor(loss="poisson"), "exponential"),
        (ensemble.VotingClassifier([("a", tree.DecisionTreeClassifier())]), "votes"),
        (TransformedTargetRegressor(linear_model.Ridge()), "transformation of the target"),
        (Own(), "not of scikit-learn"),
        (CalibratedClassifierCV(linear_model.LogisticRegression(), cv=3), "averages"),
        (make_pipeline(FunctionTransformer(np.abs), linear_model.Ridge()), "foreign code"),
        (make_pipeline(StandardScaler(), OneHotEncoder(), linear_model.Ridge()), "behind a scaler"),
        (make_pipeline(OrdinalEncoder(min_frequency=9), linear_model.Ridge()), "infrequent"),
    ],
    ids=str,
)
def test_convert__unsupported__is_refused_with_the_reason(estimator, reason):
    rows, y = make_data(2)
    estimator.fit(SPACE.decode(rows), y)
    with pytest.raises(DataError, match=reason):
        convert(estimator, SPACE)


def test_convert__labels_not_indexes__is_refused():
    rows, y = make_data(2)
    with pytest.raises(DataError, match="labels"):
        convert(linear_model.LogisticRegression().fit(SPACE.decode(rows), y + 1), SPACE)


def test_convert__not_fitted__is_refused():
    with pytest.raises(DataError, match="not fitted"):
        convert(linear_model.LogisticRegression(), SPACE)


def test_convert__other_number_of_columns__is_refused():
    rows, y = make_data(2)
    with pytest.raises(DataError, match="columns"):
        convert(linear_model.LogisticRegression().fit(SPACE.decode(rows)[:, :3], y), SPACE)
