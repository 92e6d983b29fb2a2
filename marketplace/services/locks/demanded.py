"""Money locked by demands of what a verdict hides."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.services import demands
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.locks.kinds import Lock, LockKind
from marketplace.services.locks.sales import short
from marketplace.services.market import Market
from marketplace.services.structs import Stage, Turn


def demand_locks(market: Market, account: str) -> Iterator[Lock]:
    """Yield the bonds of an account's demands not paid out yet, and what its answers to others' earn."""
    opened = market.client.events("Referee", "DemandOpened", argument_filters={"demander": account})
    answered = market.client.events("Referee", "DemandAnswered", argument_filters={"who": account})
    for bounty_id in dict.fromkeys(event["bountyId"] for event in opened + answered):
        waiting = [one for one in demands.load_demands(market, bounty_id) if one.turn is not Turn.CLOSED]
        if not waiting:
            continue
        view, void = load_bounty(market, bounty_id), demands.voided_rounds(market, bounty_id)
        for one in waiting:
            voided = one.terms.round in void
            lost = _is_over(view, one) and one.turn is Turn.ANSWERED and not voided
            if one.terms.demander == account and not lost:
                yield _bond(view, one, voided)
            elif (fee := demands.earns(one, account)) and not voided:
                yield _fee(view, one, fee)


def _is_over(view: BountyView, one: demands.Demand) -> bool:
    same = view.stage is Stage.WINDOW and view.panel.number == one.terms.round
    return not same or view.now > view.deadline


def _fee(view: BountyView, one: demands.Demand, fee: int) -> Lock:
    over = _is_over(view, one)
    return Lock(
        LockKind.DEMAND_FEE,
        bucket=view.bounty_id,
        subject=one.demand_id,
        amount=fee,
        what=f"what your answers to a demand in bounty {short(view.bounty_id)} earn",
        why="the verdict stands, and nobody has paid this out yet" if over else demands.waits_for(view, one),
        until=0 if over else view.deadline,
        waits_for="",
        command=f"tessera bounty settle {short(view.bounty_id)}",
        ready=over,
    )


def _bond(view: BountyView, one: demands.Demand, voided: bool) -> Lock:
    over = voided or _is_over(view, one)
    what = "void" if voided else "final, and nobody answered"
    why = f"the verdict is {what}: nobody has paid this out yet" if over else demands.waits_for(view, one)
    return Lock(
        LockKind.DEMAND_BOND,
        bucket=view.bounty_id,
        subject=one.demand_id,
        amount=one.terms.bond,
        what=f"bond of your demand in bounty {short(view.bounty_id)}",
        why=why,
        until=0 if over else view.deadline,
        waits_for="",
        command=f"tessera bounty settle {short(view.bounty_id)}",
        ready=over,
    )
