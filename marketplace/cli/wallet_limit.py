"""``tessera wallet limit``: how much may be spent in a command, and in a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.values import AMOUNT
from marketplace.errors import ChainError, ConfigError

if TYPE_CHECKING:
    from marketplace.services.limits import Kept

NONE = -1
"""What the word ``none`` is read as: no limit."""


class Cap(click.ParamType):
    """An amount of whole tokens, or the word none."""

    name = "tokens"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it; a malformed one is a usage error."""
        return NONE if value == "none" else AMOUNT.convert(value, param, ctx)


@click.command("limit")
@click.option("--per-command", metavar="AMOUNT", type=Cap(), help="Most tokens a command may spend, or none.")
@click.option("--per-day", metavar="AMOUNT", type=Cap(), help="Most tokens in 24 hours, or none.")
@shared
def limit(app: App, per_command: int | None, per_day: int | None) -> None:
    """Show or set how many tokens the wallet may spend; a command that would spend more is refused.

    Spent is what leaves your control: prices, bonds, rewards, deposits of bounties, fees, withdrawals to
    others, also where it may come back. Not gas, nor what you put into the vault. --yes does not
    override a limit; to raise or drop one takes this command and the wallet's password.

    \b
    tessera wallet limit --per-command 50 --per-day 200
    tessera wallet limit
    """
    from marketplace.services import limits

    address = app.own_address()
    if address is None:
        raise ConfigError(
            "there is no wallet to limit", "name one with --wallet, or make one: tessera wallet new"
        )
    kept = limits.read_kept(app.given, address)
    wanted = limits.Kept(_changed(kept.per_command, per_command), _changed(kept.per_day, per_day))
    if wanted != kept:
        if wanted.allows_more_than(kept):
            app.confirm(f"Let {address} spend more: {_words(wanted)}, until now {_words(kept)}.")
            app.wallet()  # whoever does not have the password can't raise it
        limits.keep(app.given, address, wanted)
    _show(app, address)


def _changed(old: int | None, given: int | None) -> int | None:
    return old if given is None else None if given == NONE else given


def _words(kept: Kept) -> str:
    return f"{_tokens(kept.per_command)} a command, {_tokens(kept.per_day)} a day"


def _tokens(units: int | None) -> str:
    from marketplace.services.amounts import show_tokens

    return "no limit" if units is None else show_tokens(units)


def _show(app: App, address: str) -> None:
    """Show the limits that hold, and what was spent of them."""
    from marketplace.services.limits import load_limits

    holds = load_limits(app.given, address)
    spent = _spent(app, address)
    data = {
        "account": address,
        "per_command": None if holds.per_command is None else _tokens(holds.per_command),
        "per_day": None if holds.per_day is None else _tokens(holds.per_day),
        "spent": None if spent is None else _tokens(spent),
    }
    shown = [
        ("in a command", _tokens(holds.per_command)),
        ("in 24 hours", _tokens(holds.per_day)),
        ("spent in the last 24 hours", "not known: no node answers" if spent is None else _tokens(spent)),
    ]
    app.fields(f"spending limits of {address}, in tokens", data, shown)


def _spent(app: App, address: str) -> int | None:
    """Return what was spent in the last day on the chain at hand, None if none answers."""
    from marketplace.chain import Journal
    from marketplace.chain.rpc import Node

    settings = app.settings
    try:
        network = Node(settings.rpc_url, timeout_seconds=settings.rpc_timeout_seconds).network
    except ChainError:
        return None
    if not settings.journal_path.exists():
        return 0
    return sum(one.amount for one in Journal(settings.journal_path).spent(network, address))
