"""Linear models for two classes, as the circuit ``linear`` knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.constants import BN254_R
from marketplace.errors import DataError
from marketplace.proving.provable import Provable, not_a_model, pack, unpack
from marketplace.proving.shapes import WIDTH

WEIGHT_BITS, WEIGHTS_A_WORD, BIAS_BITS = 40, 6, 53
WEIGHT_OFFSET, BIAS_OFFSET = 2 ** (WEIGHT_BITS - 1), 2 ** (BIAS_BITS - 1)


@dataclass(frozen=True)
class ProvedModel(Provable):
    """A linear model: the second class if bias + Σ weight·x > 0.

    Parameters
    ----------
    weights : tuple of int
        30, each -2^39 .. 2^39 - 1.
    bias : int
        -2^52 .. 2^52 - 1.
    """

    weights: tuple[int, ...]
    bias: int

    def words(self) -> list[int]:
        """Pack the model: six weights to a word, the first highest, then the bias; each lifted above zero."""
        lifted, bias = [weight + WEIGHT_OFFSET for weight in self.weights], self.bias + BIAS_OFFSET
        fits = all(0 <= weight < 2**WEIGHT_BITS for weight in lifted) and 0 <= bias < 2**BIAS_BITS
        if len(lifted) != WIDTH or not fits:
            raise DataError("the model does not fit the circuit: a weight or the bias is too large")
        return [*pack(lifted, WEIGHT_BITS, WEIGHTS_A_WORD), bias]

    def is_second(self, row: Sequence[int]) -> bool:
        """Tell whether a row is of the second class; features that it lacks are 0."""
        return self.bias + sum(weight * x for weight, x in zip(self.weights, row)) > 0

    def inputs(self) -> dict[str, Any]:
        """Return the circuit's inputs that are the model."""
        return {"weights": [weight % BN254_R for weight in self.weights], "bias": self.bias % BN254_R}


def read_linear(words: Sequence[int]) -> ProvedModel:
    """Unpack a linear model's words.

    Raises
    ------
    DataError
        If they are not those of a model.
    """
    *packed, bias = words
    if bias >> BIAS_BITS:
        raise not_a_model()
    lifted = unpack(packed, WEIGHT_BITS, WEIGHTS_A_WORD, WIDTH)
    return ProvedModel(tuple(weight - WEIGHT_OFFSET for weight in lifted), bias - BIAS_OFFSET)
