"""Fold scikit-learn's preprocessing into columns that read one integer feature each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn import preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models.columns import Column, FeatureSpace, Step

SUPPORTED = (
    "StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, SimpleImputer, OneHotEncoder, "
    "OrdinalEncoder, ColumnTransformer, feature selection"
)


def fold(estimator: Any, space: FeatureSpace) -> tuple[Any, list[Column]]:
    """Take a pipeline apart into its last estimator and the columns it sees.

    Parameters
    ----------
    estimator : fitted scikit-learn estimator or Pipeline
    space : FeatureSpace

    Returns
    -------
    tuple of (estimator, list of Column)

    Raises
    ------
    DataError
        Naming the step that can't be folded in.
    """
    ratios = zip(space.divisors, space.scales, strict=True)
    columns = [Column(i, r, indicator=space.indicators[i]) for i, r in enumerate(ratios)]
    while isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            columns = _transform(step, columns, space)
        estimator = estimator.steps[-1][1]
    seen = getattr(estimator, "n_features_in_", len(columns))
    if seen != len(columns):
        raise DataError(f"the estimator was trained on {seen} columns, the row schema gives {len(columns)}")
    return estimator, columns


def _transform(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return columns
    if isinstance(step, Pipeline):
        for _, inner in step.steps:
            columns = _transform(inner, columns, space)
        return columns
    if getattr(step, "n_features_in_", len(columns)) != len(columns):
        raise DataError(f"{type(step).__name__} was fitted on another number of columns")
    for kind, handler in _HANDLERS.items():
        if isinstance(step, kind):
            return handler(step, columns, space)
    raise DataError(
        f"{type(step).__name__} can't be folded into an integer model",
        f"supported steps: {SUPPORTED}; or train without this step",
    )


def _scale(columns: list[Column], *operations: tuple[str, Any]) -> list[Column]:
    for kind, operand in operations:
        if operand is not None:
            columns = [c.then(kind, float(v)) for c, v in zip(columns, operand, strict=True)]
    return columns


def _standard(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    return _scale(columns, ("sub", step.mean_ if step.with_mean else None), ("div", step.scale_))


def _min_max(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    columns = _scale(columns, ("mul", step.scale_), ("add", step.min_))
    if step.clip:
        columns = [c.then("clip", tuple(map(float, step.feature_range))) for c in columns]
    return columns


def _max_abs(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    if getattr(step, "clip", False):
        columns = _scale(columns, ("div", step.scale_))
        return [c.then("clip", (-1.0, 1.0)) for c in columns]
    return _scale(columns, ("div", step.scale_))


def _robust(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    center = step.center_ if step.with_centering else None
    return _scale(columns, ("sub", center), ("div", step.scale_ if step.with_scaling else None))


def _impute(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    if not (isinstance(step.missing_values, float) and np.isnan(step.missing_values)):
        raise DataError("SimpleImputer must impute NaN: that is how missing values are decoded")
    out = []
    for column, value in zip(columns, np.asarray(step.statistics_, dtype=float), strict=True):
        if np.isnan(value) and not step.keep_empty_features:
            continue  # scikit-learn drops columns that had no value at all
        if column.fill is not None or column.code is not None:
            out.append(column)
        else:
            out.append(replace(column, fill=_undo(column, 0.0 if np.isnan(value) else float(value))))
    if step.add_indicator:
        flagged = [columns[i] for i in step.indicator_.features_]
        out += [Column(c.feature, c.ratio, code=MISSING) for c in flagged if c.fill is None]
        if any(c.fill is not None or c.code is not None for c in flagged):
            raise DataError("a missing indicator after another imputer can't be folded in")
    return out


def _undo(column: Column, value: float) -> float:
    """Return the number before the steps that reads as ``value`` after them."""
    for step in reversed(column.steps):
        inverse = {"add": "sub", "sub": "add", "mul": "div", "div": "mul"}.get(step.kind)
        if inverse is None:
            raise DataError("an imputer behind an encoder or a clipping scaler can't be folded in")
        value = float(Step(inverse, step.value).apply(np.float64(value)))
    return value


def _one_hot(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    if getattr(step, "_infrequent_enabled", False):
        raise DataError("OneHotEncoder with infrequent categories can't be folded in")
    dropped = step.drop_idx_ if step.drop_idx_ is not None else [None] * len(columns)
    out = []
    for column, categories, skip in zip(columns, step.categories_, dropped, strict=True):
        _require_bare(column, step)
        for i, category in enumerate(np.asarray(categories, dtype=float)):
            if skip is None or i != skip:
                out.append(Column(column.feature, column.ratio, code=column.code_of(category)))
                if column.fill is not None and category == column.fill:
                    raise DataError("OneHotEncoder behind an imputer can't be folded in")
    return out


def _ordinal(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    if step.handle_unknown != "error" or getattr(step, "_infrequent_enabled", False):
        raise DataError("OrdinalEncoder with unknown or infrequent categories can't be folded in")
    out = []
    for column, categories in zip(columns, step.categories_, strict=True):
        _require_bare(column, step)
        numbers = np.asarray(categories, dtype=float)
        if np.isnan(numbers).any() or (np.diff(numbers) <= 0).any():
            raise DataError("OrdinalEncoder whose categories are missing or not ascending can't be folded in")
        out.append(column.then("rank", tuple(numbers.tolist())))
    return out


def _require_bare(column: Column, step: Any) -> None:
    if column.steps or column.code is not None:
        raise DataError(f"{type(step).__name__} behind a scaler or another encoder can't be folded in")


def _select(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    return [c for c, keep in zip(columns, step.get_support(), strict=True) if keep]


def _by_column(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    out: list[Column] = []
    for _, inner, chosen in step.transformers_:
        picked = [columns[i] for i in _positions(chosen, columns, space)]
        if not (isinstance(inner, str) and inner == "drop") and picked:
            out += _transform(inner, picked, space)
    return out


def _positions(chosen: Any, columns: list[Column], space: FeatureSpace) -> Sequence[int]:
    everything = list(range(len(columns)))
    if isinstance(chosen, slice) and not isinstance(chosen.start or chosen.stop, str):
        return everything[chosen]
    wanted = [chosen] if isinstance(chosen, (int, str)) else list(np.asarray(chosen))
    if any(isinstance(item, str) for item in wanted):
        if len(columns) != len(space.names):
            raise DataError("a ColumnTransformer by name must be the first step")
        return [space.names.index(str(item)) for item in wanted]
    if len(wanted) == len(columns) and all(isinstance(item, (bool, np.bool_)) for item in wanted):
        return [i for i in everything if wanted[i]]
    return [everything[int(item)] for item in wanted]


def _identity(step: Any, columns: list[Column], space: FeatureSpace) -> list[Column]:
    if step.func is not None:
        raise DataError("a FunctionTransformer runs foreign code; it can't be folded into an integer model")
    return columns


_HANDLERS: dict[Any, Any] = {
    preprocessing.StandardScaler: _standard,
    preprocessing.MinMaxScaler: _min_max,
    preprocessing.MaxAbsScaler: _max_abs,
    preprocessing.RobustScaler: _robust,
    preprocessing.OneHotEncoder: _one_hot,
    preprocessing.OrdinalEncoder: _ordinal,
    preprocessing.FunctionTransformer: _identity,
    SimpleImputer: _impute,
    ColumnTransformer: _by_column,
    SelectorMixin: _select,
}
