"""Rare combinations: rows that stand alone, or among few, with what others may know of a person.

Counted are columns with few different values that describe people the way registers do: categories, whole
numbers, truth values. Measurements with fractions single people out only for who has measured them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from marketplace.datasets.table import Table

MAX_VALUES = 200
"""A column of more different values is not a category; `sensitive` looks at codes and dates."""

SMALL_GROUP = 5
"""Groups of fewer rows are called rare: the usual lower bound of public tables (k = 5)."""

MAX_PAIRED = 24
"""Columns whose pairs are counted, those of most values first: 276 pairs."""


@dataclass(frozen=True)
class Group:
    """What some columns together do.

    Parameters
    ----------
    columns : tuple of str
    alone : int
        Rows that no other row equals in these columns.
    rare : int
        Rows in groups of fewer than `SMALL_GROUP`, those alone included.
    smallest : int
        Rows of the smallest group.
    """

    columns: tuple[str, ...]
    alone: int
    rare: int
    smallest: int


@dataclass(frozen=True)
class Singling:
    """How far a table singles people out.

    Parameters
    ----------
    rows : int
    together : Group or None
        All columns that were counted; None if there is none.
    singles, pairs : tuple of Group
        Columns and pairs of columns with rare values, the worst first.
    """

    rows: int
    together: Group | None
    singles: tuple[Group, ...] = ()
    pairs: tuple[Group, ...] = ()

    @property
    def is_rare(self) -> bool:
        """Whether any row is in a group of fewer than `SMALL_GROUP`."""
        return self.together is not None and self.together.rare > 0


def find_singling(table: Table, except_for: tuple[str, ...] = ()) -> Singling:
    """Count groups of equal rows over columns of few values: all together, each, and pairs.

    Parameters
    ----------
    table : Table
        A million rows take seconds.
    except_for : tuple of str, optional
        Columns that are not counted, as they name people anyway.

    References
    ----------
    Sweeney 2002, k-anonymity. https://doi.org/10.1142/S0218488502001648
    """
    coded = _codes(table, except_for)
    if not coded:
        return Singling(table.count, None)
    singles = [_group((name,), codes) for name, (codes, _) in coded.items()]
    most = sorted(coded, key=lambda name: -coded[name][1])[:MAX_PAIRED]
    names = [name for name in coded if name in most]
    pairs = [_group((a, b), _joined(coded[a], coded[b])[0]) for a, b in combinations(names, 2)]
    together = _group(tuple(coded), _all_joined(list(coded.values())))
    return Singling(table.count, together, _worst(singles), _worst(pairs))


def _codes(table: Table, except_for: tuple[str, ...]) -> dict[str, tuple[np.ndarray, int]]:
    """Return columns of few values as small integers with their number; a missing cell is a value."""
    found = {}
    for name in table.columns:
        series = table.frame[name]
        known = series.dropna()
        if name in except_for or (table.is_number(name) and not bool((known == np.floor(known)).all())):
            continue
        codes, values = pd.factorize(series, use_na_sentinel=False)
        if 2 <= len(values) <= min(MAX_VALUES, max(2, table.count // 2)):
            found[name] = (codes.astype(np.int64), len(values))
    return found


def _joined(a: tuple[np.ndarray, int], b: tuple[np.ndarray, int]) -> tuple[np.ndarray, int]:
    return a[0] * b[1] + b[0], a[1] * b[1]


def _all_joined(columns: list[tuple[np.ndarray, int]]) -> np.ndarray:
    codes, count = columns[0]
    for other in columns[1:]:
        codes, count = _joined((codes, count), other)
        if count > 2**32:  # keeps products below 2**63
            values, codes = np.unique(codes, return_inverse=True)
            count = len(values)
    return codes


def _group(columns: tuple[str, ...], codes: np.ndarray) -> Group:
    if codes.max(initial=0) < 4 * len(codes) + MAX_VALUES**2:
        sizes = np.bincount(codes)
        sizes = sizes[sizes > 0]
    else:
        sizes = np.unique(codes, return_counts=True)[1]
    small = sizes[sizes < SMALL_GROUP]
    return Group(columns, int((sizes == 1).sum()), int(small.sum()), int(sizes.min()))


def _worst(groups: list[Group]) -> tuple[Group, ...]:
    rare = [group for group in groups if group.rare]
    return tuple(sorted(rare, key=lambda group: (-group.alone, -group.rare, group.columns)))
