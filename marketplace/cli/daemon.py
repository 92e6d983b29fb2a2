"""What the daemons share on the command line: options, their market, and the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App
from marketplace.errors import DataError, NodeUnavailable

if TYPE_CHECKING:
    from marketplace.node.report import Report
    from marketplace.node.role import Role
    from marketplace.node.stopping import Stop
    from marketplace.services.market import Market

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


def require_folder(out: Path | None) -> None:
    """Refuse a folder for models that is not there.

    Raises
    ------
    DataError
    """
    if out is not None and not out.is_dir():
        raise DataError(f"there is no folder {out}", "make it, or name another with --out")


def serve_role(
    app: App,
    name: str,
    make: Callable[..., Role],
    will: str,
    *,
    once: bool,
    poll: int | None,
    listen: str | None,
    find: Callable[[], Mapping[str, Any]] = dict,
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
    find : callable, optional
        Gives more options of the role, read from the chain.
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
        report = Report(name, click.echo, app.as_json)
        market, found = _connect(app, find, report, None if once else stop, pause)
        options |= found
        app.confirm(f"From now on, without asking again, {will} ({market.account}).")
        role = make(market.watched(report.sent), report, Patience(pause), **options)
        with alone(market, name), listening(listen, report, pause) as port:
            stop.begin()
            where = f", health and metrics at port {port}" if port is not None else ""
            report.note("start", f"{name} of {market.account} starts{where}")
            run(role, stop, poll_seconds=pause, once=once)
            report.note("stop", f"{name} of {market.account} ends: {'stopped' if stop.is_set() else 'done'}")


def _connect(
    app: App, find: Callable[[], Mapping[str, Any]], report: Report, stop: Stop | None, pause: float
) -> tuple[Market, Mapping[str, Any]]:
    """Connect to the market; try again while the node is away, as in any later turn, unless ``stop`` is None.

    What only the user can mend ends it: no wallet, a wrong password, another network.
    """
    from marketplace.node.patience import pause_after

    app.require_wallet()
    failures = 0
    while True:
        try:
            found = find()
            return app.market(), found
        except NodeUnavailable as error:
            if stop is None:
                raise
            failures += 1
            report.failed("node", error)
            stop.wait(pause_after(failures, pause))
