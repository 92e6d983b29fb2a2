"""Metrics as sums over rows of unsigned, bounded contributions, in integers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from marketplace.constants import MAX_CLASSES, MAX_ERROR_BOUND, MAX_ROWS, SCORE_ONE
from marketplace.errors import DataError


class Metric(IntEnum):
    """How rows are judged; the numbers are those of the contracts."""

    ACCURACY = 1
    BALANCED_ACCURACY = 2
    ABSOLUTE_ERROR = 3
    SQUARED_ERROR = 4


ERROR_METRICS = (Metric.ABSOLUTE_ERROR, Metric.SQUARED_ERROR)


def check_metric(metric: int, classes: int, bound: int) -> Metric:
    """Refuse terms under which no score is defined.

    Parameters
    ----------
    metric : int
    classes : int
        2 to 16 for the accuracies; not used for errors.
    bound : int
        Largest error a row counts, target units; 1 to 2**32 - 1 for errors, else not used.

    Raises
    ------
    DataError
    """
    if metric not in list(Metric):
        raise DataError(f"there is no metric {metric}", "metrics are 1 to 4, see docs/models.md")
    if metric in ERROR_METRICS:
        if classes and not bound:
            raise DataError(
                "an error is measured of numbers, this target has classes",
                "score it by accuracy or balanced-accuracy: --metric",
            )
        if not 1 <= bound <= MAX_ERROR_BOUND:
            raise DataError(f"the error bound {bound} is not in 1 to {MAX_ERROR_BOUND}")
    elif not 2 <= classes <= MAX_CLASSES:
        hint = None if classes else "a number is scored by absolute-error or squared-error: --metric"
        raise DataError(f"{classes} classes can't be scored, allowed are 2 to {MAX_CLASSES}", hint)
    return Metric(metric)


def sum_count(metric: int, classes: int) -> int:
    """Return how many sums a metric has."""
    return 2 * classes if metric == Metric.BALANCED_ACCURACY else 1


def contributions(metric: int, predicted: np.ndarray, y: np.ndarray, classes: int, bound: int) -> np.ndarray:
    """Judge rows one by one.

    A label outside the classes is never correct and is in no class; errors take any label.

    Parameters
    ----------
    metric : int
    predicted, y : ndarray of int64, shape (n_rows,)
    classes, bound : int
        See `check_metric`.

    Returns
    -------
    ndarray of uint64, shape (n_rows, sum_count(metric, classes))
        Summing the rows gives the sums.

    Raises
    ------
    DataError
        If the terms are not defined.
    """
    metric = check_metric(metric, classes, bound)
    if metric in ERROR_METRICS:
        error = np.minimum(_distance(predicted, y), np.uint64(bound))
        return (error if metric == Metric.ABSOLUTE_ERROR else error * error)[:, None]
    known = (y >= 0) & (y < classes)
    correct = known & (predicted == y)
    if metric == Metric.ACCURACY:
        return correct.astype(np.uint64)[:, None]
    out = np.zeros((len(y), 2 * classes), dtype=np.uint64)
    out[np.flatnonzero(correct), y[correct]] = 1
    out[np.flatnonzero(known), classes + y[known]] = 1
    return out


def add_up(rows: np.ndarray) -> list[int]:
    """Add contributions of shape (n_rows, n_sums) without overflow."""
    low = (rows & np.uint64(0xFFFFFFFF)).sum(axis=0, dtype=np.uint64).tolist()
    high = (rows >> np.uint64(32)).sum(axis=0, dtype=np.uint64).tolist()
    return [(h << 32) + part for h, part in zip(high, low, strict=True)]


def score_from_sums(metric: int, sums: Sequence[int], n: int, classes: int, bound: int) -> int:
    """Compute the score as the contract does, by integer division.

    Parameters
    ----------
    metric : int
    sums : sequence of int
        Each 0 to 2**128 - 1, as many as `sum_count` says.
    n : int
        Rows, 1 to 2**24.
    classes, bound : int
        See `check_metric`.

    Returns
    -------
    int
        0 to SCORE_ONE, higher is better.

    Raises
    ------
    DataError
        If the terms are not defined, or no rows can have these sums.
    """
    metric = check_metric(metric, classes, bound)
    if not 1 <= n <= MAX_ROWS:
        raise DataError(f"a test set of {n} rows can't be scored, allowed are 1 to {MAX_ROWS}")
    if len(sums) != sum_count(metric, classes):
        raise DataError(f"metric {metric} has {sum_count(metric, classes)} sums, not {len(sums)}")
    if metric == Metric.BALANCED_ACCURACY:
        return _balanced(sums, n, classes)
    limit = {Metric.ACCURACY: n, Metric.ABSOLUTE_ERROR: n * bound}.get(metric, n * bound * bound)
    if not 0 <= sums[0] <= limit:
        raise DataError(f"no {n} rows can have the sum {sums[0]}")
    part = sums[0] * SCORE_ONE // limit
    return part if metric == Metric.ACCURACY else SCORE_ONE - part


def _balanced(sums: Sequence[int], n: int, classes: int) -> int:
    correct, counts = sums[:classes], sums[classes:]
    if sum(counts) > n or any(not 0 <= right <= count for right, count in zip(correct, counts, strict=True)):
        raise DataError(f"no {n} rows can have these sums")
    parts = [right * SCORE_ONE // count for right, count in zip(correct, counts, strict=True) if count]
    return sum(parts) // len(parts) if parts else 0


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return ``|a - b|`` of int64 arrays as uint64, which holds every difference."""
    a, b = a.astype(np.int64), b.astype(np.int64)
    high, low = np.maximum(a, b).view(np.uint64), np.minimum(a, b).view(np.uint64)
    return high - low
