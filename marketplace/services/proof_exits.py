"""What each sum of a proved bounty waits for, and who gets it: `release` and `close`, without a chain."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.services.proof_structs import Turn
from marketplace.services.proofs import PledgeView, ProofView


@dataclass(frozen=True)
class PledgeEnd:
    """How a maker's pledge ends, as things stand.

    Parameters
    ----------
    bonds : int
        That he gets by `release`: 0 if his is burned.
    after : int
        Last moment before which it can't be ended, Unix seconds; 0: it can be at once.
    """

    bonds: int
    after: int


def pledge_end(view: ProofView, pledge: PledgeView) -> PledgeEnd | None:
    """Return how a pledge ends if nobody does anything more; None if it has ended."""
    if pledge.turn is Turn.DONE:
        return None
    if pledge.turn is Turn.COMMITTED:
        return PledgeEnd(2, view.opening_until)
    if pledge.turn is Turn.VINDICATED:
        return PledgeEnd(2, 0)
    if pledge.turn is Turn.ANNOUNCED:
        return PledgeEnd(0, pledge.until)
    if pledge.turn is Turn.OPENED and view.winner is not None:
        return PledgeEnd(1, 0)
    return PledgeEnd(0, view.proving_until)


def ended_pledges(view: ProofView) -> list[PledgeView]:
    """Return the pledges that `release` can end now."""
    ends = [(pledge, pledge_end(view, pledge)) for pledge in view.pledges]
    return [pledge for pledge, end in ends if end is not None and view.now > end.after]


def closes_after(view: ProofView) -> int | None:
    """Return until when the requester can't have the rest, Unix seconds; 0: he can now; None: he has it."""
    if view.closed:
        return None
    if not view.pledges:
        return view.committing_until
    all_opened = all(pledge.t is not None for pledge in view.pledges)
    return 0 if view.winner is not None and all_opened else view.proving_until


def requesters_rest(view: ProofView) -> int:
    """Return what `close` would give the requester if nobody did anything more, token base units."""
    return (view.terms.makers - view.owed) * view.terms.bond + (0 if view.winner else view.terms.reward)
