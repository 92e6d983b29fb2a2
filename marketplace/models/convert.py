"""Convert fitted scikit-learn estimators to integer models."""

from __future__ import annotations

from typing import Any

import numpy as np

from marketplace.constants import MAX_CLASSES, MAX_TREES
from marketplace.errors import DataError
from marketplace.models import estimators as kinds
from marketplace.models.calibrate import calibration, single_classifier
from marketplace.models.canonical import IntegerModel
from marketplace.models.columns import Column, FeatureSpace
from marketplace.models.estimators import kind_of, refuse
from marketplace.models.folding import fold, fold_into
from marketplace.models.from_hist import encoded_columns, read_predictor, require_identity
from marketplace.models.from_linear import clamp_modes
from marketplace.models.from_trees import read_tree
from marketplace.models.linear import Head, Task
from marketplace.models.real import Real, RealLinear, RealTrees


def convert(
    estimator: Any, space: FeatureSpace, target_scale: int = 1, rows: np.ndarray | None = None
) -> IntegerModel:
    """Convert a fitted estimator or pipeline.

    Parameters
    ----------
    estimator : scikit-learn estimator or Pipeline
        Trained on ``space.decode(rows)``, or on a data frame of such columns under the names of the
        features; a classifier on class indices 0..C-1.
    space : FeatureSpace
    target_scale : int, optional
        Target units of 1.0 as a regressor predicts it; 1 if it was trained on integer labels.
    rows : ndarray of int32, shape (n_rows, n_features), optional
        Training rows. A linear model keeps more digits if it knows how large features are; features
        are clamped at eight times the largest value seen.

    Returns
    -------
    LinearModel or TreeModel

    Raises
    ------
    DataError
        Saying why it can't be converted.
    """
    final, columns = fold(estimator, space)
    width = len(space.names)
    return _read(final, columns, width).to_integers(target_scale, clamp_modes(rows, width))


def _read(final: Any, columns: list[Column], width: int) -> Real:
    """Read what an estimator adds up."""
    name = kind_of(final)
    if name == "CalibratedClassifierCV":
        return _read_calibrated(final, columns, width)
    if name in kinds.LINEAR_CLASSIFIERS | kinds.LINEAR_REGRESSORS:
        return _read_linear(final, columns, width)
    if name in kinds.TREES:
        _require_fitted(final, "tree_")
        return _read_forest([final], final, columns, width)
    if name in kinds.FORESTS:
        _require_fitted(final, "estimators_")
        return _read_forest(final.estimators_, final, columns, width)
    if name in kinds.BOOSTED:
        return _read_boosting(final, columns, width)
    if name in kinds.HISTOGRAM:
        return _read_histogram(final, columns, width)
    raise refuse(final)


def _read_linear(final: Any, columns: list[Column], width: int) -> RealLinear:
    _require_fitted(final, "coef_")
    raw = final.coef_.toarray() if hasattr(final.coef_, "toarray") else final.coef_
    coef = np.atleast_2d(np.asarray(raw, dtype=np.float64))
    head = _head(final, width)
    if head.task == Task.REGRESS and np.asarray(raw).ndim > 1:
        raise DataError("a model with several targets can't be converted", "train one model for the target")
    intercept = np.broadcast_to(np.asarray(final.intercept_, dtype=np.float64), (len(coef),))
    return RealLinear(head, columns, coef, intercept)


def _read_forest(trees: Any, final: Any, columns: list[Column], width: int) -> RealTrees:
    """Average leaves: probabilities of classes, or numbers."""
    head = _head(final, width)
    if len(trees) * head.outputs > MAX_TREES:  # before each is read
        raise DataError(
            f"the ensemble has {len(trees) * head.outputs} trees, at most {MAX_TREES} are allowed"
        )
    skeletons = [read_tree(one.tree_, columns) for one in trees]
    if head.task == Task.REGRESS:
        values = [one.tree_.value[:, 0, 0] for one in trees]
        return RealTrees(head, skeletons, values, np.zeros(1), len(trees))
    shares = [one.tree_.value[:, 0, :] for one in trees]
    shares = [s / s.sum(axis=1, keepdims=True) for s in shares]
    if head.outputs == 1:
        margins = [s[:, 1] - s[:, 0] for s in shares]
        return RealTrees(head, skeletons, margins, np.zeros(1), len(trees), margin=True)
    each = [tree for tree in skeletons for _ in range(head.outputs)]
    values = [s[:, c] for s in shares for c in range(head.outputs)]
    return RealTrees(head, each, values, np.zeros(head.outputs), len(trees))


def _read_boosting(final: Any, columns: list[Column], width: int) -> RealTrees:
    """Add trees, times the learning rate, to a constant start."""
    _require_fitted(final, "estimators_")
    head = _head(final, width)
    if not (final.init_ == "zero" or kind_of(final.init_) in ("DummyClassifier", "DummyRegressor")):
        raise DataError(
            "gradient boosting that starts from another estimator can't be converted",
            "leave init at its default, or set init='zero'",
        )
    trees = [one for stage in final.estimators_ for one in stage]
    probe = np.zeros((1, final.n_features_in_))
    start = final.decision_function(probe) if head.task == Task.CLASSIFY else final.predict(probe)
    added = np.array([one.predict(probe)[0] for one in trees]).reshape(-1, head.outputs)
    bases = np.ravel(start).astype(float) - final.learning_rate * added.sum(axis=0)
    values = [one.tree_.value[:, 0, 0] * final.learning_rate for one in trees]
    return RealTrees(head, [read_tree(one.tree_, columns) for one in trees], values, bases)


def _read_histogram(final: Any, columns: list[Column], width: int) -> RealTrees:
    """Add trees, whose leaves hold the learning rate already, to a constant start."""
    _require_fitted(final, "_predictors")
    require_identity(final)
    head = _head(final, width)
    columns = encoded_columns(final, columns)
    read = [read_predictor(one, columns) for stage in final._predictors for one in stage]
    bases = np.ravel(final._baseline_prediction).astype(np.float64)
    return RealTrees(head, [tree for tree, _ in read], [values for _, values in read], bases)


def _read_calibrated(final: Any, columns: list[Column], width: int) -> Real:
    one = single_classifier(final)
    line = calibration(one)
    inner, columns = fold_into(one.estimator, columns)
    real = _read(inner, columns, width)
    if line is None:
        return real
    slope, offset = real.response()
    return real.moved(line[0] * slope, line[0] * offset + line[1])


def _require_fitted(final: Any, attribute: str) -> None:
    if not hasattr(final, attribute):
        raise DataError(f"the {type(final).__name__} is not fitted", "call fit before converting")


def _head(final: Any, width: int) -> Head:
    """Return the head without its divisor; refuse several targets, and labels that are not 0..C-1."""
    if getattr(final, "n_outputs_", 1) != 1:
        raise DataError("a model with several targets can't be converted", "train one model for the target")
    if not hasattr(final, "classes_"):
        return Head(Task.REGRESS, 1, width)
    classes = np.asarray(final.classes_).tolist()
    if classes != list(range(len(classes))) or len(classes) < 2:
        raise DataError(
            f"the classifier was trained on the labels {classes[:MAX_CLASSES]}, not on 0, 1, 2 and so on",
            "train on rows that hold every class, with the labels of the row schema",
        )
    if len(classes) > MAX_CLASSES:
        raise DataError(f"{len(classes)} classes are more than {MAX_CLASSES}")
    return Head(Task.CLASSIFY, 1 if len(classes) == 2 else len(classes), width)
