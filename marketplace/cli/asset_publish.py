"""``tessera asset publish``, ``revise`` and ``manifest``: what becomes public, said before it does."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import AMOUNT, LENGTH, App, funds_lines, shared
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.services.catalog import Listing
    from marketplace.services.market import Market
    from marketplace.services.planning import Plan
    from marketplace.services.structs import Parent

CONTEXT_SHORTENED = "(the same in every manifest; --json prints it)"

_COLUMNS = (
    click.option("--columns", metavar="A,B", multiple=True, help="Publish only these columns."),
    click.option("--drop", metavar="A,B", multiple=True, help="Publish all columns but these."),
    click.option("--as-is", is_flag=True, help="Sell the file byte by byte, though it is no plain CSV."),
    click.option("--accept-sensitive", is_flag=True, help="Publish columns that look like they name people."),
)


def _with_columns(command: Any) -> Any:
    for option in reversed(_COLUMNS):
        command = option(command)
    return command


@click.command("publish")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--price", type=AMOUNT, required=True, help="Tokens a buyer pays.")
@click.option("--model", "is_model", is_flag=True, help="The file is an integer model, not a table.")
@click.option("--name", help="Public name; that of the file by default.")
@click.option("--description", help="Public description; its size by default.")
@click.option(
    "--licence", "--license", metavar="SPDX", help="SPDX id, or LicenseRef- and a name of your own."
)
@click.option("--use", "uses", multiple=True, help="An allowed use; repeat for several.")
@_with_columns
@click.option("--accepted-only", is_flag=True, help="Say that you settle for buyers you have accepted.")
@click.option("--bond", type=AMOUNT, help="Tokens at stake for the right file; the price by default.")
@click.option("--settle-window", type=LENGTH, help="Time you have to hand over a key (default 1h).")
@click.option("--dispute-window", type=LENGTH, help="Time in which a wrong file is disproved (default 1d).")
@click.option(
    "--parent", "parents", multiple=True, metavar="ASSET:BPS", help="Basis points of income to an asset."
)
@click.option("--again", is_flag=True, help="List the same file a second time.")
@click.option("--dry-run", is_flag=True, help="Only show what would become public, cost and be locked.")
@shared
def publish(app: App, path: Path, is_model: bool, again: bool, dry_run: bool, **options: Any) -> None:
    """Describe, encrypt and list a table or a model. What becomes public is the manifest, never a row.

    \b
    tessera asset publish table.csv --price 25 --licence CC-BY-4.0 --dry-run
    tessera asset publish table.csv --price 25 --licence CC-BY-4.0 --drop name,phone
    """
    from marketplace.services import publish as service
    from marketplace.services.buyers import accept_buyers
    from marketplace.types import format_id

    reader = app.reader()  # a file that can't be published is said before a password is asked for
    accepted = options.pop("accept_sensitive")
    options["parents"] = tuple(_parent(reader, text) for text in options["parents"])
    with app.busy("reading"):
        plan = _plan(path, is_model, options)
    for note in plan.notes:
        app.note(note)
    if dry_run:
        _show_plan(app, reader, plan)
        return
    market = app.market()
    _ask(app, market, plan, accepted, *funds_lines(market, "Assets", plan.bond))
    with app.progress("encrypting", plan.size_bytes) as tell:
        found = service.publish(market, plan, again=again, progress=tell)
    if plan.manifest.accepted_only:
        accept_buyers(market, found.asset_id, ())
    shown = format_id(found.asset_id)
    data = {"asset": shown, "listed_now": found.receipt is not None, "manifest": found.manifest.public()}
    verb = "listed" if found.receipt else "this file is listed already"
    app.done(data, f"{verb}: {shown}", f"wait for buyers, then: tessera order settle (with {market.account})")


@click.command("revise")
@click.argument("asset_id", metavar="ASSET")
@click.option("--price", type=AMOUNT, help="New price, tokens.")
@click.option("--file", "path", type=click.Path(path_type=Path), help="New version of the file.")
@click.option("--description", help="With --file: new description; the old one by default.")
@click.option("--licence", "--license", metavar="SPDX", help="With --file: new licence.")
@click.option("--use", "uses", multiple=True, help="With --file: an allowed use; the old ones by default.")
@_with_columns
@click.option("--accepted-only/--anybody", default=None, help="With --file: whether buyers must be accepted.")
@shared
def revise(app: App, asset_id: str, price: int | None, path: Path | None, **options: Any) -> None:
    """Change the price, or publish a new version under a fresh key. Open orders keep what they saw.

    \b
    tessera asset revise 0x3f2a --price 30
    tessera asset revise 0x3f2a --file table-2026.csv --drop name
    """
    from marketplace.services import catalog, sell
    from marketplace.services.amounts import show_tokens
    from marketplace.types import format_id

    accepted = options.pop("accept_sensitive")
    given = _given(options)
    if price is None and path is None:
        raise click.UsageError("give --price, --file, or both")
    if given and path is None:
        raise click.UsageError("what else is said belongs to a file: give --file as well")
    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    sell.require_listed(market, listing)
    units = listing.terms.price if price is None else price
    shown = format_id(listing.asset_id)
    if path is None:
        if units == listing.terms.price:
            raise DataError(f"{show_tokens(units)} tokens are the price already", "give another with --price")
        app.confirm(
            f"Sell {shown} for {show_tokens(units)} tokens instead of {show_tokens(listing.terms.price)}.",
            "  orders that exist keep their price; the bond stays as it is",
        )
        sell.reprice(market, listing, units)
        version = {}
    else:
        version = _new_version(app, market, listing, path, units, accepted, options)
    app.done({"asset": shown, "price": show_tokens(units), **version}, f"revised {shown}")


@click.command("manifest")
@click.argument("asset_id", metavar="ASSET")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to a file, byte by byte.")
@click.option(
    "--beside", type=click.Path(path_type=Path), help="Write the description of this bought file beside it."
)
@shared
def manifest(app: App, asset_id: str, out: Path | None, beside: Path | None) -> None:
    """Print the manifest of an asset: a Croissant document (docs/vocabulary.md).

    \b
    tessera asset manifest 0x3f2a
    tessera asset manifest 0x3f2a --beside table.csv
    """
    from marketplace.cli.files import require_writable
    from marketplace.cli.views import json_text
    from marketplace.crypto.files import write_file
    from marketplace.services import catalog
    from marketplace.services.received import description_path, write_description

    market = app.reader()
    listing = catalog.find_asset(market, asset_id)
    found = catalog.read_manifest(market, listing.terms)
    data = catalog.manifest_bytes(market, listing.terms)
    if out is not None:
        require_writable(app, out)
        write_file(out, data)
    if beside is not None:
        if found.stored is not None and beside.exists() and beside.stat().st_size != found.stored.length:
            raise DataError(
                f"{beside} is not the file that is sold now: it has another length",
                "for an earlier version: tessera order receive writes both anew",
            )
        require_writable(app, description_path(beside))
        write_description(found, beside)
    if out is None and beside is None:
        click.echo(json.dumps(json.loads(data), indent=2) if app.as_json else json_text(json.loads(data)))
        return
    written = [str(path) for path in (out, beside and description_path(beside)) if path]
    app.done({"written": written}, *(f"wrote {path}" for path in written))


def _plan(path: Path, is_model: bool, options: dict[str, Any]) -> Plan:
    """Read the file that is to be published."""
    from marketplace.services import planning

    given = _given(options)
    for name in ("columns", "drop"):
        if name in given:
            given[name] = _names(given[name], name)
    if not is_model:
        return planning.plan_dataset(path, **given)
    if {"columns", "drop", "as_is"} & set(given):
        raise DataError("a model has no columns to choose", "leave out --columns, --drop and --as-is")
    return planning.plan_model(path, **given)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given; an amount or a time of 0 was, though it equals False."""
    return {name: value for name, value in options.items() if value not in (None, ()) and value is not False}


