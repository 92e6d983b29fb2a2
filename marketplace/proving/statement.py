"""What a maker proves: a model's words, their commitment, and their encryption to the requester."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.constants import BN254_R
from marketplace.errors import DataError
from marketplace.proving.grumpkin import INFINITY, CircuitPoint, is_on_curve, multiply
from marketplace.proving.poseidon2 import pads, permute, sponge
from marketplace.proving.shapes import (
    BIAS_BITS,
    MODEL_WORDS,
    TAG_MODEL,
    TAG_SEAL,
    TAG_SHEET,
    WEIGHT_BITS,
    WEIGHTS_A_WORD,
    WIDTH,
    Shape,
)
from marketplace.proving.tables import TestTable

SECRET_BITS = 252
"""Of the one-time scalar that seals: the circuit takes two halves of 128 and 125 bits."""


@dataclass(frozen=True)
class ProvedModel:
    """A linear model for two classes, as the circuit knows it: the second class if bias + Σ weight·x > 0.

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
        lifted = [weight + 2 ** (WEIGHT_BITS - 1) for weight in self.weights]
        bias = self.bias + 2 ** (BIAS_BITS - 1)
        fits = all(0 <= weight < 2**WEIGHT_BITS for weight in lifted) and 0 <= bias < 2**BIAS_BITS
        if len(lifted) != WIDTH or not fits:
            raise DataError("the model does not fit the circuit: a weight or the bias is too large")
        words = []
        for at in range(0, WIDTH, WEIGHTS_A_WORD):
            word = 0
            for weight in lifted[at : at + WEIGHTS_A_WORD]:
                word = word << WEIGHT_BITS | weight
            words.append(word)
        return [*words, bias]

    def lead(self, table: TestTable) -> int:
        """Return on how many rows more it is right than wrong."""
        total = 0
        for row, label in zip(table.features, table.labels, strict=True):
            z = self.bias + sum(weight * x for weight, x in zip(self.weights, row))
            total += 1 if (z > 0) == bool(label) else -1
        return total


def read_model(words: Sequence[int]) -> ProvedModel:
    """Unpack a model's words.

    Raises
    ------
    DataError
        If they are not those of a model.
    """
    *packed, bias = words
    if (
        len(words) != MODEL_WORDS
        or bias >> BIAS_BITS
        or any(w >> WEIGHT_BITS * WEIGHTS_A_WORD for w in packed)
    ):
        raise DataError("these words are not a model: was it sealed to another key?")
    shifts = [WEIGHT_BITS * i for i in reversed(range(WEIGHTS_A_WORD))]
    lifted = [word >> shift & (2**WEIGHT_BITS - 1) for word in packed for shift in shifts]
    weights = tuple(weight - 2 ** (WEIGHT_BITS - 1) for weight in lifted)
    return ProvedModel(weights, bias - 2 ** (BIAS_BITS - 1))


def model_commitment(salt: int, model: ProvedModel) -> int:
    """Return the salted commitment to a model."""
    return sponge(TAG_MODEL, [salt, *model.words()])


@dataclass(frozen=True)
class Statement:
    """All that a proof of a score is about; the private part is the maker's and, the rows, the requester's.

    Parameters
    ----------
    context, model, rows, least : int
        Public: the contract's number of bounty and payee, both commitments, the lead that is to be reached.
    reader : tuple of int
        Public: the requester's circuit key.
    """

    context: int
    model: int
    rows: int
    least: int
    reader: CircuitPoint

    def inputs(
        self, shape: Shape, model: ProvedModel, model_salt: int, table: TestTable, rows_salt: int
    ) -> dict[str, Any]:
        """Return the circuit's inputs, with a fresh scalar that seals."""
        cells, labels = table.cells(shape)
        secret = secrets.randbits(SECRET_BITS - 1) + 1
        return {
            "context": self.context,
            "model": self.model,
            "rows": self.rows,
            "least": self.least,
            "reader": self.reader,
            "weights": [weight % BN254_R for weight in model.weights],
            "bias": model.bias % BN254_R,
            "model_salt": model_salt,
            "cells": cells,
            "labels": labels,
            "rows_salt": rows_salt,
            "secret": (secret % 2**128, secret >> 128),
        }

    def public_inputs(self, sealed: Sequence[int]) -> list[int]:
        """Return the public inputs in the circuit's order."""
        return [self.context, self.model, self.rows, self.least, *self.reader, *sealed]


def unseal(private: int, context: int, sealed: Sequence[int]) -> list[int]:
    """Decrypt what was sealed to a circuit key; returns the words.

    Parameters
    ----------
    private : int
        Scalar of the reader's key.
    context : int
    sealed : sequence of int
        The ephemeral point's coordinates, then the covered words.

    Raises
    ------
    DataError
        If the point is none of the curve.
    """
    x, y, *covered = sealed
    if not is_on_curve((x % BN254_R, y % BN254_R)):
        raise DataError("the model was sealed with a point that is not on the curve")
    shared = multiply(private, (x % BN254_R, y % BN254_R))
    assert shared != INFINITY, "a private key is not a multiple of the order"
    key = permute((*shared, TAG_SEAL, context))[0]
    return [(word - pad) % BN254_R for word, pad in zip(covered, pads(key, TAG_SHEET, context, len(covered)))]
