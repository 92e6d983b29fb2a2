"""``tessera history``, and ``history`` of each noun: what happened, newest last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared, short
from marketplace.cli.values import COUNT
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.services.history import Entry

SHOWN = 50
MONEY_OF_OPERATORS = ("Operators", "Panels")


class Moment(click.ParamType):
    """A moment in UTC: ``2026-01-31`` or ``2026-01-31T14:00``; gives Unix seconds."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        try:
            found = datetime.fromisoformat(value)
            return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date: write it like 2026-01-31 or 2026-01-31T14:00", param, ctx)


def filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all histories share."""
    options = (
        click.option(
            "--event", "names", multiple=True, metavar="NAME", help="Only events of this name; repeat."
        ),
        click.option("--since", type=Moment(), help="Only from this moment on, UTC."),
        click.option("--until", type=Moment(), help="Only up to this moment, UTC."),
        click.option(
            "--limit",
            type=COUNT,
            default=SHOWN,
            show_default=True,
            help="The newest so many.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("history")
@click.argument("subject", metavar="ID_OR_ADDRESS")
@filtered
@shared
def history(app: App, subject: str, limit: int, **filters: Any) -> None:
    """Show every event about an asset, an order, a bounty or an account, newest last.

    \b
    tessera history 0x3f2a
    tessera history 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --event OrderSettled --since 2026-01-31
    """
    show(app, subject, None, limit, **filters)


@click.command("history")
@click.argument("asset_id", metavar="ASSET")
@filtered
@shared
def asset_history(app: App, asset_id: str, limit: int, **filters: Any) -> None:
    """Show what happened to an asset: terms, orders, income, shares, newest last.

    \b
    tessera asset history 0x3f2a
    """
    show(app, asset_id, "asset", limit, **filters)


@click.command("history")
@click.argument("order_id", metavar="ORDER")
@filtered
@shared
def order_history(app: App, order_id: str, limit: int, **filters: Any) -> None:
    """Show what happened to an order, newest last.

    \b
    tessera order history 0x8c11
    """
    show(app, order_id, "order", limit, **filters)


@click.command("history")
@click.argument("bounty_id", metavar="BOUNTY")
@filtered
@shared
def bounty_history(app: App, bounty_id: str, limit: int, **filters: Any) -> None:
    """Show what happened in a contest: stages, models, claims, panels, money, newest last.

    \b
    tessera bounty history 0x71c0
    """
    show(app, bounty_id, "bounty", limit, **filters)


@click.command("history")
@click.argument("bounty_id", metavar="BOUNTY")
@filtered
@shared
def proved_history(app: App, bounty_id: str, limit: int, **filters: Any) -> None:
    """Show what happened in a proved bounty: commitments, rows, proofs, money, newest last.

    \b
    tessera proved history 0x5a1e
    """
    from marketplace.services.proofs import require_proofs

    require_proofs(app.reader())
    show(app, bounty_id, "proved bounty", limit, **filters)


@click.command("history")
@click.argument("account", metavar="[ADDRESS]", required=False)
@filtered
@shared
def vault_history(app: App, account: str | None, limit: int, **filters: Any) -> None:
    """Show how the money of an account moved, the wallet's by default, newest last.

    \b
    tessera vault history
    """
    show(app, _account(app, account), None, limit, contracts=("Vault",), **filters)


@click.command("history")
@click.argument("account", metavar="[ADDRESS]", required=False)
@filtered
@shared
def operator_history(app: App, account: str | None, limit: int, **filters: Any) -> None:
    """Show what an evaluator did and met: seats, attestations, slashes, newest last.

    \b
    tessera operator history
    """
    show(app, _account(app, account), None, limit, contracts=MONEY_OF_OPERATORS, **filters)


def show(app: App, subject: str, kind: str | None, limit: int, **filters: Any) -> None:
    """Print a history."""
    from marketplace.services.amounts import show_time
    from marketplace.services.history import history as load

    market = app.reader()
    found = load(market, subject, kind=kind, **filters)
    known = {} if market.client.deployment is None else market.client.deployment.addresses()
    contracts = {address.lower(): name for name, address in known.items()}
    newest = found[-limit:]
    rows = [
        (
            show_time(entry.time).removesuffix(" UTC"),
            str(entry.event.block),
            entry.what,
            _amounts(entry),
            _others(entry, subject, contracts),
            short(entry.event.tx_hash),
        )
        for entry in newest
    ]
    columns = ("time (UTC)", "block>", "what", "tokens>", "whom and which", "transaction")
    app.table([entry.data() for entry in newest], columns, rows, "nothing happened that fits")
    if len(newest) < len(found):
        app.note(f"the newest {len(newest)} of {len(found):,} events; more with --limit")


def _account(app: App, given: str | None) -> str:
    account = given or app.own_address()
    if account is None:
        raise DataError("there is no wallet whose history this would be", "give an address, or name a wallet")
    return account


def _amounts(entry: Entry) -> str:
    """Show amounts; with more than one, each with its name."""
    from marketplace.services.history import show_amount

    shown = [(name, show_amount(units)) for name, units in entry.amounts.items()]
    if len(shown) == 1:
        return shown[0][1]
    return "\n".join(f"{name} {amount}" for name, amount in shown if amount != "0")


def _others(entry: Entry, subject: str, contracts: Mapping[str, str]) -> str:
    """Name the other addresses and ids of an event; contracts by their names."""
    from marketplace.services.history import NAMED

    parts = []
    for name, value in entry.event.args.items():
        if isinstance(value, str) and value.startswith("0x") and not int(value, 16):
            continue
        if name in NAMED or isinstance(value, str):
            text = short(value) if isinstance(value, str) or value >= 2**64 else str(value)
            if isinstance(value, str) and value.lower() in contracts:
                text = contracts[value.lower()]
            if not _same(value, subject):
                parts.append(f"{NAMED.get(name, name)} {text}")
    if entry.event.name == "TransferSingle":
        parts.append(f"{entry.event['value']} of 10000 shares")
    return "\n".join(parts)


def _same(value: int | str, subject: str) -> bool:
    from marketplace.types import format_id

    text = format_id(value) if isinstance(value, int) else value.lower()
    return text.startswith("0x" + subject.strip().lower().removeprefix("0x"))
