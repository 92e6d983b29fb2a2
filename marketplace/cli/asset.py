"""``tessera asset``: what is listed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.asset_search import search
from marketplace.cli.common import AMOUNT, LENGTH, App, funds_lines, shared, short
from marketplace.cli.history import asset_history
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.services.market import Market
    from marketplace.services.structs import Parent

_ASSET = click.argument("asset_id", metavar="ASSET")


@click.group()
def asset() -> None:
    """Publish, list and change datasets and models."""


asset.add_command(search)
asset.add_command(asset_history)


@asset.command("publish")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--price", type=AMOUNT, required=True, help="Tokens a buyer pays.")
@click.option("--model", "is_model", is_flag=True, help="The file is an integer model, not a table.")
@click.option("--name", help="Public name; that of the file by default.")
@click.option("--description", default="", help="Public description.")
@click.option(
    "--licence", "--license", metavar="SPDX", help="SPDX id, or LicenseRef- and a name of your own."
)
@click.option("--use", "uses", multiple=True, help="An allowed use; repeat for several.")
@click.option("--bond", type=AMOUNT, help="Tokens at stake for the right file; the price by default.")
@click.option("--settle-window", type=LENGTH, help="Time you have to hand over a key (default 1h).")
@click.option("--dispute-window", type=LENGTH, help="Time in which a wrong file is disproved (default 1d).")
@click.option(
    "--parent", "parents", multiple=True, metavar="ASSET:BPS", help="Basis points of income to an asset."
)
@click.option("--again", is_flag=True, help="List the same file a second time.")
@click.option("--dry-run", is_flag=True, help="Only show what would become public.")
@shared
def publish(app: App, path: Path, is_model: bool, again: bool, dry_run: bool, **options: Any) -> None:
    """Describe, encrypt and list a table or a model. No row becomes public.

    \b
    tessera asset publish table.csv --price 25 --licence CC-BY-4.0
    """
    from marketplace.cli.views import manifest_fields, plan_data, plan_fields
    from marketplace.services import publish as service
    from marketplace.types import format_id

    market = app.reader() if dry_run else app.market()
    options["parents"] = tuple(_parent(market, text) for text in options["parents"])
    given = {name: value for name, value in options.items() if value not in (None, ())}
    plan = (service.plan_model if is_model else service.plan_dataset)(path, **given)
    for note in plan.notes:
        app.note(note)
    if dry_run:
        data = {"manifest": plan.manifest.public(), **plan_data(plan)}
        app.fields("this would become public", data, [*manifest_fields(plan.manifest), *plan_fields(plan)])
        return
    app.note("This becomes public (no row does; the file only encrypted):")
    for name, text in [*manifest_fields(plan.manifest), *plan_fields(plan), ("seller", market.account)]:
        app.note(f"  {name}: {text}")
    app.confirm(*funds_lines(market, "Assets", plan.bond))
    with app.progress("encrypting", plan.size_bytes) as tell:
        found = service.publish(market, plan, again=again, progress=tell)
    shown = format_id(found.asset_id)
    data = {"asset": shown, "listed_now": found.receipt is not None, "manifest": found.manifest.public()}
    verb = "listed" if found.receipt else "this file is listed already"
    app.done(data, f"{verb}: {shown}", f"wait for buyers, then: tessera order settle (with {market.account})")


@asset.command("list")
@click.option("--mine", is_flag=True, help="Only those of the wallet.")
@click.option("--all", "everything", is_flag=True, help="Also those that take no orders any more.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="So many.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out the first so many.")
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


@asset.command("revise")
@_ASSET
@click.option("--price", type=AMOUNT, help="New price, tokens.")
@click.option("--file", "path", type=click.Path(path_type=Path), help="New version of the file.")
@click.option("--description", help="With --file: new description.")
@shared
def revise(app: App, asset_id: str, price: int | None, path: Path | None, description: str | None) -> None:
    """Change the price, or publish a new version under a fresh key. Open orders keep what they saw.

    \b
    tessera asset revise 0x3f2a --price 30
    """
    from marketplace.services import catalog, sell
    from marketplace.services.amounts import show_tokens
    from marketplace.types import format_id

    if price is None and path is None:
        raise click.UsageError("give --price, --file, or both")
    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    sell.require_seller(market, listing.terms)
    units = listing.terms.price if price is None else price
    shown = format_id(listing.asset_id)
    if path is None:
        app.confirm(
            f"Sell {shown} for {show_tokens(units)} tokens instead of {show_tokens(listing.terms.price)}."
        )
        sell.reprice(market, listing, units)
    else:
        _new_version(app, market, listing, path, units, description)
    app.done({"asset": shown, "price": show_tokens(units)}, f"revised {shown}")


def _new_version(
    app: App, market: Market, listing: Any, path: Path, price: int, description: str | None
) -> None:
    from marketplace.cli.views import manifest_fields, plan_fields
    from marketplace.services import publish as service
    from marketplace.services.catalog import read_manifest
    from marketplace.services.manifest import DATASET

    old = read_manifest(market, listing.terms)
    make = service.plan_dataset if listing.terms.kind == DATASET else service.plan_model
    about = old.description if description is None else description
    plan = make(path, price=price, name=old.name, description=about, licence=old.licence, uses=old.uses)
    app.note("This becomes public (no row does; the file only encrypted):")
    for name, text in [*manifest_fields(plan.manifest), *plan_fields(plan)[:1]]:
        app.note(f"  {name}: {text}")
    app.confirm()
    with app.progress("encrypting", plan.size_bytes) as tell:
        service.publish_version(market, listing, plan, tell)


@asset.command("unlist")
@_ASSET
@shared
def unlist(app: App, asset_id: str) -> None:
    """Stop taking orders for an asset. It can't be listed again.

    \b
    tessera asset unlist 0x3f2a
    """
    from marketplace.services import catalog, sell
    from marketplace.types import format_id

    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    shown = format_id(listing.asset_id)
    app.confirm(f"Stop selling {shown} for good. Its open orders stay.")
    sell.unlist(market, listing)
    app.done({"asset": shown, "state": "unlisted"}, f"unlisted {shown}", "later: tessera asset release-bond")


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
    amount = show_tokens(catalog.load_income(market, listing, who).claimable)
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


def _parent(market: Market, text: str) -> Parent:
    from marketplace.services.catalog import find_asset
    from marketplace.services.structs import Parent

    name, _, bps = text.rpartition(":")
    if not name or not bps.isdigit() or not 1 <= int(bps) <= 10_000:
        raise DataError(f"not a parent: {text[:80]!r}", "write ASSET:BPS, for instance 0x3f2a:500 for 5 %")
    return Parent(find_asset(market, name).asset_id, int(bps))
