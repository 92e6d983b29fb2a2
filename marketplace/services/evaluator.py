"""An evaluator's whole situation: capital at risk, seats, panels with what is due, earnings, slashes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from marketplace.chain import Event
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.market import Market
from marketplace.services.operators import SeatView, list_seats
from marketplace.services.structs import Phase
from marketplace.services.turns import awaits_key

NO_COMMITMENT = "drawn, and did not commit in time"
NO_REVEAL = "committed, and did not reveal in time"
DISPROVED = "signed a verdict that was disproved"


@dataclass(frozen=True)
class Sitting:
    """A place on a panel that is under way.

    Parameters
    ----------
    bounty_id, seat, place : int
    phase : Phase
    due : str
        What this evaluator has to do; empty if he waits for others.
    until : int
        Unix seconds.
    """

    bounty_id: int
    seat: int
    place: int
    phase: Phase
    due: str
    until: int


@dataclass(frozen=True)
class Earning:
    """What an evaluator was paid for a contest: its fee, and his part of a forfeited claim bond.

    Parameters
    ----------
    bounty_id : int
    amount : int
        Token base units.
    attested : int
        Attestations he revealed for it.
    """

    bounty_id: int
    amount: int
    attested: int


@dataclass(frozen=True)
class Slash:
    """What a seat lost, and why.

    Parameters
    ----------
    seat : int
    amount : int
        Token base units.
    reason : str
    bounty_id : int or None
        Of the panel, if its log tells.
    at : int
        Unix seconds.
    """

    seat: int
    amount: int
    reason: str
    bounty_id: int | None
    at: int


@dataclass(frozen=True)
class Evaluator:
    """An account as evaluator.

    Parameters
    ----------
    account : str
    seats : tuple of SeatView
    sittings : tuple of Sitting
    earnings : tuple of Earning
    slashes : tuple of Slash
    leave_delay : int
        Seconds between announcing and leaving.
    now : int
        Time of the chain, Unix seconds.
    """

    account: str
    seats: tuple[SeatView, ...]
    sittings: tuple[Sitting, ...]
    earnings: tuple[Earning, ...]
    slashes: tuple[Slash, ...]
    leave_delay: int
    now: int

    @property
    def at_risk(self) -> int:
        """What is left of all bonds, token base units."""
        return sum(one.bond for one in self.seats)

    @property
    def on_panels(self) -> int:
        """The part of it whose seats sit on panels now, token base units."""
        return sum(one.bond for one in self.seats if one.locked)

    @property
    def earned(self) -> int:
        """All earnings, token base units."""
        return sum(one.amount for one in self.earnings)

    @property
    def lost(self) -> int:
        """All that was slashed, token base units."""
        return sum(one.amount for one in self.slashes)


def load_evaluator(market: Market, account: str) -> Evaluator:
    """Read the situation of an evaluator from the contracts and the logs."""
    seats = tuple(list_seats(market, account))
    return Evaluator(
        account=account,
        seats=seats,
        sittings=_sittings(market, seats),
        earnings=_earnings(market, account),
        slashes=_slashes(market, account),
        leave_delay=market.client.call("Operators", "LEAVE_DELAY"),
        now=market.now(),
    )


def _sittings(market: Market, seats: tuple[SeatView, ...]) -> tuple[Sitting, ...]:
    """Return the places of locked seats: on panels of contests that have not ended."""
    mine = {one.seat for one in seats if one.locked}
    if not mine:
        return ()
    ended = {event["bountyId"] for event in market.client.events("Bounties", "BountyEnded")}
    opened = [event["bountyId"] for event in market.client.events("Bounties", "BountyOpened")]
    found = []
    for bounty_id in opened:
        if bounty_id not in ended:
            view = load_bounty(market, bounty_id)
            places = [place for place, seat in view.panel.seats.items() if seat in mine]
            found += [_sitting(view, place) for place in places]
    return tuple(found)


def _sitting(view: BountyView, place: int) -> Sitting:
    panel, due = view.panel, ""
    if panel.phase is Phase.COMMITTING and place not in panel.committed:
        due = "commit, once the maker has granted its key" if awaits_key(view) else "commit"
    elif panel.phase is Phase.REVEALING and place not in panel.revealed and place in panel.committed:
        due = "reveal"
    return Sitting(view.bounty_id, panel.seats[place], place, panel.phase, due, panel.deadline)


def _earnings(market: Market, account: str) -> tuple[Earning, ...]:
    """Return what contests paid to an account that attested for them."""
    attested: dict[int, int] = defaultdict(int)
    for event in market.client.events("Panels", "Revealed", argument_filters={"evaluator": account}):
        attested[event["bountyId"]] += 1
    if not attested:
        return ()
    paid: dict[int, int] = defaultdict(int)
    mine = {"module": market.address("Bounties"), "to": account}
    for event in market.client.events("Vault", "Paid", argument_filters=mine):
        paid[event["bucket"]] += event["amount"]
    return tuple(Earning(one, paid[one], count) for one, count in attested.items())


def _slashes(market: Market, account: str) -> tuple[Slash, ...]:
    events = market.client.events("Operators", "SeatSlashed", argument_filters={"owner": account})
    return tuple(_slash(market, event) for event in events)


def _slash(market: Market, event: Event) -> Slash:
    """Say why a seat was slashed: what else its transaction logged tells it."""
    if int(event["challenger"], 16):
        reason, log = f"{DISPROVED} by {event['challenger']}", "PanelSlashed"
    elif _beside(market, event, "CommitsClosed"):
        reason, log = NO_COMMITMENT, "CommitsClosed"
    else:
        reason, log = NO_REVEAL, "Judged"
    beside = _beside(market, event, log)
    return Slash(
        seat=event["seat"],
        amount=event["burned"] + event["rewarded"],
        reason=reason,
        bounty_id=beside[0]["bountyId"] if beside else None,
        at=market.client.node.block(event.block).timestamp,
    )


def _beside(market: Market, event: Event, name: str) -> list[Event]:
    found = market.client.events("Panels", name, from_block=event.block, to_block=event.block)
    return [one for one in found if one.tx_hash == event.tx_hash]
