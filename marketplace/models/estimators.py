"""Which scikit-learn estimators can be converted, by name: nothing here imports scikit-learn."""

from __future__ import annotations

from typing import Any

from marketplace.errors import DataError

LINEAR_REGRESSORS = frozenset(
    "LinearRegression Ridge RidgeCV Lasso ElasticNet LassoCV ElasticNetCV BayesianRidge HuberRegressor "
    "SGDRegressor LinearSVR".split()
)
LINEAR_CLASSIFIERS = frozenset(
    "LogisticRegression LogisticRegressionCV RidgeClassifier RidgeClassifierCV SGDClassifier Perceptron "
    "LinearSVC".split()
)
TREES = frozenset(
    {"DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"}
)
FORESTS = frozenset(
    "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor".split()
)
BOOSTED = frozenset({"GradientBoostingClassifier", "GradientBoostingRegressor"})
HISTOGRAM = frozenset({"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"})

SEARCHES = frozenset("GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV".split())
"""They predict with their ``best_estimator_``."""

TRAIN_INSTEAD = (
    "train a linear or logistic model, a decision tree, a random forest, extra trees or (histogram) "
    "gradient boosting"
)

_REASONS = {
    "TransformedTargetRegressor": "it predicts through a transformation of the target",
    "PoissonRegressor": "it predicts through an exponential",
    "GammaRegressor": "it predicts through an exponential",
    "TweedieRegressor": "it predicts through an exponential",
    "VotingClassifier": "it mixes the votes of several estimators",
    "VotingRegressor": "it mixes several estimators",
    "StackingClassifier": "it feeds estimators into another one",
    "StackingRegressor": "it feeds estimators into another one",
    "OneVsRestClassifier": "it is several models; the linear ones and trees take several classes themselves",
    "OneVsOneClassifier": "it is several models; the linear ones and trees take several classes themselves",
    "MultiOutputClassifier": "it has several targets",
    "MultiOutputRegressor": "it has several targets",
    "FixedThresholdClassifier": "it moves the threshold of another classifier",
    "TunedThresholdClassifierCV": "it moves the threshold of another classifier",
}


def kind_of(estimator: Any) -> str:
    """Return the name of a class of scikit-learn, or nothing for any other class.

    Subclasses are another class: what they override can't be known.
    """
    kind = type(estimator)
    return kind.__name__ if kind.__module__.split(".")[0] == "sklearn" else ""


def refuse(estimator: Any) -> DataError:
    """Return the refusal of an estimator, with its reason if there is one to name."""
    name = type(estimator).__name__
    if not kind_of(estimator):
        where = type(estimator).__module__.split(".")[0]
        reason = f": it is a class of {where}, not of scikit-learn"
    else:
        reason = f": {_REASONS[name]}" if name in _REASONS else ""
    return DataError(f"{name} can't be converted to an integer model{reason}", TRAIN_INSTEAD)


def unwrap(estimator: Any) -> Any:
    """Return what a search or a frozen estimator predicts with.

    Raises
    ------
    DataError
        If a search was not fitted, or without refitting its best estimator.
    """
    while kind_of(estimator) in SEARCHES or kind_of(estimator) == "FrozenEstimator":
        name = "estimator" if kind_of(estimator) == "FrozenEstimator" else "best_estimator_"
        inner = getattr(estimator, name, None)
        if inner is None:
            raise DataError(f"the {kind_of(estimator)} is not fitted", "call fit, with refit=True")
        estimator = inner
    return estimator
