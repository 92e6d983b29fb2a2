"""Fold scikit-learn's preprocessing into columns that read one integer feature each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from marketplace.errors import DataError
from marketplace.models.columns import Column, FeatureSpace, Lookup
from marketplace.models.estimators import kind_of, unwrap

Names = tuple[str, ...]
"""Names of the first columns, for transformers that choose by name."""

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
    names = tuple(map(str, getattr(estimator, "feature_names_in_", space.names)))
    strangers = [name for name in names if name not in space.names]
    if strangers:
        raise DataError(
            f"the estimator was trained on the column {strangers[0]!r}, no feature of the row schema",
            "train on the row schema's features, under their names or as an array",
        )
    return fold_into(estimator, [columns[space.names.index(name)] for name in names], names)


def fold_into(estimator: Any, columns: list[Column], names: Names = ()) -> tuple[Any, list[Column]]:
    """Take a pipeline apart that sees the given columns; see `fold`."""
    estimator = unwrap(estimator)
    while kind_of(estimator) == "Pipeline":
        for _, step in estimator.steps[:-1]:
            columns = _transform(step, columns, names)
        estimator = unwrap(estimator.steps[-1][1])
    seen = getattr(estimator, "n_features_in_", len(columns))
    if seen != len(columns):
        raise DataError(
            f"the estimator was trained on {seen} columns, the row schema gives {len(columns)}",
            "name the row schema that encoded its training rows, or train it on rows of this one",
        )
    return estimator, columns


def _transform(step: Any, columns: list[Column], names: Names) -> list[Column]:
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return columns
    if kind_of(step) == "Pipeline":
        for _, inner in step.steps:
            columns = _transform(inner, columns, names)
        return columns
    if getattr(step, "n_features_in_", len(columns)) != len(columns):
        raise DataError(f"{type(step).__name__} was fitted on another number of columns")
    handler = _HANDLERS.get(kind_of(step))
    if handler is None and kind_of(step) and hasattr(step, "get_support"):
        handler = _select
    if handler is not None:
        return handler(step, columns, names)
    raise DataError(
        f"{type(step).__name__} can't be folded into an integer model",
        f"supported steps: {SUPPORTED}; or train without this step",
    )


def _scale(columns: list[Column], *operations: tuple[str, Any]) -> list[Column]:
    for kind, operand in operations:
        if operand is not None:
            columns = [c.then(kind, float(v)) for c, v in zip(columns, operand, strict=True)]
    return columns


def _standard(step: Any, columns: list[Column], names: Names) -> list[Column]:
    return _scale(columns, ("sub", step.mean_ if step.with_mean else None), ("div", step.scale_))


def _min_max(step: Any, columns: list[Column], names: Names) -> list[Column]:
    columns = _scale(columns, ("mul", step.scale_), ("add", step.min_))
    if step.clip:
        columns = [c.then("clip", tuple(map(float, step.feature_range))) for c in columns]
    return columns


def _max_abs(step: Any, columns: list[Column], names: Names) -> list[Column]:
    if getattr(step, "clip", False):
        columns = _scale(columns, ("div", step.scale_))
        return [c.then("clip", (-1.0, 1.0)) for c in columns]
    return _scale(columns, ("div", step.scale_))


def _robust(step: Any, columns: list[Column], names: Names) -> list[Column]:
    center = step.center_ if step.with_centering else None
    return _scale(columns, ("sub", center), ("div", step.scale_ if step.with_scaling else None))


def _impute(step: Any, columns: list[Column], names: Names) -> list[Column]:
    if not (isinstance(step.missing_values, float) and np.isnan(step.missing_values)):
        raise DataError("SimpleImputer must impute NaN: that is how missing values are decoded")
    out = []
    for column, value in zip(columns, np.asarray(step.statistics_, dtype=float), strict=True):
        if np.isnan(value) and not step.keep_empty_features:
            continue  # scikit-learn drops columns that had no value at all
        out.append(column.filled(0.0 if np.isnan(value) else float(value)))
    if step.add_indicator:
        out += [_is_missing(columns[i]) for i in step.indicator_.features_]
    return out


def _is_missing(column: Column) -> Column:
    if column.lookup is not None:
        return replace(column, lookup=column.lookup.apply(lambda x: float(np.isnan(x))))
    missing = 1.0 if column.fill is None else 0.0
    return Column(column.feature, column.ratio, Lookup((), (), 0.0, missing))


def _one_hot(step: Any, columns: list[Column], names: Names) -> list[Column]:
    dropped = step.drop_idx_ if step.drop_idx_ is not None else [None] * len(columns)
    infrequent = getattr(step, "infrequent_categories_", None) or [None] * len(columns)
    if any(rare is not None for rare in infrequent):
        if step.handle_unknown in ("infrequent_if_exist", "warn"):
            raise DataError(
                f"OneHotEncoder with handle_unknown={step.handle_unknown!r} and infrequent categories "
                "can't be folded in",
                "set handle_unknown='ignore'",
            )
        if step.drop_idx_ is not None:
            raise DataError("OneHotEncoder that drops one of its infrequent categories can't be folded in")
    out = []
    for column, categories, skip, rare in zip(columns, step.categories_, dropped, infrequent, strict=True):
        numbers = _numbers(categories, step)
        together = [] if rare is None else _numbers(rare, step)
        groups = [[n] for n in numbers if not _among(n, together)]
        groups += [together] if together else []
        out += [_one_of(column, group) for i, group in enumerate(groups) if skip is None or i != skip]
    return out


def _one_of(column: Column, group: list[float]) -> Column:
    """Return the column that is 1 where a number (or NaN) is one of a group."""
    known = {n: 1.0 for n in group if not np.isnan(n)}
    return column.mapped(known, 0.0, 1.0 if len(known) < len(group) else 0.0)


def _ordinal(step: Any, columns: list[Column], names: Names) -> list[Column]:
    if getattr(step, "_infrequent_enabled", False):
        raise DataError("OrdinalEncoder with infrequent categories can't be folded in")
    takes_others = step.handle_unknown == "use_encoded_value"
    other = float(step.unknown_value) if takes_others else None
    out = []
    for column, categories in zip(columns, step.categories_, strict=True):
        numbers = _numbers(categories, step)
        known = {n: float(i) for i, n in enumerate(numbers) if not np.isnan(n)}
        unseen = other if other is not None else np.nan
        missing = float(step.encoded_missing_value) if len(known) < len(numbers) else unseen
        out.append(column.mapped(known, other, missing))
    return out


def _numbers(categories: Any, step: Any) -> list[float]:
    """Return categories as numbers; refuse texts, which integer rows do not hold."""
    try:
        return [float(number) for number in categories]
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{type(step).__name__} was fitted on texts; rows hold numbers",
            "a row schema has made a column of 0 and 1 of each text already: train on its features",
        ) from error


def _among(number: float, others: list[float]) -> bool:
    return any(number == one or (np.isnan(number) and np.isnan(one)) for one in others)


def _select(step: Any, columns: list[Column], names: Names) -> list[Column]:
    return [c for c, keep in zip(columns, step.get_support(), strict=True) if keep]


def _by_column(step: Any, columns: list[Column], names: Names) -> list[Column]:
    out: list[Column] = []
    for _, inner, chosen in step.transformers_:
        picked = [columns[i] for i in _positions(chosen, columns, names)]
        if not (isinstance(inner, str) and inner == "drop") and picked:
            out += _transform(inner, picked, names)
    return out


def _positions(chosen: Any, columns: list[Column], names: Names) -> Sequence[int]:
    everything = list(range(len(columns)))
    if isinstance(chosen, slice) and not isinstance(chosen.start or chosen.stop, str):
        return everything[chosen]
    wanted = [chosen] if isinstance(chosen, (int, str)) else list(np.asarray(chosen))
    if any(isinstance(item, str) for item in wanted):
        if len(columns) != len(names) or not set(map(str, wanted)) <= set(names):
            raise DataError(
                "a ColumnTransformer by name must be the first step, and name features of the row schema",
                "see their names with: tessera bounty schema; or choose columns by number",
            )
        return [names.index(str(item)) for item in wanted]
    if len(wanted) == len(columns) and all(isinstance(item, (bool, np.bool_)) for item in wanted):
        return [i for i in everything if wanted[i]]
    return [everything[int(item)] for item in wanted]


def _identity(step: Any, columns: list[Column], names: Names) -> list[Column]:
    if step.func is not None:
        raise DataError(
            "a FunctionTransformer runs foreign code; it can't be folded into an integer model",
            "apply it to the table before you publish or encode it, or train without it",
        )
    return columns


_HANDLERS: dict[str, Any] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": _max_abs,
    "RobustScaler": _robust,
    "OneHotEncoder": _one_hot,
    "OrdinalEncoder": _ordinal,
    "FunctionTransformer": _identity,
    "SimpleImputer": _impute,
    "ColumnTransformer": _by_column,
}
