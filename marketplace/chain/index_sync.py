"""How the index follows the chain: ranges of logs, each with its cursor in one transaction, and reorgs.

A block's hash stands for all blocks before it. So the events here are right if the node still has the
block at the cursor; if not, the newest block that both know is searched, and what lies above is deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from marketplace.chain import rpc
from marketplace.chain.index_listings import BEARING, CHANGING, apply_events, roll_back
from marketplace.chain.index_logs import Batch, Header, Schema, block_id, row_id
from marketplace.chain.index_tables import (
    BLOCK_BITS,
    LOG_BITS,
    MEND_HINT,
    SOURCE_BITS,
    Database,
    blocks,
    events,
    insert_rows,
    listings,
    sources,
)
from marketplace.chain.rpc import Node
from marketplace.errors import ChainError, IndexUnavailable

START_BLOCKS = 10_000
"""Blocks of the first ``eth_getLogs``: what public endpoints commonly allow."""

MOST_BLOCKS = 1_000_000
FEW_LOGS, MANY_LOGS = 5_000, 20_000
"""Answers of fewer logs double the next range, of more halve it: bounds the memory of a range."""

MANY_EVENTS = 10_000
"""After so many new ones the database counts again what its indexes hold."""

KEPT_SOURCES = 64
"""Deployments of one chain id that an index keeps: local chains come and go."""

TRIES = 100
"""Changes of the chain under one sync before it gives up."""

HEADERS_AT_ONCE = 100
"""Blocks of one batched request."""

Tell = Callable[[int, int], None]
"""Told of progress: the block reached, the block wanted."""


@dataclass(frozen=True)
class Cursor:
    """How far a source is.

    Parameters
    ----------
    source : int
        Its number in this database.
    first, block : int
        Where its events begin, and up to which block they are here.
    block_hash : bytes
        Empty before the first range.
    events, rollbacks, updated : int
        Events kept; reorgs seen; Unix time, seconds.
    """

    source: int
    first: int
    block: int
    block_hash: bytes
    events: int
    rollbacks: int
    updated: int


class Follower:
    """Bring one source of a database up to the chain's newest block.

    Parameters
    ----------
    database : Database
    schema : Schema
    chain_id : int
    """

    def __init__(self, database: Database, schema: Schema, chain_id: int) -> None:
        self._database, self._schema, self._chain_id = database, schema, chain_id
        self._range = START_BLOCKS

    def cursor(self) -> Cursor:
        """Return how far it is; the source is entered if it is new."""
        with self._database.engine.connect() as connection:
            found = self._find(connection)
        if found is None:
            with self._database.engine.begin() as connection:
                found = self._enter(connection)
        return found

    def follow(self, node: Node, tell: Tell | None = None) -> tuple[Cursor, int]:
        """Fetch what is new; return the cursor and the newest block up to which events count.

        Raises
        ------
        ChainError
            If the node does not answer, answers nonsense, or changes faster than it can be read.
        """
        for _ in range(TRIES):
            cursor = self.cursor()
            tip = self._tip(node, cursor)
            if tip.number < cursor.first:
                return cursor, tip.number
            if tip.number <= cursor.block:
                known = self._stored_hash(cursor, tip.number)
                if known == tip.hash:
                    return cursor, tip.number  # also a local chain whose owner wound it back
                self._roll_back(node, cursor, min(tip.number, cursor.block))
                continue
            self._advance(node, cursor, tip, tell)
        raise ChainError(
            f"the chain at {node.where} changes faster than it can be read", "try again, or use another node"
        )

    def _tip(self, node: Node, cursor: Cursor) -> Header:
        """Return the newest block; one that is lower than what is kept only if the chain has changed.

        Raises
        ------
        ChainError
            If the node has what is kept up to its newest block, and does not catch up: it is behind.
        """
        tip, end = self._header(node, "latest"), time.monotonic() + rpc.BEHIND_SECONDS
        while tip.number < cursor.block and self._chain_id != rpc.LOCAL_CHAIN_ID:
            number, known = self._kept_below(cursor, tip.number)
            if number < 0 or self._header(node, number, missing=True).hash != known:
                return tip  # a reorg
            if time.monotonic() > end:
                raise ChainError(
                    f"the node at {node.where} is behind: it is at block {tip.number:,}, and events are "
                    f"known up to {cursor.block:,}",
                    f"{rpc.BEHIND_HINT}; if the chain itself was wound back: tessera index rebuild",
                )
            time.sleep(rpc.BEHIND_SECONDS / 10)
            tip = self._header(node, "latest")
        return tip

    def _kept_below(self, cursor: Cursor, number: int) -> tuple[int, bytes]:
        """Return number and hash of the newest block that is kept, up to one; -1 if there is none."""
        low, high = block_id(cursor.source, 0), block_id(cursor.source, number)
        query = select(blocks.c.id, blocks.c.hash).where(blocks.c.id.between(low, high))
        with self._database.engine.connect() as connection:
            row = connection.execute(query.order_by(blocks.c.id.desc()).limit(1)).first()
        return (-1, b"") if row is None else (row.id - low, row.hash)

    def _advance(self, node: Node, cursor: Cursor, tip: Header, tell: Tell | None) -> None:
        """Fetch ranges up to a block, until one of them shows that the chain has changed."""
        before = cursor.events
        while cursor.block < tip.number:
            low, high = cursor.block + 1, min(cursor.block + self._range, tip.number)
            end = tip if high == tip.number else self._header(node, high)
            logs = self._logs(node, low, high)
            if logs is None:
                continue  # the range is smaller now
            batch = self._schema.read(logs, cursor.source, low, high)
            self._add_times(node, batch)
            after = self._headers(node, [high, cursor.block] if cursor.block_hash else [high])
            if after[0] != end or (cursor.block_hash and after[1].hash != cursor.block_hash):
                if cursor.block_hash:
                    self._roll_back(node, cursor, cursor.block)
                return
            stored = batch.blocks.get(high)
            if stored is not None and stored[0] != end.hash:
                return
            moved = self._store(cursor, batch, end)
            if moved is None:
                return  # another process was quicker
            cursor = moved
            if tell is not None:
                tell(cursor.block, tip.number)
        if cursor.events - before > MANY_EVENTS:
            self._database.analyze()

    def _store(self, cursor: Cursor, batch: Batch, end: Header) -> Cursor | None:
        """Write a range and its cursor in one transaction, unless the cursor moved meanwhile."""
        with self._database.engine.begin() as connection:
            if not self._claim(connection, cursor):
                return None
            source, total = cursor.source, cursor.events
            above, top = row_id(source, cursor.block + 1, 0), row_id(source + 1, 0, 0)
            mine = events.c.id.between(above, top - 1)
            if connection.execute(delete(events).where(mine)).rowcount:  # somebody's hand was in it
                kept = events.c.id.between(row_id(source, 0, 0), above - 1)
                total = connection.scalar(select(func.count()).where(kept)) or 0
            low, high = block_id(source, cursor.block + 1), block_id(source + 1, 0) - 1
            connection.execute(delete(blocks).where(blocks.c.id.between(low, high)))
            _insert_rows(connection, batch)
            rows = {number: (hash_, when, digest) for number, (hash_, when, digest) in batch.blocks.items()}
            rows.setdefault(end.number, (end.hash, end.time, b""))
            names = ("id", "hash", "time", "digest")
            given = [dict(zip(names, (block_id(source, n), *rows[n]))) for n in sorted(rows)]
            insert_rows(connection, blocks, given)
            apply_events(connection, source, batch.assets)
            total += len(batch.rows)
            return self._move(connection, cursor, end.number, end.hash, total, cursor.rollbacks)

    def _roll_back(self, node: Node, cursor: Cursor, top: int) -> None:
        """Delete what lies above the newest block, at most ``top``, that the node has as well."""
        ancestor, ancestor_hash = self._common_ancestor(node, cursor, top)
        if (ancestor, ancestor_hash) == (cursor.block, cursor.block_hash):
            return  # the node has the block again; another hash there means that a hand was in it
        with self._database.engine.begin() as connection:
            if not self._claim(connection, cursor):
                return
            source = cursor.source
            bound = row_id(source, ancestor + 1, 0) - 1
            end = row_id(source + 1, 0, 0) - 1
            connection.execute(delete(events).where(events.c.id.between(bound + 1, end)))
            low, high = block_id(source, ancestor + 1), block_id(source + 1, 0) - 1
            connection.execute(delete(blocks).where(blocks.c.id.between(low, high)))
            kinds = [self._schema.kind("Assets", name) for name in (*BEARING, *CHANGING)]
            roll_back(connection, source, bound, kinds, lambda row: self._schema.event(row, b""))
            kept = events.c.id.between(row_id(source, 0, 0), bound)
            total = connection.scalar(select(func.count()).where(kept)) or 0
            self._move(connection, cursor, ancestor, ancestor_hash, total, cursor.rollbacks + 1)

    def _common_ancestor(self, node: Node, cursor: Cursor, top: int) -> tuple[int, bytes]:
        """Search, by halves, the newest kept block that the node has; before all if there is none."""
        low, high = block_id(cursor.source, 0), block_id(cursor.source, top)
        query = select(blocks.c.id, blocks.c.hash).where(blocks.c.id.between(low, high)).order_by(blocks.c.id)
        with self._database.engine.connect() as connection:
            kept = [(row.id - low, row.hash) for row in connection.execute(query)]
        good, bad = -1, len(kept)  # kept[good] is the node's as well, kept[bad] is not
        step = 1
        while bad - good > 1:
            # First near the top, where nearly all reorgs are, then by halves.
            middle = max(bad - step, (good + bad) // 2)
            step *= 2
            number, known = kept[middle]
            if self._header(node, number, missing=True).hash == known:
                good = middle
            else:
                bad = middle
        return kept[good] if good >= 0 else (cursor.first - 1, b"")

    def _stored_hash(self, cursor: Cursor, number: int) -> bytes | None:
        if number == cursor.block:
            return cursor.block_hash
        with self._database.engine.connect() as connection:
            query = select(blocks.c.hash).where(blocks.c.id == block_id(cursor.source, number))
            return connection.scalar(query)

    # --- the source's row

    def _find(self, connection: Connection) -> Cursor | None:
        wanted = sources.c.fingerprint == self._schema.fingerprint
        row = connection.execute(select(sources).where(wanted)).mappings().first()
        if row is None:
            return None
        numbers = (row[name] for name in ("id", "first", "block", "events", "rollbacks", "updated"))
        if not all(isinstance(one, int) for one in numbers) or not isinstance(row["block_hash"], bytes):
            shown = self._database.shown  # SQLite keeps whatever a hand writes
            raise IndexUnavailable(f"the index in {shown} is damaged: how far it is can't be read", MEND_HINT)
        return Cursor(
            source=row["id"],
            first=row["first"],
            block=min(row["block"], (1 << BLOCK_BITS) - 1),  # a hand may write more
            block_hash=row["block_hash"],
            events=row["events"],
            rollbacks=row["rollbacks"],
            updated=row["updated"],
        )

    def _enter(self, connection: Connection) -> Cursor:
        """Enter the source under the lowest free number."""
        if not self._database.is_sqlite:
            connection.exec_driver_sql("LOCK TABLE tessera_sources IN SHARE ROW EXCLUSIVE MODE")
        else:
            connection.execute(update(sources).where(sources.c.id == -1).values(id=-1))  # takes the lock
        if (found := self._find(connection)) is not None:
            return found
        mine = sources.c.chain_id == self._chain_id
        query = select(sources.c.id).where(mine).order_by(sources.c.updated.desc()).offset(KEPT_SOURCES - 1)
        for old in list(connection.scalars(query)):
            forget(connection, old)
        taken = set(connection.scalars(select(sources.c.id)))
        free = next((n for n in range(1, 1 << SOURCE_BITS) if n not in taken), None)
        if free is None:
            raise IndexUnavailable(
                "the index holds as many deployments as it can", "use a database of your own"
            )
        forget(connection, free)  # leftovers of a row that somebody deleted
        before = self._schema.first - 1
        values: dict[str, Any] = {
            "id": free,
            "fingerprint": self._schema.fingerprint,
            "chain_id": self._chain_id,
            "first": self._schema.first,
            "block": before,
            "block_hash": b"",
            "events": 0,
            "rollbacks": 0,
            "updated": int(time.time()),
        }
        connection.execute(insert(sources).values(values))
        return Cursor(free, self._schema.first, before, b"", 0, 0, values["updated"])

    def _claim(self, connection: Connection, cursor: Cursor) -> bool:
        """Lock the source's row; tell whether its cursor is still the given one."""
        mine = sources.c.id == cursor.source
        connection.execute(update(sources).where(mine).values(updated=sources.c.updated))
        now = self._find(connection)
        return now is not None and (now.source, now.block, now.block_hash, now.rollbacks) == (
            cursor.source,
            cursor.block,
            cursor.block_hash,
            cursor.rollbacks,
        )

    def _move(
        self, connection: Connection, cursor: Cursor, block: int, hash_: bytes, total: int, rollbacks: int
    ) -> Cursor:
        now = int(time.time())
        values = {"block": block, "block_hash": hash_, "events": total, "rollbacks": rollbacks}
        mine = sources.c.id == cursor.source
        connection.execute(update(sources).where(mine).values(**values, updated=now))
        return Cursor(cursor.source, cursor.first, block, hash_, total, rollbacks, now)

    # --- the node

    def _logs(self, node: Node, low: int, high: int) -> Any:
        """Ask for the logs of a range; None if the node wants a smaller one."""
        wanted = {
            "address": sorted(self._schema.contracts.values()),
            "fromBlock": hex(low),
            "toBlock": hex(high),
        }
        try:
            found = node.request("eth_getLogs", wanted)
        except ChainError as error:
            if high == low or not may_answer_less(node, error):
                raise
            self._range = max(1, (high - low + 1) // 2)
            return None
        if not isinstance(found, list):
            raise ChainError(f"the node at {node.where} answered with what are no logs")
        if len(found) < FEW_LOGS:
            self._range = min(MOST_BLOCKS, max(self._range, high - low + 1) * 2)
        elif len(found) > MANY_LOGS:
            self._range = max(1, (high - low + 1) // 2)
        return found

    def _header(self, node: Node, which: int | str, *, missing: bool = False) -> Header:
        """Fetch a block's header; with ``missing``, one that is not there has no hash."""
        name = hex(which) if isinstance(which, int) else which
        found = node.request("eth_getBlockByNumber", name, False)
        if found is None and missing:
            return Header(-1, b"", 0)
        return Header.parse(found)

    def _headers(self, node: Node, numbers: Sequence[int]) -> list[Header]:
        """Fetch several headers in one request."""
        answers = node.batch([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        return [Header(-1, b"", 0) if found is None else Header.parse(found) for found in answers]

    def _add_times(self, node: Node, batch: Batch) -> None:
        """Ask for the times of blocks that the logs do not tell."""
        unknown = [number for number, (_, when, _) in batch.blocks.items() if when is None]
        for start in range(0, len(unknown), HEADERS_AT_ONCE):
            part = unknown[start : start + HEADERS_AT_ONCE]
            for number, header in zip(part, self._headers(node, part)):
                hash_, _, digest = batch.blocks[number]
                # Another hash means a reorg right now, which the check of the range's ends finds.
                batch.blocks[number] = (hash_, header.time, digest)


def may_answer_less(node: Node, error: ChainError) -> bool:
    """Tell whether a node that did not give the logs of a range may give those of a smaller one.

    Raises
    ------
    ChainError
        If it does not answer even a small question in time.
    """
    if isinstance(error.__cause__, requests.Timeout):
        node.request("eth_blockNumber")
        return True
    return not isinstance(error.__cause__, OSError)


def forget(connection: Connection, source: int) -> None:
    """Delete a source and all that belongs to it."""
    low, high = row_id(source, 0, 0), row_id(source + 1, 0, 0) - 1
    connection.execute(delete(events).where(events.c.id.between(low, high)))
    ids = block_id(source, 0), block_id(source + 1, 0) - 1
    connection.execute(delete(blocks).where(blocks.c.id.between(*ids)))
    connection.execute(delete(listings).where(listings.c.source == source))
    connection.execute(delete(sources).where(sources.c.id == source))


def ownerless() -> list[tuple[Table, ColumnElement[bool]]]:
    """Return, by table, the condition for rows that belong to no source: only somebody's hand makes such."""
    known = select(sources.c.id)
    shift = {events.name: BLOCK_BITS + LOG_BITS, blocks.name: BLOCK_BITS}
    found = [
        (table, table.c.id.op(">>")(literal_column(str(shift[table.name]))).not_in(known))
        for table in (events, blocks)
    ]
    return [*found, (listings, listings.c.source.not_in(known))]


def _insert_rows(connection: Connection, batch: Batch) -> None:
    if not batch.rows:
        return
    names = [column.name for column in events.columns]
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        text = f"INSERT INTO {events.name} ({', '.join(names)}) VALUES ({marks})"
        connection.exec_driver_sql(text, batch.rows)
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {events.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in batch.rows:
            copy.write_row(row)
