"""The integer row schema: how a table becomes rows that models and contracts read."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.constants import (
    INT32_MAX,
    MAX_CATEGORIES,
    MAX_CLASSES,
    MAX_ERROR_BOUND,
    MAX_FEATURES,
    MISSING,
)
from marketplace.datasets.scaling import choose_scale
from marketplace.datasets.table import Table
from marketplace.datasets.target import Target, parse_target
from marketplace.errors import DataError

FORMAT = "tessera/row-schema/v1"
MAX_SCHEMA_BYTES = 2**20


@dataclass(frozen=True)
class Feature:
    """One integer of a row.

    Attributes
    ----------
    column : str
        Column of the table.
    scale, divisor : int
        A number becomes ``round_half_even(number * scale / divisor)``.
    category : str or None
        None: the number itself. Else 1 where the column holds this text, 0 where another.
    """

    column: str
    scale: int = 1
    divisor: int = 1
    category: str | None = None

    @property
    def name(self) -> str:
        """Name shown to people."""
        return self.column if self.category is None else f"{self.column}={self.category}"


@dataclass(frozen=True)
class RowSchema:
    """Features and target of integer rows; equal schemas have equal bytes and digest.

    Attributes
    ----------
    features : tuple of Feature
    target : Target
    notes : tuple of str
        Columns left out and why; not part of the bytes.
    """

    features: tuple[Feature, ...]
    target: Target
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(feature.name for feature in self.features)

    @property
    def scales(self) -> tuple[int, ...]:
        """Integer units of 1.0, by feature."""
        return tuple(feature.scale for feature in self.features)

    @property
    def divisors(self) -> tuple[int, ...]:
        """Divisors, by feature."""
        return tuple(feature.divisor for feature in self.features)

    @property
    def indicators(self) -> tuple[bool, ...]:
        """Which features are only ever 0, 1 or missing."""
        return tuple(feature.category is not None for feature in self.features)

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self.features)

    def to_bytes(self) -> bytes:
        """Encode it as canonical JSON (docs/models.md)."""
        features: list[dict[str, Any]] = []
        for f in self.features:
            if f.category is None:
                features.append(
                    {"column": f.column, "kind": "number", "scale": f.scale, "divisor": f.divisor}
                )
            else:
                features.append({"column": f.column, "kind": "indicator", "category": f.category})
        t = self.target
        target: dict[str, Any] = {"spec": t.spec, "column": t.column}
        if t.is_classes:
            target |= {"kind": "classes", "classes": list(t.classes)}
        else:
            target |= {"kind": "number", "scale": t.scale, "bound": t.bound}
        return canonical_json({"format": FORMAT, "missing": MISSING, "features": features, "target": target})

    def digest(self) -> bytes:
        """Return the SHA-256 of the canonical bytes."""
        return sha256(self.to_bytes()).digest()

    def encode(self, table: Table) -> tuple[np.ndarray, np.ndarray]:
        """Turn a table into integer rows; rows without a target are dropped.

        Returns
        -------
        rows : ndarray of int32, shape (n_known, width)
        y : ndarray of int64, shape (n_known,)

        Raises
        ------
        DataError
            If a column of the schema is not there or has another type, or no target is known.
        """
        y, known = self.target.labels(table)
        if not known.any():
            raise DataError(f"no row has a value of the target {self.target.column!r}")
        return self.encode_features(table)[known], y[known]

    def encode_features(self, table: Table) -> np.ndarray:
        """Turn features alone into int32 rows of shape (n_rows, width)."""
        rows = np.empty((table.count, self.width), dtype=np.int32)
        for i, feature in enumerate(self.features):
            rows[:, i] = _encode(feature, table)
        return rows

    def decode(self, rows: np.ndarray) -> np.ndarray:
        """Turn int32 rows into the float64 matrix that makers train on, NaN where missing."""
        factors = np.array(self.divisors, dtype=np.float64), np.array(self.scales, dtype=np.float64)
        decoded = rows.astype(np.float64) * factors[0] / factors[1]
        decoded[rows == MISSING] = np.nan
        return decoded


def build_schema(table: Table, target: Target | str) -> RowSchema:
    """Choose features, categories and scales from the data.

    Parameters
    ----------
    table : Table
        What the owner has; the schema publishes column names, scales and the texts of categories.
    target : Target or str
        See `parse_target`.

    Returns
    -------
    RowSchema

    Raises
    ------
    DataError
        If no column can be a feature, or there are too many.
    """
    if isinstance(target, str):
        target = parse_target(table, target)
    features: list[Feature] = []
    notes: list[str] = []
    for column in table.columns:
        if column == target.column:
            continue
        made, note = _features(table, column)
        features += made
        notes += [note] if note else []
    unknown = int(table.frame[target.column].isna().sum())
    if unknown:
        notes.append(f"{unknown} rows without the target {target.column!r} are dropped")
    if not features:
        raise DataError("no column can be a feature", "give a table with columns of numbers or few texts")
    if len(features) > MAX_FEATURES:
        raise DataError(
            f"the table gives {len(features)} features, at most {MAX_FEATURES}", "leave columns out"
        )
    return RowSchema(tuple(features), target, tuple(notes))


def parse_schema(data: bytes) -> RowSchema:
    """Decode canonical schema bytes.

    Raises
    ------
    DataError
        If they are not exactly what `RowSchema.to_bytes` writes.
    """
    document = parse_canonical_json(data, MAX_SCHEMA_BYTES)
    try:
        features = tuple(_feature(item) for item in document["features"])
        fields = document["target"]
        classes = tuple(fields.get("classes", ()))
        target = Target(
            fields["spec"], fields["column"], classes, fields.get("scale", 1), fields.get("bound", 0)
        )
        schema = RowSchema(features, target)
        same = schema.to_bytes() == data
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError("these bytes are not a row schema") from error
    if not same:
        raise DataError("these bytes are not a row schema of version 1")
    _check(schema)
    return schema


def _feature(item: dict[str, Any]) -> Feature:
    if item["kind"] == "indicator":
        return Feature(item["column"], category=item["category"])
    return Feature(item["column"], item["scale"], item["divisor"])


def _check(schema: RowSchema) -> None:
    target = schema.target
    texts = [f.column for f in schema.features] + [
        f.category for f in schema.features if f.category is not None
    ]
    texts += [target.spec, target.column, *target.classes]
    if not all(type(text) is str for text in texts) or len(set(schema.names)) != schema.width:
        raise DataError("the row schema has names that are not text, or the same feature twice")
    numbers = [n for f in schema.features for n in (f.scale, f.divisor)]
    if any(type(n) is not int or not 1 <= n < 2**63 for n in [*numbers, target.scale]):
        raise DataError("the row schema has a scale that is not a positive integer")
    if not 1 <= schema.width <= MAX_FEATURES:
        raise DataError(f"the row schema has {schema.width} features, allowed are 1 to {MAX_FEATURES}")
    if target.is_classes and (
        not 2 <= len(target.classes) <= MAX_CLASSES or len(set(target.classes)) < len(target.classes)
    ):
        raise DataError(f"the row schema has {len(target.classes)} classes, allowed are 2 to {MAX_CLASSES}")
    if not target.is_classes and not (type(target.bound) is int and 1 <= target.bound <= MAX_ERROR_BOUND):
        raise DataError("the row schema has an error bound that is not allowed")


def _features(table: Table, column: str) -> tuple[list[Feature], str]:
    """Return what a column gives, or nothing and the reason."""
    known = table.frame[column].dropna()
    values = known.unique()
    if len(values) < 2:
        return [], f"column {column!r} is left out: it always has the same value"
    if table.is_number(column):
        numbers = known.to_numpy()
        if _is_row_number(column, numbers):
            return [], f"column {column!r} is left out: it numbers the rows"
        scale, divisor = choose_scale(numbers)
        return [Feature(column, scale, divisor)], ""
    if len(values) > MAX_CATEGORIES:
        kind = "an id" if len(values) > 0.9 * len(known) else f"text with {len(values)} values"
        return [], f"column {column!r} is left out: it is {kind}"
    texts = sorted(str(value) for value in values)
    if len(texts) == 2:
        texts = texts[1:]  # the other is where this one is not
    return [Feature(column, category=text) for text in texts], ""


def _is_row_number(column: str, numbers: np.ndarray) -> bool:
    if len(np.unique(numbers)) < len(numbers) or not np.array_equal(numbers, np.floor(numbers)):
        return False
    name = column.lower()
    named = (
        name in ("id", "index", "row", "no", "nr")
        or name.endswith(("_id", " id"))
        or name.startswith("unnamed")
    )
    steps = np.diff(np.sort(numbers))
    return len(numbers) > 2 and (
        named or (len(numbers) > 20 and bool((np.diff(numbers) == 1).all() and (steps == 1).all()))
    )


def _encode(feature: Feature, table: Table) -> np.ndarray:
    if feature.column not in table.columns:
        raise DataError(
            f"the table has no column {feature.column!r}, which the row schema reads",
            "give a table with the same columns as the one that the schema was made from",
        )
    series = table.frame[feature.column]
    missing = series.isna().to_numpy()
    if feature.category is not None:
        if table.is_number(feature.column) and not missing.all():
            raise DataError(f"column {feature.column!r} holds numbers, the row schema expects text")
        hit = (series.to_numpy() == feature.category).astype(np.int64)
        return np.where(missing, MISSING, hit).astype(np.int32)
    if not table.is_number(feature.column):
        raise DataError(f"column {feature.column!r} holds text, the row schema expects numbers")
    numbers = np.where(missing, 0.0, series.to_numpy())
    units = np.clip(np.rint(numbers * feature.scale / feature.divisor), MISSING + 1, INT32_MAX)
    return np.where(missing, MISSING, units).astype(np.int32)
