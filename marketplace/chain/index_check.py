"""Compare the index with itself and with the chain."""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import select

from marketplace.chain.index import EventIndex
from marketplace.chain.index_decode import BadLog
from marketplace.chain.index_listings import BEARING, CHANGING, derive
from marketplace.chain.index_logs import block_id, block_of, row_bytes, row_id
from marketplace.chain.index_sync import Cursor
from marketplace.chain.index_tables import blocks, events, listings
from marketplace.chain.rpc import Node

ROWS_AT_ONCE = 10_000


def check_sums(index: EventIndex, cursor: Cursor) -> tuple[int, list[str]]:
    """Check each block's events against the digest that was kept with them, and their number."""
    problems: list[str] = []
    count = 0
    with index.database.errors(), index.database.engine.connect() as connection:
        digests = {
            row.id - block_id(cursor.source, 0): row.digest
            for row in connection.execute(select(blocks.c.id, blocks.c.digest).where(_blocks_of(cursor)))
        }
        query = select(events).where(_events_of(cursor)).order_by(events.c.id)
        rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
        for number, group in groupby(rows, key=lambda row: block_of(row[0])):
            digest = sha256()
            for row in group:
                digest.update(row_bytes(row))
                count += 1
            if digests.pop(number, None) != digest.digest():
                problems.append(f"events of block {number} were changed")
    problems += [f"events of block {number} are missing" for number, digest in digests.items() if digest]
    if count != cursor.events:
        problems.append(f"{count:,} events are there, {cursor.events:,} were written")
    return count, problems


def check_listings(index: EventIndex, cursor: Cursor) -> list[str]:
    """Check the rows of assets against the events they come from."""
    kinds = [index.schema.kind("Assets", name) for name in (*BEARING, *CHANGING)]
    with index.database.errors(), index.database.engine.connect() as connection:
        query = select(events).where(events.c.kind.in_(kinds)).order_by(events.c.id)
        try:
            pairs = [(row.id, index.schema.event(row, b"")) for row in connection.execute(query)]
            right = derive(cursor.source, pairs)
        except (BadLog, KeyError):
            return ["events of assets can't be read any more"]
        mine = select(listings).where(listings.c.source == cursor.source)
        kept = {row["asset"]: dict(row) for row in connection.execute(mine).mappings()}
    wrong = {asset for asset in right.keys() | kept.keys() if right.get(asset) != kept.get(asset)}
    return [f"the row of asset 0x{asset.hex()[:16]}… is not what its events say" for asset in sorted(wrong)]


def kept_blocks(index: EventIndex, cursor: Cursor) -> list[int]:
    """Return the numbers of the blocks that are kept."""
    with index.database.errors(), index.database.engine.connect() as connection:
        found = connection.scalars(select(blocks.c.id).where(_blocks_of(cursor)).order_by(blocks.c.id))
        return [one - block_id(cursor.source, 0) for one in found]


def compare_range(index: EventIndex, node: Node, cursor: Cursor, low: int, high: int) -> list[str]:
    """Compare the events of a range of blocks with those the node has, and the hash of its first block."""
    if high < low:
        return []
    wanted = {
        "address": sorted(index.schema.contracts.values()),
        "fromBlock": hex(low),
        "toBlock": hex(high),
    }
    batch = index.schema.read(node.request("eth_getLogs", wanted), cursor.source, low, high)
    bounds = row_id(cursor.source, low, 0), row_id(cursor.source, high + 1, 0) - 1
    with index.database.errors(), index.database.engine.connect() as connection:
        query = select(events).where(events.c.id.between(*bounds)).order_by(events.c.id)
        kept = [tuple(row) for row in connection.execute(query)]
        known = connection.scalar(select(blocks.c.hash).where(blocks.c.id == block_id(cursor.source, low)))
    problems = []
    if kept != batch.rows:
        theirs = {row[0]: row for row in batch.rows}
        ours = {row[0]: row for row in kept}
        wrong = {block_of(one) for one in theirs.keys() | ours.keys() if theirs.get(one) != ours.get(one)}
        problems += [f"block {number} has other events on the chain" for number in sorted(wrong)]
    if known is not None:
        answer: Any = node.request("eth_getBlockByNumber", hex(low), False)
        if not answer or bytes.fromhex(answer["hash"][2:]) != known:
            problems.append(f"block {low} has another hash on the chain")
    return problems


def _events_of(cursor: Cursor) -> Any:
    return events.c.id.between(row_id(cursor.source, 0, 0), row_id(cursor.source + 1, 0, 0) - 1)


def _blocks_of(cursor: Cursor) -> Any:
    return blocks.c.id.between(block_id(cursor.source, 0), block_id(cursor.source + 1, 0) - 1)
