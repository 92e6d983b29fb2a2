"""The content store, what is sold from it, and the event index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from marketplace.config import Settings
from marketplace.crypto.keystore import Keystore
from marketplace.errors import ContentNotFound, MarketplaceError, StorageError
from marketplace.services import index_health
from marketplace.services.catalog import AssetState, Listing, list_assets, read_manifest
from marketplace.services.doctor.finding import Finding, fine, note, wrong
from marketplace.services.market import Market
from marketplace.storage import ContentStore, FolderStore, open_store
from marketplace.types import RAW_CODEC, Cid, format_id

MAX_LISTINGS = 100
SHOWN_IDS = 3

INDEX_SAMPLES = 3
"""Blocks and ranges of blocks that are compared: a few requests."""


def check_store(settings: Settings) -> Iterator[Finding]:
    """Write a few bytes, read and verify them; a store behind gateways is only asked."""
    store = open_store(settings)
    if str(settings.store_place).startswith("gateway:"):
        yield _ask(store)
        return
    probe = b"tessera doctor " + os.urandom(32)
    cid = store.add(probe)
    try:
        if b"".join(store.get(cid)) != probe:
            raise StorageError("the store gave other bytes than were put in")
        store.verify(cid)
    finally:
        _remove(store, cid)
    yield fine("store", f"{_name(store, settings)}: written, read, verified")


def _ask(store: ContentStore) -> Finding:
    """Ask gateways for a block that nobody has: that it is absent is an answer."""
    try:
        b"".join(store.get(Cid(RAW_CODEC, os.urandom(32))))
    except ContentNotFound:
        return fine("store", f"{store}: answers; read only")
    return wrong("store", f"{store} gave bytes for a block that nobody has", "use another gateway")


def _remove(store: ContentStore, cid: Cid) -> None:
    with suppress(MarketplaceError, OSError):
        if isinstance(store, FolderStore):
            store.block_path(cid).unlink(missing_ok=True)
        elif hasattr(store, "unpin"):
            store.unpin(cid)


def _name(store: ContentStore, settings: Settings) -> str:
    return f"folder {settings.store_path}" if isinstance(store, FolderStore) else str(store)


def check_listings(settings: Settings) -> Iterator[Finding]:
    """Whether what the wallet sells is in the store: without it nobody can buy, nor be handed a key.

    Gateways are not asked: they show what others keep.
    """
    entries = {entry.name: entry.address for entry in Keystore(settings.wallets_path).list()}
    if settings.wallet not in entries or str(settings.store_place).startswith("gateway:"):
        return
    market = Market.connect(settings)
    mine = list_assets(market, entries[settings.wallet], states=(AssetState.LISTED,), limit=MAX_LISTINGS)
    missing = [one for one in mine if not _is_kept(market, one)]
    if missing:
        ids = ", ".join(format_id(one.asset_id)[:12] for one in missing[:SHOWN_IDS])
        more = ", …" if len(missing) > SHOWN_IDS else ""
        yield wrong(
            "listings",
            f"{len(missing)} of {len(mine)} that you sell are not in the store: {ids}{more}",
            "put a copy of the store back, or name it in TESSERA_STORE; if there is none: "
            "tessera asset unlist",
        )
    elif mine:
        yield fine("listings", f"{len(mine)} for sale, their files in the store")


def _is_kept(market: Market, listing: Listing) -> bool:
    try:
        stored = read_manifest(market, listing.terms).stored
        return stored is not None and market.store.has(stored.cid)
    except MarketplaceError:
        return False


def check_index(settings: Settings) -> Iterator[Finding]:
    """The event index: its own sums, and samples of blocks compared with the chain."""
    if settings.index_url == "off":
        yield note(
            "index", "off: lists and searches read the whole chain each time", "unset TESSERA_INDEX_URL"
        )
        return
    health = index_health.check_index(Market.connect(settings), samples=INDEX_SAMPLES)
    for problem in health.problems:
        yield wrong("index", problem, "tessera doctor --repair")
    if health.is_sound:
        yield fine(
            "index", f"{health.events:,} events, as the chain says in {health.blocks:,} blocks compared"
        )
