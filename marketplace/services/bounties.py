"""Contests as they stand: read from the logs and, at one block, from the contracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from marketplace.chain.events import Event
from marketplace.chain.reader import Snapshot
from marketplace.errors import DataError
from marketplace.services.amounts import show_tokens
from marketplace.services.catalog import find_id
from marketplace.services.market import Market
from marketplace.services.structs import (
    BountyTerms,
    Outcome,
    Phase,
    Stage,
    Submission,
    Verdict,
    submission_id,
    unpack_schedule,
)
from marketplace.types import format_id

CLAIMED, TRIED, FORFEITED, RELEASED = 1, 2, 4, 8
"""Bits of a submission's state (contracts/types/Bounty.sol, EntryFlags)."""

_CALLS = (
    ("Bounties", "bountyOf"),
    ("Bounties", "keyLockOf"),
    ("Bounties", "rowsClaimerOf"),
    ("Panels", "roundOf"),
    ("Panels", "sittingOf"),
)

KEY_PUBLIC, DELIVERED, PASSED, ROWS_CLAIMED, MET = 1, 2, 4, 16, 32
"""Bits of a bounty's state (contracts/types/Bounty.sol, BountyFlags)."""

VOID_ONE = 64
"""What each voided verdict of the candidate adds to that state."""


@dataclass(frozen=True)
class Entrant:
    """A submission with its state.

    Parameters
    ----------
    submission : Submission
    submission_id, index : int
        Its id, and its place in the order of submissions, from 1.
    claimed : int or None
        Score claimed, parts of SCORE_ONE.
    flags : int
        See the constants of this module.
    """

    submission: Submission
    submission_id: int
    index: int
    claimed: int | None
    flags: int

    @property
    def maker(self) -> str:
        """Address of the maker."""
        return self.submission.maker


@dataclass(frozen=True)
class Panel:
    """The round under way.

    Parameters
    ----------
    phase : Phase
    number : int
        Rounds of the bounty so far.
    deadline, seed_block : int
        Unix seconds; block number.
    seats : dict of int to int
        Seat by place.
    committed, revealed : frozenset of int
        Places.
    candidate : int
        Index of the submission; 0 for a round about the rows.
    grant_deadline : int
        Unix seconds; 0 if keys can't be granted now.
    granted : bool
        Whether the maker gave the key to the seats that sit now.
    """

    phase: Phase
    number: int
    deadline: int
    seed_block: int
    seats: dict[int, int]
    committed: frozenset[int]
    revealed: frozenset[int]
    candidate: int
    grant_deadline: int
    granted: bool = False


