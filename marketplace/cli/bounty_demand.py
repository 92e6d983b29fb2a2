"""``tessera bounty``, what concerns demands: open what a verdict hides, answer, have bonds paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared

if TYPE_CHECKING:
    from marketplace.models.demands import Question
    from marketplace.services.audit import Audit
    from marketplace.services.bounties import BountyView
    from marketplace.services.demanding import DemandPlan
    from marketplace.services.demands import Demand
    from marketplace.services.market import Market

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")
Told = tuple[dict[str, Any], list[str]]


def pursue(app: App, market: Market, found: Audit, dry_run: bool) -> Told | None:
    """Go on with an own demand, or open one if something is hidden; None if there is nothing to demand."""
    from marketplace.services import demands
    from marketplace.services.demanding import demandable, plan_demand

    if market.wallet is not None:
        mine = demands.own_demand(market, found.view)
        if mine is not None:
            return _go_on(market, found, mine, dry_run)
    question = demandable(market, found)
    if question is None:
        return None
    plan = plan_demand(market, found, question)
    if dry_run or market.wallet is None:
        how = "leave out --dry-run" if market.wallet is not None else "name a wallet with --wallet"
        return _plan_data(plan), [f"it is hidden, but can be demanded ({plan.shown}): {how}"]
    return _open(app, market, found, question, plan)


def _go_on(market: Market, found: Audit, mine: Demand, dry_run: bool) -> Told:
    from marketplace.services import demands

    plan = demands.plan_move(found.view, found.standing, mine, found.truth)
    lines = []
    if plan is not None and not dry_run:
        lines.append(demands.take_move(market, found.view, found.standing, mine, plan))
        mine = next(
            o for o in demands.load_demands(market, found.view.bounty_id) if o.demand_id == mine.demand_id
        )
    if mine.turn in (demands.Turn.ASKED, demands.Turn.ANSWERED):
        lines.append(demands.waits_for(found.view, mine))
        lines.append("type this again then, or leave it to: tessera bounty follow")
    return demand_data(mine), lines


def _open(app: App, market: Market, found: Audit, question: Question, plan: DemandPlan) -> Told:
    from marketplace.services import demands
    from marketplace.services.amounts import show_coin, show_seconds, show_time, show_tokens
    from marketplace.services.bounties import load_bounty
    from marketplace.services.demanding import open_for

    coin = show_coin(plan.gas * plan.gas_price_wei)
    answering, deciding = show_seconds(plan.answering), show_seconds(plan.deciding)
    app.confirm(
        f"Demand {plan.shown}, which is hidden.",
        f"  {show_tokens(plan.bond)} tokens of yours are locked: back when the verdict is void;",
        "  gone if all is answered and nothing of it is wrong",
        f"  each answer is due within {answering}, or the verdict is void and a fresh panel judges",
        f"  you go on within {deciding} after each answer, with this command or tessera bounty follow;",
        "  what is opened in the end disproves the verdict by one row, which shows something of the model",
        f"  you get {show_tokens(plan.reward)} tokens of the signers' bonds; "
        f"{show_tokens(plan.burned)} are burned",
        f"  it costs up to {plan.gas:,} gas in all, {coin} of the chain's coin",
        f"  it is possible until {show_time(plan.until)}",
    )
    open_for(market, found, question)
    view = load_bounty(market, found.view.bounty_id)
    mine = demands.own_demand(market, view)
    if mine is None:
        return {}, ["the verdict is void already"]
    lines = [demands.waits_for(view, mine), "type this again then, or leave it to: tessera bounty follow"]
    return demand_data(mine), lines


def demand_data(one: Demand) -> dict[str, Any]:
    """Return a demand as plain data: amounts in tokens, Unix seconds."""
    from marketplace.services.amounts import show_tokens
    from marketplace.services.demands import describe
    from marketplace.types import format_id

    return {
        "demand": format_id(one.demand_id),
        "round": one.terms.round,
        "demander": one.terms.demander,
        "bond": show_tokens(one.terms.bond),
        "turn": one.turn.name.lower(),
        "asked": describe(one.question),
        "deadline": one.deadline,
        "answers": [given.who for given in one.given],
    }


def demand_lines(view: BountyView, live: tuple[Demand, ...]) -> list[str]:
    """Say of each demand that is under way whose turn it is."""
    from marketplace.services.demands import waits_for

    return [f"demand of {one.terms.demander}: {waits_for(view, one)}" for one in live]


def _plan_data(plan: DemandPlan) -> dict[str, Any]:
    from marketplace.services.amounts import show_tokens

    return {
        "asked": plan.shown,
        "bond": show_tokens(plan.bond),
        "reward": show_tokens(plan.reward),
        "gas": plan.gas,
        "answering": plan.answering,
        "deciding": plan.deciding,
        "until": plan.until,
    }


@click.command("answer")
@BOUNTY
@shared
def answer(app: App, bounty_id: str) -> None:
    """Answer what is demanded of a verdict that you signed, or of your model.

    Unanswered, the verdict is void, and all who signed it lose their bonds. What you show becomes public.
    tessera operator run and tessera bounty follow answer by themselves.

    \b
    tessera bounty answer 0x71c0
    """
    from marketplace.errors import DataError
    from marketplace.services import demands, truth
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.structs import Turn
    from marketplace.services.submit import open_test_rows
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    asked = [
        one
        for one in demands.live_demands(market, view)
        if one.turn is Turn.ASKED and view.now <= one.deadline
    ]
    shown = format_id(view.bounty_id)[:14]
    if not asked:
        raise DataError(f"nothing is demanded of {shown} now", f"see its state: tessera bounty show {shown}")
    standing, k = truth.find_standing(market, view), truth.find_key(market, view)
    if standing is None or k is None:
        raise DataError(
            "the model's key is not here", "use the wallet of its maker, or of who signed the verdict"
        )
    with app.busy("recomputing the score"):
        right = truth.find_truth(market, view, open_test_rows(market, view), k)
    lines = [f"Answer {len(asked)} demand{'s' if len(asked) > 1 else ''} ({market.account} pays the gas):"]
    lines += [f"  {demands.describe(one.question)} becomes public" for one in asked]
    app.confirm(*lines)
    for one in asked:
        demands.give_answer(market, view, standing, one, right)
    told = demands.load_demands(market, view.bounty_id)
    answered = [one for one in told if one.demand_id in {a.demand_id for a in asked}]
    app.done(
        {"bounty": format_id(view.bounty_id), "demands": [demand_data(one) for one in answered]}, "answered"
    )


@click.command("settle")
@BOUNTY
@shared
def settle(app: App, bounty_id: str) -> None:
    """Have the bonds of demands paid out, once it is known what became of the verdict; anybody may.

    Void a verdict first of which something was demanded that nobody answered, and have its signers pay.

    \b
    tessera bounty settle 0x71c0
    """
    from marketplace.errors import DataError
    from marketplace.services import demands
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.disproof import collect_voided
    from marketplace.services.structs import Phase
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    live = demands.live_demands(market, view)
    late = [one for one in live if demands.move_of(view, one) is demands.Move.ENFORCE]
    due, shown = demands.settleable(market, view), format_id(view.bounty_id)[:14]
    unpaid = view.panel.phase is Phase.VOIDED
    if not late and not due and not unpaid:
        raise DataError(
            f"no demand of {shown} can be settled now", f"see whose turn it is: tessera bounty show {shown}"
        )
    what = "Slash who signed the void verdict" if unpaid else "Have the bonds of demands paid out"
    if late:
        what = "Void the verdict: nobody answered what was demanded"
    app.confirm(f"{what} ({market.account} pays the gas).")
    if late:
        demands.take_move(market, view, None, late[0], demands.Plan(demands.Move.ENFORCE))
        due = demands.settleable(market, load_bounty(market, view.bounty_id))
    elif unpaid:
        collect_voided(market, view.bounty_id)
    for one in due:
        demands.settle(market, one)
    data = {
        "bounty": format_id(view.bounty_id),
        "voided": bool(late) or unpaid,
        "settled": [format_id(o.demand_id) for o in due],
    }
    void = ["the verdict is void, its signers pay"] if late or unpaid else []
    app.done(data, *void, f"bonds paid out: {len(due)}")


COMMANDS = (answer, settle)
