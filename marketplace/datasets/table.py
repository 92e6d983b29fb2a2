"""Read a table from a text file; separator, decimal sign and encoding are detected."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from marketplace.errors import DataError
from marketplace.foreign import read_bytes

SEPARATORS = (",", ";", "\t", "|")
MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "#n/a", "nil"})
"""Cells that stand for nothing, compared in lower case."""

MAX_TABLE_BYTES = 2**30
MAX_COLUMNS = 4096
MAX_LINE_BYTES = 2**24
"""4 KiB for each of `MAX_COLUMNS`: a line is held in memory several times, a table is not."""

_SAMPLE_LINES = 200
_SAMPLE_CHARS = 2**20
_SCAN_BYTES = 2**26
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Table:
    """Rows and named columns.

    Attributes
    ----------
    frame : pandas.DataFrame
        float64 columns are numbers (NaN missing), object columns are text (None missing).
    name : str
    notes : tuple of str
        What the owner should know about how it was read. Never a cell.
    """

    frame: pd.DataFrame = field(repr=False)
    name: str
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.frame.columns)

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.frame)

    def is_number(self, column: str) -> bool:
        """Tell whether a column holds numbers (else text)."""
        return self.frame[column].dtype == np.float64

    def take(self, rows: np.ndarray) -> Table:
        """Return the table of the given rows, in that order."""
        return Table(self.frame.iloc[rows].reset_index(drop=True), self.name, self.notes)


def read_table(path: str | Path) -> Table:
    """Read a delimited text file with a header.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If it can't be used; the message says the line, the hint what to do.
    """
    return parse_table(read_table_bytes(path), Path(path).stem)


def read_table_bytes(path: str | Path) -> bytes:
    """Read the bytes of a table's file; raises as `read_table`."""
    path = Path(path)
    try:
        return read_bytes(path, MAX_TABLE_BYTES)
    except OSError as error:
        raise DataError(f"can't read {path}: {error.strerror}", "check the path of the table") from error


def parse_table(data: bytes, name: str) -> Table:
    """Read a table from the bytes of a delimited text file; see `read_table`."""
    header, rows, separator, encoding = _cells(data, name)
    cells = list(zip(*rows, strict=True))
    comma = separator != "," and _uses_comma(cells)
    columns = {}
    notes = [f"read as {encoding}, separator {separator!r}, decimal sign {',' if comma else '.'!r}"]
    for column, values in zip(header, cells, strict=True):
        columns[column], note = _column(column, values, comma)
        notes += note
    return Table(pd.DataFrame(columns), name, tuple(notes))


def split_cells(data: bytes, name: str) -> tuple[list[str], list[list[str]], bool]:
    """Return header, rows of cells as they are spelled, and whether numbers have decimal commas."""
    header, rows, separator, _ = _cells(data, name)
    return header, rows, separator != "," and _uses_comma(list(zip(*rows, strict=True)))


def _cells(data: bytes, name: str) -> tuple[list[str], list[list[str]], str, str]:
    _require_lines(data, name)
    text, encoding = _decode(data, name)
    if not text.strip():
        raise DataError(f"{name} is empty", "give a table with a header and at least one row")
    separator = _separator(text)
    header, rows = _split(text, separator, name)
    _check_header(header, name)
    if not rows:
        raise DataError(f"{name} has a header but no rows")
    return header, rows, separator, encoding


def write_table(table: Table) -> bytes:
    """Write a table as UTF-8 CSV; `parse_table` reads the same numbers and texts back."""
    text = table.frame.to_csv(index=False, lineterminator="\n")
    if any(
        sign in text for sign in (*SEPARATORS[1:], "\r")
    ):  # without quotes it could separate cells or rows
        text = table.frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return text.encode("utf-8")


