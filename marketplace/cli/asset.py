"""``tessera asset``: what is listed. Publishing, previews, buyers and search have files of their own."""

from __future__ import annotations

import click

from marketplace.cli.asset_buyers import COMMANDS as SHOWING
from marketplace.cli.asset_publish import COMMANDS as PUBLISHING
from marketplace.cli.asset_search import search
from marketplace.cli.common import App, shared, short
from marketplace.cli.history import asset_history
from marketplace.cli.values import COUNT, PLACE
from marketplace.errors import DataError

_ASSET = click.argument("asset_id", metavar="ASSET")


@click.group()
def asset() -> None:
    """Publish, list and change datasets and models."""


@asset.command("list")
@click.option("--mine", is_flag=True, help="Only those of the wallet.")
@click.option("--all", "everything", is_flag=True, help="Also those that take no orders any more.")
@click.option("--limit", type=COUNT, default=100, show_default=True, help="So many.")
@click.option("--offset", type=PLACE, default=0, help="Leave out the first so many.")
@shared
def list_(app: App, mine: bool, everything: bool, limit: int, offset: int) -> None:
    """List the assets of the market, oldest first.

    \b
    tessera asset list
    """
    from marketplace.cli.views import asset_data, try_manifest
    from marketplace.services.amounts import show_tokens
    from marketplace.services.catalog import AssetState, list_assets
    from marketplace.services.manifest import KINDS

    market = app.reader()
    seller = app.own_address() if mine else None
    if mine and seller is None:
        raise DataError("there is no wallet whose assets these would be", "name one with --wallet")
    states = () if everything else (AssetState.LISTED,)
    found = list_assets(market, seller, states=states, limit=limit, offset=offset)
    pairs = [(one, try_manifest(market, one)) for one in found]
    rows = [
        (
            short(one.asset_id),
            manifest.name if manifest else "(manifest not here)",
            KINDS.get(one.terms.kind, "?"),
            str(manifest.subject.get("records", "")) if manifest else "",
            manifest.licence if manifest else "",
            show_tokens(one.terms.price),
            str(one.state),
            short(one.terms.seller),
        )
        for one, manifest in pairs
    ]
    columns = ("asset", "name", "kind", "rows>", "licence", "price>", "state", "seller")
    app.table([asset_data(one, manifest) for one, manifest in pairs], columns, rows, "no asset is listed yet")
    if len(found) == limit:
        app.note(
            f"there may be more: --offset {offset + limit}, or look for words with: tessera asset search"
        )


@asset.command("show")
@_ASSET
@shared
def show(app: App, asset_id: str) -> None:
    """Show an asset: description, terms, parents, income.

    \b
    tessera asset show 0x3f2a
    """
    from marketplace.cli.views import asset_data, asset_fields, try_manifest
    from marketplace.services.amounts import show_tokens
    from marketplace.services.catalog import find_asset, load_income
    from marketplace.types import format_id

    market = app.reader()
    listing = find_asset(market, asset_id)
    manifest = try_manifest(market, listing)
    data, shown = asset_data(listing, manifest), asset_fields(listing, manifest)
    holder = app.own_address()
    if holder is not None:
        income = load_income(market, listing, holder)
        amounts = {n: getattr(income, n) for n in ("claimable", "flushable", "pending")}
        data["income"] = {"holder": holder, "shares": income.shares}
        data["income"] |= {name: show_tokens(amount) for name, amount in amounts.items()}
        shown += [
            (f"shares of {app.given.wallet}", f"{income.shares} of 10000"),
            ("it can claim", f"{show_tokens(income.claimable)} tokens"),
            ("due to parents", f"{show_tokens(income.flushable)} tokens"),
            ("in the exchange", f"{show_tokens(income.pending)} tokens (open, or in dispute windows)"),
        ]
    app.fields(f"asset {format_id(listing.asset_id)}", data, shown)


