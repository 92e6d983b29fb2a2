"""Integer models as circuits know them, and back (docs/proving.md says which)."""

from __future__ import annotations

import numpy as np

from marketplace.constants import MISSING
from marketplace.errors import DataError
from marketplace.models import Head, IntegerModel, LinearModel, Task, TreeModel
from marketplace.models.linear import EQUALS_MODE
from marketplace.proving.linear import BIAS_OFFSET, WEIGHT_OFFSET, ProvedModel
from marketplace.proving.provable import Provable
from marketplace.proving.shapes import LINEAR, WIDTH, Shape
from marketplace.proving.trees import ProvedTree
from marketplace.services.proof_trees import to_proved_tree, to_tree

MODE = 8
"""Columns of a proved model clamp at 2^8, which no feature of a circuit exceeds."""

KINDS = {"linear": LinearModel, "tree": TreeModel}
"""Models of each circuit; ``tessera model train --kind`` knows both words."""


def to_proved(model: IntegerModel, shape: Shape = LINEAR) -> Provable:
    """Return the model that a circuit can take: the same tree, or the nearest linear model.

    Raises
    ------
    DataError
        If it is none of the circuit's kind for two classes over plain features.
    """
    hint = f"train one for the bounty's schema: tessera model train --kind {shape.circuit}"
    kind = KINDS[shape.circuit]
    if not isinstance(model, kind) or model.head.task is not Task.CLASSIFY or model.head.outputs != 1:
        raise DataError(f"this bounty takes {shape.words_for} for two classes only", hint)
    if model.head.features > WIDTH:
        raise DataError(f"the model has {model.head.features} features, a proof takes {WIDTH}", hint)
    return to_proved_tree(model) if isinstance(model, TreeModel) else _to_proved_linear(model, hint)


def to_integers(model: Provable, width: int) -> IntegerModel:
    """Return the canonical model for rows of a width."""
    if isinstance(model, ProvedTree):
        return to_tree(model, width)
    assert isinstance(model, ProvedModel), "circuits know no other models"
    return to_linear(model, width)


def _to_proved_linear(model: LinearModel, hint: str) -> ProvedModel:
    """Keep the weights, at most 39 bits of each.

    Clamps are left out, since no feature of a circuit is that large, and so are fills, since none is missing.
    """
    weights = [0] * WIDTH
    for feature, mode, operand, weight in zip(
        model.feature.tolist(), model.mode.tolist(), model.operand.tolist(), model.weights[:, 0].tolist()
    ):
        if mode != EQUALS_MODE:
            weights[feature] += weight
        elif operand != MISSING:
            raise DataError("the model compares a feature with a code, which a proof does not know", hint)
    bias = int(model.bias[0])
    shift = 0
    while not _fits(weights, bias, shift):
        shift += 1
    return ProvedModel(tuple(_shifted(weight, shift) for weight in weights), _shifted(bias, shift))


def _shifted(number: int, shift: int) -> int:
    """Divide by a power of two, to the nearest."""
    return (number + (1 << shift >> 1)) >> shift


def _fits(weights: list[int], bias: int, shift: int) -> bool:
    small = all(-WEIGHT_OFFSET <= _shifted(weight, shift) < WEIGHT_OFFSET for weight in weights)
    return small and -BIAS_OFFSET <= _shifted(bias, shift) < BIAS_OFFSET


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
