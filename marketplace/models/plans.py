"""Decisions on one feature as small trees of integer tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from marketplace.constants import INT32_MAX, MISSING
from marketplace.models.columns import Column
from marketplace.models.trees import EQUALS, MISSING_RIGHT

Record = tuple[int, int, int]
"""Flags, feature, value: one node."""

Plan = bool | tuple[Record, "Plan", "Plan"]
"""Whether a row goes left, or a test with the plans of its two sides."""

Run = tuple[int, bool]
"""The last integer of a stretch, and whether it goes left."""

MAX_CHAIN = 9
"""Stretches told apart by comparing with one integer after the other; more are halved first."""

Side = Callable[[float], bool]
"""Whether a number goes left, as scikit-learn decides; NaN included."""


def numeric_plans(
    column: Column, thresholds: np.ndarray, nan_left: np.ndarray, dtype: type[np.floating]
) -> list[Plan]:
    """Plan tests of a column that reads values: it goes left if it is at most the threshold.

    All steps of a column ascend, so this is a threshold on the integer, found by bisection over the
    very arithmetic of scikit-learn.

    Parameters
    ----------
    column : Column
        Without a lookup.
    thresholds : ndarray of float64, shape (n,)
    nan_left : ndarray of bool, shape (n,)
        Whether missing values go left, if none fills them.
    dtype : type
        In which scikit-learn compares: float32 in trees, float64 in histogram boosting.

    Returns
    -------
    list of Plan
    """
    low = np.full(len(thresholds), MISSING, dtype=np.int64)
    high = np.full(len(thresholds), INT32_MAX, dtype=np.int64)
    while (low < high).any():
        middle = (low + high + 1) >> 1
        goes_left = column.at(middle).astype(dtype) <= thresholds
        low, high = np.where(goes_left, middle, low), np.where(goes_left, high, middle - 1)
    if column.fill is not None:
        nan_left = dtype(column.run(np.float64(column.fill))) <= thresholds
    bounds = zip(low.tolist(), nan_left.tolist(), strict=True)
    return [plan_runs(column.feature, [(b, True), (INT32_MAX, False)], missing) for b, missing in bounds]


def lookup_plan(column: Column, side: Side) -> Plan:
    """Plan a test of a column that an encoder made, for any decision on its numbers."""
    lookup = column.lookup
    assert lookup is not None
    missing = side(lookup.missing)
    if not lookup.codes:
        return plan_runs(column.feature, [(INT32_MAX, side(lookup.other or 0.0))], missing)
    runs: list[Run] = []
    last = MISSING
    for code, value in zip(lookup.codes, lookup.values, strict=True):
        if lookup.other is not None and code - 1 > last:
            runs.append((code - 1, side(lookup.other)))
        runs.append((code, side(value)))
        last = code
    runs.append((INT32_MAX, runs[-1][1] if lookup.other is None else side(lookup.other)))
    return plan_runs(column.feature, runs, missing)


def plan_runs(feature: int, runs: list[Run], missing: bool | None) -> Plan:
    """Plan a decision that is constant on stretches of integers.

    Parameters
    ----------
    feature : int
    runs : list of Run
        Ascending; the last one ends at the largest integer.
    missing : bool or None
        Whether a missing value goes left; None if none comes here.

    Returns
    -------
    Plan
    """
    runs = _merged(runs)
    if len(runs) == 1:
        only = runs[0][1]
        if missing is None or missing == only:
            return only
        return ((MISSING_RIGHT, feature, INT32_MAX), only, missing)
    single = _single(runs)
    if len(runs) > 2 and len(runs) <= MAX_CHAIN and single is not None:
        value, side = runs[single]
        there = missing == side
        rest = plan_runs(feature, runs[:single] + runs[single + 1 :], None if there else missing)
        return (_flags(there) | EQUALS, feature, value), rest, side
    half = len(runs) // 2
    low, high = runs[:half], runs[half:]
    below = missing is not None and any(side == missing for _, side in low)
    left = plan_runs(feature, low, missing if below else None)
    right = plan_runs(feature, high, None if below else missing)
    return (_flags(missing is not None and not below), feature, low[-1][0]), left, right


def _flags(missing_right: bool) -> int:
    return MISSING_RIGHT if missing_right else 0


def _merged(runs: list[Run]) -> list[Run]:
    """Join neighbours of one side, and leave out stretches that hold no value."""
    out: list[Run] = []
    for last, side in runs:
        if last == (out[-1][0] if out else MISSING):
            continue
        if out and out[-1][1] == side:
            out.pop()
        out.append((last, side))
    return out


def _single(runs: list[Run]) -> int | None:
    """Return a stretch of one integer between two others."""
    for i in range(1, len(runs) - 1):
        if runs[i][0] == runs[i - 1][0] + 1:
            return i
    return None