@asset.command("unlist")
@_ASSET
@shared
def unlist(app: App, asset_id: str) -> None:
    """Stop taking orders for an asset. It can't be listed again.

    \b
    tessera asset unlist 0x3f2a
    """
    from marketplace.services import catalog, sell
    from marketplace.services.amounts import show_seconds, show_time, show_tokens
    from marketplace.types import format_id

    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    sell.require_listed(market, listing)
    shown = format_id(listing.asset_id)
    terms = listing.terms
    waiting = [
        sale
        for sale in catalog.list_orders(market, asset_id=listing.asset_id)
        if sale.state is catalog.OrderState.OPEN
    ]
    window = show_seconds(terms.settle_window + terms.dispute_window)
    app.confirm(
        f"Stop selling {shown} for good: it can't be listed again.",
        f"  open orders stay: {len(waiting)}, to be settled with: tessera order settle",
        "  what was bought stays bought; shares and income stay with their holders",
        f"  the bond of {show_tokens(terms.bond)} tokens is free {window} later",
    )
    sell.unlist(market, listing)
    free = market.now() + terms.settle_window + terms.dispute_window
    data = {"asset": shown, "state": "unlisted", "open_orders": len(waiting), "bond_free_after": free}
    app.done(data, f"unlisted {shown}", f"after {show_time(free)}: tessera asset release-bond {shown[:12]}")


@asset.command("release-bond")
@_ASSET
@shared
def release_bond(app: App, asset_id: str) -> None:
    """Give the bond of an unlisted asset back to its seller, after the last dispute window.

    \b
    tessera asset release-bond 0x3f2a
    """
    from marketplace.services import catalog, sell
    from marketplace.services.amounts import show_tokens

    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    sell.require_bond_free(market, listing)
    amount = show_tokens(listing.terms.bond)
    app.confirm(f"Release {amount} tokens of bond to {listing.terms.seller}.")
    sell.release_bond(market, listing)
    data = {"released": amount, "to": listing.terms.seller}
    app.done(data, f"released {amount} tokens to {listing.terms.seller}")


@asset.command("flush")
@_ASSET
@shared
def flush(app: App, asset_id: str) -> None:
    """Pass the parents' part of an asset's income up, through all generations.

    \b
    tessera asset flush 0x3f2a
    """
    from marketplace.services import catalog, sell

    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    app.confirm(f"Pass income of {short(listing.asset_id)} to its parents ({market.account} pays the gas).")
    receipts = sell.flush_up(market, listing)
    app.done({"flushed": len(receipts)}, f"passed on in {len(receipts)} transactions")


@asset.command("claim")
@_ASSET
@click.option("--holder", metavar="ADDRESS", help="Whose income; the wallet's by default.")
@shared
def claim(app: App, asset_id: str, holder: str | None) -> None:
    """Credit a shareholder's income to its balance in the vault.

    \b
    tessera asset claim 0x3f2a
    """
    from marketplace.services import catalog, sell
    from marketplace.services.accounts import checked_address
    from marketplace.services.amounts import show_tokens

    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    who = market.account if holder is None else checked_address(holder)
    units = catalog.load_income(market, listing, who).claimable
    if units == 0:
        app.done({"claimed": "0", "holder": who}, f"nothing to credit: {who} has no income here that waits")
        return
    amount = show_tokens(units)
    app.confirm(f"Credit {amount} tokens of {short(listing.asset_id)} to {who} in the vault.")
    sell.claim(market, listing, who)
    app.done({"claimed": amount, "holder": who}, f"credited {amount} tokens to {who}")


@asset.command("transfer")
@_ASSET
@click.argument("to", metavar="ADDRESS")
@click.argument("shares", type=click.IntRange(1, 10_000))
@shared
def transfer(app: App, asset_id: str, to: str, shares: int) -> None:
    """Give some of an asset's 10,000 shares, and the income from now on, to another account.

    \b
    tessera asset transfer 0x3f2a 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 2500
    """
    from marketplace.services import catalog, sell
    from marketplace.services.accounts import checked_address

    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    target = checked_address(to)
    app.confirm(
        f"Give {shares} of 10000 shares of {short(listing.asset_id)} to {target}.",
        "  income that was counted before stays with who held them",
    )
    sell.transfer(market, listing, target, shares)
    app.done({"shares": shares, "to": target}, f"gave {shares} shares to {target}")


for _command in (*PUBLISHING, *SHOWING, search, asset_history):
    asset.add_command(_command)
