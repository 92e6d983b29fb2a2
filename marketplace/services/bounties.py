"""Contests as they stand: read from the logs and, at one block, from the contracts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from marketplace.chain.client import Snapshot
from marketplace.chain.events import Event
from marketplace.errors import DataError
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

KEY_PUBLIC, DELIVERED, PASSED, ROWS_CLAIMED = 1, 2, 4, 16
"""Bits of a bounty's state (contracts/types/Bounty.sol, BountyFlags)."""


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
    wanted = text.lower().removeprefix("0x")
    found = {
        event["bountyId"]
        for event in market.client.events("Bounties", "BountyOpened")
        if format_id(event["bountyId"]).removeprefix("0x").startswith(wanted)
    }
    if len(found) == 1:
        return int(found.pop())
    problem = "there is no bounty" if not found else f"{len(found)} bounties have an id that begins with"
    raise DataError(f"{problem} {text}", "list them with: tessera bounty list")


def list_bounties(market: Market) -> list[BountyView]:
    """Return every contest, oldest first."""
    opened = market.client.events("Bounties", "BountyOpened")
    return [load_bounty(market, event["bountyId"]) for event in opened]


def load_bounty(market: Market, bounty_id: int) -> BountyView:
    """Read a contest.

    Raises
    ------
    DataError
        If there is no such bounty.
    """
    with market.client.at() as pinned:
        opened = _events(market, "BountyOpened", bounty_id, pinned)
        if not opened:
            raise DataError(
                f"there is no bounty {format_id(bounty_id)}", "list them with: tessera bounty list"
            )
        state = pinned.call("Bounties", "bountyOf", bounty_id)
        entrants = _entrants(market, pinned, bounty_id)
        rows = _events(market, "RowsOpened", bounty_id, pinned)
        ended = _events(market, "BountyEnded", bounty_id, pinned)
        return BountyView(
            bounty_id=bounty_id,
            terms=BountyTerms.from_log(opened[0]["terms"]),
            stage=Stage(state.stage),
            deadline=state.deadline,
            opened_at=state.openedAt,
            now=pinned.block.timestamp,
            flags=state.flags,
            verdict=Verdict(state.verdict),
            candidate=next((e for e in entrants if e.index == state.candidate), None),
            entrants=entrants,
            panel=_panel(pinned, bounty_id),
            rows_key=rows[0]["k"] if rows else None,
            key_lock=pinned.call("Bounties", "keyLockOf", bounty_id),
            rows_claimer=pinned.call("Bounties", "rowsClaimerOf", bounty_id),
            outcome=Outcome(ended[0]["outcome"]) if ended else Outcome.NONE,
        )


def last_event(market: Market, name: str, bounty_id: int) -> Event | None:
    """Return the newest event of a name for a bounty, if there is one."""
    found = _events(market, name, bounty_id)
    return found[-1] if found else None


def round_events(market: Market, name: str, view: BountyView) -> list[Event]:
    """Return the events of a name of the round under way."""
    filters = {"bountyId": view.bounty_id, "number": view.panel.number}
    return market.client.events("Panels", name, argument_filters=filters)


def _events(market: Market, name: str, bounty_id: int, pinned: Snapshot | None = None) -> list[Event]:
    last = None if pinned is None else pinned.block.number
    return market.client.events("Bounties", name, argument_filters={"bountyId": bounty_id}, to_block=last)


def _entrants(market: Market, pinned: Snapshot, bounty_id: int) -> tuple[Entrant, ...]:
    found = []
    for event in _events(market, "ModelSubmitted", bounty_id, pinned):
        submission = Submission.from_log(event["submission"])
        entry = pinned.call("Bounties", "entryOf", bounty_id, submission.maker)
        claimed = entry.score if entry.flags & CLAIMED else None
        own_id = submission_id(market.chain_id, market.address("Bounties"), bounty_id, submission.maker)
        found.append(Entrant(submission, own_id, entry.index, claimed, entry.flags))
    return tuple(found)


def _panel(pinned: Snapshot, bounty_id: int) -> Panel:
    current: Any = pinned.call("Panels", "roundOf", bounty_id)
    sitting: Any = pinned.call("Panels", "sittingOf", bounty_id)
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
