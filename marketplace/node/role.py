"""What the roles of daemons share: a market, a voice, and patience with each of many things."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from marketplace.chain.rpc import LOCAL_CHAIN_ID
from marketplace.errors import MarketplaceError, SpendingLimitReached
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from marketplace.services import contest
from marketplace.services.bounties import BountyView
from marketplace.services.market import Market
from marketplace.services.structs import Phase, Stage


@dataclass
class Role(ABC):
    """A daemon's work: `turn` does what is due now.

    Parameters
    ----------
    market : Market
    report : Report
    patience : Patience
    once : bool
        Hold nothing back: there is no later turn.
    """

    market: Market
    report: Report
    patience: Patience
    once: bool = False
    stopping: Callable[[], bool] = field(default=lambda: False)

    @abstractmethod
    def turn(self) -> int:
        """Do what is due now; return how many steps were done."""

    def attempt(self, key: Hashable, subject: str, work: Callable[..., object], *args: Any) -> bool:
        """Do one step; an error of its own puts it off and stops nothing else.

        Raises
        ------
        SpendingLimitReached
            Nobody may spend now: the daemon ends.
        ChainError
            If no node answers any more.
        """
        if self.stopping() or not self.patience.is_due(key):
            return False
        try:
            with self.report.about(subject):
                work(*args)
        except SpendingLimitReached:
            raise
        except Exception as error:
            self._put_off(key, subject, error)
            return False
        self.patience.worked(key)
        self.report.waits(subject, "")
        return True

    def look_at(self, subject: str, work: Callable[..., int], *args: Any) -> int:
        """Look at one of many things and return the steps done; an error with it keeps no other waiting.

        Raises
        ------
        SpendingLimitReached, ChainError
            As `attempt`.
        """
        key = ("look", subject)
        if self.stopping() or not self.patience.is_due(key):
            return 0
        try:
            done = work(*args)
        except SpendingLimitReached:
            raise
        except Exception as error:
            self._put_off(key, subject, error)
            return 0
        self.patience.worked(key)
        return done

    def _put_off(self, key: Hashable, subject: str, error: Exception) -> None:
        self.patience.failed(key)
        self.report.failed(subject, as_told(error))
        self.market.client.node.block()  # raises if it is the node that is away

    def await_seed(self, view: BountyView) -> None:
        """Mine the block of a draw on a local chain, which else stands still."""
        drawing = view.stage is Stage.JUDGING and view.panel.phase is Phase.DRAWING
        if drawing and self.market.chain_id == LOCAL_CHAIN_ID:
            contest.await_seed(self.market, view.bounty_id)


def as_told(error: Exception) -> Exception:
    """Return an error as a daemon tells it: a fault of its own by its place, for its text may be anything."""
    if isinstance(error, (MarketplaceError, OSError)):
        return error
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = f"a fault of this program: {type(error).__name__} in {place.filename}, line {place.lineno}"
    return MarketplaceError(text, "report it with this line; all else goes on, and it is tried again")
