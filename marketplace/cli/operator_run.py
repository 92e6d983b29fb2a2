"""``tessera operator run``: an evaluator, by itself."""

from __future__ import annotations

from typing import Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.daemon import daemon, serve_role


@click.command("run")
@daemon
@shared
def run(app: App, **options: Any) -> None:
    """Evaluate by itself: notice when drawn, wait for the key, score, commit, reveal. Ends when stopped.

    Until the window of a verdict that you signed is over it answers what is demanded of it: unanswered, you
    would lose your bond. It disproves a verdict that outvoted you and is wrong; what is hidden of one it
    demands, which locks a sixteenth of the reward or more.

    Run one for a wallet: a second one on this machine is refused, one on another machine finds the same
    and signs nothing else. With --json one line a step.

    \b
    tessera operator run --yes
    tessera operator run --yes --once
    """
    from marketplace.node.evaluator import Evaluator

    will = (
        "score what your seats are drawn for, commit to it and make it public, answer what is demanded "
        "of it, and lock bonds to demand what others hide"
    )
    serve_role(app, "operator", Evaluator, will, **options)
