"""What may be said about a table in public, and how it is split."""

from __future__ import annotations

from typing import Any

import numpy as np

from marketplace.datasets.table import Table
from marketplace.errors import DataError

BOOLEAN_WORDS = frozenset({"True", "TRUE", "true", "False", "FALSE", "false"})
"""Words that readers of CSV take for truth values."""


def describe(table: Table) -> dict[str, Any]:
    """Describe a table for its manifest: never a cell, nor anything computed from few of them.

    Column names, types, whether values are missing, and the number of rows. No minimum, maximum,
    mean or category: each of them is, or can give away, somebody's value. (A bounty's row schema
    publishes categories; its owner is shown that schema first.)

    Parameters
    ----------
    table : Table

    Returns
    -------
    dict
        ``name``, ``rows`` and ``columns`` (each ``name``, ``missing``, and a ``type``: ``integer``,
        ``number``, ``text`` or ``boolean``); plain data, no floats.
    """
    columns = []
    for column in table.columns:
        series = table.frame[column].dropna()
        kind = "boolean" if len(series) and set(series.unique()) <= BOOLEAN_WORDS else "text"
        if table.is_number(column):
            kind = "integer" if bool((series == np.floor(series)).all()) else "number"
        columns.append({"name": column, "type": kind, "missing": len(series) < table.count})
    return {"name": table.name, "rows": table.count, "columns": columns}


def split(table: Table, test_share_percent: int, seed: int) -> tuple[Table, Table]:
    """Split rows at random, the same way for the same seed.

    Parameters
    ----------
    table : Table
    test_share_percent : int
        1 to 99.
    seed : int
        Non-negative; keep it secret as long as the test rows are hidden.

    Returns
    -------
    tuple of (Table, Table)
        Training rows and test rows, each in the order of the table.

    Raises
    ------
    DataError
        If either side would be empty.
    """
    if not 1 <= test_share_percent <= 99:
        raise ValueError("the share of test rows is 1 to 99 per cent")
    if table.count < 2:
        raise DataError("a table of one row can't be split")
    tests = min(table.count - 1, max(1, table.count * test_share_percent // 100))
    order = np.random.Generator(np.random.PCG64(seed)).permutation(table.count)
    return table.take(np.sort(order[tests:])), table.take(np.sort(order[:tests]))
