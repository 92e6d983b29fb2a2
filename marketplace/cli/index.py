"""``tessera index``: the database of events from which lists, searches and histories are read."""

from __future__ import annotations

import click

from marketplace.cli.common import App, shared
from marketplace.errors import MarketplaceError


@click.group()
def index() -> None:
    """Look after the event index. It is a cache: the chain has everything."""


@index.command("status")
@click.option("--check", is_flag=True, help="Also compare it with itself and with samples of the chain.")
@shared
def status(app: App, check: bool) -> None:
    """Show where the index is, how far it is, and what it holds.

    \b
    tessera index status --check
    """
    from marketplace.services.amounts import show_time
    from marketplace.services.index_health import check_index, index_status

    market = app.reader()
    data = index_status(market)
    known = data["manifests"]
    newest = "the node does not answer" if data["newest_block"] is None else f"{data['newest_block']:,}"
    shown = [
        ("database", f"{data['kind']}, {data['where']}"),
        ("size", f"{data['size_bytes']:,} bytes"),
        ("blocks", f"{data['first_block']:,} to {data['block']:,}; newest of the chain: {newest}"),
        ("events", f"{data['events']:,}"),
        (
            "manifests",
            f"{known['known']:,} known, {known['waiting']:,} not here, {known['unusable']:,} unusable",
        ),
        ("reorgs met", f"{data['rollbacks']:,}"),
        ("written at", show_time(data["updated"])),
    ]
    if not check:
        app.fields("event index", data, shown)
        return
    with app.busy("comparing the index with the chain"):
        found = check_index(market)
    data["check"] = {"events": found.events, "blocks": found.blocks, "problems": list(found.problems)}
    verdict = f"sound: {found.events:,} events, {found.blocks:,} blocks of the chain compared"
    shown.append(("check", verdict if found.is_sound else "; ".join(found.problems[:5])))
    app.fields("event index", data, shown)
    if not found.is_sound:
        raise MarketplaceError(
            f"the index is not what the chain says ({len(found.problems)} problems)",
            "mend it: tessera doctor --repair",
        )


@index.command("sync")
@shared
def sync(app: App) -> None:
    """Fetch the events that are new, and the manifests that were not there.

    \b
    tessera index sync
    """
    from marketplace.services.search import fetch_manifests, require_index

    market = app.reader()
    own = require_index(market)
    before = own.cursor().events
    with app.busy("reading the chain"):
        cursor, _ = own.sync(market.client.node)
    with app.busy("reading manifests"):
        known, missing = fetch_manifests(market, again=True)
    data = {"block": cursor.block, "events": cursor.events, "manifests": known, "manifests_missing": missing}
    lines = [f"{cursor.events - before:,} new events, {cursor.events:,} in all, up to block {cursor.block:,}"]
    lines.append(f"{known:,} new manifests" + (f", {missing:,} are not in this store" if missing else ""))
    app.done(data, *lines)


@index.command("rebuild")
@shared
def rebuild(app: App) -> None:
    """Delete the index of this market and read it from the chain again.

    \b
    tessera index rebuild
    """
    from marketplace.services.search import fetch_manifests, require_index

    market = app.reader()
    with app.busy("reading the chain"):
        cursor = require_index(market).rebuild(market.client.node)
    with app.busy("reading manifests"):
        fetch_manifests(market, again=True)
    data = {"block": cursor.block, "events": cursor.events}
    app.done(data, f"read again: {cursor.events:,} events up to block {cursor.block:,}")
