"""The circuits there are, and how numbers are laid out in them (marketplace/proving/circuits)."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from marketplace.errors import DataError

ARTIFACTS = resources.files("marketplace.proving") / "artifacts"

WIDTH = 30
"""Features of a row; narrower rows are filled up with zeros."""

CELL_BITS = 9
CELL_OFFSET = 2 ** (CELL_BITS - 1)
"""A cell is a feature, or a label, plus this; so features lie in -256 .. 255."""

CELLS_A_WORD = 28
"""252 bits; every element of the field has 253."""

TAG_MODEL, TAG_ROWS, TAG_SEAL, TAG_SHEET = (
    int.from_bytes(f"tessera/{name}".encode(), "big") for name in ("model", "rows", "seal", "sheet")
)
"""Domains of hashes, as numbers."""

PROOF_BYTES = {16: 8768, 17: 9152, 19: 9920}
"""Of a proof with zero knowledge, by the logarithm of the circuit's size."""

SMALL, LARGE = 512, 4096
"""Rows of the tables there are; smaller ones are filled up."""


@dataclass(frozen=True)
class Shape:
    """A circuit for tables of one size.

    Parameters
    ----------
    circuit : str
        Its source, ``linear``, ``tree`` or ``rows``.
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

    @property
    def words_for(self) -> str:
        """What it proves the score of, in words."""
        return KINDS[self.circuit]

    @property
    def verifier(self) -> str:
        """Name under which a deployment records its verifier."""
        return f"{self.circuit.title()}{self.rows}Verifier"

    @property
    def sheet(self) -> Shape:
        """The circuit that proves a sheet of as many rows."""
        return next(one for one in SHEETS if one.rows == self.rows)

    def artifact(self) -> dict[str, Any]:
        """Return what ships of it: how inputs are laid out, verification key, verifier."""
        return _artifact(self.name)

    def bytecode(self) -> bytes:
        """Return the program, for Noir's virtual machine."""
        return lzma.decompress((ARTIFACTS / f"{self.name}.acir.xz").read_bytes())


def words_of(rows: int) -> int:
    """Return how many words the rows of a table take: cells of all features and the label of each."""
    return -(-rows * (WIDTH + 1) // CELLS_A_WORD)


LINEAR, TREE = Shape("linear", SMALL, 16), Shape("tree", SMALL, 17)
LINEAR_LARGE = Shape("linear", LARGE, 19)
SHEET, SHEET_LARGE = Shape("rows", SMALL, 17), Shape("rows", LARGE, 19)

CIRCUITS = (LINEAR, TREE, LINEAR_LARGE)
"""By the number that the contract knows them by."""

PLACES = 4
"""Verifiers that the contract has places for."""

KINDS = {"linear": "a linear model", "tree": "a decision tree of at most six questions"}
"""What circuits prove the score of."""

SHEETS = (SHEET, SHEET_LARGE)
SHAPES = (*CIRCUITS, *SHEETS)


def circuit_of(number: int) -> Shape:
    """Return a circuit by the number that terms have.

    Raises
    ------
    DataError
    """
    if not 0 <= number < len(CIRCUITS):
        raise DataError(f"this version has no circuit {number}", "use a newer version of this package")
    return CIRCUITS[number]


def shape_for(kind: str, rows: int) -> Shape:
    """Return the smallest circuit for models of a kind and a number of rows.

    Raises
    ------
    DataError
    """
    fitting = [one for one in CIRCUITS if one.circuit == kind and one.rows >= rows]
    if fitting:
        return min(fitting, key=lambda one: one.rows)
    most = max(one.rows for one in CIRCUITS if one.circuit == kind)
    raise DataError(
        f"{rows} test rows; a proof for {KINDS[kind]} takes 1 to {most}", "draw fewer: --test-share"
    )


@cache
def _artifact(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text("utf-8"))
    return found