def _decode(data: bytes, name: str) -> tuple[str, str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\x00" in data[:4096]:
        zeros = (data[1:4096:2].count(0), data[0:4096:2].count(0))
        encodings = ["utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"]
        if max(zeros) < 0.4 * len(data[:4096]) / 2:
            raise _not_text(name)
    else:
        encodings = ["utf-8-sig" if data[:3] == b"\xef\xbb\xbf" else "utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        rubbish = sum(ord(c) < 32 and c not in "\t\r\n\f" for c in text[:65536])
        if rubbish or "\x00" in text:
            break
        return text.lstrip("\ufeff"), encoding
    raise _not_text(name)


def _require_lines(data: bytes, name: str) -> None:
    """Refuse a line that is too long to be one of a table."""
    last = -1  # where the last line ended
    for start in range(0, len(data), _SCAN_BYTES):
        block = np.frombuffer(data, np.uint8, min(_SCAN_BYTES, len(data) - start), start)
        ends = np.flatnonzero((block == 0x0A) | (block == 0x0D)) + start
        steps = np.diff(ends, prepend=last, append=start + len(block))
        if steps.max() > MAX_LINE_BYTES:
            raise DataError(f"a line of {name} has more than {MAX_LINE_BYTES:,} bytes", "is it a table?")
        last = int(ends[-1]) if len(ends) else last


def _not_text(name: str) -> DataError:
    return DataError(
        f"{name} is not a text table: it holds binary data", "export it as CSV (UTF-8) and try again"
    )


def _separator(text: str) -> str:
    """Choose the separator that cuts the first lines most evenly, into most fields."""
    sample = "\n".join(text[:_SAMPLE_CHARS].splitlines()[:_SAMPLE_LINES])
    best, score = ",", (0.0, 0)
    for candidate in SEPARATORS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=candidate) if row]
        except csv.Error:
            continue
        even = sum(width == widths[0] for width in widths) / len(widths)
        if widths[0] > 1 and (even, widths[0]) > score:
            best, score = candidate, (even, widths[0])
    return best


def _split(text: str, separator: str, name: str) -> tuple[list[str], list[list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    header: list[str] = []
    rows: list[list[str]] = []
    try:
        for row in reader:
            if not row or (len(row) == 1 and not row[0].strip() and len(header) != 1):
                continue
            if not header:
                header = [cell.strip() for cell in row]
            elif len(row) != len(header):
                raise DataError(
                    f"line {reader.line_num} of {name} has {len(row)} fields, the header has {len(header)}",
                    f"give every line {len(header)} fields; quote cells that hold {separator!r}",
                )
            else:
                rows.append(row)
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} of {name} can't be read: {error}") from error
    return header, rows


def _check_header(header: list[str], name: str) -> None:
    if len(header) > MAX_COLUMNS:
        raise DataError(f"{name} has {len(header)} columns, at most {MAX_COLUMNS} are read")
    blank = [i + 1 for i, cell in enumerate(header) if not cell]
    if blank == [1] and len(header) > 1:
        header[0] = "Unnamed: 0"  # the row numbers that pandas writes
    elif blank:
        raise DataError(f"line 1 of {name} gives column {blank[0]} no name", "name every column")
    if any(_NUMBER.fullmatch(cell) for cell in header) and all(
        _NUMBER.fullmatch(cell) or cell.lower() in MISSING_WORDS for cell in header
    ):
        raise DataError(f"line 1 of {name} holds numbers, not names", "add a line with the columns' names")
    seen: set[str] = set()
    for cell in header:
        if cell in seen:
            raise DataError(f"line 1 of {name} names the column {cell!r} twice", "rename one of them")
        seen.add(cell)


def _uses_comma(cells: list[tuple[str, ...]]) -> bool:
    """Tell whether some column holds decimal commas, and no column decimal points."""
    found = False
    for column in cells:
        sample = [c.strip() for c in column[:_SAMPLE_LINES] if c.strip().lower() not in MISSING_WORDS]
        with_comma = any("," in c for c in sample)
        found |= bool(sample) and with_comma and all(_COMMA_NUMBER.fullmatch(c) for c in sample)
    return found


def _column(column: str, values: tuple[str, ...], comma: bool) -> tuple[pd.Series, list[str]]:
    """Return a column as float64 or text, and notes."""
    cells = [None if cell.strip().lower() in MISSING_WORDS else cell.strip() for cell in values]
    known = [cell for cell in cells if cell is not None]
    pattern = _COMMA_NUMBER if comma else _NUMBER
    numeric = sum(pattern.fullmatch(cell) is not None for cell in known)
    if numeric == len(known):
        swap = (lambda cell: cell.replace(",", ".")) if comma else str
        numbers = np.array([np.nan if cell is None else float(swap(cell)) for cell in cells])
        if np.isinf(numbers).any():
            line = int(np.flatnonzero(np.isinf(numbers))[0]) + 2
            raise DataError(f"line {line}: the number in column {column!r} is too large", "correct this cell")
        return pd.Series(numbers, dtype=np.float64), []
    notes = []
    if numeric > 0.9 * len(known):
        line = next(i for i, c in enumerate(cells) if c is not None and not pattern.fullmatch(c)) + 2
        notes = [f"column {column!r} is read as text: row {line} holds no number"]
    return pd.Series(cells, dtype=object), notes
