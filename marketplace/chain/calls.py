"""What is to be sent, and how long to wait and how much to pay for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from marketplace.chain.spending import SpendingLimits


@dataclass(frozen=True)
class Call:
    """A transaction to be made.

    Parameters
    ----------
    to : str or None
        None deploys a contract.
    data : str
        Hex.
    value_wei : int
    gas_limit : int or None
        None: estimated.
    """

    to: str | None
    data: str
    value_wei: int = 0
    gas_limit: int | None = None

    def fields(self, sender: str) -> dict[str, Any]:
        """Return the fields that a call and a transaction share."""
        found: dict[str, Any] = {"from": sender, "data": self.data, "value": self.value_wei}
        if self.to is not None:
            found["to"] = self.to
        return found


@dataclass(frozen=True)
class Limits:
    """How long to wait and how much to pay.

    Parameters
    ----------
    confirmations : int
        Blocks, its own included, that make a transaction final.
    receipt_timeout_seconds : float
    max_fee_gwei : int
        Highest fee per gas.
    replace_after_seconds : float
        After so long a transaction that blocks pass over is sent again for more.
    spending : SpendingLimits
        How many tokens may leave the user's control.
    """

    confirmations: int = 1
    receipt_timeout_seconds: float = 180
    max_fee_gwei: int = 500
    replace_after_seconds: float = 60
    spending: SpendingLimits = field(default_factory=SpendingLimits)
