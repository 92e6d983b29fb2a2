"""Whether the event index says what the chain says: its own sums, and samples of blocks."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from marketplace.chain.index_check import check_listings, check_sums, compare_range, kept_blocks
from marketplace.errors import MarketplaceError
from marketplace.services.market import Market
from marketplace.services.search import require_index

SAMPLES = 20
"""Blocks with events, and ranges of blocks, that are compared with the chain by default."""

TRIES = 5

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
    """

    events: int
    blocks: int
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing was found."""
        return not self.problems


def check_index(market: Market, samples: int = SAMPLES, seed: int | None = None) -> IndexHealth:
    """Check the index: every event against the sums kept with it, samples against the chain.

    A row that was changed, added or deleted by hand is found by the sums. Whoever changes the sums as
    well is found by the samples, sooner or later; ``tessera index rebuild`` is then the remedy, as always.

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
    chance = random.Random(seed)
    for _ in range(TRIES):
        cursor, _ = index.sync(node)
        events, problems = check_sums(index, cursor)
        problems += check_listings(index, cursor)
        if index.cursor() == cursor:
            break  # nobody wrote meanwhile
    known = kept_blocks(index, cursor)
    chosen = chance.sample(known, min(samples, len(known)))
    ranges = [(number, number) for number in chosen]
    for _ in range(samples):
        low = chance.randint(cursor.first, max(cursor.first, cursor.block))
        ranges.append((low, min(low + RANGE_BLOCKS - 1, cursor.block)))
    for low, high in ranges:
        problems += compare_range(index, node, cursor, low, high)
    blocks = sum(max(0, high - low + 1) for low, high in ranges)
    return IndexHealth(events, blocks, tuple(dict.fromkeys(problems)))


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
