"""Convert histogram gradient boosting: its trees compare float64, and split categories by sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from marketplace.errors import DataError
from marketplace.models.columns import Column
from marketplace.models.from_trees import Skeleton, threshold_plans
from marketplace.models.plans import lookup_plan

IDENTITY_LOSSES = ("squared_error", "absolute_error", "quantile")


def require_identity(final: Any) -> None:
    """Refuse a regressor that predicts through an exponential.

    Raises
    ------
    DataError
    """
    if not hasattr(final, "classes_") and final.loss not in IDENTITY_LOSSES:
        raise DataError(
            f"{type(final).__name__} with the loss {final.loss!r} predicts through an exponential",
            f"train with one of the losses {', '.join(IDENTITY_LOSSES)}",
        )


def encoded_columns(final: Any, columns: list[Column]) -> list[Column]:
    """Return the columns that its trees see: categories first, numbered, then the others.

    What is no category is a missing value to it.

    Parameters
    ----------
    final : HistGradientBoostingClassifier or HistGradientBoostingRegressor
    columns : list of Column

    Returns
    -------
    list of Column

    Raises
    ------
    DataError
        If a column can't be folded in.
    """
    categorical = getattr(final, "is_categorical_", None)
    if categorical is None:
        return columns
    chosen = [column for column, is_one in zip(columns, categorical, strict=True) if is_one]
    encoder = final._preprocessor.named_transformers_["encoder"]
    made = []
    for column, categories in zip(chosen, encoder.categories_, strict=True):
        numbers = np.asarray(categories, dtype=np.float64)
        known = {float(x): float(i) for i, x in enumerate(numbers) if not np.isnan(x)}
        made.append(column.mapped(known, np.nan, np.nan))
    return made + [column for column, is_one in zip(columns, categorical, strict=True) if not is_one]


def read_predictor(predictor: Any, columns: list[Column]) -> tuple[Skeleton, np.ndarray]:
    """Read one tree of histogram boosting.

    Parameters
    ----------
    predictor : sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor
    columns : list of Column
        See `encoded_columns`.

    Returns
    -------
    Skeleton
    ndarray of float64, shape (n_nodes,)
        Values of the leaves.
    """
    nodes = predictor.nodes
    inner = ~nodes["is_leaf"].astype(bool)
    by_set = nodes["is_categorical"].astype(bool)
    numeric = np.flatnonzero(inner & ~by_set)
    plans = threshold_plans(
        columns,
        numeric,
        nodes["feature_idx"][numeric].astype(np.int64),
        nodes["num_threshold"][numeric],
        nodes["missing_go_to_left"][numeric].astype(bool),
        np.float64,
    )
    for number in np.flatnonzero(inner & by_set).tolist():
        node = nodes[number]
        words = predictor.raw_left_cat_bitsets[node["bitset_idx"]]
        side = _SetSide(words, bool(node["missing_go_to_left"]))
        plans[number] = lookup_plan(columns[int(node["feature_idx"])], side)
    return Skeleton(nodes["left"].tolist(), nodes["right"].tolist(), plans), nodes["value"].astype(np.float64)


class _SetSide:
    """Left if a category's number is in the set."""

    def __init__(self, words: np.ndarray, missing_left: bool) -> None:
        self.words = [int(word) for word in words]
        self.missing_left = missing_left

    def __call__(self, number: float) -> bool:
        if np.isnan(number):
            return self.missing_left
        return bool(self.words[int(number) // 32] >> (int(number) % 32) & 1)
