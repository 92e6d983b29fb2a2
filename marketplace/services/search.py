"""Search what is listed: by words in what sellers say, and by what the terms promise."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from marketplace.chain import index_search
from marketplace.chain.index import EventIndex
from marketplace.chain.index_search import Description, Hit, Query
from marketplace.errors import DataError, IndexUnavailable, MarketplaceError, StorageError
from marketplace.services.manifest import DATASET, MAX_MANIFEST_BYTES, Manifest, parse_manifest
from marketplace.services.market import Market
from marketplace.storage import ContentStore
from marketplace.types import RAW_CODEC, Cid

__all__ = ["Found", "Hit", "Query", "fetch_manifests", "require_index", "search_assets"]

PATIENCE_SECONDS = 2.0
"""How long a search fetches manifests that are new; the others are for the next one."""

READ_SECONDS = 60.0
"""How long manifests are read to be compared; those of a slow store are left out."""

BATCH = 64
THREADS = 4
MAX_COLUMNS = 200
"""Columns kept for a list; all are searched."""

_ACCOUNT = "did:pkh:eip155:"


@dataclass(frozen=True)
class Found:
    """What a search found.

    Parameters
    ----------
    hits : tuple of Hit
        One page.
    total : int
        Of all pages.
    waiting : int
        Manifests that could not be read yet: these assets are found by their terms only.
    """

    hits: tuple[Hit, ...]
    total: int
    waiting: int


def search_assets(market: Market, query: Query, patience_seconds: float = PATIENCE_SECONDS) -> Found:
    """Search the assets of the market.

    Manifests that are new are fetched first, as far as that is quick; a search never waits for the rest.

    Raises
    ------
    IndexUnavailable
        If there is no event index.
    """
    index = require_index(market)
    index.sync(market.client.node)
    fetch_manifests(market, seconds=patience_seconds)
    hits, total = index_search.search(index, market.client.node, query)
    return Found(tuple(hits), total, index_search.count_manifests(index)["waiting"])


def fetch_manifests(
    market: Market,
    *,
    seconds: float | None = None,
    again: bool = False,
    tell: Callable[[int, int], None] | None = None,
) -> tuple[int, int]:
    """Read manifests that the index lacks from the store, and keep what they say.

    Parameters
    ----------
    market : Market
    seconds : float, optional
        Stop after these; until none is due by default.
    again : bool
        Try those that were not there, whether they are due or not.
    tell : callable (done, wanted), optional

    Returns
    -------
    tuple of int
        How many are known now that were not, and how many the store did not have.
    """
    index = require_index(market)
    if again:
        index_search.retry_all(index)
    now = int(time.time())
    end = None if seconds is None else time.monotonic() + seconds
    wanted = index_search.count_manifests(index)["waiting"]
    known = missing = 0
    while digests := index_search.waiting(index, BATCH, now):
        good, absent, bad = _fetch(market.store, digests, end)
        index_search.describe(index, good)
        index_search.postpone(index, absent, int(time.time()))
        index_search.give_up(index, bad)
        known, missing = known + len(good), missing + len(absent)
        if tell is not None:
            tell(known + missing, wanted)
        if end is not None and time.monotonic() >= end:
            break
    return known, missing


def require_index(market: Market) -> EventIndex:
    """Return the market's index.

    Raises
    ------
    IndexUnavailable
        If there is none.
    """
    if market.client.index is None:
        raise IndexUnavailable(
            "this needs the event index, which is switched off or can't be opened",
            "see: tessera index status, and the setting TESSERA_INDEX_URL",
        )
    return market.client.index


def _fetch(
    store: ContentStore, digests: Sequence[bytes], end: float | None
) -> tuple[list[Description], list[bytes], list[bytes]]:
    """Read manifests side by side: those that are there, those that are not, those that are unusable."""
    good: list[Description] = []
    absent: list[bytes] = []
    bad: list[bytes] = []
    for digest, result in _read_all(store, digests, end):
        if isinstance(result, Manifest) and result.stored is not None:
            good.append(describe(digest, result))
        elif isinstance(result, DataError) or result is None:
            bad.append(digest)
        else:
            absent.append(digest)
    return good, absent, bad


def read_manifests(store: ContentStore, digests: Sequence[bytes]) -> list[Description]:
    """Return what those manifests say that the store has, and that can be used."""
    good, _, _ = _fetch(store, digests, time.monotonic() + READ_SECONDS)
    return good


def _read_all(
    store: ContentStore, digests: Sequence[bytes], end: float | None
) -> Iterator[tuple[bytes, Manifest | Exception | None]]:
    """Yield digests with what was read. Threads that hang are left behind: they end with the process."""
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    results: queue.SimpleQueue[tuple[bytes, Manifest | Exception | None]] = queue.SimpleQueue()
    for digest in digests:
        jobs.put(digest)
    begun: list[bytes] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            try:
                digest = jobs.get_nowait()
            except queue.Empty:
                return
            begun.append(digest)
            results.put((digest, _read(store, digest)))

    for _ in range(min(THREADS, len(digests))):
        threading.Thread(target=work, daemon=True).start()
    done: set[bytes] = set()
    while len(done) < len(digests):
        try:
            left = None if end is None else max(0.0, end - time.monotonic())
            digest, result = results.get(timeout=left)
        except queue.Empty:
            break
        done.add(digest)
        yield digest, result
    stop.set()
    for digest in begun:
        if digest not in done:  # too slow: the others first, next time
            yield digest, TimeoutError()


def _read(store: ContentStore, digest: bytes) -> Manifest | Exception | None:
    try:
        return parse_manifest(b"".join(store.get(Cid(RAW_CODEC, digest), 0, MAX_MANIFEST_BYTES + 1)))
    except (MarketplaceError, OSError, ValueError) as error:
        # A store that fails may have it another time; bytes that are no manifest never will be one.
        return DataError(str(error)) if isinstance(error, DataError) else StorageError(str(error))


def describe(digest: bytes, manifest: Manifest) -> Description:
    """Take out of a manifest what is searched and listed."""
    fields = manifest.subject.get("fields", [])
    columns = [str(one["name"]) for one in fields if isinstance(one, dict) and "name" in one]
    facts: dict[str, object] = {"columns": columns[:MAX_COLUMNS]}
    if manifest.kind == DATASET:
        facts["records"] = manifest.subject.get("records")
    else:
        for name in ("shape", "task", "features"):
            facts[name] = manifest.subject.get(name)
    chain, _, account = manifest.creator.removeprefix(_ACCOUNT).partition(":")
    named = manifest.creator.startswith(_ACCOUNT) and chain.isdigit() and len(account) == 42
    if manifest.creator and not named:
        chain, account = "0", "0x" + 40 * "0"  # nobody's: it matches no seller
    return Description(
        digest=digest,
        content_root=b"" if manifest.stored is None else manifest.stored.content_root,
        kind=manifest.kind,
        name=manifest.name,
        description=manifest.description,
        licence=manifest.licence,
        uses=tuple(manifest.uses),
        columns=tuple(columns),
        facts=facts,
        creator=account if manifest.creator else "",
        creator_chain=int(chain) if manifest.creator else 0,
    )
