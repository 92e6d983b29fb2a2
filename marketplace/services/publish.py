"""List a dataset or a model: described, encrypted, published, and then put on the chain.

What the transaction depends on is in the store and in a draft on disk before it is sent, so that
publishing can be repeated after a crash and lists once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketplace.chain import Receipt
from marketplace.constants import MAX_MODEL_BYTES
from marketplace.crypto.points import Point
from marketplace.errors import DataError
from marketplace.services.accounts import ensure_funds, missing_funds
from marketplace.services.catalog import SHARES, ZERO_ADDRESS, AssetState, Listing, load_asset
from marketplace.services.drafts import Draft, file_facts, open_file
from marketplace.services.manifest import (
    DATASET,
    DEFAULT_LICENCE,
    DEFAULT_USES,
    MODEL,
    Manifest,
)
from marketplace.services.market import Market
from marketplace.services.structs import AssetTerms, Birth, Parent

if TYPE_CHECKING:
    from marketplace.models import IntegerModel

DEFAULT_SETTLE_SECONDS = 3600
"""Time a seller has to hand over the key; the contract allows 10 minutes to 30 days."""

DEFAULT_DISPUTE_SECONDS = 86_400
"""Time in which a wrong file can be disproved; the contract allows 10 minutes to 30 days."""

MODEL_MEDIA_TYPE = "application/vnd.tessera.model"
"""Media type of an integer model's canonical bytes (docs/models.md)."""

Progress = Callable[[int], object]


