"""What a contest's money is for, and what a maker risks and can win."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.services.amounts import show_tokens
from marketplace.services.bounties import BountyView, last_event
from marketplace.services.market import Market
from marketplace.services.structs import BountyTerms, Outcome, Stage
from marketplace.types import format_id

FULL_BPS = 10_000
"""Basis points of the whole reward."""

SILENCE_PARTS = 128
"""A requester at fault pays each maker this part of his deposit (contracts/libraries/BountyRules.sol)."""


@dataclass(frozen=True)
class Case:
    """One way in which a contest can end for a maker.

    Parameters
    ----------
    what : str
        When it happens.
    gain : int
        What he has more, or less, than before he submitted; token base units.
    why : str
    """

    what: str
    gain: int
    why: str


@dataclass(frozen=True)
class Flow:
    """Money of a contest, and where it goes.

    Parameters
    ----------
    what : str
    amount : int
        Token base units.
    where : str
    """

    what: str
    amount: int
    where: str


def dataset_shares(terms: BountyTerms) -> list[tuple[int, int]]:
    """Return what each dataset gets of a reward that is earned: asset id and token base units."""
    return [(one.asset_id, terms.reward * one.bps // FULL_BPS) for one in terms.datasets]


def maker_share(terms: BountyTerms) -> int:
    """Return what the winner gets of the reward, token base units."""
    return terms.reward - sum(amount for _, amount in dataset_shares(terms))


def cases(terms: BountyTerms, fee: int, *, rows_open: bool = False) -> list[Case]:
    """Return what can happen to a maker, from the best to the worst.

    Parameters
    ----------
    terms : BountyTerms
    fee : int
        Burned with the submission, token base units; 0 if it is spent already.
    rows_open : bool, default False
        The test rows are public: what remains is to claim.

    Returns
    -------
    list of Case
    """
    bond, silence = terms.claim_bond, terms.deposit // SILENCE_PARTS
    spent = "the fee is burned" if fee else "nothing more is lost"
    fault = "the rows are found to be bad" if rows_open else "the requester hides the rows, or they are bad"
    other = "another claim wins" if rows_open else "another claim wins, or you make none"
    return [
        Case(
            "your claim is the best that holds", maker_share(terms) - fee, "you are paid, the bond comes back"
        ),
        Case(
            "you deliver, and then no panel agrees any more",
            terms.reward // 2 - fee,
            "half of the reward, the bond comes back",
        ),
        Case(fault, silence - fee, "a part of his deposit is yours"),
        Case(other, -fee, f"{spent}, the bond comes back after the end"),
        Case(
            "a panel finds less than you claim, or you do not grant or deliver your key in time",
            -bond - fee,
            "the bond is lost: it pays the panel, the rest is burned",
        ),
    ]


@dataclass(frozen=True)
class Rank:
    """Where a score would stand among the claims so far.

    Parameters
    ----------
    place : int
        From 1; the first is judged first.
    best : int or None
        Best claim of another maker, parts of SCORE_ONE.
    """

    place: int
    best: int | None


def rank(view: BountyView, maker: str, score: int) -> Rank:
    """Return where a maker's score would stand: the better first, of equal ones the earlier submission."""
    own = view.entrant_of(maker)
    others = [one for one in view.entrants if one.maker != maker and one.claimed is not None]
    before = [one for one in others if (-(one.claimed or 0), one.index) < (-score, own.index)]
    return Rank(len(before) + 1, max((one.claimed or 0 for one in others), default=None))


def locked(market: Market, view: BountyView) -> int:
    """Return what the Vault holds for a contest now, token base units."""
    return int(market.client.call("Vault", "bucketOf", market.address("Bounties"), view.bounty_id))


def flows(market: Market, view: BountyView) -> list[Flow]:
    """Return a contest's money and where it would go, or where it went."""
    if view.stage is Stage.DONE:
        return _past(market, view)
    terms, claims = view.terms, sum(one.claimed is not None for one in view.entrants)
    found = [Flow("reward", maker_share(terms), "to the maker whose claim holds; if none does, back")]
    found += [
        Flow("", part, f"to the dataset {format_id(a)[:12]}…, if so") for a, part in dataset_shares(terms)
    ]
    silence = show_tokens(terms.deposit // SILENCE_PARTS)
    where = f"back; if the rows are bad or stay closed: {silence} to each maker, the rest burned"
    found.append(Flow("deposit", terms.deposit, where))
    pot = terms.panel_size * terms.panel_fee
    each = show_tokens(terms.panel_fee)
    found.append(Flow("panel", pot, f"{each} to each evaluator whose verdict stands, the rest back"))
    if claims or int(view.rows_claimer, 16):
        count = claims + (1 if int(view.rows_claimer, 16) else 0)
        where = "back to their makers after the end; a false one pays its panel, the rest burned"
        found.append(Flow(f"{count} claim bond{'s' * (count > 1)}", count * terms.claim_bond, where))
    return found


def _past(market: Market, view: BountyView) -> list[Flow]:
    ended, terms = last_event(market, "BountyEnded", view.bounty_id), view.terms
    if ended is None:
        return []
    found = []
    if ended["paid"]:
        found.append(Flow("of the reward", ended["paid"], f"paid to {ended['maker']}"))
    if view.outcome is Outcome.PAID:
        found += [
            Flow("", part, f"paid to the dataset {format_id(a)[:12]}…") for a, part in dataset_shares(terms)
        ]
    kept = terms.deposit if view.outcome is Outcome.PAID else terms.reward  # the part that is all in ``back``
    fees = kept + terms.panel_size * terms.panel_fee - ended["back"]
    if view.outcome in (Outcome.PAID, Outcome.BAD_ROWS) and fees:
        found.append(Flow("panel", fees, "paid to the evaluators whose verdict stands"))
    found.append(Flow("back", ended["back"], f"to the requester {terms.requester}"))
    if view.outcome in (Outcome.SILENT, Outcome.BAD_ROWS):
        each = terms.deposit // SILENCE_PARTS
        where = "of the deposit to each maker, the rest burned"
        found.append(Flow("deposit", each, where))
    return found
