"""Baselines: train a scikit-learn model on a table and convert it to an integer model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from marketplace.constants import SCORE_ONE
from marketplace.datasets import RowSchema, Table
from marketplace.errors import TrainingError
from marketplace.models import (
    Agreement,
    FeatureSpace,
    IntegerModel,
    Metric,
    agreement,
    convert,
    predict,
    score_from_sums,
)
from marketplace.models.metrics import add_up, contributions

KINDS = ("linear", "forest", "boosting", "tree")
SEED = 7


@dataclass(frozen=True)
class Trained:
    """A trained and converted model.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    model : IntegerModel
    agreement : Agreement
        With the estimator, on the training rows: what the conversion cost.
    """

    kind: str
    model: IntegerModel
    agreement: Agreement


def feature_space(schema: RowSchema) -> FeatureSpace:
    """Return how the integers of a row schema stand for numbers."""
    return FeatureSpace(schema.names, schema.scales, schema.divisors, schema.indicators)


def default_metric(schema: RowSchema) -> Metric:
    """Return accuracy for classes, absolute error for numbers."""
    return Metric.ACCURACY if schema.target.is_classes else Metric.ABSOLUTE_ERROR


def train(table: Table, schema: RowSchema, kind: str = "boosting") -> Trained:
    """Train a baseline on a table and convert it for a bounty's row schema.

    Parameters
    ----------
    table : Table
        With the columns of the schema and its target.
    schema : RowSchema
    kind : str
        One of `KINDS`.

    Raises
    ------
    TrainingError
        If the rows can't be learned from, for instance if they show one class only.
    DataError
        If columns are missing.
    """
    rows, labels = schema.encode(table)
    return fit(rows, labels, schema, kind)


def fit(rows: np.ndarray, labels: np.ndarray, schema: RowSchema, kind: str) -> Trained:
    """Train on integer rows of shape (n_rows, width) and labels of shape (n_rows,); see `train`."""
    space = feature_space(schema)
    classes = schema.target.is_classes
    if classes and len(np.unique(labels)) < len(schema.target.classes):
        missing = sorted(set(range(len(schema.target.classes))) - set(np.unique(labels).tolist()))
        raise TrainingError(
            f"the training rows have no row of {len(missing)} of the target's classes",
            "train on more rows, or open the bounty for a condition such as column>=10",
        )
    estimator = _estimator(kind, classes, bool(np.isnan(space.decode(rows)).any()))
    try:
        estimator.fit(space.decode(rows), labels)
    except ValueError as error:
        raise TrainingError(f"training failed: {str(error).splitlines()[0]}") from error
    model = convert(estimator, space, rows=rows)
    return Trained(kind, model, agreement(estimator, model, space, rows, labels))


def baseline_score(labels: np.ndarray, schema: RowSchema, metric: Metric) -> int:
    """Score of always answering the most frequent class, or the median: what a model must beat.

    Returns
    -------
    int
        Parts of SCORE_ONE.
    """
    target = schema.target
    values, counts = np.unique(labels, return_counts=True)
    answer = values[counts.argmax()] if target.is_classes else np.int64(np.median(labels))
    guesses = np.full(len(labels), answer, dtype=np.int64)
    per_row = contributions(metric, guesses, labels, len(target.classes), target.bound)
    score = score_from_sums(metric, add_up(per_row), len(labels), len(target.classes), target.bound)
    return min(score, SCORE_ONE)


def held_out(table: Table, schema: RowSchema, kind: str, metric: Metric) -> tuple[int, int, int] | None:
    """Train on four fifths of a table and score the fifth left out: what to expect of rows not seen.

    Returns
    -------
    tuple of (int, int, int) or None
        The score, that of answering the same always (`baseline_score`), both parts of SCORE_ONE, and the
        rows scored. None if the table is too small to be parted.
    """
    rows, labels = schema.encode(table)
    order = np.random.default_rng(SEED).permutation(len(rows))
    tests, rest = order[: len(rows) // 5], order[len(rows) // 5 :]
    if not len(tests):
        return None
    try:
        model = fit(rows[rest], labels[rest], schema, kind).model
    except TrainingError:
        return None
    target = schema.target
    per_row = contributions(
        metric, predict(model, rows[tests]), labels[tests], len(target.classes), target.bound
    )
    score = score_from_sums(metric, add_up(per_row), len(tests), len(target.classes), target.bound)
    return score, baseline_score(labels[tests], schema, metric), len(tests)


def _estimator(kind: str, classes: bool, missing: bool) -> Any:
    from sklearn import ensemble, linear_model, tree
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind not in KINDS:
        raise ValueError(f"a baseline is one of {', '.join(KINDS)}, not {kind!r}")
    steps = [SimpleImputer(strategy="median", keep_empty_features=True)] if missing else []
    if kind == "linear":
        last = linear_model.LogisticRegression(max_iter=2000) if classes else linear_model.Ridge()
        return make_pipeline(*steps, StandardScaler(), last)
    if kind == "forest":
        make = ensemble.RandomForestClassifier if classes else ensemble.RandomForestRegressor
        return make_pipeline(*steps, make(n_estimators=60, max_depth=8, random_state=SEED, n_jobs=1))
    if kind == "boosting":
        boost = ensemble.GradientBoostingClassifier if classes else ensemble.GradientBoostingRegressor
        return make_pipeline(*steps, boost(n_estimators=60, max_depth=3, random_state=SEED))
    single = tree.DecisionTreeClassifier if classes else tree.DecisionTreeRegressor
    return make_pipeline(*steps, single(max_depth=6, random_state=SEED))
