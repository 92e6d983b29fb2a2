"""``tessera asset search``: by words, and by what the terms promise."""

from __future__ import annotations

from typing import Any

import click

from marketplace.cli.common import AMOUNT, App, shared, short
from marketplace.cli.values import PLACE

SORTS = ("relevance", "newest", "oldest", "cheapest", "dearest", "name")
STATES = ("listed", "unlisted", "retired")
SHOWN = 20


@click.command("search")
@click.argument("words", nargs=-1)
@click.option("--kind", type=click.Choice(["dataset", "model"]), help="Only these.")
@click.option("--seller", metavar="ADDRESS", help="Only of this seller.")
@click.option("--min-price", type=AMOUNT, help="Tokens at least.")
@click.option("--max-price", type=AMOUNT, help="Tokens at most.")
@click.option("--licence", "--license", metavar="SPDX", help="Beginning of the licence, for instance CC-BY.")
@click.option("--use", "uses", multiple=True, help="A use that is allowed; repeat for several.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Where it stands (default listed)."
)
@click.option(
    "--sort", type=click.Choice(SORTS), default="relevance", show_default=True, help="What comes first."
)
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True, help="So many.")
@click.option("--offset", type=PLACE, default=0, help="Leave out the first so many.")
@shared
def search(app: App, words: tuple[str, ...], kind: str | None, seller: str | None, **options: Any) -> None:
    """Search names, descriptions and columns. All words must be there; each may be the beginning of one.

    \b
    tessera asset search diabetes glucose --kind dataset --max-price 50 --licence CC-BY
    """
    from marketplace.services.accounts import checked_address
    from marketplace.services.amounts import show_tokens
    from marketplace.services.manifest import KINDS
    from marketplace.services.search import Query, search_assets

    options["states"] = options["states"] or ("listed",)
    options["kind"] = next((number for number, name in KINDS.items() if name == kind), None)
    options["seller"] = None if seller is None else checked_address(seller)
    found = search_assets(app.reader(), Query(words=" ".join(words), **options))
    rows = [
        (
            short(hit.asset_id),
            hit.name or "(manifest not here)",
            KINDS.get(hit.kind, "?"),
            str(hit.facts.get("records") or ""),
            hit.licence or "",
            show_tokens(hit.price),
            hit.state,
            short(hit.seller),
        )
        for hit in found.hits
    ]
    columns = ("asset", "name", "kind", "rows>", "licence", "price>", "state", "seller")
    app.table([_data(hit) for hit in found.hits], columns, rows, "nothing is listed that fits")
    start = options["offset"] + 1
    if found.total > len(found.hits) > 0:
        app.note(
            f"{start} to {start + len(found.hits) - 1} of {found.total:,}; more with --limit and --offset"
        )
    if found.waiting:
        app.note(f"{found.waiting:,} manifests are not in this store: those assets are not found by words")


def _data(hit: Any) -> dict[str, Any]:
    from marketplace.services.amounts import show_tokens
    from marketplace.services.manifest import KINDS
    from marketplace.types import format_id

    return {
        "asset": format_id(hit.asset_id),
        "name": hit.name,
        "description": hit.description,
        "kind": KINDS.get(hit.kind, str(hit.kind)),
        "licence": hit.licence,
        "uses": list(hit.uses),
        "price": show_tokens(hit.price),
        "state": hit.state,
        "seller": hit.seller,
        **{name: value for name, value in hit.facts.items() if value is not None},
    }
