"""``tessera vault show`` and ``sweep``: what is locked, why, until when; and freeing what can be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared
from marketplace.errors import MarketplaceError

if TYPE_CHECKING:
    from marketplace.services.balances import Balances
    from marketplace.services.locks import Lock, Sweep


@click.command("show")
@click.argument("address", required=False)
@shared
def show(app: App, address: str | None) -> None:
    """Show the money of an account: wallet, free, and each sum that is locked.

    Of each: why it is locked, until when, and the command that frees it.

    \b
    tessera vault show --wallet bob
    """
    from marketplace.services.accounts import UNLIMITED, checked_address
    from marketplace.services.amounts import show_tokens
    from marketplace.services.balances import load_balances

    market = app.reader()
    account = checked_address(address) if address else app.own_address()
    if account is None:
        raise MarketplaceError("no account is named", "give an address, or a wallet with --wallet")
    found = load_balances(market, account)
    caps = {m: "unlimited" if cap == UNLIMITED else show_tokens(cap) for m, cap in found.caps.items()}
    data = {
        "account": account,
        "coin": show_tokens(found.coin_wei),
        "wallet": show_tokens(found.wallet),
        "free": show_tokens(found.free),
        "caps": caps,
        "locked_total": show_tokens(found.locked_units),
        "locked": [lock_data(one, found.now) for one in found.locked],
    }
    shown = [
        ("in the wallet", f"{show_tokens(found.wallet)} tokens"),
        ("free in the vault", f"{show_tokens(found.free)} tokens"),
        ("locked", f"{show_tokens(found.locked_units)} tokens"),
        ("may still lock", ", ".join(f"{m} {cap}" for m, cap in caps.items() if cap != "0") or "nobody"),
        ("coin for gas", show_tokens(found.coin_wei)),
    ]
    app.fields(f"account {account}", data, shown)
    if not app.as_json:
        _show_locks(found)


def lock_data(lock: Lock, now: int) -> dict[str, Any]:
    """Return a lock for programs."""
    from marketplace.services.amounts import show_tokens
    from marketplace.types import format_id

    until = None
    if lock.until:
        until = {"unix": lock.until, "iso": _iso(lock.until), "words": _away(lock.until, now)}
    return {
        "kind": str(lock.kind),
        "module": lock.module,
        "bucket": format_id(lock.bucket),
        "what": lock.what,
        "amount": show_tokens(lock.amount),
        "awaited": lock.awaited,
        "why": lock.why,
        "until": until,
        "waits_for": lock.waits_for or None,
        "ready": lock.ready,
        "command": lock.command,
    }


def _show_locks(found: Balances) -> None:
    from marketplace.cli.page import grid, heading, page_width
    from marketplace.services.amounts import show_tokens

    own = [one for one in found.locked if not one.awaited]
    for title, locks in (("locked", own), ("not yours yet", [one for one in found.locked if one.awaited])):
        if not locks:
            continue
        click.echo("\n".join(heading(title)))
        rows = []
        for lock in locks:
            rows.append((show_tokens(lock.amount), f"{lock.what} ({lock.module})"))
            rows.append(("", f"why    {lock.why}"))
            rows += [("", f"until  {text}") for text in [_until(lock, found.now)] if text]
            rows.append(("", f"then   {lock.command}" if not lock.ready else f"now    {lock.command}"))
        click.echo("\n".join(grid(rows, page_width(), right=(0,))))
    if found.ready_units:
        click.echo(
            f"\nto free what can be freed now, {show_tokens(found.ready_units)} tokens: tessera vault sweep"
        )


def _until(lock: Lock, now: int) -> str:
    if lock.waits_for:
        return f"nothing frees it until {lock.waits_for}"
    return f"{_away(lock.until, now)}, {_iso(lock.until)}" if lock.until else ""


def _away(moment: int, now: int) -> str:
    from marketplace.cli.page import relative

    return relative(moment, now).replace("\N{NO-BREAK SPACE}", " ")


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@click.command("sweep")
@click.option(
    "--max-gas", type=click.IntRange(1), metavar="GAS", help="Begin nothing more once so much gas was used."
)
@shared
def sweep(app: App, max_gas: int | None) -> None:
    """Free all money of this wallet that can be freed now.

    Refunds orders whose seller stayed silent, moves contests on past a deadline, collects sales and passes
    their income up and to you, takes back bonds of unlisted assets, of claims and of seats that may be left.
    It unlists nothing and announces nothing. Each step is tried on paper first: what would revert is not
    sent. Interrupted or killed, the same command goes on.

    \b
    tessera vault sweep
    """
    from marketplace.services.amounts import show_tokens
    from marketplace.services.balances import load_balances
    from marketplace.services.locks import sweep as free

    market = app.market()
    found = load_balances(market)
    steps = [one for one in found.locked if one.ready]
    if not steps:
        rest = show_tokens(found.locked_units)
        app.done(_swept(None), f"nothing can be freed now; {rest} tokens are locked: tessera vault show")
        return
    lines = [f"  {show_tokens(one.amount)} tokens, {one.what}: {_plain(one)}" for one in steps]
    last = f"{market.account} pays the gas; what these steps set free is taken as well."
    app.confirm(f"Free {show_tokens(found.ready_units)} tokens:", *lines, last)
    done = free(market, max_gas=max_gas)
    for what, why in done.kept.items():
        app.note(f"  not done: {what}: {why}")
    if done.stopped:
        app.note(f"  ended early: {done.stopped}; run it again to go on")
    count = f"{len(done.freed)} transaction{'s' * (len(done.freed) != 1)}"
    text = f"freed {show_tokens(done.amount)} tokens in {count}, {done.gas:,} gas"
    app.done(_swept(done), text, "they are free in the vault; into the wallet: tessera vault withdraw")


def _plain(lock: Lock) -> str:
    return lock.command.removeprefix("tessera ")


def _swept(done: Sweep | None) -> dict[str, Any]:
    from marketplace.services.amounts import show_tokens

    if done is None:
        return {"freed": "0", "gas": 0, "steps": [], "kept": {}, "stopped": None}
    steps = [
        {"what": one.what, "amount": show_tokens(one.amount), "gas": one.gas, "transaction": one.transaction}
        for one in done.freed
    ]
    return {
        "freed": show_tokens(done.amount),
        "gas": done.gas,
        "steps": steps,
        "kept": done.kept,
        "stopped": done.stopped or None,
    }
