"""What the models that circuits know have in common, and how their numbers are packed into words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from marketplace.errors import DataError
from marketplace.proving.tables import TestTable


class Provable(ABC):
    """A model for two classes whose score can be proved."""

    @abstractmethod
    def words(self) -> list[int]:
        """Pack the model into elements of the field.

        Raises
        ------
        DataError
            If it does not fit the circuit.
        """

    @abstractmethod
    def is_second(self, row: Sequence[int]) -> bool:
        """Tell whether a row is of the second class; features that it lacks are 0."""

    @abstractmethod
    def inputs(self) -> dict[str, Any]:
        """Return the circuit's inputs that are the model."""

    def lead(self, table: TestTable) -> int:
        """Return on how many rows more it is right than wrong."""
        pairs = zip(table.features, table.labels, strict=True)
        return sum(1 if self.is_second(row) == bool(label) else -1 for row, label in pairs)


def join(numbers: Sequence[int], bits: int) -> int:
    """Put numbers of so many bits into one, the first highest."""
    total = 0
    for number in numbers:
        total = total << bits | number
    return total


def part(word: int, bits: int, count: int) -> list[int]:
    """Take apart the lowest bits of what `join` made."""
    return [word >> bits * i & (2**bits - 1) for i in reversed(range(count))]


def pack(numbers: Sequence[int], bits: int, a_word: int) -> list[int]:
    """Put numbers into words, so many to each."""
    return [join(numbers[at : at + a_word], bits) for at in range(0, len(numbers), a_word)]


def unpack(words: Sequence[int], bits: int, a_word: int, count: int) -> list[int]:
    """Take words apart into a number of numbers.

    Raises
    ------
    DataError
        If `pack` does not make such words.
    """
    sizes = [min(a_word, count - at) for at in range(0, count, a_word)]
    if len(words) != len(sizes) or any(word >> bits * size for word, size in zip(words, sizes)):
        raise not_a_model()
    return [number for word, size in zip(words, sizes) for number in part(word, bits, size)]


def not_a_model() -> DataError:
    """Return the refusal of words that are no model."""
    return DataError("these words are not a model: was it sealed to another key?")