@dataclass(frozen=True)
class Plan:
    """A listing before anything is public.

    Parameters
    ----------
    path : Path
        The plain file.
    size_bytes : int
    manifest : Manifest
        Without its artifact.
    price, bond : int
        Token base units.
    settle_window, dispute_window : int
        Seconds.
    parents : tuple of Parent
        To whom a part of the income flows; fixed for ever.
    notes : tuple of str
        How the table was read. Never a cell.
    """

    path: Path
    size_bytes: int
    manifest: Manifest
    price: int
    bond: int
    settle_window: int
    dispute_window: int
    parents: tuple[Parent, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """What came of publishing.

    Parameters
    ----------
    asset_id : int
    terms : AssetTerms
    manifest : Manifest
    receipt : Receipt or None
        None if it was listed before.
    """

    asset_id: int
    terms: AssetTerms
    manifest: Manifest
    receipt: Receipt | None


def plan_dataset(path: Path, *, price: int, name: str | None = None, **options: Any) -> Plan:
    """Read a table and say what would be listed; nothing leaves this computer.

    Parameters
    ----------
    path : Path
        A delimited text file with a header.
    price : int
        Token base units.
    name : str, optional
        That of the file by default.
    **options
        ``description``, ``licence``, ``uses`` (`Manifest`), ``bond`` (the price by default),
        ``settle_window``, ``dispute_window``, ``parents`` (`Plan`).

    Raises
    ------
    DataError
        If the table can't be used, or an option is out of range.
    """
    from marketplace.datasets import describe, read_table

    table = read_table(path)
    facts = describe(table)
    fields = [{"name": c["name"], "dataType": c["type"], "missing": c["missing"]} for c in facts["columns"]]
    subject = {"records": facts["rows"], "fields": fields}
    return _plan(path, DATASET, name or table.name, "text/csv", subject, price, table.notes, options)


def plan_model(path: Path, *, price: int, name: str | None = None, **options: Any) -> Plan:
    """Read an integer model and say what would be listed; options are those of `plan_dataset`."""
    from marketplace.models import decode_model

    path = Path(path)
    with open_file(path) as source:
        data = source.read(MAX_MODEL_BYTES + 1)
    model = decode_model(data)
    subject = model_subject(model)
    return _plan(path, MODEL, name or path.stem, MODEL_MEDIA_TYPE, subject, price, (), options)


def model_subject(model: IntegerModel) -> dict[str, Any]:
    """Return what a manifest says of a model: its hash and shape, not its weights."""
    from marketplace.models import LinearModel, model_hash

    return {
        "hash": model_hash(model).hex(),
        "shape": "linear" if isinstance(model, LinearModel) else "trees",
        "task": model.head.task.name.lower(),
        "features": model.head.features,
        "outputs": model.head.outputs,
    }


def publish(
    market: Market, plan: Plan, *, again: bool = False, progress: Progress | None = None
) -> Published:
    """Seal a file into the store and list it; after a crash, go on where it stopped.

    Parameters
    ----------
    market : Market
    plan : Plan
    again : bool, default False
        List the same file a second time; else an asset that is listed already is returned.
    progress : callable, optional
        Called with the bytes sealed so far.

    Raises
    ------
    DataError
        If the file changed since it was read, or money is missing.
    """
    draft = Draft.load(market, plan, "list")
    birth = Birth(market.account, ZERO_ADDRESS, draft.salt, plan.parents)
    asset_id = birth.asset_id(market.chain_id, market.address("Assets"))
    if any(market.client.call("Assets", "termsHashOf", asset_id)):
        listing = load_asset(market, asset_id)
        if listing.state is AssetState.LISTED and not again:
            return Published(asset_id, listing.terms, draft.manifest(market), None)
        draft = draft.renewed()
        birth = replace(birth, salt=draft.salt)
        asset_id = birth.asset_id(market.chain_id, market.address("Assets"))
    missing_funds(market, "Assets", plan.bond)  # before the work of sealing
    draft, manifest = draft.sealed(market, asset_id, progress)
    ensure_funds(market, "Assets", plan.bond)
    terms = _terms(market, plan, asset_id, manifest)
    intent = f"list:{asset_id:#x}"
    receipt = market.send("list the asset", "Assets", "list", birth.salt, terms, plan.parents, intent=intent)
    listed = AssetTerms.from_log(receipt.event("AssetListed")["terms"])
    return Published(asset_id, listed, manifest, receipt)


def publish_version(
    market: Market, listing: Listing, plan: Plan, progress: Progress | None = None
) -> Published:
    """Replace the artifact of a listed asset, under a fresh key. Orders that exist keep what they saw.

    Parameters
    ----------
    market : Market
    listing : Listing
    plan : Plan
        Its bond, windows and parents are not used: these are fixed.
    progress : callable, optional
    """
    fixed = replace(
        plan,
        bond=listing.terms.bond,
        settle_window=listing.terms.settle_window,
        dispute_window=listing.terms.dispute_window,
        parents=(),
    )
    if plan.manifest.kind != listing.terms.kind:
        raise DataError("a new version is of the same kind as the asset", "list a new asset instead")
    draft = Draft.load(market, fixed, f"version:{listing.asset_id:x}:{listing.revisions}")
    draft, manifest = draft.sealed(market, listing.asset_id, progress)
    terms = _terms(market, fixed, listing.asset_id, manifest)
    receipt = revise(market, listing, terms, "publish a new version")
    return Published(listing.asset_id, terms, manifest, receipt)


def revise(market: Market, listing: Listing, terms: AssetTerms, what: str) -> Receipt:
    """Put new terms of an asset on the chain."""
    intent = f"revise:{listing.asset_id:#x}:{listing.revisions}:{terms.digest().hex()}"
    return market.send(what, "Assets", "revise", listing.asset_id, listing.terms, terms, intent=intent)


def _plan(
    path: Path,
    kind: int,
    name: str,
    encoding: str,
    subject: dict[str, Any],
    price: int,
    notes: tuple[str, ...],
    options: dict[str, Any],
) -> Plan:
    manifest = Manifest(
        kind=kind,
        name=name,
        description=options.pop("description", ""),
        licence=options.pop("licence", DEFAULT_LICENCE),
        uses=tuple(options.pop("uses", DEFAULT_USES)),
        encoding=encoding,
        subject=subject,
    )
    manifest.to_bytes()  # refuses what does not fit
    values = {
        "bond": price,
        "settle_window": DEFAULT_SETTLE_SECONDS,
        "dispute_window": DEFAULT_DISPUTE_SECONDS,
        "parents": (),
        **options,
    }
    values["parents"] = tuple(values["parents"])
    if sum(parent.bps for parent in values["parents"]) > SHARES:
        raise DataError("the parents get more than 10,000 basis points together", "give each of them less")
    path = Path(path)
    return Plan(path, file_facts(path).st_size, manifest, price, notes=notes, **values)


def _terms(market: Market, plan: Plan, asset_id: int, manifest: Manifest) -> AssetTerms:
    if manifest.stored is None:
        raise ValueError("the manifest has no artifact")
    return AssetTerms(
        seller=market.account,
        kind=manifest.kind,
        price=plan.price,
        bond=plan.bond,
        settle_window=plan.settle_window,
        dispute_window=plan.dispute_window,
        content_root=manifest.stored.content_root,
        manifest=sha256(manifest.to_bytes()).digest(),
        key=Point.from_scalar(market.artifact_key("Assets", asset_id, manifest.nonce)),
        seal=market.seal_point(),
    )
