"""What a seller's daemon does with an order: pure decisions, nothing is read or sent here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marketplace.services.catalog import OrderState
from marketplace.services.sell import SETTLE_MARGIN_SECONDS


class Deed(StrEnum):
    """What is done with an order now."""

    SETTLE = "settle"
    COLLECT = "collect"
    LEAVE = "leave"
    """It can't be settled any more; the buyer's money goes back to him."""
    WAIT = "wait"
    NOTHING = "nothing"


@dataclass(frozen=True)
class OrderFacts:
    """All that the decision about an order needs.

    Parameters
    ----------
    state : OrderState
    deadline : int
        For the settlement, Unix seconds.
    matures_at : int
        When the income of a settled order can be collected: after this, Unix seconds.
    block : int
        In which it was funded.
    shown : bool
        Its settlement was sent before, so that ``t`` is public: a reorg may have removed it.
    """

    state: OrderState
    deadline: int
    matures_at: int
    block: int
    shown: bool


@dataclass(frozen=True)
class Clock:
    """What time it is.

    Parameters
    ----------
    chain, latest : int
        Time of the newest block, and the later of it and this computer's; Unix seconds.
    block : int
        Number of the newest block.
    confirmations : int
        Blocks, its own included, after which an order is believed.
    """

    chain: int
    latest: int
    block: int
    confirmations: int = 1


def next_deed(order: OrderFacts, clock: Clock) -> Deed:
    """Return what to do with an order now.

    ``t`` is public once sent, so it is first sent only while inclusion before the deadline is safe, and
    only for an order that is deep enough in the chain. Once it is public, nothing is lost by sending it
    again to the last moment.
    """
    if order.state is OrderState.SETTLED:
        return Deed.COLLECT if order.matures_at < clock.chain else Deed.WAIT
    if order.state is OrderState.EXPIRED:
        return Deed.LEAVE
    if order.state is not OrderState.OPEN:
        return Deed.NOTHING
    left = order.deadline - clock.latest
    if order.shown:
        return Deed.SETTLE if left >= 0 else Deed.LEAVE
    if left < SETTLE_MARGIN_SECONDS:
        return Deed.LEAVE
    deep = clock.block - order.block + 1 >= clock.confirmations
    return Deed.SETTLE if deep else Deed.WAIT
