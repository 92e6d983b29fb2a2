"""Compare the index with itself and with the chain."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from marketplace.chain.index import EventIndex
from marketplace.chain.index_decode import BadLog
from marketplace.chain.index_listings import BEARING, CHANGING, derive
from marketplace.chain.index_logs import block_id, block_of, row_bytes, row_id
from marketplace.chain.index_sync import HEADERS_AT_ONCE, START_BLOCKS, Cursor, may_answer_less, ownerless
from marketplace.chain.index_tables import blocks, events, listings, manifests
from marketplace.chain.rpc import Node
from marketplace.errors import ChainError

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
            rows_of_block = list(group)
            count += len(rows_of_block)
            if digests.pop(number, None) != _digest(rows_of_block):
                problems.append(f"events of block {number} were changed")
    problems += [f"events of block {number} are missing" for number, digest in digests.items() if digest]
    if count != cursor.events:
        problems.append(f"{count:,} events are there, {cursor.events:,} were written")
    return count, problems


def _digest(rows: Sequence[Any]) -> bytes | None:
    """Return the digest of a block's events; None if a hand wrote what is no event at all."""
    try:
        return sha256(b"".join(map(row_bytes, rows))).digest()
    except (TypeError, OverflowError, AttributeError):
        return None


def check_listings(index: EventIndex, cursor: Cursor) -> list[str]:
    """Check the rows of assets against the events they come from."""
    kinds = [index.schema.kind("Assets", name) for name in (*BEARING, *CHANGING)]
    with index.database.errors(), index.database.engine.connect() as connection:
        query = select(events).where(events.c.kind.in_(kinds)).order_by(events.c.id)
        try:
            pairs = [(row.id, index.schema.event(row, b"")) for row in connection.execute(query)]
            right = derive(cursor.source, pairs)
        except (BadLog, KeyError, TypeError, AttributeError):
            return ["events of assets can't be read any more"]
        mine = select(listings).where(listings.c.source == cursor.source)
        kept = {row["asset"]: dict(row) for row in connection.execute(mine).mappings()}
    wrong = {asset for asset in right.keys() | kept.keys() if right.get(asset) != kept.get(asset)}
    return [f"the row of asset 0x{asset.hex()[:16]}… is not what its events say" for asset in sorted(wrong)]


def check_cursor(index: EventIndex, cursor: Cursor) -> list[str]:
    """Check the place up to which events are known against the blocks, and that each row has an owner."""
    problems = []
    with index.database.errors(), index.database.engine.connect() as connection:
        last = connection.execute(
            select(blocks.c.id, blocks.c.hash).where(_blocks_of(cursor)).order_by(blocks.c.id.desc()).limit(1)
        ).first()
        loose = sum(
            connection.scalar(select(func.count()).select_from(table).where(one)) or 0
            for table, one in ownerless()
        )
        unnamed = listings.c.manifest.not_in(select(manifests.c.digest))
        mine = listings.c.source == cursor.source
        lacking = connection.scalar(select(func.count()).select_from(listings).where(mine, unnamed)) or 0
    ends = cursor.first - 1, b""
    if last is not None:
        ends = last.id - block_id(cursor.source, 0), last.hash
    if cursor.block_hash and ends != (cursor.block, cursor.block_hash):
        problems.append(f"events are known up to block {cursor.block}, but its row is not the last one")
    if cursor.first != index.schema.first:
        problems.append(f"events begin at block {index.schema.first}, not at {cursor.first}")
    if loose:
        problems.append(f"{loose:,} rows belong to no market")
    if lacking:
        problems.append(f"{lacking:,} assets have a manifest that is not looked for")
    return problems


def compare_all(index: EventIndex, node: Node, cursor: Cursor) -> list[str]:
    """Compare every event and every block that is kept with those the node has."""
    problems: list[str] = []
    low, most = min(cursor.first, index.schema.first), START_BLOCKS
    while low <= cursor.block:
        high = min(low + most - 1, cursor.block)
        try:
            problems += compare_range(index, node, cursor, low, high)
        except ChainError as error:
            if most == 1 or not may_answer_less(node, error):
                raise
            most //= 2  # some nodes serve short ranges only
            continue
        low = high + 1
    with index.database.errors(), index.database.engine.connect() as connection:
        query = select(blocks.c.id, blocks.c.hash, blocks.c.time).where(_blocks_of(cursor))
        kept = {
            row.id - block_id(cursor.source, 0): (row.hash, row.time) for row in connection.execute(query)
        }
    numbers = sorted(kept)
    for start in range(0, len(numbers), HEADERS_AT_ONCE):
        part = numbers[start : start + HEADERS_AT_ONCE]
        answers = node.batch([("eth_getBlockByNumber", [hex(number), False]) for number in part])
        for number, answer in zip(part, answers):
            if not answer or bytes.fromhex(answer["hash"][2:]) != kept[number][0]:
                problems.append(f"block {number} has another hash on the chain")
            elif int(answer["timestamp"], 16) != kept[number][1]:
                problems.append(f"block {number} has another time on the chain")
    return problems


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
