"""List a dataset or a model: described, encrypted, published, and then put on the chain.

What the transaction depends on is in the store and in a draft on disk before it is sent, so that
publishing can be repeated after a crash and lists once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from marketplace.chain import Receipt
from marketplace.crypto.points import Point
from marketplace.errors import DataError
from marketplace.services.accounts import ensure_funds, missing_funds
from marketplace.services.catalog import ZERO_ADDRESS, AssetState, Listing, load_asset, read_manifest
from marketplace.services.drafts import Draft
from marketplace.services.manifest import Manifest
from marketplace.services.market import Market
from marketplace.services.planning import (
    DEFAULT_DISPUTE_SECONDS,
    DEFAULT_SETTLE_SECONDS,
    MODEL_MEDIA_TYPE,
    Plan,
    model_subject,
    plan_dataset,
    plan_model,
)
from marketplace.services.structs import AssetTerms, Birth

__all__ = [
    "DEFAULT_DISPUTE_SECONDS",
    "DEFAULT_SETTLE_SECONDS",
    "MODEL_MEDIA_TYPE",
    "Plan",
    "Published",
    "as_version",
    "model_subject",
    "plan_dataset",
    "plan_model",
    "publish",
    "publish_version",
    "revise",
]

Progress = Callable[[int], object]


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
            return Published(asset_id, listing.terms, draft.manifest(market, listing.terms), None)
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
    fixed = as_version(plan, listing, read_manifest(market, listing.terms))
    draft = Draft.load(market, fixed, f"version:{listing.asset_id:x}:{listing.revisions}")
    draft, manifest = draft.sealed(market, listing.asset_id, progress)
    terms = _terms(market, fixed, listing.asset_id, manifest)
    receipt = revise(market, listing, terms, "publish a new version")
    return Published(listing.asset_id, terms, manifest, receipt)


def as_version(plan: Plan, listing: Listing, old: Manifest) -> Plan:
    """Return a plan as the version that follows what an asset sells: bond and windows are fixed.

    Raises
    ------
    DataError
        If it is of another kind.
    """
    if plan.manifest.kind != listing.terms.kind:
        raise DataError("a new version is of the same kind as the asset", "list a new asset instead")
    return replace(
        plan,
        manifest=plan.manifest.next_version(old),
        bond=listing.terms.bond,
        settle_window=listing.terms.settle_window,
        dispute_window=listing.terms.dispute_window,
        parents=(),
    )


def revise(market: Market, listing: Listing, terms: AssetTerms, what: str) -> Receipt:
    """Put new terms of an asset on the chain."""
    intent = f"revise:{listing.asset_id:#x}:{listing.revisions}:{terms.digest().hex()}"
    return market.send(what, "Assets", "revise", listing.asset_id, listing.terms, terms, intent=intent)


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
