"""``tessera order``: sales, from both sides."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from marketplace.cli.common import App, funds_lines, shared, short
from marketplace.cli.history import order_history
from marketplace.cli.order_verify import order_verify
from marketplace.errors import ContractReverted, DataError, MarketplaceError, StorageError

_ORDER = click.argument("order_id", metavar="ORDER")
_ORDERS = click.argument("order_ids", metavar="[ORDER]...", nargs=-1)


@click.group()
def order() -> None:
    """Buy, hand over keys, receive files, refund, collect."""


order.add_command(order_history)
order.add_command(order_verify)


@order.command("create")
@click.argument("asset_id", metavar="ASSET")
@click.option("--again", is_flag=True, help="Buy although the same terms were ordered before.")
@shared
def create(app: App, asset_id: str, again: bool) -> None:
    """Order an asset: its whole ciphertext is checked first, then the price is locked.

    \b
    tessera order create 0x3f2a
    """
    from marketplace.cli.views import manifest_fields, order_data
    from marketplace.services import buy, catalog
    from marketplace.services.amounts import show_seconds, show_tokens
    from marketplace.types import format_id

    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    buy.require_orderable(market, listing, again=again)
    manifest = catalog.read_manifest(market, listing.terms)
    if manifest.accepted_only:
        app.note("This seller hands the key only to buyers he has accepted. Ask him first, or wait in vain:")
        app.note(f"  tessera asset buyers {format_id(listing.asset_id)[:12]} add {market.account}")
    app.note(f"Order {format_id(listing.asset_id)}:")
    for name, text in manifest_fields(manifest):
        app.note(f"  {name}: {text}")
    lines = funds_lines(market, "Exchange", listing.terms.price)
    window = show_seconds(listing.terms.settle_window)
    app.confirm(
        f"Lock {show_tokens(listing.terms.price)} tokens of {market.account} for {listing.terms.seller},",
        f"  who gets them against the right key only; after {window} without it they can come back",
        *lines,
    )
    total = manifest.stored.length if manifest.stored else 0
    with app.progress("checking the ciphertext", total) as tell:
        sale = buy.order(market, listing, again=again, progress=tell)
    shown = format_id(sale.order_id)
    app.done(
        order_data(sale),
        f"ordered: {shown}",
        f"when the seller has settled: tessera order receive {shown[:12]}",
    )


@order.command("list")
@click.option("--bought", is_flag=True, help="Only those the wallet made.")
@click.option("--sold", is_flag=True, help="Only those of the wallet's assets.")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not settled or refunded.")
@shared
def list_(app: App, bought: bool, sold: bool, only_open: bool) -> None:
    """List orders.

    \b
    tessera order list --sold --open --wallet bob
    """
    from marketplace.cli.views import order_data, order_due
    from marketplace.services.amounts import show_tokens
    from marketplace.services.catalog import OrderState, list_orders

    market, own = app.reader(), app.own_address()
    if (bought or sold) and own is None:
        raise DataError("there is no wallet whose orders these would be", "name one with --wallet")
    found = list_orders(market, buyer=own if bought else None, seller=own if sold else None)
    if only_open:
        found = [sale for sale in found if sale.state in (OrderState.OPEN, OrderState.EXPIRED)]
    rows = [
        (
            short(sale.order_id),
            short(sale.order.asset_id),
            str(sale.state),
            show_tokens(sale.order.price),
            short(sale.order.buyer),
            order_due(sale),
        )
        for sale in found
    ]
    columns = ("order", "asset", "state", "price>", "buyer", "next")
    app.table([order_data(sale) for sale in found], columns, rows, "no orders")


@order.command("show")
@_ORDER
@shared
def show(app: App, order_id: str) -> None:
    """Show an order: state, price, deadline, what is due next.

    \b
    tessera order show 0x9c41
    """
    from marketplace.cli.views import order_data, order_due
    from marketplace.services.amounts import show_time, show_tokens
    from marketplace.services.catalog import find_order
    from marketplace.types import format_id

    sale = find_order(app.reader(), order_id)
    shown = [
        ("state", str(sale.state)),
        ("next", order_due(sale)),
        ("asset", format_id(sale.order.asset_id)),
        ("price", f"{show_tokens(sale.order.price)} tokens"),
        ("buyer", sale.order.buyer),
        ("seller", sale.terms.seller),
        ("deadline", show_time(sale.order.deadline)),
    ]
    if sale.settled_at:
        shown.append(("settled", show_time(sale.settled_at)))
    app.fields(f"order {format_id(sale.order_id)}", order_data(sale), shown)


@order.command("settle")
@_ORDERS
@click.option("--anyway", is_flag=True, help="Also for buyers who are not on the asset's list.")
@shared
def settle(app: App, order_ids: tuple[str, ...], anyway: bool) -> None:
    """Hand over the key of orders of your assets; of all that are open, if none is named.

    \b
    tessera order settle
    """
    from marketplace.services import catalog, sell
    from marketplace.services.amounts import show_tokens
    from marketplace.services.buyers import require_accepted
    from marketplace.types import format_id

    market = app.market()
    sales = [catalog.find_order(market, text) for text in order_ids] or sell.open_sales(market)
    if not sales:
        app.done({"settled": []}, "no order waits for your key")
        return
    for sale in sales:
        price = show_tokens(sale.order.price)
        app.note(f"  order {short(sale.order_id)} of {sale.order.buyer}: {price} tokens")
    left: list[MarketplaceError] = []
    if not anyway:  # said before the question: these get no key
        sales = [sale for sale in sales if _tried(app, left, partial(require_accepted, market, sale))]
    settled = []
    if sales:
        app.confirm(f"Hand over the keys of {len(sales)} order(s): their buyers can open the files then.")
    for sale in sales:
        if _tried(app, left, partial(sell.settle, market, sale, anyway=anyway)):
            settled.append(format_id(sale.order_id))
    if left and (order_ids or not settled):
        raise left[0]
    app.done({"settled": settled}, *(f"settled: {one}" for one in settled))


def _tried(app: App, left: list[MarketplaceError], step: Callable[[], object]) -> bool:
    """Do a step of one order; one that can't be settled must not hold up the others."""
    try:
        step()
    except (DataError, StorageError, ContractReverted) as error:
        left.append(error)
        app.note(f"  left: {error}")
        return False
    return True


