"""Disprove a panel's score: what that shows, costs and earns; file it, and have the signers pay."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.errors import DataError
from marketplace.models.disputes import NodeDispute, RowDispute, Withheld
from marketplace.models.tree_proofs import TreesProof
from marketplace.services import contest
from marketplace.services.amounts import show_time
from marketplace.services.audit import Audit, describe
from marketplace.services.bounties import KEY_PUBLIC, VOID_ONE, BountyView, load_bounty
from marketplace.services.challenges import file_challenge
from marketplace.services.confirmed import require_confirmed
from marketplace.services.market import Market
from marketplace.services.operators import FULL_PARTS
from marketplace.services.structs import Phase, Stage, Verdict
from marketplace.services.truth import Standing
from marketplace.types import format_id

CHALLENGER_PART = 4
"""A challenger gets a quarter of each signer's bond (contracts/Operators.sol)."""

MAX_VOIDS = 2
"""The verdict voided after so many ends its candidate (contracts/Bounties.sol)."""

FILING_SECONDS = 120
"""A challenge needs a block of its own after its commitment: with less time left it may come too late."""

GAS = {"linear": 135_000, "trees": 180_000, "node": 90_000}
"""Most gas of a challenge with a panel of three, by kind; see tools/bench_gas.py."""

COMMIT_GAS, COLLECT_GAS = 46_000, 190_000
"""Gas of committing to a challenge, and of slashing three signers and ordering the next draw."""

_WINDOW = "a verdict can be challenged from its judgement, and delivery, to the end of its window"


@dataclass(frozen=True)
class Filing:
    """What filing a challenge means.

    Parameters
    ----------
    shown : str
        What is wrong, and where, in a sentence.
    public : str
        What becomes public by it.
    signers : tuple of str
        Who loses bonds.
    reward, burned : int
        Of these bonds, token base units.
    gas : int
        At most, of all transactions, for models of usual sizes.
    gas_price_wei : int
        As the node tells it now.
    until : int
        Last moment, Unix seconds.
    is_last : bool
        The candidate ends without a verdict by it.
    """

    shown: str
    public: str
    signers: tuple[str, ...]
    reward: int
    burned: int
    gas: int
    gas_price_wei: int
    until: int
    is_last: bool


@dataclass(frozen=True)
class Voided:
    """A verdict that was disproved.

    Parameters
    ----------
    challenger : str
    number : int
        Round of the verdict.
    tx_hash : str
    reward, burned : int
        Of the signers' bonds, token base units; 0 until they are collected.
    is_collected : bool
    """

    challenger: str
    number: int
    tx_hash: str
    reward: int
    burned: int
    is_collected: bool


def require_disputable(market: Market, found: Audit) -> RowDispute | NodeDispute:
    """Return what disproves a verdict, if that can be filed now.

    Raises
    ------
    DataError
        Saying why not: nothing is wrong, no key, no score, not shown by what is published, not in time.
    """
    view, shown = found.view, format_id(found.view.bounty_id)[:14]
    if found.found is None:
        if found.standing is not None and found.truth is None and found.is_right is None:
            raise DataError(
                "whether the score is right can't be told without the model's key",
                "the maker has it, the requester once it is delivered; name that wallet with --wallet",
            )
        hint = f"look at what was compared: tessera bounty audit {shown}"
        if found.is_right is False:
            raise DataError("what is wrong here is no score, and can't be challenged", hint)
        raise DataError("nothing is wrong with the verdict: there is nothing to challenge", hint)
    if isinstance(found.found, Withheld):
        raise DataError(
            f"the score is wrong, but nothing that is published shows it: {describe(found.found)}",
            "audit it again while the window lasts: whoever publishes that evidence convicts the signers",
        )
    if view.stage is not Stage.WINDOW or view.now > view.deadline:
        over = f", which ended at {show_time(view.deadline)}" if view.stage is Stage.WINDOW else ""
        hint = f"{_WINDOW}: tessera bounty show {shown}"
        raise DataError(f"bounty {shown} is not in its window{over}: no verdict can be challenged now", hint)
    return found.found


