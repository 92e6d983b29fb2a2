"""The command line with what only crooks type: answers that lie, and demands of what is right."""

import sys
from pathlib import Path

import click

from marketplace.cli.common import shared
from marketplace.errors import DataError

KEY_FILE = "key-of-the-model"
"""Lies in the folder of the store: whoever is in league has the key."""

NOTHING = "nothing is asked, or answered"

LOOKED_AT = 5
"""Row that a demand of what is right ends with."""


@click.group()
def crook():
    """Act as nobody should."""


def stands(app, bounty_id):
    """Return what every act begins with."""
    from marketplace.services import truth
    from marketplace.services.bounties import find_bounty, load_bounty

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    standing = truth.find_standing(market, view)
    if standing is None:
        raise DataError(NOTHING, "wait for the verdict")
    return market, view, standing


@crook.command("answer")
@click.argument("bounty_id")
@shared
def answer(app, bounty_id):
    """Answer demands out of the lie's own tree."""
    from marketplace.services import demands, truth
    from marketplace.services.structs import Turn, flat
    from marketplace.services.submit import open_test_rows
    from tests.integration.audit_lies import answer_of_liars, row_said_wrong, told_of

    market, view, _ = stands(app, bounty_id)
    asked = [one for one in demands.live_demands(market, view) if one.turn is Turn.ASKED]
    if not asked:
        raise DataError(NOTHING, "wait for a question")
    k, rows = int(Path(app.settings.store, KEY_FILE).read_text(), 16), open_test_rows(market, view)
    lie = row_said_wrong(told_of(view, truth.find_truth(market, view, rows, k).model, rows, k))
    for one in asked:
        name = f"crook:{one.demand_id}:{len(one.given)}"
        market.send(
            "lie", "Referee", "answer", flat(one.terms), answer_of_liars(lie, one.question), intent=name
        )
    app.done({"answers": len(asked)}, "answered")


@crook.command("demand")
@click.argument("bounty_id")
@shared
def demand(app, bounty_id):
    """Demand what is right; with the key nobody would, for the bond is gone."""
    from marketplace.models.demands import Question, Subject
    from marketplace.services import demands

    market, view, standing = stands(app, bounty_id)
    if demands.own_demand(market, view) is None:
        top = Question(Subject.NODES, (view.terms.row_count - 1).bit_length())
        demands.open_demand(market, view, standing.finding, top)
    app.done({}, "demanded")


@crook.command("ask")
@click.argument("bounty_id")
@shared
def ask(app, bounty_id):
    """Go on with that demand."""
    from marketplace.models.demands import Question, Subject
    from marketplace.services import demands
    from marketplace.services.structs import Turn

    market, view, _ = stands(app, bounty_id)
    mine = demands.own_demand(market, view)
    if mine is None or not mine.given:
        raise DataError(NOTHING, "wait for the answer")
    if mine.turn is Turn.ANSWERED and len(mine.given) == 1:
        demands.ask(market, mine, Question(Subject.LEAF, 0, LOOKED_AT))
    app.done({}, "asked")


def main():
    """Run a command, or a crook's."""
    from marketplace.cli import main as honest

    if sys.argv[1] != crook.name:
        return honest()
    del sys.argv[1]
    return crook.main(prog_name=crook.name)
