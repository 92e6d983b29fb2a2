"""The event index: every event of a deployment in a database, found by contract, name and argument.

It is a cache of the chain: whatever happens to it, `EventIndex.rebuild` makes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select

from marketplace.chain.deployment import Deployment
from marketplace.chain.events import Event
from marketplace.chain.index_decode import WORD, BadLog, topic_of
from marketplace.chain.index_listings import chunks
from marketplace.chain.index_logs import Schema, block_id, row_id
from marketplace.chain.index_sync import Cursor, Follower, Tell, forget
from marketplace.chain.index_tables import LOG_BITS, Database, blocks, events
from marketplace.chain.rpc import Node
from marketplace.errors import ChainError, IndexUnavailable

COMMON_BELOW = 2**64
"""Numbers below it (rounds, seats) are shared by many events: another argument narrows a search better."""

TRIES = 10

Filters = Mapping[str, Any]


class EventIndex:
    """Events of one deployment in a database; opened when it is first used.

    Parameters
    ----------
    where : str or Path
        Address of the database, as SQLAlchemy reads it, or an SQLite file.
    deployment : Deployment
    tell : callable (done, wanted), optional
        Told how far fetching is, in blocks.
    """

    def __init__(self, where: str | Path, deployment: Deployment, tell: Tell | None = None) -> None:
        self._where, self.deployment, self._tell = where, deployment, tell
        self.schema = Schema(deployment, deployment.chain_id)

    def __repr__(self) -> str:
        return f"EventIndex(chain {self.deployment.chain_id})"

    @cached_property
    def database(self) -> Database:
        """The database, opened now if it was not.

        Raises
        ------
        IndexUnavailable
        """
        return Database(self._where)

    @cached_property
    def follower(self) -> Follower:
        """What brings it up to date."""
        return Follower(self.database, self.schema, self.deployment.chain_id)

    def covers(self, contract: str) -> bool:
        """Tell whether the events of a contract are kept: all but the token's, which may be anybody's."""
        return contract in self.schema.contracts

    def sync(self, node: Node) -> tuple[Cursor, int]:
        """Fetch what is new; return how far it is, and the newest block.

        Raises
        ------
        IndexUnavailable
            If the database can't be used.
        ChainError
            If the node can't.
        """
        with self.database.errors():
            return self.follower.follow(node, self._tell)

    def cursor(self) -> Cursor:
        """Return how far it is, without asking the chain."""
        with self.database.errors():
            return self.follower.cursor()

    def rebuild(self, node: Node, *, anew: bool = False) -> Cursor:
        """Delete what is kept of this deployment and fetch it again.

        Parameters
        ----------
        node : Node
        anew : bool, default False
            Delete all tables first, with what they keep of other deployments.
        """
        self.__dict__.pop("follower", None)
        database = self.__dict__["database"] = Database(self._where, renew=True, anew=anew)
        with database.errors():
            source = self.follower.cursor().source
            with database.engine.begin() as connection:
                forget(connection, source)
        return self.sync(node)[0]

    def close(self) -> None:
        """Close the database, if it was opened."""
        if "database" in self.__dict__:
            self.database.close()

    # --- reading

    def events(
        self,
        node: Node,
        contract: str,
        names: Sequence[str],
        *,
        from_block: int | None = None,
        to_block: int | None = None,
        filters: Filters | None = None,
    ) -> list[Event]:
        """Return events of one contract, in the order of the chain, after bringing the index up to date.

        Parameters
        ----------
        node : Node
        contract : str
        names : sequence of str
            Of its events; each has the parameters that are filtered by.
        from_block, to_block : int, optional
            Both included.
        filters : mapping, optional
            Value, or list of values, by parameter.
        """
        plans = [self._plan(contract, name, filters or {}) for name in dict.fromkeys(names)]

        def read(cursor: Cursor, last: int) -> list[Event]:
            low, high = self._span(cursor, last, from_block, to_block)
            found: list[Event] = []
            for conditions, test, whole in plans:
                for condition in conditions:
                    found += filter(test, self._select(condition, low, high, whole))
            return sorted(found, key=_place)

        return self._consistent(node, read)

    def about(self, node: Node, value: int | str, to_block: int | None = None) -> list[Event]:
        """Return all events in which a number or an address is an indexed argument or a known id.

        In the order of the chain.
        """
        word = topic_of(value)
        columns = (events.c.topic1, events.c.topic2, events.c.topic3, events.c.about)

        def read(cursor: Cursor, last: int) -> list[Event]:
            low, high = self._span(cursor, last, None, to_block)
            found: dict[tuple[int, int], Event] = {}
            for column in columns:
                found |= {_place(e): e for e in self._select(column == word, low, high, False)}
            return [found[place] for place in sorted(found)]

        return self._consistent(node, read)

    def ids(self, node: Node, contract: str, name: str, argument: str, prefix: str, most: int) -> list[int]:
        """Return different values of an indexed number that begin with some hex digits, at most ``most``."""
        codec = self.schema.codec(contract, name)
        position = codec.position(argument)
        if position is None or len(prefix) > 2 * WORD:
            return []
        column = events.c[f"topic{position}"]
        low = bytes.fromhex(prefix.ljust(2 * WORD, "0"))
        high = bytes.fromhex(prefix.ljust(2 * WORD, "f"))
        wanted = (events.c.kind + 0 == self.schema.kind(contract, name)) & column.between(low, high)

        def read(cursor: Cursor, last: int) -> list[int]:
            first, end = self._span(cursor, last, None, None)
            span = (events.c.id + 0).between(first, end)
            query = select(column).distinct().where(wanted, span).limit(most)
            with self.database.engine.connect() as connection:
                return [int.from_bytes(value, "big") for value in connection.scalars(query)]

        return self._consistent(node, read)

    def times(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return the times of those blocks that are kept, Unix seconds, by number."""
        with self.database.errors(), self.database.engine.connect() as connection:
            source = self.follower.cursor().source
            found = {}
            for part in chunks({block_id(source, number) for number in numbers}):
                for row in connection.execute(
                    select(blocks.c.id, blocks.c.time).where(blocks.c.id.in_(part))
                ):
                    found[row.id - block_id(source, 0)] = row.time
            return found

    def counts(self) -> dict[str, int]:
        """Return how many events are kept, by ``Contract.Event``."""
        query = select(events.c.kind, func.count()).where(events.c.kind.in_(list(self.schema.codecs)))
        with self.database.errors(), self.database.engine.connect() as connection:
            rows = connection.execute(query.group_by(events.c.kind)).all()
        found = {
            f"{self.schema.codecs[kind].contract}.{self.schema.codecs[kind].name}": n for kind, n in rows
        }
        return dict(sorted(found.items()))

    def _consistent(self, node: Node, read: Callable[[Cursor, int], Any]) -> Any:
        """Read, and read again if another process rolled back meanwhile."""
        with self.database.errors():
            for _ in range(TRIES):
                cursor, last = self.follower.follow(node, self._tell)
                try:
                    found = read(cursor, last)
                except BadLog as error:
                    raise IndexUnavailable(
                        f"the index in {self.database.shown} is damaged: {error}",
                        "make it anew from the chain: tessera index rebuild",
                    ) from error
                now = self.follower.cursor()
                if (now.source, now.rollbacks) == (cursor.source, cursor.rollbacks):
                    return found
        raise ChainError(f"the chain at {node.where} changes faster than it can be read")

    def _span(self, cursor: Cursor, last: int, first: int | None, to: int | None) -> tuple[int, int]:
        high = last if to is None else min(to, last)
        low = max(first or 0, 0)
        return row_id(cursor.source, low, 0), row_id(cursor.source, max(high, -1) + 1, 0) - 1

    def _plan(
        self, contract: str, name: str, filters: Filters
    ) -> tuple[list[ColumnElement[bool]], Callable[[Event], bool], bool]:
        """Return the conditions that narrow a search best, any of them; a test of everything else; and
        whether the search is for all events of a kind."""
        codec, kind = self.schema.codec(contract, name), self.schema.kind(contract, name)
        wanted: dict[str, list[Any]] = {}
        for key, value in filters.items():
            if value is not None:
                wanted[key] = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        best: tuple[bool, int, str] | None = None
        for key, values in wanted.items():
            position = codec.position(key)
            if position is not None:
                rank = (any(map(self._is_common, values)), len(values), key)
                best = rank if best is None else min(best, rank)
        conditions = [events.c.kind == kind]
        if best is not None:
            column = events.c[f"topic{codec.position(best[2])}"]
            words = {topic_of(value) for value in wanted.pop(best[2])}
            # A sum is in no index: so the database takes that of the topic.
            mine = events.c.kind == kind if len(words) == 1 else events.c.kind + 0 == kind
            conditions = [mine & column.in_(part) for part in chunks(words)]
        tests = {key: {_comparable(value) for value in values} for key, values in wanted.items()}
        for key in tests:
            if key not in {name for name, *_ in (*codec.indexed, *codec.plain)}:
                raise ValueError(f"{contract}.{name} has no parameter {key}")

        def test(event: Event) -> bool:
            return all(_comparable(event.args[key]) in values for key, values in tests.items())

        return conditions, test, best is None

    def _is_common(self, value: Any) -> bool:
        if isinstance(value, str):
            return value.lower() in self.schema.contracts.values()
        return isinstance(value, int) and value < COMMON_BELOW

    def _select(self, condition: ColumnElement[bool], low: int, high: int, whole: bool) -> list[Event]:
        joined = events.outerjoin(blocks, events.c.id.op(">>")(literal_column(str(LOG_BITS))) == blocks.c.id)
        query = select(events, blocks.c.hash).select_from(joined)
        # Of a whole kind a range of ids may be looked up; else what the condition names is far narrower.
        place = events.c.id if whole else events.c.id + 0
        query = query.where(condition, place.between(low, high)).order_by(events.c.id)
        with self.database.engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            if row.hash is None or row.kind not in self.schema.codecs:
                raise BadLog("an event's block is missing")
        return [self.schema.event(row, row.hash) for row in rows]


def _place(event: Event) -> tuple[int, int]:
    return event.block, event.log_index


def _comparable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
