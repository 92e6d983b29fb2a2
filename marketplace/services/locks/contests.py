"""Money locked by contests: seats, rewards and deposits, bonds of claims, and what the end will pay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from marketplace.services.bounties import (
    CLAIMED,
    FORFEITED,
    MET,
    RELEASED,
    BountyView,
    list_bounties,
    load_bounties,
    round_events,
)
from marketplace.services.contest import due, forfeits
from marketplace.services.locks.kinds import Lock, LockKind
from marketplace.services.locks.sales import short
from marketplace.services.market import Market
from marketplace.services.operators import SeatView, list_seats
from marketplace.services.stakes import SILENCE_PARTS, maker_share
from marketplace.services.structs import Outcome, Phase, Stage

_LEADS_TO = {
    Stage.SUBMITTING: "lapse",
    Stage.CLAIMING: "choose",
    Stage.CHOOSING: "choose",
    Stage.WINDOW: "finalize",
    Stage.HALVING: "finalize",
    Stage.ABANDONED: "finalize",
    Stage.DONE: "release",
}
"""The exit of each stage; of the others it is ``lapse``, of a panel that of its phase."""

_MINED, _OTHERS = "the block that seeds the draw is mined", "somebody else moves the contest on"

_OF_PHASE = {Phase.DRAWING: "draw", Phase.COMMITTING: "close-commits", Phase.VOIDED: "collect"}


def relevant_bounties(market: Market, account: str) -> list[BountyView]:
    """Return the contests in which an account may have money: those under way, and its own that ended."""
    running = list_bounties(market, ended=False)
    known = {view.bounty_id for view in running}
    mine = market.client.events("Bounties", "ModelSubmitted", argument_filters={"maker": account})
    ended = [event["bountyId"] for event in mine if event["bountyId"] not in known]
    return running + (load_bounties(market, ended) if ended else [])


def next_exit(view: BountyView) -> str:
    """Return the step by which a contest goes on once its present deadline has passed."""
    if view.stage is Stage.JUDGING:
        return _OF_PHASE.get(view.panel.phase, "close-reveals")
    return _LEADS_TO.get(view.stage, "lapse")


def step_now(view: BountyView, account: str, block: int) -> str:
    """Return the step that brings money of an account nearer to it, or empty.

    One that costs the account its own bond is left to others, and so is a draw that still has time: the
    candidate's maker draws and grants in one.

    Parameters
    ----------
    view : BountyView
    account : str
    block : int
        Number of the newest block: a draw needs the one behind its seed block.
    """
    step = due(view).exit
    if step is None or forfeits(view, account, step):
        return ""
    if step == "draw" and (view.now <= view.panel.deadline or block <= view.panel.seed_block):
        return ""
    return step if step != "release" or account in view.owed else ""


def contest_locks(market: Market, account: str, views: Sequence[BountyView], block: int) -> Iterator[Lock]:
    """Yield what an account has in contests, and what their ends will pay it."""
    for view in views:
        for kind, amount, what in _stakes(market, account, view):
            if amount:
                yield _contest_lock(view, account, kind, amount, what, block)


def _stakes(market: Market, account: str, view: BountyView) -> Iterator[tuple[LockKind, int, str]]:
    """Yield kind, amount and description of each sum of an account in a contest."""
    terms, name = view.terms, f"bounty {short(view.bounty_id)}"
    over = view.stage is Stage.DONE
    if terms.requester == account and not over:
        amount = terms.reward + terms.deposit + terms.panel_size * terms.panel_fee
        yield LockKind.REWARD, amount, f"reward, deposit and panel fees of {name}"
    entrant = next((one for one in view.entrants if one.maker == account), None)
    if entrant is not None and not entrant.flags & RELEASED:
        if entrant.flags & (CLAIMED | FORFEITED) == CLAIMED:
            yield LockKind.CLAIM_BOND, terms.claim_bond, f"bond of your claim in {name}"
        if view.rows_claimer == account:
            yield LockKind.ROWS_BOND, terms.claim_bond, f"bond of your claim that the rows of {name} are bad"
        if over and view.outcome in (Outcome.SILENT, Outcome.BAD_ROWS):
            part = terms.deposit // SILENCE_PARTS
            yield LockKind.COMPENSATION, part, f"your part of the requester's deposit in {name}"
    yield from _expected(market, account, view, name)


def _expected(
    market: Market, account: str, view: BountyView, name: str
) -> Iterator[tuple[LockKind, int, str]]:
    """Yield what an account gets if the verdict that stands now goes on standing."""
    ours = view.candidate is not None and view.candidate.maker == account
    if view.stage is Stage.HALVING and ours:
        yield LockKind.PRIZE, view.terms.reward // 2, f"half of the reward of {name}"
    if view.stage is Stage.WINDOW:
        if view.flags & MET and ours:
            yield LockKind.PRIZE, maker_share(view.terms), f"the reward of {name}"
        fees = _signed(market, account, view) * view.terms.panel_fee
        yield LockKind.FEE, fees, f"what your attestation in {name} is paid"


def _signed(market: Market, account: str, view: BountyView) -> int:
    """Return how many of an account's attestations are those of the quorum."""
    revealed = round_events(market, "Revealed", view)
    told = [
        (one["evaluator"], repr([one["attestation"][key] for key in _EQUAL]))
        for one in revealed
        if one["place"] in view.panel.seats
    ]
    votes = Counter(text for _, text in told)
    if not votes or votes.most_common(1)[0][1] < view.terms.quorum:
        return 0
    winner = votes.most_common(1)[0][0]
    return sum(text == winner and who == account for who, text in told)


