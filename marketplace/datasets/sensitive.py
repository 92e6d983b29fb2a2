"""Columns that look like names, e-mail addresses, dates of birth, phone or record numbers.

By content and by header. Pointed out to the owner before anything is published; never sent anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketplace.datasets import detectors
from marketplace.datasets.headers import (
    ADDRESS,
    BIRTH,
    EMAIL,
    NAME,
    PHONE,
    RECORD,
    announced,
    is_weak,
)
from marketplace.datasets.table import Table

SAMPLE = 200
"""Cells looked at by slow detectors, drawn over the whole column."""

MOST = 0.9
"""Share of cells that must fit where a few could fit by chance."""

FEW_VALUES = 20
"""A weak header over fewer different values names kinds of things, not people."""

BIRTH_SPAN_YEARS = 20
"""Dates of birth span more years than dates of events in a table usually do."""


@dataclass(frozen=True)
class Suspect:
    """A column that may say who somebody is.

    Parameters
    ----------
    column : str
    kind : str
        What it looks like, in the plural.
    reason : str
        One phrase; never a cell.
    """

    column: str
    kind: str
    reason: str


def find_sensitive(table: Table) -> list[Suspect]:
    """Return the columns of a table that look like they name people, in its order.

    Parameters
    ----------
    table : Table

    Returns
    -------
    list of Suspect
        At most one for each column.
    """
    return [found for column in table.columns if (found := _look(table, column)) is not None]


def _look(table: Table, column: str) -> Suspect | None:
    known = table.frame[column].dropna()
    if known.empty:
        return None
    values = np.asarray(pd.unique(known))
    cells = _texts(values, table.is_number(column))
    if cells is None:  # fractions: measurements, whatever the header says
        return None
    by_content = _by_text(known, cells) if not table.is_number(column) else _by_number(known, values, cells)
    header = announced(column)
    if by_content is not None and (header is None or by_content[0] == header):
        return Suspect(column, *by_content)
    if header is not None and _plausible(header, column, values, cells):
        return Suspect(column, header, "its header says so")
    return None if by_content is None else Suspect(column, *by_content)


def _texts(values: np.ndarray, is_number: bool) -> list[str] | None:
    """Return a sample of different values as texts; None for numbers with fractions."""
    if is_number:
        if not bool((values == np.floor(values)).all()):
            return None
        values = values[np.abs(values) < 1e18]
    step = max(1, len(values) // SAMPLE)
    chosen = values[::step][: 2 * SAMPLE]
    return [f"{value:.0f}" for value in chosen] if is_number else [str(value) for value in chosen]


def _by_text(known: pd.Series, cells: list[str]) -> tuple[str, str] | None:
    marked = known[known.str.contains("@", regex=False)]
    mails = sum(detectors.EMAIL_PATTERN.search(cell) is not None for cell in marked)
    if mails:
        return EMAIL, f"{mails} of its cells hold one"
    if (found := _numbers(cells)) is not None:
        return found
    if detectors.share(cells, detectors.is_phone) >= 0.7:
        return PHONE, "most cells are numbers of a number plan"
    if detectors.share(cells, lambda cell: detectors.as_date(cell) is not None) >= MOST:
        return _birth(cells)
    names = detectors.share(cells, detectors.is_given_name)
    if len(cells) >= 8 and names >= 0.3:
        return NAME, f"{names:.0%} of its values hold a common given name"
    if _is_unique(known) and detectors.share(cells, detectors.is_code) >= MOST:
        return RECORD, "a different code in every row"
    return None


def _by_number(known: pd.Series, values: np.ndarray, cells: list[str]) -> tuple[str, str] | None:
    if (found := _numbers(cells)) is not None:
        return found
    if len(cells) >= 8 and detectors.share(cells, lambda cell: detectors.as_date(cell) is not None) >= MOST:
        return _birth(cells)
    if not _is_unique(known) or _is_counter(known.to_numpy()):
        return None
    lengths = pd.Series([len(cell) for cell in cells]).value_counts(normalize=True)
    if values.min() >= 1000 and lengths.iloc[0] >= 0.95:
        return RECORD, "a different whole number of the same length in every row"
    return None


def _numbers(cells: list[str]) -> tuple[str, str] | None:
    """Recognise identity, account and card numbers by their check digits."""
    if len(cells) < 3:
        return None
    if (module := detectors.identity_module(cells, MOST)) is not None:
        return RECORD, f"identity or account numbers with valid check digits ({module.rstrip('_')})"
    if detectors.share(cells, detectors.is_card) >= MOST:
        return RECORD, "numbers of payment cards with valid check digits"
    return None


def _birth(cells: list[str]) -> tuple[str, str] | None:
    dates = [found for cell in cells if (found := detectors.as_date(cell)) is not None]
    years = sorted(one.year for one in dates)
    span = years[-len(years) // 20 - 1] - years[len(years) // 20]
    if len(dates) >= 8 and span >= BIRTH_SPAN_YEARS:
        return BIRTH, f"dates that span {span} years"
    return None


def _plausible(kind: str, column: str, values: np.ndarray, cells: list[str]) -> bool:
    """Tell whether cells can be what the header says."""
    if kind == NAME:
        shape = detectors.share(cells, detectors.is_name_shape)
        return shape >= 0.5 and (len(values) > FEW_VALUES or not is_weak(column))
    if kind == EMAIL:
        return detectors.share(cells, lambda cell: "@" in cell) > 0
    if kind == BIRTH:
        return detectors.share(cells, _is_date_or_year) >= 0.5
    if kind == PHONE:
        return detectors.share(cells, lambda cell: 6 <= sum(c.isdigit() for c in cell) <= 15) >= 0.5
    if kind == ADDRESS:
        return len(values) > 2
    return detectors.share(cells, lambda cell: any(c.isdigit() for c in cell)) >= 0.5 and len(values) > 2


def _is_date_or_year(cell: str) -> bool:
    if cell.isdigit() and len(cell) == 4:
        return 1880 <= int(cell) <= 2100
    return detectors.as_date(cell) is not None or sum(c.isdigit() for c in cell) >= 4


def _is_unique(known: pd.Series) -> bool:
    return len(known) >= FEW_VALUES and bool(known.is_unique)


def _is_counter(numbers: np.ndarray) -> bool:
    """Tell whether a column only numbers its rows, 0, 1, 2, … or 1, 2, 3, …"""
    return bool((np.diff(numbers) == 1).all()) and numbers[0] in (0, 1)
