"""How assets and orders are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from marketplace.errors import MarketplaceError
from marketplace.services.amounts import show_seconds, show_time, show_tokens
from marketplace.services.catalog import Listing, OrderState, Sale, read_manifest
from marketplace.services.manifest import DATASET, KINDS, Manifest
from marketplace.types import RAW_CODEC, Cid, format_id

if TYPE_CHECKING:
    from marketplace.services.market import Market
    from marketplace.services.planning import Plan
    from marketplace.services.previews import Shown

JSON_WIDTH = 120
SHOWN_COLUMNS = 8
SHOWN_GROUPS = 3
"""Of long lists only so many are shown."""


def try_manifest(market: Market, listing: Listing) -> Manifest | None:
    """Return a listing's manifest, or None if it is not here or can't be used."""
    try:
        return read_manifest(market, listing.terms)
    except MarketplaceError:
        return None


def asset_data(listing: Listing, manifest: Manifest | None) -> dict[str, Any]:
    """Return an asset as plain data."""
    terms = listing.terms
    return {
        "asset": format_id(listing.asset_id),
        "state": str(listing.state),
        "kind": KINDS.get(terms.kind, str(terms.kind)),
        "seller": terms.seller,
        "price": show_tokens(terms.price),
        "bond": show_tokens(terms.bond),
        "settle_seconds": terms.settle_window,
        "dispute_seconds": terms.dispute_window,
        "content_root": terms.content_root.hex(),
        "manifest_cid": str(Cid(RAW_CODEC, terms.manifest)),
        "parents": [{"asset": format_id(p.asset_id), "bps": p.bps} for p in listing.birth.parents],
        "attestation": None if listing.attestation is None else listing.attestation.hex(),
        "manifest": None if manifest is None else manifest.public(),
    }


def asset_fields(listing: Listing, manifest: Manifest | None) -> list[tuple[str, str]]:
    """Return an asset's fields for eyes."""
    terms = listing.terms
    shown = [
        ("state", str(listing.state)),
        ("kind", KINDS.get(terms.kind, "?")),
        *manifest_fields(manifest),
        ("price", f"{show_tokens(terms.price)} tokens"),
        ("seller", terms.seller),
        ("bond", f"{show_tokens(terms.bond)} tokens"),
        ("seller settles within", show_seconds(terms.settle_window)),
        ("dispute window", show_seconds(terms.dispute_window)),
        ("manifest", str(Cid(RAW_CODEC, terms.manifest))),
    ]
    for parent in listing.birth.parents:
        shown.append(("pays to its parent", f"{parent.bps / 100:g} % to {format_id(parent.asset_id)}"))
    if listing.attestation is not None:
        shown.append(("attestation", "0x" + listing.attestation.hex()))
    return shown


def manifest_fields(manifest: Manifest | None) -> list[tuple[str, str]]:
    """Return what a manifest says, for eyes."""
    if manifest is None:
        return [("manifest", "not in this store: ask the seller for it")]
    shown = [("name", manifest.name)]
    if manifest.description:
        shown.append(("description", manifest.description.replace("\n", " ")))
    if manifest.published:
        shown.append(("version", f"{manifest.version}, published {manifest.published}"))
    shown += [("licence", manifest.licence), ("allowed uses", ", ".join(manifest.uses))]
    subject = manifest.subject
    if manifest.kind == DATASET:
        names, rows = _column_names(manifest), subject.get("records")
        shown.append(("rows", f"{rows:,}" if isinstance(rows, int) else str(rows)))
        shown.append((f"{len(names)} column{'' if len(names) == 1 else 's'}", ", ".join(names)))
    elif subject.get("format") == "skops":
        shown.append(("scikit-learn object", f"{subject.get('estimator')}, in a skops file"))
        shown += [
            ("to open it, trust", str(subject.get("needsTrust"))),
            ("SHA-256", str(subject.get("hash"))),
        ]
    else:
        what = f"{subject.get('shape')}, {subject.get('task')}, {subject.get('features')} features"
        shown += [("model", what), ("model hash", str(subject.get("hash")))]
    if manifest.accepted_only:
        shown.append(("buyers", "the seller settles only for buyers he has accepted"))
    if manifest.stored is not None:
        shown += [("file", f"{manifest.stored.length:,} bytes"), ("artifact", str(manifest.stored.cid))]
    return shown


def column_changes(old: Manifest, new: Manifest) -> Iterator[str]:
    """Say which columns a new version adds or leaves out: what was dropped once is easily forgotten."""
    before, after = _column_names(old), _column_names(new)
    added = [name for name in after if name not in before]
    gone = [name for name in before if name not in after]
    if added:
        yield f"  columns that buyers did not see before: {', '.join(added)}"
    if gone:
        yield f"  columns that are gone: {', '.join(gone)}"