def plan_filing(market: Market, found: Audit) -> Filing:
    """Tell what filing a challenge shows, costs and earns; nothing is sent.

    Raises
    ------
    DataError
        As `require_disputable`.
    """
    dispute = require_disputable(market, found)
    if found.standing is None:
        raise DataError("no verdict stands", f"{_WINDOW}: tessera bounty show")
    bonds = bonds_of(market, found.view, found.standing)
    rewards = [bond // CHALLENGER_PART for bond in bonds]
    return Filing(
        shown=describe(dispute),
        public=_public(found.view, dispute),
        signers=tuple(dict.fromkeys(found.standing.signers.values())),
        reward=sum(rewards),
        burned=sum(bonds) - sum(rewards),
        gas=COMMIT_GAS + GAS[_kind(dispute)] + COLLECT_GAS,
        gas_price_wei=int(market.client.node.request("eth_gasPrice"), 16),
        until=found.view.deadline,
        is_last=found.view.flags // VOID_ONE >= MAX_VOIDS,
    )


def file_dispute(market: Market, found: Audit) -> Voided:
    """Commit to a challenge, send it in a later block, have the signers pay. May be repeated.

    Raises
    ------
    DataError
        As `require_disputable`.
    ContractReverted
        If the contract does not agree, or it came too late.
    """
    dispute = require_disputable(market, found)
    require_confirmed(market, found.view)
    if found.standing is None:
        raise DataError("no verdict stands", f"{_WINDOW}: tessera bounty show")
    file_challenge(market, found.view.bounty_id, found.standing.finding, dispute)
    return collect_voided(market, found.view.bounty_id)


def collect_voided(market: Market, bounty_id: int) -> Voided:
    """Slash those who signed the verdict that was voided last, unless somebody did already.

    Raises
    ------
    DataError
        If none was voided.
    """
    if load_bounty(market, bounty_id).panel.phase is Phase.VOIDED:
        contest.collect(market, bounty_id)
    voided = load_voided(market, bounty_id)
    if voided is None:
        raise DataError(
            f"no verdict of {format_id(bounty_id)[:14]} was disproved", "audit it: tessera bounty audit"
        )
    return voided


def load_voided(market: Market, bounty_id: int) -> Voided | None:
    """Return the verdict of a contest that was voided last, if one was."""
    this = {"bountyId": bounty_id}
    found = market.client.events("Bounties", "VerdictVoided", argument_filters=this)
    if not found:
        return None
    last = found[-1]
    judged = market.client.events("Panels", "Judged", argument_filters=this, to_block=last.block)
    number = max(event["number"] for event in judged)
    slashed = market.client.events(
        "Panels", "PanelSlashed", argument_filters={**this, "number": number}, from_block=last.block
    )
    reward = burned = 0
    for one in slashed:
        seats = market.client.events("Operators", "SeatSlashed", from_block=one.block, to_block=one.block)
        mine = [event for event in seats if event.tx_hash == one.tx_hash]
        reward += sum(event["rewarded"] for event in mine)
        burned += sum(event["burned"] for event in mine)
    return Voided(last["challenger"], number, last.tx_hash, reward, burned, bool(slashed))


def is_in_time(view: BountyView) -> bool:
    """Tell whether a challenge that is begun now is mined in its window."""
    return view.now + FILING_SECONDS <= view.deadline


def harms_itself(market: Market, found: Audit) -> bool:
    """Tell whether the maker whose claim stands would show that it claimed too much, or gave no model."""
    view = found.view
    if view.candidate is None or view.candidate.maker != market.account:
        return False
    return found.truth is None or found.truth.evidence.score < (view.candidate.claimed or 0)


def bonds_of(market: Market, view: BountyView, standing: Standing) -> list[int]:
    """Return what is left of the bonds of the seats that signed, token base units."""
    with market.client.at() as pinned:
        part = pinned.call("Operators", "SEAT_BOND") // FULL_PARTS
        seats = [view.panel.seats[place] for place in standing.signers if place in view.panel.seats]
        fields = pinned.call_many([("Operators", "seatOf", seat) for seat in seats])
    return [part * one.parts for one in fields]


def _kind(dispute: RowDispute | NodeDispute) -> str:
    if isinstance(dispute, NodeDispute):
        return "node"
    return "linear" if isinstance(dispute.model, bytes) else "trees"


def _public(view: BountyView, dispute: RowDispute | NodeDispute) -> str:
    """Say what a challenge makes public."""
    if view.flags & KEY_PUBLIC:
        return "nothing that is not public already: the model's key is"
    if isinstance(dispute, NodeDispute):
        return "hashes, counts and sums of the evidence; nothing of the model"
    if not isinstance(dispute.model, TreesProof):
        return "the whole model: a linear one is shown as it is"
    if dispute.model.path:
        return "one tree's path to that row's leaf, and what each tree adds to that row; no more of the model"
    return "the model's head and what it says of that row; no tree"


def is_scored(view: BountyView) -> bool:
    """Tell whether a score stands that can be challenged now."""
    return view.stage is Stage.WINDOW and view.verdict is Verdict.SCORED and view.now <= view.deadline
