"""Plain CSV: what every reader takes without being told (UTF-8, commas, decimal points, empty cells)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketplace.datasets.describe import describe
from marketplace.datasets.table import MISSING_WORDS, Table, split_cells
from marketplace.errors import DataError


def choose_columns(table: Table, columns: Sequence[str] = (), drop: Sequence[str] = ()) -> list[str]:
    """Return the columns that are kept, in the order of the table.

    Parameters
    ----------
    table : Table
    columns : sequence of str, optional
        Only these; all by default.
    drop : sequence of str, optional
        Without these.

    Raises
    ------
    DataError
        If the table has no such column, or none is left.
    """
    for name in (*columns, *drop):
        if name not in table.columns:
            raise DataError(
                f"{table.name} has no column {name[:80]!r}", f"its columns are: {', '.join(table.columns)}"
            )
    kept = [name for name in table.columns if (not columns or name in columns) and name not in drop]
    if not kept:
        raise DataError("no column is left to publish", "choose at least one")
    return kept


def project(table: Table, columns: Sequence[str]) -> Table:
    """Return the table of some of the columns."""
    return Table(table.frame[list(columns)], table.name, table.notes)


def plain_csv(data: bytes, table: Table, columns: Sequence[str]) -> bytes:
    """Write columns of a delimited file as plain CSV; cells stay as they are spelled.

    Missing cells become empty, decimal commas points, separators commas, the encoding UTF-8.

    Parameters
    ----------
    data : bytes
        The file.
    table : Table
        As it was read from ``data``.
    columns : sequence of str
        Those to be written.
    """
    header, rows, comma = split_cells(data, table.name)
    places = [header.index(name) for name in columns]
    swap = [comma and table.is_number(name) for name in columns]
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = [row[place].strip() for place in places]
        writer.writerow(
            "" if cell.lower() in MISSING_WORDS else cell.replace(",", ".") if number else cell
            for cell, number in zip(cells, swap, strict=True)
        )
    return sink.getvalue().encode("utf-8")


def is_plain_csv(data: bytes, table: Table) -> bool:
    """Tell whether a reader that is told nothing finds the same table in a file."""
    try:
        frame = pd.read_csv(io.BytesIO(data))
    except (ValueError, UnicodeError, pd.errors.ParserError):
        return False
    if list(frame.columns) != table.columns or len(frame) != table.count:
        return False
    kinds = {column["name"]: column["type"] for column in describe(table)["columns"]}
    return all(_same(frame[name], table.frame[name], kinds[name]) for name in table.columns)


def _same(got: pd.Series, wanted: pd.Series, kind: str) -> bool:
    known = wanted.notna().to_numpy()
    if not np.array_equal(got.notna().to_numpy(), known):
        return False
    if kind in ("integer", "number"):
        return bool(
            pd.api.types.is_numeric_dtype(got)
            and np.array_equal(got.to_numpy(np.float64)[known], wanted.to_numpy(np.float64)[known])
        )
    found, texts = got[known].astype(str), wanted[known]
    if kind == "boolean":
        return bool((found.str.lower() == texts.str.lower()).all())
    return bool((found.to_numpy() == texts.to_numpy()).all())
