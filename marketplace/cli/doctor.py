"""``tessera doctor``: is everything in order, and if not, what is to be done."""

from __future__ import annotations

import click

from marketplace.cli.common import App, shared
from marketplace.errors import MarketplaceError

SHOWN_PROBLEMS = 5


@click.command("doctor")
@click.option("--repair", is_flag=True, help="Mend the event index if it is not what the chain says.")
@shared
def doctor(app: App, repair: bool) -> None:
    """Examine settings, files, wallet, node, contracts, store and money; say what to do about each fault.

    Exit code 1 if something is wrong. A note is no fault. Nothing is sent, no password is needed.

    With --repair an event index that somebody edited is made again from the chain, after it was said how and
    you agreed. Wallets, journal, drafts and files that you bought are not touched.

    \b
    tessera doctor
    tessera doctor --repair
    """
    from marketplace.services.doctor import State, examine

    if repair:
        _repair(app)
        return
    with app.busy("examining"):
        found = examine(app.settings)
    data = [{"part": f.part, "state": str(f.state), "says": f.says, "do": f.do or None} for f in found]
    rows = [(f.part, str(f.state), f.says, f.do) for f in found]
    app.table(data, ("part", "state", "finding", "what to do"), rows, "nothing was examined")
    bad = [f for f in found if f.state is State.WRONG]
    if bad:
        raise MarketplaceError(
            f"{len(bad)} of {len(found)} findings are wrong; the first: {bad[0].says}", bad[0].do
        )


def _repair(app: App) -> None:
    """Say what would be done to the index, ask, do it, and check it."""
    from marketplace.services.index_repair import Damage, plan_repair, repair_index

    with app.busy("comparing the index with the chain"):
        plan = plan_repair(app.settings)
    data = {"damage": str(plan.damage), "problems": list(plan.problems), "steps": list(plan.steps)}
    if plan.damage is Damage.NONE:
        app.done({**data, "events": None}, "the index is what the chain says: nothing to mend")
        return
    more = len(plan.problems) - SHOWN_PROBLEMS
    app.confirm(
        f"The index is damaged ({len(plan.problems)} problems):",
        *(f"  {problem}" for problem in plan.problems[:SHOWN_PROBLEMS]),
        *([f"  and {more} more"] if more > 0 else []),
        "To mend it:",
        *(f"  {number}. {step}" for number, step in enumerate(plan.steps, 1)),
    )
    found = repair_index(app.settings, plan, app.note)
    if not found.is_sound:
        raise MarketplaceError(
            f"the index is still not what the chain says: {found.problems[0]}",
            "let nothing else write to it, and call tessera doctor --repair again",
        )
    app.done({**data, "events": found.events}, f"mended: {found.events:,} events, all as the chain says")
