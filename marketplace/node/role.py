"""What the roles of daemons share: a market, a voice, and patience with each of many things."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from marketplace.chain.localnet import CHAIN_ID as LOCAL_CHAIN_ID
from marketplace.errors import MarketplaceError, SpendingLimitReached
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from marketplace.services import contest
from marketplace.services.bounties import BountyView
from marketplace.services.market import Market
from marketplace.services.structs import Phase, Stage


@dataclass
class Role:
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

    def turn(self) -> int:
        """Do what is due now; return how many steps were done."""
        raise NotImplementedError

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
        except (MarketplaceError, OSError) as error:
            self.patience.failed(key)
            self.report.failed(subject, error)
            self.market.client.node.block()  # raises if it is the node that is away
            return False
        self.patience.worked(key)
        self.report.waits(subject, "")
        return True

    def await_seed(self, view: BountyView) -> None:
        """Mine the block of a draw on a local chain, which else stands still."""
        drawing = view.stage is Stage.JUDGING and view.panel.phase is Phase.DRAWING
        if drawing and self.market.chain_id == LOCAL_CHAIN_ID:
            contest.await_seed(self.market, view.bounty_id)