def _names(texts: tuple[str, ...], option: str) -> list[str]:
    """Read the names of columns; none at all would mean all of them, which nobody asks for this way."""
    try:
        names = [name for text in texts for name in next(csv.reader([text]), [])]
    except csv.Error as error:
        raise DataError(f"--{option} can't be read: {error}", "write it like age,sex") from error
    if not names:
        raise DataError(f"--{option} names no column", f"name them, or leave out --{option} to take all")
    return names


def _show_plan(app: App, market: Market, plan: Plan) -> None:
    """Show everything that would become public, what it costs and what is locked."""
    from marketplace.cli.views import (
        findings_data,
        findings_lines,
        json_text,
        manifest_fields,
        plan_data,
        plan_fields,
    )
    from marketplace.services.amounts import show_coin, show_tokens
    from marketplace.services.costs import listing_cost
    from marketplace.services.planning import as_published

    cost = listing_cost(market, plan, app.own_address())
    document = as_published(plan, market, app.own_address()).public()
    data = {
        "manifest": document,
        **plan_data(plan),
        **findings_data(plan),
        "gas": cost.gas,
        "gas_price_wei": cost.gas_price_wei,
        "cost_coin": show_coin(cost.wei),
        "transactions": cost.transactions,
        "from_wallet": show_tokens(cost.deposit),
    }
    if app.as_json:
        app.done(data)
        return
    click.echo("This would become public (the file only encrypted; nothing was sent or stored now):")
    click.echo(json_text({**document, "@context": CONTEXT_SHORTENED}))
    for line in findings_lines(plan):
        click.echo(line)
    shown = [
        *manifest_fields(plan.manifest),
        *plan_fields(plan),
        ("gas", f"about {cost.gas:,} in {cost.transactions} transaction(s)"),
        ("cost", f"about {show_coin(cost.wei)} of the chain's coin, at today's gas price"),
        ("from the wallet", f"{show_tokens(cost.deposit)} tokens into the vault"),
    ]
    app.fields("in short", data, shown)