def _column_names(manifest: Manifest) -> list[str]:
    fields = [item for item in manifest.subject.get("fields", []) if isinstance(item, dict)]
    return [" ".join(str(item.get("name")).split()) for item in fields]


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return what a listing would cost and promise, as plain data."""

    return {"price": show_tokens(plan.price), "bond": show_tokens(plan.bond), "bytes": plan.size_bytes}


def plan_fields(plan: Plan) -> list[tuple[str, str]]:
    """Return what a listing would cost and promise, for eyes."""

    shown = [
        ("price", f"{show_tokens(plan.price)} tokens"),
        ("bond", f"{show_tokens(plan.bond)} tokens, locked until unlisting and the last dispute window"),
        ("you settle within", show_seconds(plan.settle_window)),
        ("dispute window", show_seconds(plan.dispute_window)),
        ("file", f"{plan.size_bytes:,} bytes"),
    ]
    for parent in plan.parents:
        shown.append(
            ("pays to its parent", f"{parent.bps / 100:g} % to {format_id(parent.asset_id)}, for ever")
        )
    return shown


def findings_data(plan: Plan) -> dict[str, Any]:
    """Return what was found about people in a table, as plain data; never a cell."""
    singling = plan.singling
    together = singling.together if singling else None
    return {
        "sensitive": [vars(one) for one in plan.suspects],
        "singling": None
        if singling is None or together is None
        else {
            "rows": singling.rows,
            "together": vars(together),
            "singles": [vars(one) for one in singling.singles[:SHOWN_GROUPS]],
            "pairs": [vars(one) for one in singling.pairs[:SHOWN_GROUPS]],
        },
    }


def findings_lines(plan: Plan) -> Iterator[str]:
    """Say what was found about people in a table, line by line; never a cell."""
    if plan.suspects:
        yield "Look at these columns: they may say who somebody is, to each buyer."
        for one in plan.suspects:
            yield f"  {one.column}: looks like {one.kind} ({one.reason})"
    singling = plan.singling
    if singling is None or singling.together is None or not singling.is_rare:
        return
    together = singling.together
    yield "Rare combinations: who knows some values of a person may find the row."
    names = ", ".join(together.columns[:SHOWN_COLUMNS]) + (
        "…" if len(together.columns) > SHOWN_COLUMNS else ""
    )
    share = 100 * together.alone / singling.rows
    yield (
        f"  {len(together.columns)} columns of few values together ({names}): {together.alone:,} of "
        f"{singling.rows:,} rows ({share:.0f} %) stand alone, {together.rare:,} among fewer than 5"
    )
    for group in (*singling.singles[:SHOWN_GROUPS], *singling.pairs[:SHOWN_GROUPS]):
        alone = f"{group.alone:,} {'row' if group.alone == 1 else 'rows'} alone"
        yield f"  {' + '.join(group.columns)}: {alone}, {group.rare:,} among fewer than 5"


def json_text(value: Any, indent: int = 0) -> str:
    """Write JSON for eyes: what fits a line stands on one; the context, always the same, does too."""
    short = json.dumps(value, ensure_ascii=False)
    if len(short) + indent <= JSON_WIDTH or not isinstance(value, dict | list) or not value:
        return short
    pad, end = " " * (indent + 2), " " * indent
    if isinstance(value, list):
        return "[\n" + ",\n".join(pad + json_text(item, indent + 2) for item in value) + f"\n{end}]"
    parts = [
        f"{pad}{json.dumps(key)}: " + (json.dumps(part) if key == "@context" else json_text(part, indent + 2))
        for key, part in value.items()
    ]
    return "{\n" + ",\n".join(parts) + f"\n{end}}}"


def preview_lines(parts: Iterable[Shown]) -> Iterator[str]:
    """Show parts of a file; what would move a terminal's cursor is replaced."""
    for part in parts:
        yield f"--- bytes {part.start:,} to {part.start + len(part.plain) - 1:,} of the file"
        for line in part.plain.decode("utf-8", "replace").split("\n"):
            yield "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in line.rstrip("\r"))


def order_data(sale: Sale) -> dict[str, Any]:
    """Return an order as plain data."""
    return {
        "order": format_id(sale.order_id),
        "asset": format_id(sale.order.asset_id),
        "state": str(sale.state),
        "buyer": sale.order.buyer,
        "seller": sale.terms.seller,
        "price": show_tokens(sale.order.price),
        "deadline": sale.order.deadline,
        "settled_at": sale.settled_at or None,
        "matures_at": sale.matures_at if sale.settled_at else None,
    }


def receipt_fields(receipt: dict[str, Any]) -> list[tuple[str, str]]:
    """Return a receipt for eyes."""
    goods = receipt["what"] or {}
    shown = [
        ("state", receipt["state"]),
        ("price", f"{receipt['price']} tokens"),
        ("buyer", receipt["buyer"]),
        ("seller", receipt["seller"]),
        ("what", goods.get("name", "(manifest not in this store)")),
        ("version", goods.get("version", "")),
        ("licence", goods.get("licence", "")),
        ("allowed uses", ", ".join(goods.get("uses", ()))),
    ]
    shown += [(show_time(one["time"]), f"{one['what']}: {one['tx_hash']}") for one in receipt["steps"]]
    shown += [(name.replace("_", " "), receipt[name]) for name in ("asset", "terms_hash", "manifest_sha256")]
    shown.append(("content root", receipt["content_root"]))
    return shown + [("check", line) for line in receipt["check"]]


def order_due(sale: Sale) -> str:
    """Say what happens to an order next."""
    if sale.state is OrderState.OPEN:
        return f"the seller hands over the key until {show_time(sale.order.deadline)}"
    if sale.state is OrderState.EXPIRED:
        return "anybody can refund it now"
    if sale.state is OrderState.SETTLED:
        return f"the buyer can receive, and verify until {show_time(sale.matures_at)}; then it is collected"
    return "nothing"