@dataclass(frozen=True)
class BountyView:
    """A contest at one block.

    Parameters
    ----------
    bounty_id : int
    terms : BountyTerms
    stage : Stage
    deadline, opened_at, now : int
        Unix seconds.
    flags : int
    verdict : Verdict
    candidate : Entrant or None
    entrants : tuple of Entrant
        In the order of submission.
    panel : Panel
    rows_key : int or None
        Scalar of the rows, once opened.
    key_lock : str
        Of the delivery.
    rows_claimer : str
        Who claims that the rows are bad; zero if nobody does.
    outcome : Outcome
    """

    bounty_id: int
    terms: BountyTerms
    stage: Stage
    deadline: int
    opened_at: int
    now: int
    flags: int
    verdict: Verdict
    candidate: Entrant | None
    entrants: tuple[Entrant, ...]
    panel: Panel
    rows_key: int | None
    key_lock: str
    rows_claimer: str
    outcome: Outcome

    def __repr__(self) -> str:
        """Say what it is in a line; the fields have the rest."""
        return (
            f"<BountyView {format_id(self.bounty_id)[:12]}: {self.stage.name}, "
            f"{show_tokens(self.terms.reward)} tokens, submissions: {len(self.entrants)}>"
        )

    @property
    def makers(self) -> list[str]:
        """All makers in the order of their submissions."""
        return [entrant.maker for entrant in self.entrants]

    @property
    def rows_deadline(self) -> int:
        """Until when the requester can open the rows, Unix seconds (while submitting)."""
        return self.deadline + self.lengths["rows"]

    @property
    def lengths(self) -> dict[str, int]:
        """Stage lengths in seconds, by name."""
        return unpack_schedule(self.terms.schedule)

    @property
    def owed(self) -> list[str]:
        """Makers whose bond, or whose share of a requester's deposit, is still to be paid after the end."""
        if self.stage is not Stage.DONE:
            return []
        all_get = self.outcome in (Outcome.SILENT, Outcome.BAD_ROWS)
        return [
            one.maker
            for one in self.entrants
            if not one.flags & RELEASED
            and (all_get or one.maker == self.rows_claimer or one.flags & (CLAIMED | FORFEITED) == CLAIMED)
        ]

    def mark(self) -> str:
        """Return a short name of this state: another one once any step was taken."""
        states = tuple((one.maker, one.claimed, one.flags) for one in self.entrants)
        panel = self.panel
        judged = (panel.phase, panel.number, panel.deadline, panel.seed_block, panel.candidate)
        seated = (sorted(panel.seats.items()), sorted(panel.committed), sorted(panel.revealed))
        parts = (self.stage, self.deadline, self.flags, self.key_lock, states, judged, seated)
        return sha256(repr(parts).encode()).hexdigest()[:16]

    def entrant_of(self, maker: str) -> Entrant:
        """Return a maker's submission.

        Raises
        ------
        DataError
            If he made none.
        """
        for entrant in self.entrants:
            if entrant.maker == maker:
                return entrant
        raise DataError(
            f"{maker} made no submission to {format_id(self.bounty_id)}",
            "submit a model with: tessera bounty submit",
        )

    def require_candidate(self) -> Entrant:
        """Return the candidate.

        Raises
        ------
        DataError
            If no claim is being judged.
        """
        if self.candidate is None:
            raise DataError(
                f"bounty {format_id(self.bounty_id)} has no candidate now",
                "see what is due with: tessera bounty show",
            )
        return self.candidate


def find_bounty(market: Market, text: str) -> int:
    """Return the id of the bounty that a unique prefix of its id names.

    Raises
    ------
    DataError
        If none or several match.
    """
    return find_id(market, text, "bounty", "Bounties", ("BountyOpened",), "bountyId")


def list_bounties(market: Market, *, ended: bool = True) -> list[BountyView]:
    """Return every contest, oldest first; without those that ended if not ``ended``."""
    with market.client.at() as pinned:
        found = market.client.events("Bounties", "BountyOpened", to_block=pinned.block.number)
        ids = [event["bountyId"] for event in found]
        if not ended:
            over = market.client.events("Bounties", "BountyEnded", to_block=pinned.block.number)
            gone = {event["bountyId"] for event in over}
            ids = [one for one in ids if one not in gone]
        return _load(market, pinned, ids)


def load_bounties(market: Market, ids: Iterable[int]) -> list[BountyView]:
    """Read several contests at one block; those that do not exist are left out."""
    with market.client.at() as pinned:
        return _load(market, pinned, list(dict.fromkeys(ids)))


def load_bounty(market: Market, bounty_id: int, *, block: int | None = None) -> BountyView:
    """Read a contest, as it stands now or stood in a block.

    Raises
    ------
    DataError
        If there is no such bounty.
    """
    if not isinstance(bounty_id, int):
        raise DataError(
            f"a bounty is named by its id, a number; this is a {type(bounty_id).__name__}",
            "pass the bounty_id of a view, or what find_bounty returns",
        )
    with market.client.at(block) as pinned:
        found = _load(market, pinned, [bounty_id])
    if not found:
        raise DataError(f"there is no bounty {format_id(bounty_id)}", "list them with: tessera bounty list")
    return found[0]


