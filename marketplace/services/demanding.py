"""Whether something that is hidden is demanded of a verdict: what it costs, earns, and asks for."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from marketplace.errors import DataError
from marketplace.models.demands import MAX_ANSWERS, Question, Subject, first_question, shown_trees
from marketplace.models.disputes import Withheld
from marketplace.services import demands
from marketplace.services.audit import Audit
from marketplace.services.bounties import MET, VOID_ONE, BountyView
from marketplace.services.disproof import (
    CHALLENGER_PART,
    COLLECT_GAS,
    COMMIT_GAS,
    GAS,
    MAX_VOIDS,
    bonds_of,
    is_scored,
)
from marketplace.services.market import Market

DEMAND_GAS, ASK_GAS = 200_000, 80_000
"""Most gas of opening a demand, and of a further question; see tools/bench_demands.py."""

USUAL_QUESTIONS = 4
"""Of evidence about up to 4,096 rows: two for its nodes, the record, and the trees' contributions."""

OPENING_SECONDS = 120
"""A demand needs a block of its own after its commitment: with less time left it may come too late."""


@dataclass(frozen=True)
class DemandPlan:
    """What opening a demand means.

    Parameters
    ----------
    shown : str
        What is asked for, a phrase.
    bond : int
        Token base units: back if the verdict is void in the end.
    reward, burned : int
        Of the signers' bonds, if it is void, token base units.
    signers : tuple of str
    gas : int
        At most, with a challenge at the end of it, for models of usual sizes.
    gas_price_wei : int
    answering, deciding : int
        Seconds for each answer, and for what follows it.
    until : int
        Last moment to open it, Unix seconds.
    is_last : bool
        The candidate ends without a verdict by it.
    """

    shown: str
    bond: int
    reward: int
    burned: int
    signers: tuple[str, ...]
    gas: int
    gas_price_wei: int
    answering: int
    deciding: int
    until: int
    is_last: bool


def demandable(market: Market, found: Audit) -> Question | None:
    """Return what to ask for first if a score is wrong, but nothing that is published shows it.

    None if nothing is to be gained: evidence of sums that are right can be opened, and the bond is gone.
    """
    view, standing = found.view, found.standing
    if not isinstance(found.found, Withheld) or standing is None or not is_scored(view):
        return None
    if found.truth is None:
        buyer = market.wallet is not None and view.terms.requester == market.account
        return _first_way(market, view) if buyer and view.flags & MET else None
    if found.found.index is not None:
        return Question(Subject.LANES, 0, found.found.index)
    if standing.finding.sums == found.truth.evidence.sums:
        return None
    return first_question(demands.truth_of(view, standing, found.truth))


def _first_way(market: Market, view: BountyView) -> Question:
    """Choose a tree, and a way in it, that its maker can't foresee."""
    secret = market.request_key(view.terms.salt).to_bytes(32, "big")
    return demands.model_question(sha256(secret + view.panel.number.to_bytes(4, "big")).digest(), 0)


def plan_demand(market: Market, found: Audit, question: Question) -> DemandPlan:
    """Tell what opening a demand asks, costs and earns; nothing is sent.

    Raises
    ------
    DataError
        If it is too late for a new demand.
    """
    view, standing = found.view, found.standing
    if standing is None:
        raise DataError("no verdict stands", "look at the contest with: tessera bounty show")
    until = demands.opens_until(market, view)
    if view.now > until:
        raise DataError(
            "the window of this verdict was to end before: no new demand can be opened",
            "those that run are shown by: tessera bounty show",
        )
    bonds = bonds_of(market, view, standing)
    rewards = sum(bond // CHALLENGER_PART for bond in bonds)
    asked = MAX_ANSWERS if question.subject is Subject.MODEL else USUAL_QUESTIONS
    gas = COMMIT_GAS + DEMAND_GAS + (asked - 1) * ASK_GAS + COMMIT_GAS + GAS["trees"] + COLLECT_GAS
    return DemandPlan(
        shown=demands.describe(question),
        bond=demands.bond_of(market, view),
        reward=rewards,
        burned=sum(bonds) - rewards,
        signers=tuple(dict.fromkeys(standing.signers.values())),
        gas=gas,
        gas_price_wei=int(market.client.node.request("eth_gasPrice"), 16),
        answering=view.lengths["committing"],
        deciding=view.lengths["revealing"],
        until=until,
        is_last=view.flags // VOID_ONE >= MAX_VOIDS,
    )


def is_in_time(market: Market, view: BountyView) -> bool:
    """Tell whether a demand that is opened now is mined in time."""
    return view.now + OPENING_SECONDS <= demands.opens_until(market, view)


def open_for(market: Market, found: Audit, question: Question) -> None:
    """Open a demand for what an audit found hidden. May be repeated."""
    if found.standing is None:
        raise DataError("no verdict stands", "look at the contest with: tessera bounty show")
    lanes = question.subject is Subject.LANES and found.truth is not None
    trees = shown_trees(found.truth.model) if lanes and found.truth is not None else b""
    demands.open_demand(market, found.view, found.standing.finding, question, trees)
