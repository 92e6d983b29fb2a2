"""Columns: how integer features reach an estimator as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        ``add``, ``sub``, ``mul``, ``div`` or ``clip``.
    value : float or tuple of float
        Operand; the two limits of a clip.
    """

    kind: str
    value: Any

    def apply(self, x: Any) -> Any:
        """Apply it to float64 numbers."""
        if self.kind == "clip":
            return np.clip(x, *self.value)
        operation = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}
        return operation[self.kind](x, self.value)


@dataclass(frozen=True)
class Lookup:
    """What an encoder makes of each integer of a feature.

    Attributes
    ----------
    codes : tuple of int
        Integers that it knows, ascending.
    values : tuple of float
        What each of them reads as; NaN is a missing value.
    other : float or None
        What every other integer reads as; None if the encoder takes no other.
    missing : float
        What the missing value reads as.
    """

    codes: tuple[int, ...]
    values: tuple[float, ...]
    other: float | None
    missing: float

    def apply(self, change: Callable[[float], float]) -> Lookup:
        """Change every number that it gives."""
        other = None if self.other is None else change(self.other)
        return Lookup(self.codes, tuple(map(change, self.values)), other, change(self.missing))


@dataclass(frozen=True)
class Column:
    """One column on its way to the estimator.

    Attributes
    ----------
    feature : int
        The integer feature it reads.
    ratio : tuple of int
        Divisor and scale of that feature.
    lookup : Lookup or None
        None: reads the value. Else what an encoder made of it, later steps applied.
    fill : float or None
        What a missing value reads as before the steps; None keeps NaN.
    steps : tuple of Step
    indicator : bool
        The feature is only ever 0, 1 or missing.
    """

    feature: int
    ratio: tuple[int, int]
    lookup: Lookup | None = None
    fill: float | None = None
    steps: tuple[Step, ...] = ()
    indicator: bool = False

    def then(self, kind: str, value: Any) -> Column:
        """Return the column with one more step."""
        step = Step(kind, value)
        if self.lookup is not None:
            return replace(self, lookup=self.lookup.apply(lambda x: float(step.apply(np.float64(x)))))
        return replace(self, steps=(*self.steps, step))

    def run(self, x: Any) -> Any:
        """Apply the steps to float64 numbers."""
        for step in self.steps:
            x = step.apply(x)
        return x

    def at(self, integers: np.ndarray) -> np.ndarray:
        """Compute the value that the estimator sees for given integers, none of them missing."""
        divisor, scale = self.ratio
        return self.run(np.asarray(integers, np.float64) * float(divisor) / float(scale))

    def filled(self, value: float) -> Column:
        """Return the column with missing values read as ``value`` at this point.

        Raises
        ------
        DataError
            If a step before it can't be undone.
        """
        if self.lookup is not None:
            return replace(self, lookup=self.lookup.apply(lambda x: value if np.isnan(x) else x))
        return self if self.fill is not None else replace(self, fill=self._undo(value))

    def mapped(self, mapping: Mapping[float, float], other: float | None, missing: float) -> Column:
        """Return the column after an encoder: what each number, any other and NaN become.

        Raises
        ------
        DataError
            If it was scaled before, or a category is no value of the feature.
        """

        def change(x: float) -> float:
            if np.isnan(x):
                return missing
            return mapping.get(x, np.nan if other is None else other)

        if self.lookup is not None:
            return replace(self, lookup=self.lookup.apply(change))
        if self.steps:
            raise DataError("an encoder behind a scaler can't be folded in", "encode first, then scale")
        known = {self.code_of(n): value for n, value in mapping.items() if not self._is_fill_alone(n)}
        codes = tuple(sorted(known))
        unknown = missing if self.fill is None else change(self.fill)
        lookup = Lookup(codes, tuple(known[code] for code in codes), other, unknown)
        return replace(self, lookup=lookup, fill=None)

    def code_of(self, number: float) -> int:
        """Return the integer that stands for a number."""
        divisor, scale = self.ratio
        code = int(np.rint(number * scale / divisor))
        if code * float(divisor) / scale != number or abs(code) >= 2**31:
            raise DataError(f"the category {number} is not a value of feature {self.feature}")
        return code

    def _is_fill_alone(self, number: float) -> bool:
        """Tell whether a number comes from the imputer only, since no integer stands for it."""
        divisor, scale = self.ratio
        return number == self.fill and float(np.rint(number * scale / divisor)) * divisor / scale != number

    def _undo(self, value: float) -> float:
        """Return the number before the steps that reads as ``value`` after them."""
        for step in reversed(self.steps):
            inverse = {"add": "sub", "sub": "add", "mul": "div", "div": "mul"}.get(step.kind)
            if inverse is None:
                raise DataError("an imputer behind a clipping scaler can't be folded in", "impute first")
            value = float(Step(inverse, step.value).apply(np.float64(value)))
        return value
