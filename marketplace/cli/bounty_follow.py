"""``tessera bounty follow``: a requester's and a maker's steps, by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.daemon import daemon, require_folder, serve_role


@click.command("follow")
@click.argument("bounties", metavar="[BOUNTY]...", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the models delivered to you.")
@click.option(
    "--publish-key",
    "cure",
    is_flag=True,
    help="If the panel can't open your model, or the one delivered to you, publish its key rather than lose "
    "the claim bond, or half of the reward.",
)
@daemon
@shared
def follow(app: App, bounties: tuple[str, ...], out: Path | None, cure: bool, **options: Any) -> None:
    """Take your steps in contests, by itself: those you opened or entered, or the ones named.

    As requester: opens the rows, locks the delivery, receives the model. As maker: claims your model's own
    score with its bond, draws, grants, delivers while that is safe. For both: what anybody may do when
    it is due and serves you, finalize, your bond back. It disproves a wrong verdict, demands what is
    hidden of one, which locks a sixteenth of the reward or more, and answers what is demanded of your model.
    It never claims that rows are bad. Ends when stopped.

    \b
    tessera bounty follow --yes
    tessera bounty follow 0x71c0 --out models --yes --once
    """
    from marketplace.node.follower import Follower
    from marketplace.services.bounties import find_bounty

    require_folder(out)

    def find() -> dict[str, Any]:
        reader = app.reader()
        return {"named": tuple(dict.fromkeys(find_bounty(reader, one) for one in bounties))}

    will = (
        "take the steps that are yours in contests: test rows become public, claim bonds and those of "
        "demands are locked, what is demanded of your models is shown"
    )
    serve_role(app, "follow", Follower, will, find=find, out=out, cure=cure, **options)
