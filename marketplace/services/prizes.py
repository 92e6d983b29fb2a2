"""Listings that winning models may get: fixed with the submission, used after the contest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils import to_checksum_address

from marketplace.crypto.points import Point
from marketplace.models import IntegerModel
from marketplace.services.manifest import DEFAULT_LICENCE, DEFAULT_USES, MODEL, Manifest
from marketplace.services.market import Market
from marketplace.services.planning import (
    DEFAULT_DISPUTE_SECONDS,
    DEFAULT_SETTLE_SECONDS,
    MODEL_MEDIA_TYPE,
    model_sentence,
    model_subject,
)
from marketplace.services.structs import ASSET_TERMS, AssetTerms, read_struct


@dataclass(frozen=True)
class ModelListing:
    """Terms a winning model is listed under; they are fixed with the submission.

    Parameters
    ----------
    name : str
    price, bond : int
        Token base units.
    licence : str
        SPDX id.
    settle_window, dispute_window : int
        Seconds.
    """

    name: str
    price: int
    bond: int
    licence: str = DEFAULT_LICENCE
    settle_window: int = DEFAULT_SETTLE_SECONDS
    dispute_window: int = DEFAULT_DISPUTE_SECONDS


def model_manifest(listing: ModelListing, model: IntegerModel) -> Manifest:
    """Return what becomes public of a model that may be listed: its hash and shape, not its weights."""
    subject = model_subject(model)
    return Manifest(
        kind=MODEL,
        name=listing.name,
        description=model_sentence(subject),
        licence=listing.licence,
        uses=DEFAULT_USES,
        encoding=MODEL_MEDIA_TYPE,
        subject=subject,
    )


def listing_terms(market: Market, listing: ModelListing, manifest: Manifest, key: Point) -> AssetTerms:
    """Return the terms of a model's asset, for its artifact's key point.

    Raises
    ------
    ValueError
        If the manifest names no artifact.
    """
    if manifest.stored is None:
        raise ValueError("the manifest has no artifact")
    return AssetTerms(
        seller=market.account,
        kind=MODEL,
        price=listing.price,
        bond=listing.bond,
        settle_window=listing.settle_window,
        dispute_window=listing.dispute_window,
        content_root=manifest.stored.content_root,
        manifest=market.store.add(manifest.to_bytes()).digest,
        key=key,
        seal=market.seal_point(),
    )


def read_listing(path: Path) -> AssetTerms:
    """Read listing terms that were prepared before."""
    seller, *plain, key, seal = read_struct(path, ASSET_TERMS)
    fields: list[Any] = [to_checksum_address(seller), *plain, Point(*key), Point(*seal)]
    return AssetTerms(*fields)