_EQUAL = ("verdict", "score", "sums", "evidenceRoot")
"""What makes attestations equal; see docs/architecture.md."""


def _contest_lock(view: BountyView, account: str, kind: LockKind, amount: int, what: str, block: int) -> Lock:
    waiting, step = due(view), step_now(view, account, block)
    if view.stage is Stage.DONE:
        why = "the contest is over, and nobody has paid this out yet"
    elif step:
        why = f"{view.stage.name.lower()}: the deadline has passed, anybody can move the contest on"
    elif waiting.exit is not None and forfeits(view, account, waiting.exit):
        why = "this claim did not hold: its bond pays the panel, the rest is burned"
    else:
        why = f"{waiting.stage}: {waiting.who} may {waiting.what}"
    late = waiting.exit is not None and not step and waiting.until <= view.now
    return Lock(
        kind,
        bucket=view.bounty_id,
        subject=view.bounty_id,
        amount=amount,
        what=what,
        why=why,
        until=0 if step or late else waiting.until,
        waits_for=_MINED if late and waiting.exit == "draw" else _OTHERS if late else "",
        command=f"tessera bounty {step or next_exit(view)} {short(view.bounty_id)}",
        ready=bool(step),
        step=step,
        bounty=view.bounty_id,
    )


def seat_locks(market: Market, account: str, views: Sequence[BountyView], block: int) -> Iterator[Lock]:
    """Yield the bonds of an account's seats."""
    now = market.now()
    seats = list_seats(market, account) if market.client.call("Operators", "seatsOf", account) else []
    for seat in seats:
        if seat.bond:
            yield _on_panel(seat, account, views, block) if seat.locked else _off_panel(seat, account, now)


def _off_panel(seat: SeatView, account: str, now: int) -> Lock:
    until, waits = seat.leave_at if seat.whole else 0, ""
    why = "you have announced to leave; until then it can still be drawn"
    if not seat.whole:
        why = "it was slashed: such a seat is never drawn again"
    elif not seat.leave_at:
        why = "the seat can be drawn: its bond is what a false attestation costs"
        waits = "you announce that you leave it"
    ready = not seat.whole or 0 < until <= now
    command = f"tessera operator leave {seat.seat}"
    what = f"bond of seat {seat.seat}"
    return Lock(
        LockKind.SEAT_BOND, int(account, 16), seat.seat, seat.bond, what, why, until, waits, command, ready
    )


def _on_panel(seat: SeatView, account: str, views: Sequence[BountyView], block: int) -> Lock:
    """Return the lock of a seat that sits on a panel; who wants to leave it moves the contest on."""
    leave, leaving = f"tessera operator leave {seat.seat}", bool(seat.leave_at) or not seat.whole
    view = next((one for one in views if seat.seat in one.panel.seats.values()), None)
    if view is None:  # freed, or drawn, since the contests were read
        return replace(
            _off_panel(seat, account, 0), why="its panel changes just now: look again", ready=False
        )
    waiting, step = due(view), step_now(view, account, block) if leaving else ""
    return Lock(
        LockKind.SEAT_BOND,
        bucket=int(account, 16),
        subject=seat.seat,
        amount=seat.bond,
        what=f"bond of seat {seat.seat}, on the panel of bounty {short(view.bounty_id)}",
        why=f"a seat can't be left while its panel sits: {waiting.who} may {waiting.what}",
        until=0 if step else waiting.until,
        waits_for="" if leaving else "you announce that you leave it",
        command=f"tessera bounty {step} {short(view.bounty_id)}" if step else leave,
        ready=bool(step),
        step=step,
        bounty=view.bounty_id,
    )
