"""Test rows as circuits read them: cells, words, their commitment, and the encrypted sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.constants import BN254_R, SECP256K1_N
from marketplace.errors import DataError
from marketplace.proving.poseidon2 import pads, permute, sponge
from marketplace.proving.shapes import (
    CELL_BITS,
    CELL_OFFSET,
    CELLS_A_WORD,
    TAG_ROWS,
    TAG_SHEET,
    WIDTH,
    Shape,
)

SECP256K1_GX = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
"""Abscissa of the generator. SEC 2, section 2.4.1, https://www.secg.org/sec2-v2.pdf"""

MESSAGE = b"TESSERA ROWS KEY ON SECP256K1 v1"
NO_LABEL = 0
WORD_BYTES = 32


@dataclass(frozen=True)
class TestTable:
    """Rows for two classes.

    Parameters
    ----------
    features : tuple of tuple of int
        -256 .. 255, at most 30 a row.
    labels : tuple of int
        0 or 1.
    """

    __test__ = False  # no test class, whatever pytest thinks of the name

    features: tuple[tuple[int, ...], ...]
    labels: tuple[int, ...]

    @property
    def width(self) -> int:
        """Features of a row."""
        return len(self.features[0])

    def check(self, shape: Shape) -> None:
        """Refuse what does not fit a circuit.

        Raises
        ------
        DataError
            Naming what is out of bounds.
        """
        if not 1 <= len(self.features) <= shape.rows:
            raise DataError(f"{len(self.features)} test rows; a proof takes 1 to {shape.rows}")
        if self.width > WIDTH:
            raise DataError(f"{self.width} features; a proof takes at most {WIDTH}", "leave columns out")
        if any(not -CELL_OFFSET <= x < CELL_OFFSET for row in self.features for x in row):
            raise DataError(
                f"a feature is outside {-CELL_OFFSET} .. {CELL_OFFSET - 1}, or missing",
                "use a row schema of coarser scales, and rows without gaps",
            )
        if any(label not in (0, 1) for label in self.labels):
            raise DataError("a label is no class of two", "a proof takes a target with two classes")

    def cells(self, shape: Shape) -> tuple[list[list[int]], list[int]]:
        """Return the circuit's cells and labels, filled up with rows that count for nothing."""
        blank = (0,) * WIDTH
        rows = [*self.features, *[()] * (shape.rows - len(self.features))]
        cells = [[x + CELL_OFFSET for x in (*row, *blank)[:WIDTH]] for row in rows]
        signs = [2 * label - 1 for label in self.labels]
        signs += [NO_LABEL] * (shape.rows - len(signs))
        return cells, [sign + CELL_OFFSET for sign in signs]


def table_words(cells: Sequence[Sequence[int]], labels: Sequence[int]) -> list[int]:
    """Pack cells into words: the features of each row and then its label, the first one highest."""
    stream = [cell for row, label in zip(cells, labels, strict=True) for cell in (*row, label)]
    words = []
    for at in range(0, len(stream), CELLS_A_WORD):
        word = 0
        for cell in stream[at : at + CELLS_A_WORD]:
            word = word << CELL_BITS | cell
        words.append(word)
    return words


def read_table(words: Sequence[int], shape: Shape, width: int, count: int) -> TestTable:
    """Unpack words into the rows that terms promise.

    Raises
    ------
    DataError
        If they are not ``count`` rows of ``width`` features with labels, and nothing besides.
    """
    total = shape.rows * (WIDTH + 1)
    stream: list[int] = []
    for word in words:
        size = min(CELLS_A_WORD, total - len(stream))
        stream += [word >> (CELL_BITS * i) & (2**CELL_BITS - 1) for i in reversed(range(size))]
    rows = [stream[at : at + WIDTH + 1] for at in range(0, total, WIDTH + 1)]
    signs = [row[-1] - CELL_OFFSET for row in rows]
    features = [[cell - CELL_OFFSET for cell in row[:-1]] for row in rows]
    if any(sign not in (-1, 1) for sign in signs[:count]) or any(sign for sign in signs[count:]):
        raise DataError(f"the sheet has not {count} rows with a label of two classes each")
    if any(any(row[width:]) for row in features) or any(any(row) for row in features[count:]):
        raise DataError(f"the sheet has other columns than the {width} that were promised")
    labels = tuple((sign + 1) // 2 for sign in signs[:count])
    return TestTable(tuple(tuple(row[:width]) for row in features[:count]), labels)


def rows_commitment(salt: int, words: Sequence[int]) -> int:
    """Return the salted commitment to a table's words."""
    return sponge(TAG_ROWS, [salt, *words])


def key_signature(k: int) -> bytes:
    """Return what only who has k can make: an ECDSA signature of nonce 1, the smaller of its two scalars."""
    s = (int.from_bytes(MESSAGE, "big") + SECP256K1_GX * k) % SECP256K1_N
    return min(s, SECP256K1_N - s).to_bytes(32, "big")


def open_sheet(k: int, sheet: Sequence[int]) -> tuple[int, list[int]]:
    """Decrypt a sheet; return the salt and the table's words."""
    signature = key_signature(k)
    halves = (int.from_bytes(signature[:16], "big"), int.from_bytes(signature[16:], "big"))
    key = permute((*halves, TAG_SHEET, 0))[0]
    words = [(word - pad) % BN254_R for word, pad in zip(sheet, pads(key, TAG_SHEET, 0, len(sheet)))]
    return words[0], words[1:]


def sheet_inputs(shape: Shape, k: int, key: tuple[int, int], table: TestTable, salt: int) -> dict[str, Any]:
    """Return the inputs of the circuit that proves a sheet.

    Parameters
    ----------
    shape : Shape
    k : int
        The scalar that opens the sheet.
    key : tuple of int
        Coordinates of k·G on secp256k1.
    table : TestTable
    salt : int
        248 random bits.
    """
    cells, labels = table.cells(shape)
    return {
        "key_x": list(key[0].to_bytes(32, "big")),
        "key_y": list(key[1].to_bytes(32, "big")),
        "rows": rows_commitment(salt, table_words(cells, labels)),
        "signature": list(key_signature(k)),
        "cells": cells,
        "labels": labels,
        "rows_salt": salt,
    }


def sheet_bytes(sheet: Sequence[int], proof: bytes) -> bytes:
    """Write a sheet's file: its words, then the proof."""
    return b"".join(word.to_bytes(WORD_BYTES, "big") for word in sheet) + proof


def parse_sheet(data: bytes, shape: Shape) -> tuple[list[int], bytes]:
    """Read a sheet's file; return words and proof.

    Raises
    ------
    DataError
        If it is cut off, or a word is no element of the field.
    """
    size = (1 + shape.table_words) * WORD_BYTES
    words = [int.from_bytes(data[at : at + WORD_BYTES], "big") for at in range(0, size, WORD_BYTES)]
    if len(data) != size + shape.proof_bytes or any(word >= BN254_R for word in words):
        raise DataError("these bytes are not a sheet of rows with its proof")
    return words, data[size:]


def public_inputs(key: tuple[int, int], rows: int, sheet: Sequence[int]) -> list[int]:
    """Return a sheet's public inputs: both coordinates byte by byte, the commitment, the words."""
    coordinates = [byte for number in key for byte in number.to_bytes(32, "big")]
    return [*coordinates, rows, *sheet]
