"""Convert fitted linear scikit-learn estimators to integer models."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models.columns import Column
from marketplace.models.linear import EQUALS_MODE, MAX_VALUE_MODE, Head, LinearModel, Task, column_limit

_RESERVE = 2**62
"""Magnitude that rounded weights may reach together: half of the limit, so rounding never crosses it."""

_HEADROOM_BITS = 3
"""Values may be eight times as large as any seen before they are clamped."""

Key = tuple[int, int, int]
"""Feature, mode and operand of a column."""


def clamp_modes(rows: np.ndarray | None, features: int) -> list[int]:
    """Choose how far each feature is clamped: the narrower, the more digits all weights keep.

    Parameters
    ----------
    rows : ndarray of int32, shape (n_rows, features), or None
        Rows like those to be scored; None clamps nothing.
    features : int

    Returns
    -------
    list of int
        Modes 0..31.
    """
    if rows is None or not len(rows):
        return [MAX_VALUE_MODE] * features
    known = np.where(rows == MISSING, 0, rows).astype(np.int64)
    largest = np.abs(known).max(axis=0).tolist()
    return [min(MAX_VALUE_MODE, value.bit_length() + _HEADROOM_BITS) for value in largest]


def linear_from_weights(
    columns: list[Column],
    coef: np.ndarray,
    intercept: np.ndarray,
    head: Head,
    factor: float,
    modes: list[int],
) -> LinearModel:
    """Fold columns into integer weights, as large as 63 bits allow.

    Parameters
    ----------
    columns : list of Column
    coef : ndarray of float64, shape (outputs, n_columns)
    intercept : ndarray of float64, shape (outputs,)
    head : Head
        Its divisor is chosen here for regression.
    factor : float
        Target units of 1.0 as the estimator predicts it.
    modes : list of int
        Clamp of each feature, see `clamp_modes`.

    Returns
    -------
    LinearModel

    Raises
    ------
    DataError
        If a column can't be expressed, or weights are not finite or too far apart.
    """
    coef, bias = coef * factor, intercept.astype(np.float64) * factor
    if not (np.isfinite(coef).all() and np.isfinite(bias).all()):
        raise DataError("the estimator has weights that are not finite", "scale the features and train again")
    weights: dict[Key, np.ndarray] = defaultdict(lambda: np.zeros(len(bias)))
    for i, column in enumerate(columns):
        bias = bias + _add(column, coef[:, i], weights, modes[column.feature])
    keys = sorted(key for key, w in weights.items() if w.any())
    stacked = np.array([weights[key] for key in keys]).reshape(len(keys), len(bias))
    limits = np.array([column_limit(key[1]) for key in keys], dtype=np.float64)
    total = float((np.abs(stacked) * limits[:, None]).sum(axis=0).max(initial=0.0) + np.abs(bias).max())
    half = sum(column_limit(key[1]) for key in keys) / 2  # what rounding can add
    exponent = int(np.floor(np.log2((_RESERVE - half) / total))) if total > 0 else 30
    exponent = min(exponent, 61)
    if exponent < 0:
        raise DataError("the weights are too large for an integer model", "scale the target and train again")
    scale = 2.0**exponent
    integers = np.rint(stacked * scale).astype(np.int64)
    biases = np.rint(bias * scale).astype(np.int64)
    if head.task == Task.REGRESS:
        head = Head(head.task, 1, head.features, 2**exponent)
        biases = biases + 2**exponent // 2  # floor division then rounds to the nearest
    parts = np.array(keys, dtype=np.int64).reshape(len(keys), 3).T
    return LinearModel(
        head,
        parts[0].astype(np.int32),
        parts[1].astype(np.uint8),
        parts[2].astype(np.int32),
        integers,
        biases,
    )


def _add(column: Column, w: np.ndarray, weights: dict[Key, np.ndarray], mode: int) -> np.ndarray:
    """Add one column's weights; return what it adds to the bias."""
    feature = column.feature
    if column.lookup is not None:
        return _add_lookup(column, w, weights)
    if any(step.kind == "clip" for step in column.steps):
        raise DataError("a clipping scaler is not linear; set clip=False, or use a tree model")
    slope, zero = _affine(column)
    fill = column.fill or 0.0
    if column.indicator:
        weights[feature, EQUALS_MODE, 1] += w * slope
    else:
        divisor, scale = column.ratio
        weights[feature, mode, 0] += w * slope * divisor / scale
    if fill:
        weights[feature, EQUALS_MODE, MISSING] += w * slope * fill
    return w * zero


def _add_lookup(column: Column, w: np.ndarray, weights: dict[Key, np.ndarray]) -> np.ndarray:
    """Add one weight for each integer that differs from all others; return what those add to the bias."""
    assert column.lookup is not None
    seen = column.lookup.apply(lambda x: 0.0 if np.isnan(x) else x)
    other = seen.other or 0.0
    for code, value in zip(seen.codes, seen.values, strict=True):
        weights[column.feature, EQUALS_MODE, code] += w * (value - other)
    weights[column.feature, EQUALS_MODE, MISSING] += w * (seen.missing - other)
    return w * other


def _affine(column: Column) -> tuple[float, float]:
    """Return slope and offset of the steps of a column, without the rounding of a difference."""
    slope, offset = 1.0, 0.0
    for step in column.steps:
        if step.kind in ("mul", "div"):
            slope, offset = (float(step.apply(np.float64(v))) for v in (slope, offset))
        else:
            offset = float(step.apply(np.float64(offset)))
    return slope, offset
