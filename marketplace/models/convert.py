"""Convert fitted scikit-learn estimators to integer models, and show what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import ensemble, linear_model, svm, tree

from marketplace.constants import MAX_CLASSES, MAX_TREES
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel
from marketplace.models.columns import Column, FeatureSpace
from marketplace.models.folding import fold
from marketplace.models.from_linear import clamp_modes, linear_from_weights
from marketplace.models.from_trees import assemble, tree_records
from marketplace.models.linear import Head, Task
from marketplace.models.score import predict
from marketplace.models.trees import TreeModel

LINEAR_REGRESSORS = (
    linear_model.LinearRegression,
    linear_model.Ridge,
    linear_model.RidgeCV,
    linear_model.Lasso,  # an ElasticNet
    linear_model.ElasticNet,
    linear_model.LassoCV,
    linear_model.ElasticNetCV,
    linear_model.BayesianRidge,
    linear_model.HuberRegressor,
    linear_model.SGDRegressor,
    svm.LinearSVR,
)
LINEAR_CLASSIFIERS = (
    linear_model.LogisticRegression,
    linear_model.LogisticRegressionCV,
    linear_model.RidgeClassifier,
    linear_model.RidgeClassifierCV,
    linear_model.SGDClassifier,
    linear_model.Perceptron,
    svm.LinearSVC,
)
TREES = (tree.DecisionTreeClassifier, tree.DecisionTreeRegressor)
FORESTS = (
    ensemble.RandomForestClassifier,
    ensemble.RandomForestRegressor,
    ensemble.ExtraTreesClassifier,
    ensemble.ExtraTreesRegressor,
)
BOOSTED = (ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor)

_LEAF_LIMIT = 2**30
"""Leaves are scaled to stay below it."""


@dataclass(frozen=True)
class Agreement:
    """How an integer model compares with the estimator it was made from.

    Attributes
    ----------
    rows : int
    equal : float
        Share of rows with the same prediction (regression: the same target unit).
    float_score, integer_score : float or None
        Accuracy, or mean absolute error in target units; None without labels.
    """

    rows: int
    equal: float
    float_score: float | None
    integer_score: float | None

    @property
    def lost(self) -> float | None:
        """Accuracy lost (or error gained) by the conversion; None without labels."""
        if self.float_score is None or self.integer_score is None:
            return None
        return self.float_score - self.integer_score


def convert(
    estimator: Any, space: FeatureSpace, target_scale: int = 1, rows: np.ndarray | None = None
) -> IntegerModel:
    """Convert a fitted estimator or pipeline.

    Parameters
    ----------
    estimator : scikit-learn estimator or Pipeline
        Trained on ``space.decode(rows)``; a classifier on class indices 0..C-1.
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
    _require_fitted(final)
    width = len(space.names)
    if isinstance(final, LINEAR_CLASSIFIERS + LINEAR_REGRESSORS):
        classes = isinstance(final, LINEAR_CLASSIFIERS)
        coef = np.atleast_2d(np.asarray(_dense(final.coef_), dtype=np.float64))
        head = Head(Task.CLASSIFY, _outputs(final), width) if classes else _regression(final, width)
        intercept = np.broadcast_to(np.asarray(final.intercept_, dtype=np.float64), (len(coef),))
        factor = 1.0 if classes else float(target_scale)
        return linear_from_weights(columns, coef, intercept, head, factor, clamp_modes(rows, width))
    if isinstance(final, TREES):
        return _from_forest([final], final, columns, width, target_scale)
    if isinstance(final, FORESTS):
        return _from_forest(final.estimators_, final, columns, width, target_scale)
    if isinstance(final, BOOSTED):
        return _from_boosting(final, columns, width, target_scale)
    raise DataError(
        f"{type(final).__name__} can't be converted to an integer model",
        "train a linear or logistic model, a decision tree, a random forest or gradient boosting",
    )


def agreement(
    estimator: Any,
    model: IntegerModel,
    space: FeatureSpace,
    rows: np.ndarray,
    y: np.ndarray | None = None,
    target_scale: int = 1,
) -> Agreement:
    """Compare an integer model with its estimator on given rows.

    Parameters
    ----------
    estimator : scikit-learn estimator or Pipeline
    model : LinearModel or TreeModel
    space : FeatureSpace
    rows : ndarray of int32, shape (n_rows, n_features)
    y : ndarray of int64, shape (n_rows,), optional
    target_scale : int, optional
        As for `convert`.

    Returns
    -------
    Agreement
    """
    exact = predict(model, rows)
    try:
        floats = np.asarray(estimator.predict(space.decode(rows)), dtype=np.float64).ravel()
    except ValueError as error:
        raise DataError(
            f"the estimator does not take these rows: {str(error).splitlines()[0]}",
            "put a SimpleImputer in front of an estimator that knows no missing values",
        ) from error
    regression = model.head.task == Task.REGRESS
    wanted = floats * target_scale if regression else floats
    equal = float(np.mean(np.rint(wanted) == exact))
    if y is None:
        return Agreement(len(rows), equal, None, None)
    if regression:
        return Agreement(len(rows), equal, float(np.abs(wanted - y).mean()), float(np.abs(exact - y).mean()))
    return Agreement(len(rows), equal, float((wanted == y).mean()), float((exact == y).mean()))


