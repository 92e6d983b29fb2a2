"""The circuits there are, and how numbers are laid out in them (marketplace/proving/circuits)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from marketplace.errors import DataError

WIDTH = 30
"""Features of a row; narrower rows are filled up with zeros."""

CELL_BITS = 9
CELL_OFFSET = 2 ** (CELL_BITS - 1)
"""A cell is a feature, or a label, plus this; so features lie in -256 .. 255."""

CELLS_A_WORD = 28
"""252 bits; every element of the field has 253."""

WEIGHT_BITS, WEIGHTS_A_WORD, BIAS_BITS = 40, 6, 53
MODEL_WORDS = 6

TAG_MODEL, TAG_ROWS, TAG_SEAL, TAG_SHEET = (
    int.from_bytes(f"tessera/{name}".encode(), "big") for name in ("model", "rows", "seal", "sheet")
)
"""Domains of hashes, as numbers."""

PROOF_BYTES = {16: 8640, 17: 9152}
"""Of a proof with zero knowledge, by the logarithm of the circuit's size."""


@dataclass(frozen=True)
class Shape:
    """A circuit for tables of one size.

    Parameters
    ----------
    circuit : str
        Its source, ``linear`` or ``rows``.
    rows : int
        Most rows.
    log_size : int
        Logarithm of the gates, filled up to a power of two.
    """

    circuit: str
    rows: int
    log_size: int

    @property
    def name(self) -> str:
        """Name of its artifact."""
        return f"{self.circuit}{self.rows}"

    @property
    def points(self) -> int:
        """Points of the reference string that it takes."""
        return 2**self.log_size + 1

    @property
    def proof_bytes(self) -> int:
        """Size of a proof."""
        return PROOF_BYTES[self.log_size]

    @property
    def table_words(self) -> int:
        """Words that a table takes."""
        return words_of(self.rows)

    def source(self) -> str:
        """Return the constants of the circuit, as its source reads them."""
        return f"pub global ROWS: u32 = {self.rows};\npub global TABLE_WORDS: u32 = {self.table_words};\n"

    def artifact(self) -> dict[str, Any]:
        """Return what ships of it: program, verification key, verifier."""
        return _artifact(self.name)


def words_of(rows: int) -> int:
    """Return how many words the rows of a table take: cells of all features and the label of each."""
    return -(-rows * (WIDTH + 1) // CELLS_A_WORD)


LINEAR = Shape("linear", 512, 16)
SHEET = Shape("rows", 512, 17)
SHAPES = (LINEAR, SHEET)

CIRCUITS = (LINEAR,)
"""By the number that the contract knows them by."""


def circuit_of(number: int) -> Shape:
    """Return a circuit by the number that terms have.

    Raises
    ------
    DataError
    """
    if not 0 <= number < len(CIRCUITS):
        raise DataError(f"this version has no circuit {number}", "use a newer version of this package")
    return CIRCUITS[number]


@cache
def _artifact(name: str) -> dict[str, Any]:
    text = (resources.files("marketplace.proving") / "artifacts" / f"{name}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
