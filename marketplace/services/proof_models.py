"""Integer models as circuits know them, and back (docs/proving.md says which)."""

from __future__ import annotations

import numpy as np

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models import Head, IntegerModel, LinearModel, Task
from marketplace.models.linear import EQUALS_MODE
from marketplace.proving.shapes import BIAS_BITS, WEIGHT_BITS, WIDTH
from marketplace.proving.statement import ProvedModel

MODE = 8
"""Columns of a proved model clamp at 2^8, which no feature of a circuit exceeds."""

HINT = "train one for the bounty's schema: tessera model train --kind linear"


def to_proved(model: IntegerModel) -> ProvedModel:
    """Return the nearest model that a circuit can take: the same weights, at most 39 bits of each.

    Clamps are left out, since no feature of a circuit is that large, and so are fills, since none is missing.

    Raises
    ------
    DataError
        If it is no linear model for two classes over plain features.
    """
    if not isinstance(model, LinearModel) or model.head.task is not Task.CLASSIFY or model.head.outputs != 1:
        raise DataError("only linear models for two classes can be proved so far", HINT)
    if model.head.features > WIDTH:
        raise DataError(f"the model has {model.head.features} features, a proof takes {WIDTH}", HINT)
    weights = [0] * WIDTH
    for feature, mode, operand, weight in zip(
        model.feature.tolist(), model.mode.tolist(), model.operand.tolist(), model.weights[:, 0].tolist()
    ):
        if mode != EQUALS_MODE:
            weights[feature] += weight
        elif operand != MISSING:
            raise DataError("the model compares a feature with a code, which a proof does not know", HINT)
    bias = int(model.bias[0])
    shift = 0
    while not _fits(weights, bias, shift):
        shift += 1
    return ProvedModel(tuple(_shifted(weight, shift) for weight in weights), _shifted(bias, shift))


def _shifted(number: int, shift: int) -> int:
    """Divide by a power of two, to the nearest."""
    return (number + (1 << shift >> 1)) >> shift


def _fits(weights: list[int], bias: int, shift: int) -> bool:
    most, most_bias = 2 ** (WEIGHT_BITS - 1), 2 ** (BIAS_BITS - 1)
    small = all(-most <= _shifted(weight, shift) < most for weight in weights)
    return small and -most_bias <= _shifted(bias, shift) < most_bias


def to_linear(model: ProvedModel, width: int) -> LinearModel:
    """Return the canonical model for rows of a width.

    Parameters
    ----------
    model : ProvedModel
    width : int
        Features of a row; the weights beyond are those of cells that are always zero.
    """
    count = min(width, WIDTH)
    return LinearModel(
        Head(Task.CLASSIFY, 1, width, 1),
        np.arange(count, dtype=np.int32),
        np.full(count, MODE, dtype=np.uint8),
        np.zeros(count, dtype=np.int32),
        np.array(model.weights[:count], dtype=np.int64).reshape(count, 1),
        np.array([model.bias], dtype=np.int64),
    )