def _require_fitted(final: Any) -> None:
    if not any(hasattr(final, name) for name in ("coef_", "tree_", "estimators_", "n_features_in_")):
        raise DataError(f"the {type(final).__name__} is not fitted", "call fit before converting")


def _dense(coef: Any) -> Any:
    return coef.toarray() if hasattr(coef, "toarray") else coef


def _outputs(final: Any) -> int:
    """Return 1 for two classes, else their number; refuse labels that are not 0..C-1."""
    classes = np.asarray(final.classes_).tolist()
    if classes != list(range(len(classes))) or len(classes) < 2:
        raise DataError(
            f"the classifier was trained on the labels {classes[:MAX_CLASSES]}, not on 0, 1, 2 and so on",
            "train on rows that hold every class, with the labels of the row schema",
        )
    if len(classes) > MAX_CLASSES:
        raise DataError(f"{len(classes)} classes are more than {MAX_CLASSES}")
    return 1 if len(classes) == 2 else len(classes)


def _regression(final: Any, width: int) -> Head:
    if getattr(final, "n_outputs_", 1) != 1 or np.asarray(getattr(final, "coef_", [])).ndim > 1:
        raise DataError("a model with several targets can't be converted")
    return Head(Task.REGRESS, 1, width)


def _from_forest(trees: Any, final: Any, columns: list[Column], width: int, target_scale: int) -> TreeModel:
    """Average leaves: probabilities of classes, or numbers."""
    if getattr(final, "n_outputs_", 1) != 1:
        raise DataError("a model with several targets can't be converted")
    if not hasattr(final, "classes_"):
        largest = max(float(np.abs(t.tree_.value).max()) for t in trees) * target_scale
        scale = _leaf_scale(largest)
        made = [_leaves(t.tree_, columns, t.tree_.value[:, 0, 0] * target_scale * scale) for t in trees]
        divisor = int(scale) * len(made)
        return assemble(Head(Task.REGRESS, 1, width, divisor), np.array([divisor // 2]), made)
    outputs = _outputs(final)
    _require_count(len(trees) * outputs)
    made = []
    for one in trees:
        shares = one.tree_.value[:, 0, :]
        shares = shares / shares.sum(axis=1, keepdims=True)
        if outputs == 1:
            made.append(_leaves(one.tree_, columns, (shares[:, 1] - shares[:, 0]) * _LEAF_LIMIT))
        else:
            made += [_leaves(one.tree_, columns, shares[:, c] * _LEAF_LIMIT) for c in range(outputs)]
    return assemble(Head(Task.CLASSIFY, outputs, width), np.zeros(outputs), made)


def _from_boosting(final: Any, columns: list[Column], width: int, target_scale: int) -> TreeModel:
    """Add trees, times the learning rate, to a constant start."""
    classify = hasattr(final, "classes_")
    outputs = _outputs(final) if classify else 1
    trees = [one for stage in final.estimators_ for one in stage]
    _require_count(len(trees))
    probe = np.zeros((1, final.n_features_in_))
    start = np.ravel(final.decision_function(probe) if classify else final.predict(probe)).astype(float)
    if not (final.init_ == "zero" or type(final.init_).__name__ in ("DummyClassifier", "DummyRegressor")):
        raise DataError("gradient boosting that starts from another estimator can't be converted")
    added = np.array([one.predict(probe)[0] for one in trees]).reshape(-1, outputs)
    start = start - final.learning_rate * added.sum(axis=0)
    factor = final.learning_rate * (1 if classify else target_scale)
    largest = max(float(np.abs(one.tree_.value).max()) for one in trees) * factor
    scale = _leaf_scale(largest)
    made = [_leaves(one.tree_, columns, one.tree_.value[:, 0, 0] * factor * scale) for one in trees]
    bases = np.rint(start * scale * (1 if classify else target_scale)).astype(np.int64)
    if not classify:
        divisor = int(scale)
        return assemble(Head(Task.REGRESS, 1, width, divisor), bases + divisor // 2, made)
    return assemble(Head(Task.CLASSIFY, outputs, width), bases, made)


def _require_count(trees: int) -> None:
    if trees > MAX_TREES:
        raise DataError(f"the ensemble has {trees} trees, at most {MAX_TREES} are allowed")


def _leaf_scale(largest: float) -> float:
    """Return the power of two that brings leaves just below 2**30."""
    if not np.isfinite(largest) or largest >= _LEAF_LIMIT:
        raise DataError("the leaves are too large for 32 bits", "scale the target and train again")
    return 2.0 ** min(30, int(np.floor(np.log2(_LEAF_LIMIT / largest)))) if largest > 0 else 1.0


def _leaves(one: Any, columns: list[Column], values: np.ndarray) -> list[tuple[int, int, int]]:
    integers = np.rint(values).astype(np.int64).tolist()
    return tree_records(one, columns, integers.__getitem__)
