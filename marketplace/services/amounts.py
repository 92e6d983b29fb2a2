"""Amounts as people write them: whole tokens with decimals; and lengths of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Context, Decimal

from marketplace.errors import DataError

TOKEN_DECIMALS = 18
"""Decimals of a token, as of most ERC-20s; `setup.deploy` refuses a token with others."""

MAX_UNITS = 2**128 - 1
"""Largest amount of the contracts' structs, token base units."""

_AMOUNT = re.compile(r"([0-9]{1,100})(?:\.([0-9]+))?")
_LENGTH = re.compile(r"([0-9]{1,10})\s*([smhdw]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_tokens(text: str) -> int:
    """Read an amount of whole tokens, for instance ``12.5``.

    Returns
    -------
    int
        Token base units.

    Raises
    ------
    DataError
        If it is no such amount, has more than 18 decimals, or is too large.
    """
    found = _AMOUNT.fullmatch(text.strip())
    decimals = (found.group(2) or "") if found else ""
    if not found or len(decimals) > TOKEN_DECIMALS:
        raise DataError(f"not an amount of tokens: {text[:40]!r}", "write it like 100 or 12.5")
    units = int(found.group(1) + decimals.ljust(TOKEN_DECIMALS, "0"))
    if units > MAX_UNITS:
        raise DataError(f"this amount is too large: {text[:40]}", "write it like 100 or 12.5")
    return units


def show_tokens(units: int) -> str:
    """Show token base units as whole tokens, without superfluous zeros."""
    whole, part = divmod(abs(units), 10**TOKEN_DECIMALS)
    decimals = f"{part:0{TOKEN_DECIMALS}d}".rstrip("0")
    return ("-" if units < 0 else "") + str(whole) + (f".{decimals}" if decimals else "")


def show_coin(wei: int) -> str:
    """Show an amount of the chain's own coin, three digits of it."""
    return f"{Decimal(wei).scaleb(-18).normalize(Context(prec=3)):f}"


def parse_seconds(text: str) -> int:
    """Read a length of time: seconds, or with a unit, for instance ``90``, ``10m``, ``2h``, ``1d``.

    Raises
    ------
    DataError
        If it is none.
    """
    found = _LENGTH.fullmatch(text.strip().lower())
    if not found:
        raise DataError(f"not a length of time: {text[:40]!r}", "write it like 90s, 10m, 2h or 1d")
    return int(found.group(1)) * _SECONDS[found.group(2)]


def show_seconds(seconds: int) -> str:
    """Show a length of time in its largest whole unit, for instance ``10m``."""
    for unit in ("w", "d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


LAST_TIME = 253_402_300_799
"""Unix time of the last second of the year 9999, where calendars end."""


def show_time(timestamp: int) -> str:
    """Show a Unix time in UTC."""
    if timestamp > LAST_TIME:
        return "after the year 9999"
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
