"""What an account is to do next in a proved bounty, and until when; decided without a chain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marketplace.services.amounts import show_time
from marketplace.services.proof_exits import closes_after, pledge_end
from marketplace.services.proof_structs import Turn
from marketplace.services.proofs import PledgeView, ProofView


class ProofStep(StrEnum):
    """A step of an account; the name is that of the command."""

    ROWS = "rows"
    RECEIVE = "receive"
    CLOSE = "close"
    VINDICATE = "vindicate"
    PROVE = "prove"
    RELEASE = "release"


@dataclass(frozen=True)
class ProofTurn:
    """Something to do.

    Parameters
    ----------
    step : ProofStep
    until : int
        Last moment, Unix seconds; 0: there is none.
    """

    step: ProofStep
    until: int


def turns_of(view: ProofView, account: str) -> list[ProofTurn]:
    """Return what an account is to do now, most urgent first; burning its own bond is left to others."""
    found = [] if view.terms.requester != account else _of_requester(view)
    for pledge in view.pledges:
        if pledge.maker == account:
            found += _of_maker(view, pledge)
    return sorted(found, key=lambda one: one.until or 1 << 62)


def is_over(view: ProofView, account: str) -> bool:
    """Tell whether nothing can come any more for an account, but the model that it may have paid for."""
    return view.closed and all(one.turn is Turn.DONE for one in view.pledges if one.maker == account)


def waits_for(view: ProofView) -> str:
    """Say what comes next, and until when; empty if nothing does."""
    if view.stage == "committing":
        return f"makers may commit until {show_time(view.committing_until)}"
    if view.stage == "opening":
        return f"the requester may hand out the rows until {show_time(view.opening_until)}"
    if view.winner is None and view.on_turn is not None:
        return f"{view.on_turn.maker} alone may prove until {show_time(view.on_turn.until)}"
    if view.stage == "proving" and any(one.turn is Turn.OPENED for one in view.pledges):
        return f"the first to prove is paid, until {show_time(view.proving_until)}"
    after = closes_after(view)
    return f"what is left can be taken back after {show_time(after)}" if after else ""


def _of_requester(view: ProofView) -> list[ProofTurn]:
    found = []
    waiting = any(one.turn is Turn.COMMITTED for one in view.pledges)
    if waiting and view.committing_until < view.now <= view.opening_until:
        found.append(ProofTurn(ProofStep.ROWS, view.opening_until))
    if view.winner is not None:
        found.append(ProofTurn(ProofStep.RECEIVE, 0))
    after = closes_after(view)
    if after is not None and view.now > after:
        found.append(ProofTurn(ProofStep.CLOSE, 0))
    return found


def _of_maker(view: ProofView, pledge: PledgeView) -> list[ProofTurn]:
    if pledge.turn is Turn.DECLINED and view.now <= view.proving_until:
        return [ProofTurn(ProofStep.VINDICATE, view.proving_until)]
    if _may_prove(view, pledge):
        return [ProofTurn(ProofStep.PROVE, pledge.until or view.proving_until)]
    end = pledge_end(view, pledge)
    ripe = end is not None and end.bonds > 0 and view.now > end.after
    return [ProofTurn(ProofStep.RELEASE, 0)] if ripe else []


def _may_prove(view: ProofView, pledge: PledgeView) -> bool:
    if view.winner is not None:
        return False
    if pledge.turn is Turn.ANNOUNCED:
        return view.now <= pledge.until
    free = view.served and view.on_turn is None and view.now <= view.proving_until
    return pledge.turn is Turn.OPENED and free
