"""What cells look like: e-mail addresses, phone and identity numbers, dates, names of people.

Each detector takes texts of cells and tells the share that it recognises. Check digits and number plans
come from python-stdnum and phonenumbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from importlib import import_module

import phonenumbers

from marketplace.datasets.headers import WORDS

EMAIL_PATTERN = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "IN", "CN", "JP", "AU", "SE", "CH", "TR")
"""Where numbers without a country code are looked for: large number plans of several continents."""

IDENTITY_MODULES = tuple(WORDS["identity_modules"])
"""Numbers of people, with check digits or a form that hardly anything else has.
https://arthurdejong.org/python-stdnum/formats"""

_PUNCTUATED = frozenset({"us.ssn", "pk.cnic"})
"""Without check digits: accepted only in their punctuated form."""

_DATES = (
    (re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.(\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})"), (3, 1, 2)),
    (re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)"), (1, 2, 3)),
)
_PHONE_SHAPE = re.compile(r"\+?[\d ()/.-]{7,22}(?:\s?(?:x|ext)\.?\s?\d{1,5})?")
_NAME_SHAPE = re.compile(r"[^\W\d_]+(?:[ '’.,-]{1,2}[^\W\d_]+){0,5}\.?")
_CODE_SHAPE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9/._-]{3,39}")

GIVEN_NAMES = frozenset(WORDS["given_names"])
"""Common given names of several languages, in lower case, accents gone."""


def share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    """Return the share of cells that pass a test."""
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def is_phone(cell: str) -> bool:
    """Tell whether a cell is a number of some number plan, written as people write them."""
    text = cell.strip()
    if not _PHONE_SHAPE.fullmatch(text) or as_date(text) is not None:
        return False
    marked = any(c in text for c in " ()/-.") and text.count(".") != 1
    regions = (None,) if text.startswith("+") else REGIONS if marked or text.startswith("0") else ()
    return any(_is_valid_phone(text, region) for region in regions)


def _is_valid_phone(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def identity_module(cells: Sequence[str], least: float) -> str | None:
    """Return the name of the identity number that most cells are, or None."""
    plain = [cell.strip() for cell in cells]
    if (
        not plain
        or share(plain, lambda cell: 7 <= len(cell) <= 42 and any(c.isdigit() for c in cell)) < least
    ):
        return None
    for name in IDENTITY_MODULES:
        check = _validator(name)
        if name in _PUNCTUATED and share(plain, lambda cell: "-" in cell) < least:
            continue
        if share(plain[:20], check) >= least and share(plain, check) >= least:
            return name
    return None


@cache
def _validator(name: str) -> Callable[[str], bool]:
    found: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return found


def is_card(cell: str) -> bool:
    """Tell whether a cell is the number of a payment card: 13 to 19 digits with Luhn's check digit."""
    digits = re.sub(r"[ -]", "", cell)
    return (
        digits.isdigit() and 13 <= len(digits) <= 19 and digits[0] in "23456" and _validator("luhn")(digits)
    )


def as_date(cell: str) -> date | None:
    """Read a date of the years 1880 to 2100, in any of the common forms."""
    for pattern, order in _DATES:
        if found := pattern.fullmatch(cell.strip()):
            year, month, day = (int(found.group(place)) for place in order)
            try:
                return date(year, month, day) if 1880 <= year <= 2100 else None
            except ValueError:
                continue
    return None


def is_given_name(cell: str) -> bool:
    """Tell whether one of a cell's words is a common given name, written like a name."""
    if not _NAME_SHAPE.fullmatch(cell):
        return False
    words = re.split(r"[ '’.,-]+", cell)
    return any(word[:1].isupper() and word.lower() in GIVEN_NAMES for word in words)


def is_name_shape(cell: str) -> bool:
    """Tell whether a cell is one to six words of letters that could be a person's name."""
    return len(cell) <= 60 and _NAME_SHAPE.fullmatch(cell) is not None


def is_code(cell: str) -> bool:
    """Tell whether a cell is a code: letters and digits without spaces, at least one digit."""
    return _CODE_SHAPE.fullmatch(cell) is not None
