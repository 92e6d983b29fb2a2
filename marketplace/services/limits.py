"""Spending limits: kept in the home of the wallets by account, lowered or raised by command only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.chain.spending import SpendingLimits
from marketplace.config import Settings
from marketplace.constants import MAX_RECORD_BYTES
from marketplace.crypto.files import atomic_writer
from marketplace.errors import ConfigError, DataError
from marketplace.foreign import read_text
from marketplace.services.amounts import parse_tokens, show_tokens

FOLDER = "limits"
_HINT = "correct the file, or remove it and set the limits again: tessera wallet limit"


@dataclass(frozen=True)
class Kept:
    """The limits of an account as they are kept, token base units; None: no limit."""

    per_command: int | None = None
    per_day: int | None = None

    def allows_more_than(self, other: Kept) -> bool:
        """Tell whether any limit is higher than another's."""
        pairs = ((self.per_command, other.per_command), (self.per_day, other.per_day))
        return any(old is not None and (new is None or new > old) for new, old in pairs)


def load_limits(settings: Settings, address: str) -> SpendingLimits:
    """Return the limits that hold for an account: of those kept and those set, the lower.

    Raises
    ------
    ConfigError
        If the file can't be used: then nothing is spent.
    """
    kept = read_kept(settings, address)
    return SpendingLimits(
        _lower(kept.per_command, settings.max_spend_per_command),
        _lower(kept.per_day, settings.max_spend_per_day),
    )


def read_kept(settings: Settings, address: str) -> Kept:
    """Return the limits that are kept for an account.

    Raises
    ------
    ConfigError
        If the file can't be used.
    """
    found = _read(_path(settings, address))
    return Kept(found.get("per_command"), found.get("per_day"))


def keep(settings: Settings, address: str, limits: Kept) -> None:
    """Write the limits of an account, whole or not at all.

    Raises
    ------
    ConfigError
        If the file can't be used or written.
    """
    path = _path(settings, address)
    plain = {"per_command": _text(limits.per_command), "per_day": _text(limits.per_day)}
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        with atomic_writer(path) as sink:
            sink.write(json.dumps(plain, indent=2).encode())
    except OSError as error:
        raise ConfigError(f"can't write {path}: {error.strerror}", "check TESSERA_HOME") from error


def _path(settings: Settings, address: str) -> Path:
    """Name the file of an account; one for each, so that two commands never write each other's."""
    return settings.home / FOLDER / f"{address}.json"


def _text(units: int | None) -> str | None:
    return None if units is None else show_tokens(units)


def _read(path: Path) -> dict[str, int | None]:
    try:
        data = json.loads(read_text(path, MAX_RECORD_BYTES))
        return {key: _units(data[key]) for key in ("per_command", "per_day")}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, RecursionError, DataError) as error:
        raise ConfigError(f"the spending limits in {path} can't be read", _HINT) from error


def _units(value: Any) -> int | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("an amount is a text")
    return None if value is None else parse_tokens(value)


def _lower(kept: int | None, setting: str | None) -> int | None:
    given = None if setting is None else parse_tokens(setting)
    both = [units for units in (kept, given) if units is not None]
    return min(both, default=None)
