"""Columns: how integer features reach an estimator as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from marketplace.constants import MAX_FEATURES, MISSING
from marketplace.errors import DataError


@dataclass(frozen=True)
class FeatureSpace:
    """How integer features stand for the numbers that an estimator was trained on.

    Attributes
    ----------
    names : tuple of str
    scales : tuple of int
        Integer units of 1.0: ``number = integer * divisor / scale``; missing is NaN.
    divisors : tuple of int, optional
        1 unless numbers are too large for 32 bits.
    indicators : tuple of bool, optional
        Which features are only ever 0, 1 or missing; their weights keep more digits.
    """

    names: tuple[str, ...]
    scales: tuple[int, ...]
    divisors: tuple[int, ...] = ()
    indicators: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        width = len(self.names)
        object.__setattr__(self, "divisors", tuple(self.divisors) or (1,) * width)
        object.__setattr__(self, "indicators", tuple(self.indicators) or (False,) * width)
        if not 1 <= width <= MAX_FEATURES:
            raise DataError(f"a row has 1 to {MAX_FEATURES} features, not {width}")
        if {len(self.scales), len(self.divisors), len(self.indicators)} != {width}:
            raise ValueError("names, scales, divisors and indicators have the same length")
        if min(*self.scales, *self.divisors) < 1:
            raise ValueError("scales and divisors are at least 1")

    def decode(self, rows: np.ndarray) -> np.ndarray:
        """Turn int32 rows into the float64 matrix that makers train on, NaN where missing."""
        decoded = rows.astype(np.float64) * np.array(self.divisors, float) / np.array(self.scales, float)
        decoded[rows == MISSING] = np.nan
        return decoded


@dataclass(frozen=True)
class Step:
    """One elementwise operation, in the order and arithmetic of scikit-learn.

    Attributes
    ----------
    kind : str
        ``add``, ``sub``, ``mul``, ``div``, ``clip`` or ``rank``.
    value : float or tuple of float
        Operand; the two limits of a clip; the sorted categories of a rank.
    """

    kind: str
    value: Any

    def apply(self, x: Any) -> Any:
        """Apply it to float64 numbers."""
        if self.kind == "clip":
            return np.clip(x, *self.value)
        if self.kind == "rank":
            return np.searchsorted(self.value, x, side="right").astype(np.float64) - 1.0
        operation = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}
        return operation[self.kind](x, self.value)


@dataclass(frozen=True)
class Column:
    """One column on its way to the estimator.

    Attributes
    ----------
    feature : int
        The integer feature it reads.
    ratio : tuple of int
        Divisor and scale of that feature.
    code : int or None
        None: reads the value. Else it is 1.0 where the feature has this code and 0.0 elsewhere.
    fill : float or None
        What a missing value reads as before the steps; None keeps NaN.
    steps : tuple of Step
    indicator : bool
        The feature is only ever 0, 1 or missing.
    """

    feature: int
    ratio: tuple[int, int]
    code: int | None = None
    fill: float | None = None
    steps: tuple[Step, ...] = ()
    indicator: bool = False

    def then(self, kind: str, value: Any) -> Column:
        """Return the column with one more step."""
        return replace(self, steps=(*self.steps, Step(kind, value)))

    def run(self, x: Any) -> Any:
        """Apply the steps to float64 numbers."""
        for step in self.steps:
            x = step.apply(x)
        return x

    def at(self, integers: np.ndarray) -> np.ndarray:
        """Compute the value that the estimator sees for given integers, none of them missing."""
        divisor, scale = self.ratio
        return self.run(np.asarray(integers, np.float64) * float(divisor) / float(scale))

    def code_of(self, number: float) -> int:
        """Return the integer that stands for a number, or for NaN."""
        if np.isnan(number):
            return MISSING
        divisor, scale = self.ratio
        code = int(np.rint(number * scale / divisor))
        if code * float(divisor) / scale != number or abs(code) >= 2**31:
            raise DataError(f"the category {number} is not a value of feature {self.feature}")
        return code
