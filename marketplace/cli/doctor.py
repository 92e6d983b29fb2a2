"""``tessera doctor``: is everything in order, and if not, what is to be done."""

from __future__ import annotations

import click

from marketplace.cli.common import App, shared
from marketplace.errors import MarketplaceError


@click.command("doctor")
@shared
def doctor(app: App) -> None:
    """Examine settings, files, wallet, node, contracts, store and money; say what to do about each fault.

    Exit code 1 if something is wrong. A note is no fault. Nothing is sent, no password is needed.

    \b
    tessera doctor
    """
    from marketplace.services.doctor import State, examine

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
