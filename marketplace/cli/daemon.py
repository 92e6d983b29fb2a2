"""What the three daemons share on the command line: options, their market, and the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App

if TYPE_CHECKING:
    from marketplace.node.role import Role

_OPTIONS = (
    click.option("--once", is_flag=True, help="Do what is due and end: for cron, and for trying it."),
    click.option(
        "--poll",
        type=click.IntRange(1, 3600),
        help="Seconds between two looks (TESSERA_POLL_SECONDS).",
    ),
    click.option(
        "--listen",
        metavar="HOST:PORT",
        help="Answer /health and /metrics (Prometheus) there, for instance 127.0.0.1:9100; off by default.",
    ),
)


def daemon(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every daemon has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def serve_role(
    app: App,
    name: str,
    make: Callable[..., Role],
    will: str,
    *,
    once: bool,
    poll: int | None,
    listen: str | None,
    **options: Any,
) -> None:
    """Say what the daemon will do, ask, and run it until it is stopped.

    Parameters
    ----------
    name : str
        Of the role.
    make : callable
        Makes the role from market, report and patience.
    will : str
        What it does from now on without asking.
    """
    from marketplace.node.stopping import stop_on_signals

    with stop_on_signals() as stop:
        from marketplace.node.health import listening, parse_address
        from marketplace.node.lock import alone
        from marketplace.node.loop import run
        from marketplace.node.patience import Patience
        from marketplace.node.report import Report

        if listen is not None:
            parse_address(listen)
        given = app.settings if poll is None else replace(app.settings, poll_seconds=poll)
        pause = given.poll_seconds
        market = app.market()
        app.confirm(f"From now on, without asking again, {will} ({market.account}).")
        report = Report(name, click.echo, app.as_json)
        role = make(market.watched(report.sent), report, Patience(pause), **options)
        with alone(market, name), listening(listen, report, pause) as port:
            stop.begin()
            where = f", health and metrics at port {port}" if port is not None else ""
            report.note("start", f"{name} of {market.account} starts{where}")
            run(role, stop, poll_seconds=pause, once=once)
            report.note("stop", f"{name} of {market.account} ends: {'stopped' if stop.is_set() else 'done'}")
