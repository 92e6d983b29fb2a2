"""``tessera bounty audit``: recompute a contest; disprove a score that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.bounty_demand import pursue
from marketplace.cli.common import App, shared

if TYPE_CHECKING:
    from marketplace.services.audit import Audit
    from marketplace.services.bounties import BountyView
    from marketplace.services.disproof import Filing, Voided
    from marketplace.services.market import Market


@click.command("audit")
@click.argument("bounty_id", metavar="BOUNTY")
@click.option("--dry-run", is_flag=True, help="Only tell what is found; file nothing.")
@shared
def audit(app: App, bounty_id: str, dry_run: bool) -> None:
    """Recompute a contest from chain and store; a wrong verdict is disproved, and its signers pay.

    Looks at rows, findings and files; with the model's key, which maker, requester and panel have, at the
    score and its evidence too. In the verdict's window a wrong one is challenged: the contract recomputes
    one row of it, or opens a piece of a wrong file. What is hidden is demanded, against a bond, and must be
    opened in time. You are asked before: that shows something of the model. Type it again to go on with a
    demand.

    \b
    tessera bounty audit 0x71c0
    tessera bounty audit 0x71c0 --dry-run --json
    """
    from marketplace.services.audit import audit as recompute
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.disproof import load_voided
    from marketplace.services.truth import find_standing

    market = app.reader() if app.own_address() is None else app.market()
    found = find_bounty(market, bounty_id)
    view = load_bounty(market, found)
    voided = load_voided(market, found)
    if voided is not None and find_standing(market, view) is None:
        _tell_voided(app, market, view, voided, dry_run)
        return
    with app.busy("recomputing the contest"):
        result = recompute(market, view)
    _settle(app, market, result, dry_run)


def _settle(app: App, market: Market, found: Audit, dry_run: bool) -> None:
    """Tell what was found, and challenge what can be."""
    from marketplace.errors import DataError
    from marketplace.services.disproof import file_dispute, plan_filing

    refused: DataError | None = None
    demanded: tuple[dict[str, Any], list[str]] | None = None
    filing: Filing | None = None
    voided: Voided | None = None
    if found.is_right is False:
        try:
            filing = plan_filing(market, found)
        except DataError as error:
            refused = error
    lines = _lines(found)
    if refused is not None:
        for line in lines:
            app.note(line)
        demanded = pursue(app, market, found, dry_run)
    if demanded is not None:
        data = {**_data(found, None, None, None), "demand": demanded[0]}
        app.done(data, *demanded[1])
        return
    if filing is not None and not dry_run and market.wallet is not None:
        for line in lines:
            app.note(line)
        lines = []
        _ask(app, market, found, filing)
        voided = file_dispute(market, found)
        lines = _paid(voided)
    elif filing is not None:
        how = "leave out --dry-run" if market.wallet is not None else "name a wallet with --wallet"
        lines.append(f"it can be disproved ({filing.shown}): {how}")
    if refused is not None:
        lines += [f"not challenged: {refused}", f"hint: {refused.hint}"]
    app.done(_data(found, filing, voided, refused), *lines)


def _lines(found: Audit) -> list[str]:
    width = max(len(one.what) for one in found.checks)
    lines = [f"{one.result.value:11}  {one.what.ljust(width)}  {one.text}" for one in found.checks]
    if found.standing is None:
        lines.append("no verdict stands now: see tessera bounty show")
    elif found.is_right:
        lines.append("the verdict is right")
    elif found.is_right is None:
        lines.append("nothing is wrong as far as this could be checked")
    return lines


def _ask(app: App, market: Market, found: Audit, filing: Filing) -> None:
    """Say what a challenge shows, costs, earns and makes public, and ask."""
    from marketplace.services.amounts import show_coin, show_time, show_tokens
    from marketplace.services.bounties import KEY_PUBLIC
    from marketplace.services.disproof import harms_itself, is_in_time

    cost = show_coin(filing.gas * filing.gas_price_wei)
    who = f"{len(filing.signers)} evaluators" if len(filing.signers) > 1 else filing.signers[0]
    heard = "others of its round are heard, or " if found.view.flags & KEY_PUBLIC else ""
    lines = [
        f"Disprove it: {filing.shown}.",
        f"  the contract recomputes that, and the verdict is void at once; {heard}a fresh panel judges",
        f"  you get {show_tokens(filing.reward)} tokens of the bonds of {who}; {show_tokens(filing.burned)} "
        "are burned",
        f"  it costs up to {filing.gas:,} gas (three transactions), {cost} of the chain's coin",
        f"  becomes public: {filing.public}",
        f"  it is possible until {show_time(filing.until)}",
    ]
    if filing.is_last:
        lines.append(
            "  it is the third of this candidate, which ends without a verdict: see docs/disputes.md"
        )
    if harms_itself(market, found):
        lines.append("  your own claim is above the true score: the fresh panel will find it false")
    if not is_in_time(found.view):
        lines.append("  little time is left: mined too late, it shows all that and voids nothing")
    app.confirm(*lines)


def _tell_voided(app: App, market: Market, view: BountyView, voided: Voided, dry_run: bool) -> None:
    """Tell of a verdict that is void already; end what whoever voided it did not come to."""
    from marketplace.services import demands
    from marketplace.services.disproof import collect_voided
    from marketplace.types import format_id

    acts = market.wallet is not None and not dry_run
    slash = acts and not voided.is_collected
    bonds = demands.voided_bonds(market, view) if acts else ()
    if slash or bonds:
        due = ["slash those who signed the disproved verdict"] if slash else []
        due += ["take the bond of your demand back"] if bonds else []
        app.confirm(f"{' and '.join(due).capitalize()} ({market.account} pays the gas).")
    if slash:
        voided = collect_voided(market, view.bounty_id)
    for one in bonds:
        demands.settle(market, one)
    data = {"bounty": format_id(view.bounty_id), "right": False, "checks": [], "voided": _voided_data(voided)}
    app.done(data, *_paid(voided), *(["the bond of your demand is paid out"] if bonds else []))


def _paid(voided: Voided) -> list[str]:
    from marketplace.services.amounts import show_tokens

    lines = [f"the verdict of round {voided.number} is void: {voided.challenger} disproved it"]
    if voided.is_collected:
        lost = show_tokens(voided.reward + voided.burned)
        lines.append(
            f"its signers lost {lost} tokens: {show_tokens(voided.reward)} to the challenger, "
            f"{show_tokens(voided.burned)} burned"
        )
    else:
        lines.append("its signers have not paid yet: tessera bounty collect")
    return lines


def _data(
    found: Audit, filing: Filing | None, voided: Voided | None, refused: Exception | None
) -> dict[str, Any]:
    from marketplace.services.amounts import show_tokens
    from marketplace.services.structs import Verdict
    from marketplace.types import format_id

    told = None if found.standing is None else found.standing.finding
    challenge = filing and {
        "shown": filing.shown,
        "public": filing.public,
        "signers": list(filing.signers),
        "reward": show_tokens(filing.reward),
        "burned": show_tokens(filing.burned),
        "gas": filing.gas,
        "until": filing.until,
    }
    return {
        "bounty": format_id(found.view.bounty_id),
        "round": found.view.panel.number,
        "verdict": None if told is None else Verdict(told.verdict).name.lower(),
        "score": told.score if told is not None and told.verdict == Verdict.SCORED else None,
        "recomputed": None if found.truth is None else found.truth.evidence.score,
        "right": found.is_right,
        "checks": [{"what": c.what, "result": c.result.value, "text": c.text} for c in found.checks],
        "challenge": challenge,
        "not_challenged": None if refused is None else str(refused),
        "voided": None if voided is None else _voided_data(voided),
    }


def _voided_data(voided: Voided) -> dict[str, Any]:
    from marketplace.services.amounts import show_tokens

    return {
        "round": voided.number,
        "challenger": voided.challenger,
        "transaction": voided.tx_hash,
        "reward": show_tokens(voided.reward),
        "burned": show_tokens(voided.burned),
        "collected": voided.is_collected,
    }
