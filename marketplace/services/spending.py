"""What counts as spending: money that leaves its owner's control by a transaction.

That is what is locked in orders, bonds, rewards and deposits, what is burned as a fee, and what is
withdrawn to somebody else's address, also where it may come back later. Not counted is what stays the
owner's own to take out (a deposit into the vault, a withdrawal to himself), what he lets a contract
lock (it locks nothing by that), and gas, which TESSERA_MAX_FEE_GWEI bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from marketplace.errors import SpendingLimitReached
from marketplace.services.structs import bounty_of_case, unpack_rules

if TYPE_CHECKING:
    from marketplace.services.market import Market


DEMAND_BOND_PART = 16
"""Of the reward: the bond of the first demand of a verdict; twice that for the second, and so on."""


def spent_by(market: Market, contract: str, function: str, args: tuple[Any, ...]) -> int:
    """Return the tokens (base units) that leave the account's control by a transaction.

    Raises
    ------
    SpendingLimitReached
        If that is not known of the function, and there is a limit.
    """
    name = (contract, function)
    if name in SPENDING:
        return SPENDING[name](market, args)
    if name not in FREE and market.client.has_spending_limit:
        raise SpendingLimitReached(
            f"it is not known what {contract}.{function} spends, and there is a spending limit",
            "report this; to go on meanwhile: tessera wallet limit --per-command none --per-day none",
        )
    return 0


def _claim_bond(_: Market, args: tuple[Any, ...]) -> int:
    (core, _rest) = args[0]  # BountyTerms.ref
    (_requester, _reward, _deposit, _fee, bond, _rules, _schedule) = core
    return int(bond)


def _locked_by_bounty(_: Market, args: tuple[Any, ...]) -> int:
    core, *_rest = args[0]  # BountyTerms.whole
    (_requester, reward, deposit, fee, _bond, rules, _schedule) = core
    return int(reward + deposit + unpack_rules(rules)["panelSize"] * fee)


def _demand_bond(market: Market, args: tuple[Any, ...]) -> int:
    case = args[0]  # scored_case
    (_requester, reward, *_rest) = case[1]
    bounty_id = bounty_of_case(market.chain_id, market.address("Bounties"), case)
    return next_bond(market, bounty_id, int(reward))


def next_bond(market: Market, bounty_id: int, reward: int) -> int:
    """Return the bond of the next demand about a bounty's verdict, token base units."""
    line = demand_line(market, bounty_id)
    return (1 + (0 if line is None else line.count)) * (reward // DEMAND_BOND_PART)


def demand_line(market: Market, bounty_id: int) -> Any:
    """Return how the demands of the verdict that stands are counted, as the contract has it; None before any.

    A round can come to several verdicts: who signed one that was voided is not among those who revealed.
    """
    with market.client.at() as now:
        line = now.call("Referee", "lineOf", bounty_id)
        number = now.call("Panels", "roundOf", bounty_id).number
        revealed = now.call("Panels", "sittingOf", bounty_id).revealed
    return line if line.round == number and not line.signers & ~revealed else None


def _withdrawn(market: Market, args: tuple[Any, ...]) -> int:
    amount, to = args
    return 0 if to == market.account else int(amount)


SPENDING: Mapping[tuple[str, str], Callable[[Market, tuple[Any, ...]], int]] = {
    ("Assets", "list"): lambda _, args: int(args[1].bond),
    ("Assets", "activate"): lambda _, args: int(args[2].bond),
    ("Exchange", "order"): lambda _, args: int(args[2].price),
    ("Bounties", "open"): _locked_by_bounty,
    ("Bounties", "submit"): lambda market, _: int(market.client.call("Bounties", "SUBMISSION_FEE")),
    ("Bounties", "claim"): _claim_bond,
    ("Bounties", "claimBadRows"): _claim_bond,
    ("Proofs", "commit"): lambda _, args: int(args[0].bond),
    ("Proofs", "open"): lambda _, args: int(args[0].locked),
    ("Referee", "demand"): _demand_bond,
    ("Operators", "join"): lambda market, _: int(market.client.call("Operators", "SEAT_BOND")),
    ("Vault", "withdraw"): _withdrawn,
}
"""What a function spends, from its arguments; amounts in token base units."""

FREE = frozenset(
    {
        ("Assets", "claim"),
        ("Assets", "flush"),
        ("Assets", "releaseBond"),
        ("Assets", "revise"),  # the bond is fixed
        ("Assets", "safeTransferFrom"),  # shares, not money
        ("Assets", "unlist"),
        ("Bounties", "choose"),
        ("Bounties", "claimMany"),  # bonds of those who signed, held to their limits then
        ("Bounties", "deliver"),
        ("Bounties", "deliverSigned"),
        ("Bounties", "finalize"),
        ("Bounties", "grant"),
        ("Bounties", "lapse"),
        ("Bounties", "lock"),
        ("Bounties", "openRows"),
        ("Bounties", "publishKey"),
        ("Bounties", "refute"),
        ("Bounties", "release"),
        ("Exchange", "collect"),
        ("Exchange", "refund"),
        ("Exchange", "settle"),
        ("Operators", "announceLeave"),
        ("Operators", "leave"),
        ("Panels", "closeCommits"),
        ("Panels", "closeReveals"),
        ("Panels", "collect"),
        ("Panels", "commit"),
        ("Panels", "commitMany"),
        ("Panels", "draw"),
        ("Panels", "drawAndGrant"),
        ("Panels", "reveal"),
        ("Panels", "revealAndDeliver"),
        ("Proofs", "announce"),
        ("Proofs", "close"),
        ("Proofs", "decline"),
        ("Proofs", "openSheet"),
        ("Proofs", "prove"),
        ("Proofs", "release"),
        ("Proofs", "vindicate"),
        ("Referee", "answer"),
        ("Referee", "ask"),
        ("Referee", "challengeLength"),
        ("Referee", "challengeLinear"),
        ("Referee", "challengeModel"),
        ("Referee", "challengeNode"),
        ("Referee", "challengePiece"),
        ("Referee", "challengeRoot"),
        ("Referee", "challengeRows"),
        ("Referee", "challengeTrees"),
        ("Referee", "commit"),
        ("Referee", "disputePiece"),
        ("Referee", "enforce"),
        ("Referee", "settle"),
        ("TestToken", "approve"),  # the vault, which takes nothing without its owner
        ("Vault", "approve"),
        ("Vault", "multicall"),  # deposits and approvals
    }
)
"""Functions that spend nothing; a test compares both tables with every transaction of the services."""
