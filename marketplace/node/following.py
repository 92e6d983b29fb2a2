"""What a requester's or maker's daemon does in a contest: pure decisions, nothing is read or sent here."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.services.bounties import CLAIMED, DELIVERED, KEY_PUBLIC, PASSED, BountyView
from marketplace.services.contest import due, forfeits
from marketplace.services.sell import SETTLE_MARGIN_SECONDS
from marketplace.services.structs import Outcome, Phase, Stage

REQUESTER, MAKER, CANDIDATE, ANYBODY = "requester", "maker", "candidate", "anybody"
SHARED_STEPS = frozenset({"choose", "draw", "close-commits", "close-reveals", "collect", "lapse", "finalize"})
"""Steps that several daemons could take: only the first is paid for, so the others hold back a while."""

_RANKS = {REQUESTER: 0, CANDIDATE: 1, MAKER: 2, ANYBODY: 3}


@dataclass(frozen=True)
class Facts:
    """What the decision needs besides the contest.

    Parameters
    ----------
    me : str
        Address.
    block : int
        Number of the newest block.
    granted : bool
        The panel that sits now has been given the candidate's key.
    worthless : bool
        This account's model was scored, and reaches no claim; or the rows are bad.
    shown : bool
        This account's delivery was sent before: its key is public, in time or not.
    received : bool
        The delivered model is on disk already, or nobody asked for it.
    cure : bool
        Publish the model's key rather than lose the claim bond, or half of the reward to who delivered it.
    asked : bool
        The contest was named: follow it also without a part in it.
    """

    me: str
    block: int
    granted: bool = False
    worthless: bool = False
    shown: bool = False
    received: bool = True
    cure: bool = False
    asked: bool = False


@dataclass(frozen=True)
class Decision:
    """The next step, or what is waited for.

    Parameters
    ----------
    step : str or None
        A name as the commands of ``tessera bounty`` have it.
    why : str
        What is waited for, or why nothing is done; empty if that is plain.
    """

    step: str | None
    why: str = ""


WAIT = Decision(None)


def part_of(view: BountyView, me: str) -> str:
    """Return what an address is in a contest."""
    if me == view.terms.requester:
        return REQUESTER
    if view.candidate is not None and view.candidate.maker == me:
        return CANDIDATE
    return MAKER if me in view.makers else ANYBODY


def next_step(view: BountyView, facts: Facts) -> Decision:
    """Return what to do now in a contest, as requester, maker or anybody."""
    part = part_of(view, facts.me)
    if part == ANYBODY and not facts.asked:
        return WAIT
    own = {REQUESTER: _requesters, MAKER: _makers, CANDIDATE: _candidates}.get(part)
    found = own(view, facts) if own is not None else WAIT
    return found if found.step or found.why else _anybodys(view, facts, part)


def is_over(view: BountyView, facts: Facts) -> bool:
    """Tell whether nothing can come any more for an account."""
    return view.stage is Stage.DONE and next_step(view, facts) == WAIT


def _requesters(view: BountyView, facts: Facts) -> Decision:
    late = view.now > view.deadline
    if view.stage is Stage.SUBMITTING and late and view.entrants and view.now <= view.rows_deadline:
        return Decision("open-rows")
    if view.stage is Stage.LOCKING and not late:
        return Decision("lock")
    if view.stage is Stage.CURE and view.flags & DELIVERED and not late:
        if facts.cure:
            return Decision("publish-key")
        return Decision(None, "the panel could not open the model: publish its key, or its maker keeps half")
    return WAIT if facts.received or not _is_delivered(view) else Decision("receive")


def _is_delivered(view: BountyView) -> bool:
    """Tell whether the model of a claim that holds can be opened."""
    if view.candidate is None or not view.flags & (DELIVERED | KEY_PUBLIC):
        return False
    if view.stage is Stage.DONE:
        return view.outcome in (Outcome.PAID, Outcome.HALVED)
    return view.stage is Stage.WINDOW and bool(view.flags & PASSED)


def _makers(view: BountyView, facts: Facts) -> Decision:
    entrant = view.entrant_of(facts.me)
    claiming = view.stage is Stage.CLAIMING and view.now <= view.deadline
    if claiming and not entrant.flags & CLAIMED and not facts.worthless:
        return Decision("claim")
    return WAIT


def _candidates(view: BountyView, facts: Facts) -> Decision:
    """Decide for the maker whose claim is judged."""
    panel, left = view.panel, view.deadline - view.now
    closed = not view.flags & KEY_PUBLIC
    if view.stage is Stage.JUDGING and panel.phase is Phase.DRAWING and closed:
        ready = facts.block > panel.seed_block
        return Decision("draw-and-grant") if ready else Decision(None, "waits for the block of the draw")
    granting = view.stage is Stage.JUDGING and panel.phase is Phase.COMMITTING and closed
    if granting and view.now <= panel.grant_deadline and not facts.granted:
        return Decision("grant")
    if view.stage is Stage.CURE and left >= 0:
        if facts.cure:
            return Decision("publish-key")
        return Decision(None, "the panel could not open the model: publish its key, or lose the claim bond")
    if view.stage is Stage.DELIVERING and left >= 0:
        if left >= SETTLE_MARGIN_SECONDS or facts.shown:
            return Decision("deliver")
        return Decision(None, "too little time is left to show the model's key safely: it is not delivered")
    return WAIT


def _anybodys(view: BountyView, facts: Facts, part: str) -> Decision:
    """Decide about what anybody can do: done if it serves this account, or if it was asked to follow."""
    step = due(view).exit
    if step is None or not _serves(view, facts, part, step):
        return WAIT
    if step == "draw" and facts.block <= view.panel.seed_block:
        return Decision(None, "waits for the block of the draw")
    return Decision(step)


def _serves(view: BountyView, facts: Facts, part: str, step: str) -> bool:
    if step == "release":
        return facts.me in view.owed or (part == ANYBODY and facts.asked)
    if forfeits(view, facts.me, step):
        return False
    silent = view.stage is Stage.LOCKING or (view.stage is Stage.SUBMITTING and view.entrants)
    return not (step == "lapse" and part == REQUESTER and silent)  # else it tells of his own silence


def rank(step: str, part: str) -> int:
    """Return how long to hold back with a step, in turns, so that not all send it at once."""
    if step not in SHARED_STEPS:
        return 0
    return _RANKS[part] + (1 if step == "draw" and part != CANDIDATE else 0)
