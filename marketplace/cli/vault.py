"""``tessera vault``: the one place where tokens are held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import AMOUNT, App, shared, short
from marketplace.cli.history import vault_history
from marketplace.cli.vault_locks import show, sweep
from marketplace.errors import MarketplaceError

if TYPE_CHECKING:
    from marketplace.chain import Receipt


@click.group()
def vault() -> None:
    """See, free, deposit and withdraw money, and say who may lock it."""


for _command in (show, sweep, vault_history):
    vault.add_command(_command)


@vault.command("deposit")
@click.argument("amount", type=AMOUNT)
@shared
def deposit(app: App, amount: int) -> None:
    """Put tokens into the vault.

    \b
    tessera vault deposit 100
    """
    from marketplace.services.accounts import deposit as put
    from marketplace.services.amounts import show_tokens

    market = app.market()
    app.confirm(
        f"Move {show_tokens(amount)} tokens of {market.account} into the vault {market.address('Vault')}."
    )
    receipt = put(market, amount)
    app.done(
        {"deposited": show_tokens(amount), **_sent(receipt)},
        f"deposited {show_tokens(amount)} tokens",
    )


@vault.command("withdraw")
@click.argument("amount", type=AMOUNT)
@click.option("--to", metavar="ADDRESS", help="Who gets them; the account itself by default.")
@shared
def withdraw(app: App, amount: int, to: str | None) -> None:
    """Take free tokens out of the vault.

    \b
    tessera vault withdraw 40
    """
    from marketplace.services.accounts import checked_address, require_withdrawable
    from marketplace.services.accounts import withdraw as take
    from marketplace.services.amounts import show_tokens

    market = app.market()
    target = market.account if to is None else checked_address(to)
    require_withdrawable(market, amount, target)
    app.confirm(f"Move {show_tokens(amount)} tokens of {market.account} from the vault to {target}.")
    receipt = take(market, amount, target)
    app.done(
        {"withdrawn": show_tokens(amount), "to": target, **_sent(receipt)},
        f"withdrew {show_tokens(amount)} tokens to {target}",
    )


@vault.command("approve")
@click.argument(
    "module", type=click.Choice(("Assets", "Exchange", "Operators", "Bounties"), case_sensitive=False)
)
@click.argument("cap")
@shared
def approve(app: App, module: str, cap: str) -> None:
    """Let a contract lock up to CAP tokens of your vault: an amount, unlimited, or 0.

    Commands that lock money ask for what they need; this is for more, or to take it back.

    \b
    tessera vault approve Exchange 500
    """
    from marketplace.services.accounts import UNLIMITED
    from marketplace.services.accounts import approve as allow
    from marketplace.services.amounts import parse_tokens, show_tokens

    units = UNLIMITED if cap == "unlimited" else parse_tokens(cap)
    shown = cap if units == UNLIMITED else show_tokens(units)
    market = app.market()
    app.confirm(f"Let {module} ({market.address(module)}) lock at most {shown} tokens of {market.account}.")
    receipt = allow(market, module, units)
    app.done({"module": module, "cap": shown, **_sent(receipt)}, f"{module} may lock {shown} tokens")


def _sent(receipt: Receipt) -> dict[str, Any]:
    """Say which transaction it was, and whether now or by an earlier command that was cut off."""
    return {"transaction": receipt.tx_hash, "sent_before": receipt.reused}


@vault.command("check")
@shared
def check(app: App) -> None:
    """Rebuild every balance from the logs and compare: does every token belong to somebody?

    \b
    tessera vault check
    """
    from marketplace.services.accounts import conservation
    from marketplace.services.amounts import show_tokens

    found = conservation(app.reader())
    parts = {
        "balance": found.balance,
        "free": found.free,
        "in buckets": found.buckets,
        "burned": found.burned,
        "donated": found.donated,
    }
    data = {name.split()[-1]: show_tokens(amount) for name, amount in parts.items()}
    shown = [(name, f"{show_tokens(amount)} tokens") for name, amount in parts.items()]
    app.fields(
        "the vault",
        {**data, "holds": found.holds},
        [*shown, ("conservation", "holds" if found.holds else "BROKEN")],
    )
    if not found.holds:
        raise MarketplaceError(
            f"the vault's books do not add up: {', '.join(map(short, found.problems)) or 'the balance'}",
            "put no more money in, and report this",
        )
