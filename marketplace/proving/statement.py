"""What a maker proves: a model's words, their commitment, and their encryption to the requester."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.constants import BN254_R
from marketplace.errors import DataError
from marketplace.proving.grumpkin import INFINITY, CircuitPoint, is_on_curve, multiply
from marketplace.proving.linear import read_linear
from marketplace.proving.poseidon2 import pads, permute, sponge
from marketplace.proving.provable import Provable
from marketplace.proving.shapes import LINEAR, TAG_MODEL, TAG_SEAL, TAG_SHEET, Shape
from marketplace.proving.tables import TestTable
from marketplace.proving.trees import read_tree

READERS: dict[str, Callable[[Sequence[int]], Provable]] = {"linear": read_linear, "tree": read_tree}
"""Which turn words into a model, by circuit."""

SECRET_BITS = 252
"""Of the one-time scalar that seals: the circuit takes two halves of 128 and 125 bits."""


def read_model(words: Sequence[int], shape: Shape = LINEAR) -> Provable:
    """Unpack the words of a model of a circuit.

    Raises
    ------
    DataError
        If they are not those of a model.
    """
    return READERS[shape.circuit](words)


def model_commitment(salt: int, model: Provable) -> int:
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
        self, shape: Shape, model: Provable, model_salt: int, table: TestTable, rows_salt: int
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
            **model.inputs(),
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
