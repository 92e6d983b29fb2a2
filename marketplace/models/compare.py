"""Compare an integer model with the estimator it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel
from marketplace.models.columns import FeatureSpace
from marketplace.models.linear import Task
from marketplace.models.score import predict


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
    exact, floats = predict(model, rows), predictions(estimator, space, rows)
    regression = model.head.task == Task.REGRESS
    wanted = floats * target_scale if regression else floats
    equal = float(np.mean(np.rint(wanted) == exact))
    if y is None:
        return Agreement(len(rows), equal, None, None)
    if regression:
        return Agreement(len(rows), equal, float(np.abs(wanted - y).mean()), float(np.abs(exact - y).mean()))
    return Agreement(len(rows), equal, float((wanted == y).mean()), float((exact == y).mean()))


def predictions(estimator: Any, space: FeatureSpace, rows: np.ndarray) -> np.ndarray:
    """Return what an estimator predicts for integer rows, float64 of shape (n_rows,).

    Raises
    ------
    DataError
        If it does not take these rows.
    """
    try:
        return np.asarray(estimator.predict(_seen(estimator, space, rows)), dtype=np.float64).ravel()
    except ValueError as error:
        raise DataError(
            f"the estimator does not take these rows: {str(error).splitlines()[0]}",
            "put a SimpleImputer in front of an estimator that knows no missing values",
        ) from error


def _seen(estimator: Any, space: FeatureSpace, rows: np.ndarray) -> Any:
    """Return decoded rows as the estimator was given them: an array, or a frame of named columns."""
    decoded, names = space.decode(rows), getattr(estimator, "feature_names_in_", None)
    if names is None:
        return decoded
    import pandas as pd

    return pd.DataFrame(decoded, columns=list(space.names))[list(names)]
