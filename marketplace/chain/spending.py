"""The spending limit: how much money may leave a user's control in a command, and in a day.

What was spent is read from the transaction journal itself, in the database transaction that writes a
new entry: so a killed process can't reset it, and two commands at once can't both slip under it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from marketplace.errors import SpendingLimitReached

DAY_SECONDS = 86_400
"""A day is the last 24 hours, so that midnight does not double it."""

_UNIT = 10**18


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """What an account may spend, token base units; None: as much as it has.

    Parameters
    ----------
    per_command, per_day : int or None
    command : str
        Name of the run to which the transactions belong; a fresh one by default.
    """

    per_command: int | None = None
    per_day: int | None = None
    command: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def is_set(self) -> bool:
        """Whether there is any limit."""
        return self.per_command is not None or self.per_day is not None


@dataclass(frozen=True, slots=True)
class Spent:
    """Money of one journalled transaction: token base units, the run it belonged to, Unix seconds."""

    amount: int
    command: str
    created: int


def require_within(limits: SpendingLimits, amount: int, before: Iterable[Spent]) -> None:
    """Refuse an amount that, with what was spent before, is above a limit.

    Parameters
    ----------
    limits : SpendingLimits
    amount : int
        Token base units.
    before : iterable of Spent
        Of the last day.

    Raises
    ------
    SpendingLimitReached
    """
    earlier = list(before)
    here = sum(one.amount for one in earlier if one.command == limits.command)
    today = sum(one.amount for one in earlier)
    for name, limit, spent in (("command", limits.per_command, here), ("day", limits.per_day, today)):
        if limit is not None and amount and spent + amount > limit:
            before_it = f", after {_tokens(spent)} in this {name}" if spent else ""
            raise SpendingLimitReached(
                f"this would spend {_tokens(amount)} tokens{before_it}: "
                f"the limit of a {name} is {_tokens(limit)}",
                f"spend less, or raise it first: tessera wallet limit --per-{name} AMOUNT",
            )


def day_start() -> int:
    """Return when the last 24 hours began, Unix seconds."""
    return int(time.time()) - DAY_SECONDS


def _tokens(units: int) -> str:
    whole, part = divmod(units, _UNIT)
    return f"{whole}.{part:018d}".rstrip("0").rstrip(".")
