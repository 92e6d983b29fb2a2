"""Networks for two classes, as the circuit ``network`` knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.constants import BN254_R
from marketplace.errors import DataError
from marketplace.proving.provable import Provable, not_a_model, pack, unpack
from marketplace.proving.shapes import WIDTH

UNITS = 16
WEIGHT_BITS, WEIGHTS_A_WORD = 10, 24
OUTER_BITS, OUTER_A_WORD = 24, 8
BIAS_BITS = 53

WEIGHTS = UNITS * WIDTH
WORDS = WEIGHTS // WEIGHTS_A_WORD + 2 * UNITS // OUTER_A_WORD + 1

HEAD, WORD_BYTES = b"TSRN\x01", 32
FILE_BYTES = len(HEAD) + WORDS * WORD_BYTES
_WEIGHT, _OUTER, _BIAS = (2 ** (bits - 1) for bits in (WEIGHT_BITS, OUTER_BITS, BIAS_BITS))


@dataclass(frozen=True)
class ProvedNetwork(Provable):
    """One layer of rectified units: the second class if bias + Σ outer · max(0, its bias + Σ weight·x) > 0.

    Parameters
    ----------
    weights : tuple of int
        480, thirty of each unit after the other, each -2^9 .. 2^9 - 1.
    biases, outer : tuple of int
        One of each of the 16 units, each -2^23 .. 2^23 - 1.
    bias : int
        -2^52 .. 2^52 - 1.
    """

    weights: tuple[int, ...]
    biases: tuple[int, ...]
    outer: tuple[int, ...]
    bias: int

    def words(self) -> list[int]:
        """Pack the network: 24 weights to a word, then biases and outer weights, 8 to a word, then the bias.

        The first is highest, each lifted above zero.
        """
        weights, bias = _lifted(self.weights, _WEIGHT, WEIGHTS), self.bias + _BIAS
        if not 0 <= bias < 2 * _BIAS:
            raise _too_large()
        words = pack(weights, WEIGHT_BITS, WEIGHTS_A_WORD)
        for numbers in (self.biases, self.outer):
            words += pack(_lifted(numbers, _OUTER, UNITS), OUTER_BITS, OUTER_A_WORD)
        return [*words, bias]

    def is_second(self, row: Sequence[int]) -> bool:
        """Tell whether a row is of the second class; features that it lacks are 0."""
        total = self.bias
        for unit, (bias, outer) in enumerate(zip(self.biases, self.outer)):
            weights = self.weights[WIDTH * unit : WIDTH * (unit + 1)]
            total += outer * max(0, bias + sum(weight * x for weight, x in zip(weights, row)))
        return total > 0

    def inputs(self) -> dict[str, Any]:
        """Return the circuit's inputs that are the model."""
        return {
            "weights": [weight % BN254_R for weight in self.weights],
            "biases": [bias % BN254_R for bias in self.biases],
            "outer": [weight % BN254_R for weight in self.outer],
            "bias": self.bias % BN254_R,
        }


def read_network(words: Sequence[int]) -> ProvedNetwork:
    """Unpack a network's words.

    Raises
    ------
    DataError
        If they are not those of a network.
    """
    first, outer = WEIGHTS // WEIGHTS_A_WORD, UNITS // OUTER_A_WORD
    weights = unpack(words[:first], WEIGHT_BITS, WEIGHTS_A_WORD, WEIGHTS)
    biases = unpack(words[first : first + outer], OUTER_BITS, OUTER_A_WORD, UNITS)
    outers = unpack(words[first + outer : first + 2 * outer], OUTER_BITS, OUTER_A_WORD, UNITS)
    rest = words[first + 2 * outer :]
    if len(rest) != 1 or rest[0] >> BIAS_BITS:
        raise not_a_model()
    return ProvedNetwork(
        tuple(weight - _WEIGHT for weight in weights),
        tuple(bias - _OUTER for bias in biases),
        tuple(weight - _OUTER for weight in outers),
        rest[0] - _BIAS,
    )


def encode_network(model: ProvedNetwork) -> bytes:
    """Write a network's file: magic, version, words of 32 bytes."""
    return HEAD + b"".join(word.to_bytes(WORD_BYTES, "big") for word in model.words())


def decode_network(data: bytes) -> ProvedNetwork:
    """Read a network's file.

    Raises
    ------
    DataError
        If it is none.
    """
    if not data.startswith(HEAD) or len(data) != FILE_BYTES:
        raise DataError(
            "these bytes are not a network of version 1", "give a file made by: tessera proved train"
        )
    starts = range(len(HEAD), len(data), WORD_BYTES)
    return read_network([int.from_bytes(data[at : at + WORD_BYTES], "big") for at in starts])


def _lifted(numbers: Sequence[int], offset: int, count: int) -> list[int]:
    lifted = [number + offset for number in numbers]
    if len(lifted) != count or not all(0 <= number < 2 * offset for number in lifted):
        raise _too_large()
    return lifted


def _too_large() -> DataError:
    return DataError("the network does not fit the circuit: a weight or a bias is too large")
