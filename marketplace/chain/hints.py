"""What to do next, by Solidity error."""

from __future__ import annotations

HINTS: dict[str, str] = {}


def hint_for(name: str) -> str | None:
    """Return the hint of an error; None lets the default of `ContractReverted` stand."""
    return HINTS.get(name)
