"""Whether the event index says what the chain says: its own sums, and samples of blocks."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from marketplace.chain.index import EventIndex
from marketplace.chain.index_check import (
    check_cursor,
    check_listings,
    check_sums,
    compare_all,
    compare_range,
    kept_blocks,
)
from marketplace.chain.index_mend import is_as_said, kept_manifests, unsearchable
from marketplace.chain.index_sync import Cursor
from marketplace.chain.rpc import Node
from marketplace.errors import MarketplaceError
from marketplace.services.market import Market
from marketplace.services.search import read_manifests, require_index

SAMPLES = 20
"""Blocks with events, and ranges of blocks, that are compared with the chain by default."""

TRIES = 5

WHOLE_EVENTS, WHOLE_BLOCKS = 20_000, 200_000
"""An index of no more events and blocks is compared whole: that takes a few requests and seconds."""

SAMPLED_MANIFESTS = 200
"""Newest manifests whose rows are compared with the store."""

RANGE_BLOCKS = 50
"""Blocks of a range that is compared for events the index might lack."""


@dataclass(frozen=True)
class IndexHealth:
    """What a check of the index found.

    Parameters
    ----------
    events, blocks : int
        Events whose sums were checked; blocks that were compared with the chain.
    problems : tuple of str
        Empty if all is well.
    manifests : tuple of str
        Problems of the rows of manifests.
    """

    events: int
    blocks: int
    problems: tuple[str, ...]
    manifests: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing was found."""
        return not self.problems


def check_index(market: Market, samples: int = SAMPLES, seed: int | None = None) -> IndexHealth:
    """Check the index: every event against the sums kept with it, and against the chain.

    A row that was changed, added or deleted by hand is found by the sums. Whoever changes the sums as
    well is found by the comparison with the chain; of a large index (`WHOLE_EVENTS`, `WHOLE_BLOCKS`) it takes
    samples, and finds him sooner or later.

    Parameters
    ----------
    market : Market
    samples : int
        Blocks, and ranges of blocks, to compare with the chain.
    seed : int, optional
        Which ones.

    Raises
    ------
    IndexUnavailable
        If there is no index, or it can't be opened.
    ChainError
        If the node does not answer.
    """
    index, node = require_index(market), market.client.node
    for _ in range(TRIES):
        cursor, _ = index.sync(node)
        events, problems = check_sums(index, cursor)
        problems += check_cursor(index, cursor) + check_listings(index, cursor)
        if index.cursor() == cursor:
            break  # nobody wrote meanwhile
    if events <= WHOLE_EVENTS and cursor.block - cursor.first < WHOLE_BLOCKS:
        problems += compare_all(index, node, cursor)
        blocks = max(0, cursor.block - cursor.first + 1)
    else:
        blocks = _compare_samples(index, node, cursor, samples, random.Random(seed), problems)
    said = tuple(_check_manifests(market, index))
    return IndexHealth(events, blocks, (*dict.fromkeys(problems), *said), said)


def _compare_samples(
    index: EventIndex, node: Node, cursor: Cursor, samples: int, chance: random.Random, problems: list[str]
) -> int:
    """Compare some blocks with events, and some ranges; return how many blocks that were."""
    known = kept_blocks(index, cursor)
    ranges = [(number, number) for number in chance.sample(known, min(samples, len(known)))]
    for _ in range(samples):
        low = chance.randint(cursor.first, max(cursor.first, cursor.block))
        ranges.append((low, min(low + RANGE_BLOCKS - 1, cursor.block)))
    for low, high in ranges:
        problems += compare_range(index, node, cursor, low, high)
    return sum(max(0, high - low + 1) for low, high in ranges)


def _check_manifests(market: Market, index: EventIndex) -> list[str]:
    """Compare what is kept of the newest manifests with those that the store has."""
    kept = kept_manifests(index, SAMPLED_MANIFESTS)
    lost = unsearchable(index)
    problems = [f"a search does not find the words of {lost:,} manifests"] if lost else []
    return problems + [
        f"the row of manifest {one.digest.hex()[:16]}… is not what the manifest says"
        for one in read_manifests(market.store, list(kept))
        if not is_as_said(kept[one.digest], one)
    ]


def index_status(market: Market) -> dict[str, Any]:
    """Return where the index is, how far it is and what it holds, without bringing it up to date.

    Raises
    ------
    IndexUnavailable
        If there is no index, or it can't be opened.
    """
    from marketplace.chain.index_search import count_manifests

    index = require_index(market)
    cursor = index.cursor()
    try:
        newest: int | None = market.client.node.block().number
    except MarketplaceError:
        newest = None
    return {
        "where": index.database.shown,
        "kind": "SQLite" if index.database.is_sqlite else "PostgreSQL",
        "size_bytes": index.database.size_bytes(),
        "first_block": cursor.first,
        "block": cursor.block,
        "newest_block": newest,
        "events": cursor.events,
        "rollbacks": cursor.rollbacks,
        "updated": cursor.updated,
        "manifests": count_manifests(index),
        "by_event": index.counts(),
    }
