"""Fold a calibration into a model: what counts is on which side of one half a probability falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from marketplace.errors import DataError
from marketplace.models.estimators import kind_of

HALF = 0.5


def single_classifier(final: Any) -> Any:
    """Return the one calibrated classifier of a ``CalibratedClassifierCV``.

    Raises
    ------
    DataError
        If it averages the probabilities of several, which no sum of integers equals.
    """
    found = getattr(final, "calibrated_classifiers_", None)
    if found is None:
        raise DataError("the CalibratedClassifierCV is not fitted", "call fit before converting")
    if len(found) > 1:
        raise DataError(
            f"CalibratedClassifierCV averages the probabilities of {len(found)} calibrated classifiers, "
            "which no integer model can",
            "calibrate one: CalibratedClassifierCV(estimator, ensemble=False)",
        )
    return found[0]


def calibration(one: Any) -> tuple[float, float] | None:
    """Return slope and offset such that the calibrated classifier says 1 where slope * f + offset > 0.

    Here f is what the classifier gives to its calibrator.

    Parameters
    ----------
    one : sklearn.calibration._CalibratedClassifier

    Returns
    -------
    tuple of (float, float) or None
        None: the calibration never changes which class is the most probable one.

    Raises
    ------
    DataError
        If it has no such line.
    """
    if one.method == "temperature":
        return None
    if len(one.classes) > 2:
        raise DataError(
            f"a {one.method} calibration of {len(one.classes)} classes is not a sum that is compared",
            "calibrate with method='temperature', or submit the classifier without its calibration",
        )
    calibrator = one.calibrators[0]
    if kind_of(calibrator) == "IsotonicRegression":
        return _isotonic(calibrator)
    if kind_of(calibrator) == "_SigmoidCalibration":  # 1 / (1 + exp(a * f + b)) is above one half
        return -float(calibrator.a_), -float(calibrator.b_)
    raise DataError(f"the calibration {type(calibrator).__name__} can't be folded in")


def _isotonic(calibrator: Any) -> tuple[float, float]:
    """Return the line at which the calibrated probability, which never falls, passes one half."""
    x, y = np.asarray(calibrator.X_thresholds_, float), np.asarray(calibrator.y_thresholds_, float)
    if not calibrator.increasing_:
        raise DataError("an isotonic calibration that falls can't be folded in", "use method='sigmoid'")
    above = np.flatnonzero(y > HALF)
    if not len(above):
        return 0.0, -1.0
    first = int(above[0])
    if first == 0:
        return 0.0, 1.0
    share = (HALF - y[first - 1]) / (y[first] - y[first - 1])
    return 1.0, -float(x[first - 1] + share * (x[first] - x[first - 1]))
