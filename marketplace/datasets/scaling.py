"""Choose how numbers become 32-bit integers."""

from __future__ import annotations

import numpy as np

FAITHFUL = 2**23
"""Integers below it keep their order when decoded to float32, in which trees are trained."""

MAX_DIGITS = 12
"""Decimal digits looked for in a column."""


def choose_scale(values: np.ndarray) -> tuple[int, int]:
    """Choose integer units for a column: ``integer = round(number * scale / divisor)``.

    The fewest decimal digits that keep every value exact, as long as integers stay below 2**23;
    else as many digits as fit. Whole numbers keep a scale of 1 up to 2**31; larger ones are divided.

    Parameters
    ----------
    values : ndarray of float64
        Known values.

    Returns
    -------
    tuple of (int, int)
        Scale and divisor, powers of ten, at least one of them 1.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest >= 2**31 - 1:
        divisor = 1
        while largest / divisor >= FAITHFUL:
            divisor *= 10
        return 1, divisor
    for digits in range(MAX_DIGITS + 1):
        scale = 10**digits
        if digits and largest * scale * 10 >= FAITHFUL:
            return scale if largest * scale < FAITHFUL else max(1, scale // 10), 1
        units = np.rint(values * scale)
        if np.array_equal(units / scale, values):
            return scale, 1
    return 10**MAX_DIGITS, 1