def _ask(app: App, market: Market, plan: Plan, accepted: bool, *lines: str) -> None:
    """Say what becomes public, point out who could be recognised, and ask."""
    from marketplace.cli.views import findings_lines, manifest_fields, plan_fields

    app.note("This becomes public: the manifest. The rows are encrypted; each buyer sees them, all columns.")
    for name, text in [*manifest_fields(plan.manifest), *plan_fields(plan), ("seller", market.account)]:
        app.note(f"  {name}: {text}")
    for line in findings_lines(plan):
        app.note(line)
    if plan.suspects and not accepted:
        names = ",".join(one.column for one in plan.suspects)
        if app.yes:
            raise DataError(
                f"columns that look like they name people: {names}",
                f'leave them out: --drop "{names}"; or publish them all the same: --accept-sensitive',
            )
        app.confirm(f"Shall buyers see {len(plan.suspects)} column(s) that look like they name people?")
    app.confirm(*lines)


def _new_version(
    app: App,
    market: Market,
    listing: Listing,
    path: Path,
    price: int,
    accepted: bool,
    options: dict[str, Any],
) -> dict[str, str]:
    from marketplace.cli.views import column_changes
    from marketplace.services import publish as service
    from marketplace.services.catalog import read_manifest
    from marketplace.services.manifest import DATASET
    from marketplace.services.planning import own_description

    old = read_manifest(market, listing.terms)
    described = own_description(old)
    kept = {"name": old.name, "description": described, "licence": old.licence, "uses": old.uses}
    given = {name: value for name, value in options.items() if value not in (None, ())}
    merged = {**kept, "accepted_only": old.accepted_only, **given, "price": price}
    with app.busy("reading"):
        plan = _plan(path, listing.terms.kind != DATASET, merged)
    plan = service.as_version(plan, listing, old)
    for note in plan.notes:
        app.note(note)
    app.note(f"Version {plan.manifest.version} takes the place of {old.version}, under a fresh key.")
    app.note("  orders that exist keep the version and the price they saw; the bond stays as it is")
    for line in column_changes(old, plan.manifest):
        app.note(line)
    _ask(app, market, plan, accepted)
    with app.progress("encrypting", plan.size_bytes) as tell:
        service.publish_version(market, listing, plan, tell)
    return {"version": plan.manifest.version}


def _parent(market: Market, text: str) -> Parent:
    from marketplace.services.catalog import find_asset
    from marketplace.services.structs import Parent

    name, _, bps = text.rpartition(":")
    if not name or not bps.isdigit() or not 1 <= int(bps) <= 10_000:
        raise DataError(f"not a parent: {text[:80]!r}", "write ASSET:BPS, for instance 0x3f2a:500 for 5 %")
    return Parent(find_asset(market, name).asset_id, int(bps))


COMMANDS = (publish, revise, manifest)
