"""What is to be predicted: a column, or a condition on one."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketplace.constants import MAX_CLASSES, MAX_ERROR_BOUND
from marketplace.datasets.scaling import choose_scale
from marketplace.datasets.table import Table
from marketplace.errors import DataError

_CONDITION = re.compile(r"(?P<column>.+?)(?P<sign>>=|<=|==|!=|>|<|=)(?P<value>.+)")
_SIGNS = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
}
FEW_VALUES = 10
"""Whole numbers with at most so many values are classes, unless regression is asked for."""


@dataclass(frozen=True)
class Target:
    """A label for every row.

    Attributes
    ----------
    spec : str
        As the owner wrote it.
    column : str
        The column it is made from; no feature.
    classes : tuple of str
        Labels in the order of their indexes; empty for a number.
    scale : int
        Target units of 1.0; 1 for classes.
    bound : int
        Largest error that counts, target units: the range of the known labels; 0 for classes.
    """

    spec: str
    column: str
    classes: tuple[str, ...]
    scale: int = 1
    bound: int = 0

    @property
    def is_classes(self) -> bool:
        """Tell whether labels are classes."""
        return bool(self.classes)

    def labels(self, table: Table) -> tuple[np.ndarray, np.ndarray]:
        """Compute the labels of a table.

        Returns
        -------
        y : ndarray of int64, shape (n_rows,)
            0 where unknown.
        known : ndarray of bool, shape (n_rows,)

        Raises
        ------
        DataError
            If the column is not there, or a label is none of the classes.
        """
        series = _column(table, self.column)
        known = series.notna().to_numpy()
        if not self.is_classes:
            _require_number(table, self.column)
            units = np.rint(series.fillna(0.0).to_numpy() * self.scale)
            return np.clip(units, -(2.0**62), 2.0**62).astype(np.int64), known
        condition = parse_condition(table, self.spec)
        if condition is not None:
            return np.where(known, condition[2], False).astype(np.int64), known
        index = {label: i for i, label in enumerate(self.classes)}
        shown = [show(value) if k else "" for value, k in zip(series, known, strict=True)]
        if any(k and s not in index for k, s in zip(known, shown, strict=True)):
            raise DataError(f"the target {self.column!r} has a label that the row schema does not know")
        return np.array([index.get(s, 0) for s in shown], dtype=np.int64), known


def parse_target(table: Table, spec: str, task: str | None = None) -> Target:
    """Understand what the owner wants predicted.

    Parameters
    ----------
    table : Table
    spec : str
        A column (``"G3"``) or a condition on one (``"G3>=10"``, ``"diagnosis==M"``).
    task : {"classify", "regress"}, optional
        For a column of numbers; chosen from its values if left out.

    Returns
    -------
    Target

    Raises
    ------
    DataError
        If there is no such column, or it can't be a target.
    """
    condition = parse_condition(table, spec)
    if condition is not None:
        column, text, holds = condition
        known = table.frame[column].notna().to_numpy()
        if len(set(holds[known].tolist())) < 2:
            always = "always" if known.any() and holds[known].all() else "never"
            raise DataError(f"the condition {spec!r} {always} holds", "choose another threshold or value")
        return Target(spec, column, (f"not {text}", text))
    series = _column(table, spec).dropna()
    values = series.unique()
    if len(values) < 2:
        raise DataError(f"the target {spec!r} has fewer than two values", "choose another target")
    if task == "regress" or (task is None and table.is_number(spec) and not _few(values)):
        _require_number(table, spec)
        scale, divisor = choose_scale(series.to_numpy())
        if divisor != 1:
            raise DataError(f"the target {spec!r} is too large", "divide it, so that it stays below 2**31")
        units = np.rint(series.to_numpy() * scale)
        bound = max(1, min(MAX_ERROR_BOUND, int(units.max() - units.min())))
        return Target(spec, spec, (), scale, bound)
    if len(values) > MAX_CLASSES:
        raise DataError(
            f"the target {spec!r} has {len(values)} classes, at most {MAX_CLASSES} are allowed",
            f"give a condition instead, such as {spec!r} followed by ==value",
        )
    return Target(spec, spec, tuple(show(value) for value in sorted(values)))


def parse_condition(table: Table, spec: str) -> tuple[str, str, np.ndarray] | None:
    """Return (column, canonical text, where it holds), or None if ``spec`` is a plain column."""
    if spec in table.columns:
        return None
    match = _CONDITION.fullmatch(spec.strip())
    if match is None:
        return None
    column, sign, text = match["column"].strip(), match["sign"], match["value"].strip().strip("\"'")
    series = _column(table, column)
    name = "==" if sign == "=" else sign
    if table.is_number(column):
        try:
            value: float | str = float(text)
        except ValueError as error:
            raise DataError(f"column {column!r} holds numbers, {text!r} is none") from error
        holds = _SIGNS[sign](series.to_numpy(), value)
    else:
        if name not in ("==", "!="):
            raise DataError(f"column {column!r} holds text, which {sign} can't compare", "use == or !=")
        holds = _SIGNS[sign](series.fillna("").astype(str).to_numpy(), text)
    return column, f"{column}{name}{text}", np.asarray(holds, dtype=bool)


def show(value: object) -> str:
    """Write a cell as a label: whole numbers without a fraction."""
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value)


def _few(values: np.ndarray) -> bool:
    whole = bool(np.all(values == np.floor(values)))
    return len(values) == 2 or (whole and len(values) <= FEW_VALUES)


def _column(table: Table, name: str) -> pd.Series:
    if name not in table.columns:
        shown = ", ".join(table.columns[:12]) + (", …" if len(table.columns) > 12 else "")
        raise DataError(f"the table has no column {name!r}", f"its columns are: {shown}")
    return table.frame[name]


def _require_number(table: Table, column: str) -> None:
    if not table.is_number(column):
        raise DataError(f"the target {column!r} holds text, it can't be predicted as a number")
