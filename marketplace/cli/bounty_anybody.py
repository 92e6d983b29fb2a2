"""``tessera bounty``, what anybody may do: choose, draw, close stages, finalize, release."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from marketplace.cli.common import App, shared
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.services.bounties import BountyView

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")
MAX_DRAWS = 16
"""Tries of one command to complete a panel; each goes on where the last one stopped."""


def _act(app: App, bounty_id: str, name: str, what: str) -> None:
    """Do one step that anybody may do, and say what comes next."""
    from marketplace.cli.bounty_views import show_due
    from marketplace.services import contest
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.types import format_id

    market = app.market()
    found = find_bounty(market, bounty_id)
    _require_due(load_bounty(market, found), name)
    app.confirm(f"{what} ({market.account} pays the gas).")
    steps: dict[str, Callable[..., object]] = {
        "choose": contest.choose,
        "close-commits": contest.close_commits,
        "close-reveals": contest.close_reveals,
        "collect": contest.collect,
        "lapse": contest.lapse,
        "finalize": contest.finalize,
        "release": contest.release,
    }
    steps[name](market, found)
    due = show_due(load_bounty(market, found))
    app.done({"bounty": format_id(found), "done": name, "due": due}, f"done: {name}", f"next, {due}")


def _require_due(view: BountyView, name: str) -> None:
    """Refuse a step that the contract would refuse, and say what is due instead.

    Raises
    ------
    DataError
    """
    from marketplace.cli.bounty_views import show_due
    from marketplace.services.contest import due
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    paid = name == "release" and view.stage is Stage.DONE  # which says by itself that nothing is left
    if due(view).exit != name and not paid:
        raise DataError(
            f"{name} is not possible now; next, {show_due(view)}",
            f"see whose turn it is: tessera bounty show {format_id(view.bounty_id)[:14]}",
        )


@click.command("choose")
@BOUNTY
@shared
def choose(app: App, bounty_id: str) -> None:
    """Make the best claim that was not judged yet the candidate; end the contest if there is none.

    \b
    tessera bounty choose 0x71c0
    """
    _act(app, bounty_id, "choose", "Have the best claim left judged by a panel; without one, end the contest")


@click.command("draw")
@BOUNTY
@shared
def draw(app: App, bounty_id: str) -> None:
    """Draw the panel, from a block that nobody knew before; waits until that block is there.

    \b
    tessera bounty draw 0x71c0
    """
    from marketplace.cli.bounty_views import show_due
    from marketplace.services import contest
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.request import require_stage
    from marketplace.services.structs import Phase, Stage
    from marketplace.types import format_id

    market = app.market()
    found = find_bounty(market, bounty_id)
    require_stage(load_bounty(market, found), Stage.JUDGING)
    app.confirm(f"Draw the panel's seats ({market.account} pays the gas).")
    for _ in range(MAX_DRAWS):
        with app.busy("waiting for the block that seeds the draw"):
            contest.await_seed(market, found)
        contest.draw(market, found)
        view = load_bounty(market, found)
        if view.stage is not Stage.JUDGING or view.panel.phase is not Phase.DRAWING:
            break
    seats = {str(place): seat for place, seat in view.panel.seats.items()}
    due = show_due(view)
    app.done(
        {"bounty": format_id(found), "seats": seats, "due": due}, f"drawn: {len(seats)} seats", f"next, {due}"
    )


@click.command("close-commits")
@BOUNTY
@shared
def close_commits(app: App, bounty_id: str) -> None:
    """After the committing stage: slash the seats that stayed silent, and replace them.

    \b
    tessera bounty close-commits 0x71c0
    """
    _act(app, bounty_id, "close-commits", "Slash evaluators who did not commit in time, and replace them")


@click.command("close-reveals")
@BOUNTY
@shared
def close_reveals(app: App, bounty_id: str) -> None:
    """After the revealing stage: slash the seats that stayed silent, and judge.

    \b
    tessera bounty close-reveals 0x71c0
    """
    _act(
        app, bounty_id, "close-reveals", "Slash evaluators who did not reveal in time, and judge without them"
    )


@click.command("collect")
@BOUNTY
@shared
def collect(app: App, bounty_id: str) -> None:
    """After a verdict was disproved: slash those who signed it, and let a fresh panel judge.

    \b
    tessera bounty collect 0x71c0
    """
    _act(app, bounty_id, "collect", "Slash those who signed the disproved verdict; a fresh panel judges")


@click.command("lapse")
@BOUNTY
@shared
def lapse(app: App, bounty_id: str) -> None:
    """Move on past a requester or maker who let a deadline pass. What that costs: tessera bounty show.

    \b
    tessera bounty lapse 0x71c0
    """
    _act(app, bounty_id, "lapse", "Move on past somebody who stayed silent, at his cost")


@click.command("finalize")
@BOUNTY
@shared
def finalize(app: App, bounty_id: str) -> None:
    """Carry the verdict out after its window: pay datasets, maker and panel, or pass to the next claim.

    \b
    tessera bounty finalize 0x71c0
    """
    _act(app, bounty_id, "finalize", "Carry the verdict out: reward, fees and bonds go where it says")


@click.command("release")
@BOUNTY
@shared
def release(app: App, bounty_id: str) -> None:
    """Pay out the bonds, and what a requester at fault owes, after the end.

    \b
    tessera bounty release 0x71c0
    """
    _act(app, bounty_id, "release", "Pay out every bond that is still held")


@click.command("advance")
@BOUNTY
@shared
def advance(app: App, bounty_id: str) -> None:
    """Do whatever anybody can do now for a contest; if it is somebody's turn, say whose.

    \b
    tessera bounty advance 0x71c0
    """
    from marketplace.cli.bounty_page import read_page
    from marketplace.cli.bounty_views import show_due
    from marketplace.services import contest
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.types import format_id

    market = app.market()
    found = find_bounty(market, bounty_id)
    waits = contest.due(load_bounty(market, found))
    if waits.exit is not None:
        app.confirm(f"Take the step that is due: {waits.exit} ({market.account} pays the gas).")
    with app.busy("waiting for the block that seeds the draw"):
        step = contest.advance(market, found)
    view = load_bounty(market, found)
    due = show_due(view)
    page = read_page(market, view, market.account)
    mine = [turn.command for turn in page.turns if turn.needed]
    data = {"bounty": format_id(found), "done": step, "due": due, "your_turn": mine}
    told = f"done: {step}" if step else "nothing can be done by anybody now"
    app.done(data, told, f"next, {due}", *(f"your turn: {command}" for command in mine))


COMMANDS = (choose, draw, close_commits, close_reveals, collect, lapse, finalize, release, advance)