def _load(market: Market, pinned: Snapshot, ids: list[int]) -> list[BountyView]:
    """Read contests at one block: all their events at once, all their calls in batches."""
    names = ("BountyOpened", "ModelSubmitted", "RowsOpened", "BountyEnded")
    filters, last = {"bountyId": ids}, pinned.block.number
    events: dict[int, dict[str, list[Event]]] = {one: {name: [] for name in names} for one in ids}
    if ids:
        for event in market.client.events("Bounties", names, argument_filters=filters, to_block=last):
            events[event["bountyId"]][event.name].append(event)
    known = {one: found for one, found in events.items() if found["BountyOpened"]}
    calls: list[Any] = []
    for one, found in known.items():
        calls += [(contract, function, one) for contract, function in _CALLS]
        for event in found["ModelSubmitted"]:
            calls.append(("Bounties", "entryOf", one, event["submission"]["maker"]))
    answers = iter(pinned.call_many(calls))
    return [_view(market, pinned, one, found, answers) for one, found in known.items()]


def _view(
    market: Market, pinned: Snapshot, bounty_id: int, events: dict[str, list[Event]], answers: Iterator[Any]
) -> BountyView:
    """Put a contest together from its events and the answers to its calls."""
    state, key_lock, rows_claimer, current, sitting = (next(answers) for _ in _CALLS)
    entrants = tuple(_entrant(market, event, next(answers)) for event in events["ModelSubmitted"])
    rows, ended = events["RowsOpened"], events["BountyEnded"]
    panel = _panel(current, sitting)
    if panel.phase is Phase.COMMITTING and panel.candidate != 0:
        panel = replace(panel, granted=_is_granted(market, bounty_id, panel.number, pinned.block.number))
    return BountyView(
        bounty_id=bounty_id,
        terms=BountyTerms.from_log(events["BountyOpened"][0]["terms"]),
        stage=Stage(state.stage),
        deadline=state.deadline,
        opened_at=state.openedAt,
        now=pinned.block.timestamp,
        flags=state.flags,
        verdict=Verdict(state.verdict),
        candidate=next((e for e in entrants if e.index == state.candidate), None),
        entrants=entrants,
        panel=panel,
        rows_key=rows[0]["k"] if rows else None,
        key_lock=key_lock,
        rows_claimer=rows_claimer,
        outcome=Outcome(ended[0]["outcome"]) if ended else Outcome.NONE,
    )


def last_event(market: Market, name: str, bounty_id: int) -> Event | None:
    """Return the newest event of a name for a bounty, if there is one."""
    found = market.client.events("Bounties", name, argument_filters={"bountyId": bounty_id})
    return found[-1] if found else None


def round_events(market: Market, name: str, view: BountyView) -> list[Event]:
    """Return the events of a name of the round under way."""
    filters = {"bountyId": view.bounty_id, "number": view.panel.number}
    return market.client.events("Panels", name, argument_filters=filters)


def _entrant(market: Market, event: Event, entry: Any) -> Entrant:
    submission = Submission.from_log(event["submission"])
    claimed = entry.score if entry.flags & CLAIMED else None
    bounties = market.address("Bounties")
    own_id = submission_id(market.chain_id, bounties, event["bountyId"], submission.maker)
    return Entrant(submission, own_id, entry.index, claimed, entry.flags)


def _is_granted(market: Market, bounty_id: int, number: int, last: int) -> bool:
    """Tell whether the key was given since the last seats of a round were drawn."""
    this = {"bountyId": bounty_id}
    filters = {**this, "number": number}
    drawn = market.client.events("Panels", "SeatsDrawn", argument_filters=filters, to_block=last)
    first = drawn[-1].block if drawn else None
    found = market.client.events(
        "Bounties", "KeyGranted", argument_filters=this, from_block=first, to_block=last
    )
    return bool(found)


def _panel(current: Any, sitting: Any) -> Panel:
    seated = sitting.seated if current.phase != Phase.NONE else 0  # a round that is over holds no seat
    seats = {place: (sitting.seats >> (16 * place)) & 0xFFFF for place in _places(seated)}
    return Panel(
        phase=Phase(current.phase),
        number=current.number,
        deadline=current.deadline,
        seed_block=current.seedBlock,
        seats=seats,
        committed=frozenset(_places(sitting.committed)),
        revealed=frozenset(_places(sitting.revealed)),
        candidate=current.candidate,
        grant_deadline=current.mark if current.phase == Phase.COMMITTING else 0,
    )


def _places(mask: int) -> Iterable[int]:
    return [place for place in range(8) if mask >> place & 1]
