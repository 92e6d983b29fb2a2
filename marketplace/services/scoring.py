"""Score predictions, as a contest does, without a contest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from marketplace.datasets import RowSchema
from marketplace.errors import DataError
from marketplace.models import FeatureSpace, IntegerModel, Metric, agreement, convert, score_from_sums
from marketplace.models.compare import Agreement, predictions
from marketplace.models.metrics import add_up, contributions
from marketplace.services.train import feature_space

RANDOM_ROWS = 1000
"""Rows on which a conversion is compared when the maker names no table."""

SEED = 7


@dataclass(frozen=True)
class Score:
    """What a model scores.

    Parameters
    ----------
    metric : Metric
    parts : int
        Parts of SCORE_ONE.
    sums : list of int
        What evidence adds up to; see docs/models.md.
    rows : int
    """

    metric: Metric
    parts: int
    sums: list[int]
    rows: int


@dataclass(frozen=True)
class Converted:
    """An integer model made from an estimator, and how both compare.

    Parameters
    ----------
    model : IntegerModel
    agreement : Agreement or None
        None if the estimator takes none of the rows that could be tried.
    random : bool
        The rows are random, for want of better ones.
    """

    model: IntegerModel
    agreement: Agreement | None
    random: bool


def score_predictions(schema: RowSchema, metric: Metric, predicted: np.ndarray, labels: np.ndarray) -> Score:
    """Score labels as a model predicts them, int64 of shape (n_rows,), against the known ones."""
    target = schema.target
    sums = add_up(contributions(metric, predicted, labels, len(target.classes), target.bound))
    parts = score_from_sums(metric, sums, len(labels), len(target.classes), target.bound)
    return Score(metric, parts, sums, len(labels))


def score_estimator(
    estimator: Any,
    schema: RowSchema,
    metric: Metric,
    rows: np.ndarray,
    labels: np.ndarray,
    target_scale: int = 1,
) -> Score:
    """Score a scikit-learn estimator as it predicts itself, in floating point.

    Parameters
    ----------
    estimator : scikit-learn estimator or Pipeline
    schema : RowSchema
    metric : Metric
    rows : ndarray of int32, shape (n_rows, n_features)
    labels : ndarray of int64, shape (n_rows,)
    target_scale : int, optional
        Target units of 1.0 as a regressor predicts it.

    Returns
    -------
    Score
    """
    scale = 1 if schema.target.is_classes else target_scale
    found = np.rint(predictions(estimator, feature_space(schema), rows) * scale).astype(np.int64)
    return score_predictions(schema, metric, found, labels)


def convert_estimator(
    estimator: Any,
    schema: RowSchema,
    target_scale: int = 1,
    rows: np.ndarray | None = None,
    labels: np.ndarray | None = None,
) -> Converted:
    """Convert an estimator for a row schema, and compare both on rows, or on random ones.

    Parameters
    ----------
    estimator : scikit-learn estimator or Pipeline
    schema : RowSchema
    target_scale : int, optional
        See `convert`.
    rows : ndarray of int32, shape (n_rows, n_features), optional
        Training rows: they bound what a linear model clamps, and show what the conversion cost.
    labels : ndarray of int64, shape (n_rows,), optional

    Returns
    -------
    Converted

    Raises
    ------
    DataError
        Saying why it can't be converted.
    """
    space = feature_space(schema)
    model = convert(estimator, space, target_scale, rows)
    _require_task(model, schema)
    if rows is not None:
        return Converted(model, agreement(estimator, model, space, rows, labels, target_scale), False)
    for some in _random_rows(space):
        try:
            return Converted(model, agreement(estimator, model, space, some, None, target_scale), True)
        except DataError:  # it knows no missing values, or no other categories
            continue
    return Converted(model, None, True)


def _random_rows(space: FeatureSpace) -> Iterable[np.ndarray]:
    rng = np.random.default_rng(SEED)
    for highest in (1000, 2):
        rows = rng.integers(0, highest, (RANDOM_ROWS, len(space.names))).astype(np.int32)
        rows[:, list(space.indicators)] %= 2
        yield rows


def _require_task(model: IntegerModel, schema: RowSchema) -> None:
    wanted = len(schema.target.classes)
    if model.head.classes != wanted:
        named = f"{wanted} classes" if wanted else "a number"
        found = f"{model.head.classes} classes" if model.head.classes else "a number"
        raise DataError(
            f"the estimator predicts {found}, the row schema's target is {named}",
            "train on the labels that the schema gives: schema.encode(table)",
        )
