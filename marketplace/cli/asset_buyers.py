"""``tessera asset preview``, ``check-preview`` and ``buyers``: what a seller shows, and to whom he sells."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.cli.common import App, shared
from marketplace.errors import DataError

_ASSET = click.argument("asset_id", metavar="ASSET")


@click.command("preview")
@_ASSET
@click.option("--rows", metavar="FIRST-LAST", help="Rows to show, the first after the header is 1.")
@click.option("--pieces", metavar="NUMBERS", help="Pieces of 4 KiB to show, from 0, for instance 0,3.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Preview file to write.")
@shared
def preview(app: App, asset_id: str, rows: str | None, pieces: str | None, out: Path) -> None:
    """Write a preview of some rows or pieces, proved to be in the listed file. Shown to you first.

    Whoever has the file can read what it shows, and check it: give it to whom you like.

    \b
    tessera asset preview 0x3f2a --rows 1-20 --out sample.json
    """
    from marketplace.cli.files import require_writable
    from marketplace.cli.views import preview_lines
    from marketplace.crypto.files import write_file
    from marketplace.services import catalog, previews

    if rows is None and pieces is None:
        raise click.UsageError("give --rows, --pieces, or both")
    chosen = _range(rows) if rows is not None else None
    numbers = [_number(text) for text in pieces.split(",")] if pieces is not None else []
    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    require_writable(app, out)
    with app.busy("opening"):
        data = previews.make_preview(market, listing, rows=chosen, pieces=numbers)
    found = previews.check_preview(market, data)
    total = sum(len(part.plain) for part in found.parts)
    app.note("Whoever gets this file reads:")
    for line in preview_lines(found.parts):
        app.note(line)
    lines = sum(len(part.plain.splitlines()) for part in found.parts)
    asked = "" if chosen is None else f", not only the {chosen[1] - chosen[0] + 1:,} row(s) you asked for"
    app.confirm(
        f"Write {total:,} of {found.length:,} bytes, in clear, to {out}.",
        f"  pieces of 4 KiB are shown whole: the {lines:,} lines above{asked}",
    )
    write_file(out, data)
    app.done(
        {"file": str(out), "bytes": total}, f"wrote {out}", f"to check it: tessera asset check-preview {out}"
    )


@click.command("check-preview")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write what it shows to a file.")
@shared
def check_preview(app: App, path: Path, out: Path | None) -> None:
    """Check that a preview shows pieces of the file that an asset sells, and show them.

    \b
    tessera asset check-preview sample.json
    """
    from marketplace.cli.files import require_writable
    from marketplace.cli.views import preview_lines
    from marketplace.crypto.files import read_file, write_file
    from marketplace.services.previews import MAX_PREVIEWS_BYTES
    from marketplace.services.previews import check_preview as check
    from marketplace.types import format_id

    found = check(app.reader(), read_file(path, MAX_PREVIEWS_BYTES))
    if out is not None:
        require_writable(app, out)
        write_file(out, b"".join(part.plain for part in found.parts))
    lines = list(preview_lines(found.parts))
    data = {
        "asset": format_id(found.listing.asset_id),
        "is_current": found.is_current,
        "bytes": found.length,
        "parts": [
            {"start": part.start, "bytes": len(part.plain), "text": part.plain.decode("utf-8", "replace")}
            for part in found.parts
        ],
    }
    sold = "the file it sells" if found.is_current else "an earlier version, no longer sold"
    app.done(
        data, *lines, f"verified: these are bytes of {sold}: {found.manifest.name}, {found.length:,} bytes"
    )


@click.command("buyers")
@_ASSET
@click.argument("action", type=click.Choice(["list", "add", "remove", "clear"]))
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@shared
def buyers(app: App, asset_id: str, action: str, addresses: tuple[str, ...]) -> None:
    """Keep a list of buyers you accept. It stays on this computer; others' orders are not settled.

    An asset without a list is sold to everybody who pays; an empty list accepts nobody; clear forgets it.

    \b
    tessera asset buyers 0x3f2a add 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    tessera asset buyers 0x3f2a list
    """
    from marketplace.services import buyers as service
    from marketplace.services import catalog, sell
    from marketplace.types import format_id

    if (action in ("add", "remove")) != bool(addresses):
        raise click.UsageError(f"{action} takes {'one address or more' if not addresses else 'no address'}")
    market = app.market()
    listing = catalog.find_asset(market, asset_id)
    sell.require_seller(market, listing.terms)
    if action == "clear":
        app.confirm(f"Forget the list of buyers of {format_id(listing.asset_id)}.")
        service.clear_buyers(market, listing.asset_id)
    elif action == "add":
        service.accept_buyers(market, listing.asset_id, addresses)
    elif action == "remove":
        service.remove_buyers(market, listing.asset_id, addresses)
    found = service.accepted_buyers(market, listing.asset_id)
    promised = service.promises_list(market, listing)
    data = {"asset": format_id(listing.asset_id), "accepted": found, "manifest_says_so": promised}
    app.done(data, *_list_lines(found, promised))


def _list_lines(found: tuple[str, ...] | None, promised: bool) -> list[str]:
    if found is None:
        said = (
            "the manifest says that buyers must be accepted: nobody is" if promised else "everybody who pays"
        )
        return [f"no list: {said}"]
    lines = [f"  {one}" for one in found] or ["  nobody"]
    if not promised:
        lines.append("buyers don't know of it: say it in a new version (revise --file FILE --accepted-only)")
    return ["accepted buyers:", *lines]


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return _number(first), _number(last or first)


def _number(text: str) -> int:
    if not text.strip().isdecimal() or len(text) > 15:
        raise DataError(f"not a number: {text[:40]!r}", "write rows like 1-20, pieces like 0,3")
    return int(text)


COMMANDS = (preview, check_preview, buyers)