@order.command("receive")
@_ORDER
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def receive(app: App, order_id: str, out: Path) -> None:
    """Open the file of a settled order; every piece is verified. Its description is written beside it.

    Tools that know Croissant load the file by its description: table.croissant.json for table.csv.

    \b
    tessera order receive 0x9c41 --out table.csv
    """
    from marketplace.services import buy, catalog
    from marketplace.services.received import description_path, write_description

    market = app.market()
    sale = catalog.find_order(market, order_id)
    buy.require_buyer(market, sale)
    for path in (out, description_path(out)):
        if path.exists():
            app.confirm(f"Overwrite {path}.")
    manifest = catalog.read_manifest(market, sale.terms)
    total = manifest.stored.length if manifest.stored else 0
    with app.progress("opening", total) as tell:
        buy.receive(market, sale, out, tell)
    described = write_description(manifest, out)
    data = {"file": str(out), "bytes": total, "name": manifest.name, "description": str(described)}
    app.done(
        data,
        f"wrote {manifest.name}, {total:,} bytes, every piece verified, to {out}",
        f"licence {manifest.licence}; its description for other tools (Croissant): {described}",
    )


@order.command("receipt")
@_ORDER
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to print.")
@shared
def receipt(app: App, order_id: str, html: Path | None) -> None:
    """Show the receipt of a sale or purchase: who, what, price, transactions, how to check it.

    \b
    tessera order receipt 0x9c41 --html receipt.html
    """
    from marketplace.cli.files import require_writable
    from marketplace.cli.views import receipt_fields
    from marketplace.crypto.files import write_file
    from marketplace.services import catalog
    from marketplace.services.receipt_page import receipt_page
    from marketplace.services.receipts import order_receipt

    market = app.reader()
    data = order_receipt(market, catalog.find_order(market, order_id))
    if html is None:
        app.fields(f"receipt of order {data['order']}", data, receipt_fields(data))
        return
    require_writable(app, html)
    write_file(html, receipt_page(data).encode("utf-8"))
    app.done(data, f"wrote {html}: open it in a browser, and print it")


@order.command("refund")
@_ORDER
@shared
def refund(app: App, order_id: str) -> None:
    """Give the buyer his money back after the deadline; anybody may.

    \b
    tessera order refund 0x9c41
    """
    from marketplace.services import buy, catalog
    from marketplace.services.amounts import show_tokens

    market = app.market()
    sale = catalog.find_order(market, order_id)
    amount = show_tokens(sale.order.price)
    app.confirm(f"Give {amount} tokens back to {sale.order.buyer} ({market.account} pays the gas).")
    buy.refund(market, sale)
    app.done({"refunded": amount, "to": sale.order.buyer}, f"refunded {amount} tokens to {sale.order.buyer}")


@order.command("collect")
@_ORDERS
@click.option("--withdraw", is_flag=True, help="Also claim your part of it, and withdraw that to the wallet.")
@shared
def collect(app: App, order_ids: tuple[str, ...], withdraw: bool) -> None:
    """Move the income of settled orders to their assets, after their dispute windows.

    All of your assets' orders that are due, if none is named. Then: tessera asset claim, vault withdraw;
    with --withdraw these are done as well.

    \b
    tessera order collect --withdraw
    """
    from marketplace.services import catalog, payout, sell
    from marketplace.services.amounts import show_tokens
    from marketplace.types import format_id

    market = app.market()
    sales = [catalog.find_order(market, text) for text in order_ids] or sell.matured_sales(market)
    if not sales:
        app.done({"collected": []}, "no order is due: its dispute window must be over")
        return
    total = show_tokens(sum(sale.order.price for sale in sales))
    then = [f"  then credit your part to you, and withdraw it to {market.account}"] if withdraw else []
    app.confirm(f"Move {total} tokens of {len(sales)} order(s) from the exchange to their assets.", *then)
    if withdraw:
        got = show_tokens(payout.cash_in(market, sales))
        ids = [format_id(sale.order_id) for sale in sales]
        data = {"collected": ids, "amount": total, "withdrawn": got}
        app.done(data, f"collected {total} tokens of {len(sales)} order(s); {got} are in your wallet now")
        return
    sell.collect(market, sales)
    data = {"collected": [format_id(sale.order_id) for sale in sales], "amount": total}
    app.done(data, f"collected {total} tokens of {len(sales)} order(s)", "next: tessera asset claim")
