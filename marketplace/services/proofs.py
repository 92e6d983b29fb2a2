"""Proved bounties as the chain has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.chain import Event, Snapshot
from marketplace.errors import ConfigError, DataError
from marketplace.proving.shapes import Shape, circuit_of
from marketplace.services.catalog import find_id
from marketplace.services.market import Market
from marketplace.services.proof_structs import Commitment, ProofTerms, Turn
from marketplace.types import format_id

ANNOUNCED_SECONDS = 30 * 60
"""How long only a maker who has announced can prove (contracts/libraries/ProofRules.sol)."""


@dataclass(frozen=True)
class PledgeView:
    """A maker's commitment.

    Parameters
    ----------
    maker : str
    commitment : Commitment
    turn : Turn
    t : int or None
        What the requester opened the lock with.
    until : int
        Last moment in which its maker alone can prove, Unix seconds; 0: he has not announced.
    announced_in : int
        Block in which he announced, or 0.
    """

    maker: str
    commitment: Commitment
    turn: Turn
    t: int | None
    until: int = 0
    announced_in: int = 0


@dataclass(frozen=True)
class ProofView:
    """A proved bounty at one block.

    Parameters
    ----------
    bounty_id : int
    terms : ProofTerms
    opened_at, now : int
        Unix time, seconds.
    pledges : tuple of PledgeView
        In the order in which they were made.
    winner : str or None
    sealed : tuple of int
        The winner's encrypted model, after its point.
    closed : bool
    owed : int
        Makers to whom the requester owes a bond: who have no rows, unless they were declined rightly.
    """

    bounty_id: int
    terms: ProofTerms
    opened_at: int
    now: int
    pledges: tuple[PledgeView, ...]
    winner: str | None
    sealed: tuple[int, ...]
    closed: bool
    owed: int

    @property
    def committing_until(self) -> int:
        """Last moment to commit, Unix seconds."""
        return self.opened_at + self.terms.committing

    @property
    def opening_until(self) -> int:
        """Last moment to open the rows."""
        return self.committing_until + self.terms.opening

    @property
    def proving_until(self) -> int:
        """Last moment to announce a proof; each announcement gives the others as much time as it takes."""
        announced = sum(pledge.until > 0 for pledge in self.pledges)
        return self.opening_until + self.terms.proving + announced * ANNOUNCED_SECONDS

    @property
    def served(self) -> bool:
        """Whether every maker has the rows, or was declined; or those who have not never will."""
        return self.now > self.opening_until or all(one.turn is not Turn.COMMITTED for one in self.pledges)

    @property
    def on_turn(self) -> PledgeView | None:
        """The maker who alone can prove now."""
        return next((one for one in self.pledges if one.until >= self.now), None)

    @property
    def stage(self) -> str:
        """What is going on: committing, opening, proving, paid, over or closed."""
        if self.closed:
            return "closed"
        if self.winner is not None:
            return "paid"
        if self.now <= self.committing_until:
            return "committing"
        if any(pledge.turn is Turn.COMMITTED for pledge in self.pledges) and self.now <= self.opening_until:
            return "opening"
        return "proving" if self.pledges and self.now <= self.proving_until else "over"

    @property
    def shape(self) -> Shape:
        """The circuit."""
        return circuit_of(self.terms.circuit)

    def pledge_of(self, maker: str) -> PledgeView:
        """Return a maker's commitment.

        Raises
        ------
        DataError
            If he made none.
        """
        for pledge in self.pledges:
            if pledge.maker == maker:
                return pledge
        raise DataError(
            f"{maker} has committed to no model in bounty {format_id(self.bounty_id)}",
            "name the maker's wallet with --wallet",
        )


def has_proofs(market: Market) -> bool:
    """Tell whether the deployment has the contract of proofs."""
    deployment = market.client.deployment
    return deployment is not None and "Proofs" in deployment.contracts


def require_proofs(market: Market) -> None:
    """Refuse to begin on a deployment without the contract of proofs.

    Raises
    ------
    ConfigError
    """
    if not has_proofs(market):
        raise ConfigError(
            f"the deployment on chain {market.chain_id} has no contract for proved scores",
            "add it, on a local chain, with: tessera proved deploy",
        )


def find_proof(market: Market, text: str) -> int:
    """Return the id of the proved bounty that a unique prefix of its id names.

    Raises
    ------
    DataError
        If none or several match.
    """
    require_proofs(market)
    return find_id(market, text, "proved bounty", "Proofs", ("ProofAsked",), "bountyId")


def list_proofs(market: Market) -> list[ProofView]:
    """Return every proved bounty, oldest first."""
    require_proofs(market)
    with market.client.at() as pinned:
        asked = market.client.events("Proofs", "ProofAsked", to_block=pinned.block.number)
        return [_load(market, pinned, event) for event in asked]


def load_proof(market: Market, bounty_id: int) -> ProofView:
    """Read a proved bounty, as it stands now.

    Raises
    ------
    DataError
        If there is none of that id.
    """
    require_proofs(market)
    with market.client.at() as pinned:
        for event in _events(market, pinned, "ProofAsked", bounty_id):
            return _load(market, pinned, event)
    raise DataError(
        f"there is no proved bounty {format_id(bounty_id)}", "list them with: tessera proved list"
    )


def _load(market: Market, pinned: Snapshot, asked: Event) -> ProofView:
    bounty_id = asked["bountyId"]
    state = pinned.call("Proofs", "stateOf", bounty_id)
    opened = {event["maker"]: event["t"] for event in _events(market, pinned, "SheetOpened", bounty_id)}
    announced = {one["maker"]: one.block for one in _events(market, pinned, "ProofAnnounced", bounty_id)}
    made = _events(market, pinned, "ModelCommitted", bounty_id)
    turns = pinned.call_many([("Proofs", "pledgeOf", bounty_id, event["maker"]) for event in made])
    proved = _events(market, pinned, "ScoreProved", bounty_id)
    return ProofView(
        bounty_id=bounty_id,
        terms=ProofTerms.from_log(asked["terms"]),
        opened_at=state.openedAt,
        now=pinned.block.timestamp,
        pledges=tuple(
            PledgeView(
                event["maker"],
                Commitment.from_log(event["commitment"]),
                Turn(pledge.turn),
                opened.get(event["maker"]),
                pledge.until,
                announced.get(event["maker"], 0),
            )
            for event, pledge in zip(made, turns)
        ),
        winner=proved[0]["maker"] if proved else None,
        sealed=tuple(proved[0]["sealed_"]) if proved else (),
        closed=state.closed,
        owed=state.committed - state.opened - state.declined + state.vindicated,
    )


def _events(market: Market, pinned: Snapshot, name: str, bounty_id: int) -> list[Event]:
    filters: dict[str, Any] = {"bountyId": bounty_id}
    return market.client.events("Proofs", name, argument_filters=filters, to_block=pinned.block.number)
