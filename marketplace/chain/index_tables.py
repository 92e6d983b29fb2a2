"""The tables of the event index, and the door to the database they lie in: SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from marketplace.chain.sqlite import LOCK_TIMEOUT_SECONDS, enter_wal, make_file, require_file
from marketplace.errors import IndexUnavailable

VERSION = "2"
"""Of the tables; an index of another version is rebuilt, never migrated: the chain has everything."""


SOURCE_BITS, BLOCK_BITS, LOG_BITS = 12, 32, 19
"""How an event's row id is put together: it sorts as the chain does, and is below 2**63. A block of
45 million gas has at most 120,000 logs (375 gas each), 2**19 leave room."""

metadata = MetaData()

# In SQLite only this word makes it the row's own number: https://www.sqlite.org/lang_createtable.html#rowid
_RowId = BigInteger().with_variant(Integer, "sqlite")

facts = Table(
    "tessera_facts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

# One row for each deployment on each chain, with how far its events are here.
sources = Table(
    "tessera_sources",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("block_hash", LargeBinary, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("rollbacks", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
)

# Blocks that have events, and those at which a range ended. `digest` covers the events of the block.
blocks = Table(
    "tessera_blocks",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

events = Table(
    "tessera_events",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=False),
    Column("kind", BigInteger, nullable=False),
    Column("tx", LargeBinary, nullable=False),
    Column("topic1", LargeBinary),
    Column("topic2", LargeBinary),
    Column("topic3", LargeBinary),
    Column("about", LargeBinary),
    Column("data", LargeBinary, nullable=False),
)
Index("tessera_events_kind", events.c.kind, events.c.id)
for _name in ("topic1", "topic2", "topic3", "about"):
    _given = events.c[_name].is_not(None)
    Index(
        f"tessera_events_{_name}",
        events.c[_name],
        events.c.kind,
        sqlite_where=_given,
        postgresql_where=_given,
    )

# What the events of `Assets` come to: one row for each asset, for lists and searches.
listings = Table(
    "tessera_listings",
    metadata,
    Column("source", Integer, primary_key=True),
    Column("asset", LargeBinary, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("seller", LargeBinary, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("price", LargeBinary, nullable=False),  # 16 bytes, big-endian: sorts as the number does
    Column("state", String(10), nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    Column("content_root", LargeBinary, nullable=False),
)
Index("tessera_listings_place", listings.c.source, listings.c.place)
Index("tessera_listings_seller", listings.c.source, listings.c.seller, listings.c.place)
Index("tessera_listings_changed", listings.c.source, listings.c.changed)
Index("tessera_listings_manifest", listings.c.manifest)

# What manifests say, by their digest; filled in when the content store has them.
manifests = Table(
    "tessera_manifests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("status", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("retry_at", BigInteger, nullable=False),
    Column("kind", Integer),
    Column("content_root", LargeBinary),
    Column("name", Text),
    Column("description", Text),
    Column("licence", Text),
    Column("uses", Text),  # with a space before and after each
    Column("facts", Text),  # JSON: what a list shows
    Column("creator", LargeBinary),  # the account it names, if it names one
    Column("creator_chain", BigInteger),
)
# In the order in which they are fetched: a batch of those that wait is found without sorting all of them.
Index("tessera_manifests_status", manifests.c.status, manifests.c.tries, manifests.c.id)

WORDS = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS tessera_words "
        "USING fts5(name, columns, description, content='', tokenize='unicode61')",
    ),
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS tessera_words (id bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX IF NOT EXISTS tessera_words_gin ON tessera_words USING gin (words)",
    ),
}
"""Full-text index of manifests, by their ids; https://www.sqlite.org/fts5.html and
https://www.postgresql.org/docs/current/textsearch.html"""


MEND_HINT = "see what is wrong, and mend it: tessera doctor --repair"

_ANOTHER = "name another file or database with TESSERA_INDEX_URL"

_DAMAGE = ("no such table", "no such column", "does not exist", "malformed", "not a database", "disk image")
"""What SQLite and PostgreSQL say when somebody's hand was in the tables, or the file."""


class Database:
    """One database with the tables of the index.

    Parameters
    ----------
    where : str or Path
        A URL as SQLAlchemy reads it, SQLite or PostgreSQL (a password inside never shows); or an SQLite file.
    renew : bool
        Make the tables anew if they are of another version.
    anew : bool
        Make them anew in any case.

    Raises
    ------
    IndexUnavailable
        If it can't be opened, or holds something else.
    """

    def __init__(self, where: str | Path, *, renew: bool = False, anew: bool = False) -> None:
        self._secret = ""
        self.shown = "the given database"
        with self.errors():
            url = URL.create("sqlite", database=str(where)) if isinstance(where, Path) else make_url(where)
            if url.drivername in ("postgresql", "postgres"):
                url = url.set(drivername="postgresql+psycopg")
            self.shown = url.database or ":memory:"
            if url.get_backend_name() != "sqlite":
                self._secret = str(url.password or "")
                place = URL.create("postgresql", host=url.host, port=url.port, database=url.database)
                self.shown = place.render_as_string()
            self.engine = _engine(url)
            self._prepare(renew, anew)

    def __repr__(self) -> str:
        return f"Database({self.shown!r})"

    @property
    def is_sqlite(self) -> bool:
        """Tell whether it is SQLite rather than PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Translate what goes wrong inside into `IndexUnavailable`, without secrets."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            raise self._unavailable(error) from None  # the cause may carry the password

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def size_bytes(self) -> int:
        """Return how large the index is."""
        with self.errors(), self.engine.connect() as connection:
            if self.is_sqlite:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())
            names = [*metadata.tables, "tessera_words"]
            query = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
            return sum(int(connection.execute(query, {"name": name}).scalar_one()) for name in names)

    def drop(self) -> None:
        """Delete every table of the index, whatever its version, and make them anew.

        Killed in between it leaves what counts as an index of another version, and is repeated.
        """
        with self.errors():
            with self.engine.begin() as connection:
                facts.create(connection, checkfirst=True)
            with self.engine.begin() as connection:
                connection.execute(delete(facts))
                connection.execute(insert(facts).values(name="version", value="none"))
            with self.engine.begin() as connection:
                connection.exec_driver_sql("DROP TABLE IF EXISTS tessera_words")
                others = [one for one in metadata.sorted_tables if one is not facts]
                metadata.drop_all(connection, tables=others)
            with self.engine.begin() as connection:
                facts.drop(connection)
            self._create()

    def analyze(self) -> None:
        """Let the database count, so that it picks the right index for a query."""
        with self.errors(), self.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")

    def _prepare(self, renew: bool, anew: bool) -> None:
        there = set(inspect(self.engine).get_table_names())
        if anew and _is_ours(there, self.is_sqlite):
            self.drop()
            return
        if facts.name not in there:
            if _is_ours(there, self.is_sqlite):
                raise IndexUnavailable(f"the index in {self.shown} is damaged: it lacks a table", MEND_HINT)
            if self.is_sqlite and there:
                raise IndexUnavailable(
                    f"{self.shown} is not an index of Tessera's",
                    _ANOTHER,
                )
            self._create()
            return
        with self.engine.connect() as connection:
            found = connection.scalar(select(facts.c.value).where(facts.c.name == "version"))
        if found is None:
            self._create()  # another process is about to finish
        elif found != VERSION and renew:
            self.drop()
        elif found != VERSION:
            raise IndexUnavailable(
                f"the index in {self.shown} was made by another version of Tessera",
                "make it anew from the chain: tessera index rebuild, or tessera doctor --repair",
            )

    def _create(self) -> None:
        with self.engine.begin() as connection:
            # One maker at a time: looking whether a table is there and making it are two steps.
            lock = "BEGIN IMMEDIATE" if self.is_sqlite else "SELECT pg_advisory_xact_lock(7883953461)"
            connection.exec_driver_sql(lock)
            metadata.create_all(connection)
            for statement in WORDS[self.engine.dialect.name]:
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(
                "INSERT INTO tessera_facts (name, value) "
                f"VALUES ('version', '{VERSION}') ON CONFLICT DO NOTHING"
            )

    def _unavailable(self, error: Exception) -> IndexUnavailable:
        if isinstance(error, ArgumentError | NoSuchModuleError):
            reason = "the address can't be read"
        elif isinstance(error, ImportError):
            reason = "its driver is missing"
        else:
            lines = str(getattr(error, "orig", None) or error).strip().splitlines()
            reason = lines[0][:200] if lines else type(error).__name__
        if self._secret:
            reason = reason.replace(self._secret, "***")
        hints = {
            "the address can't be read": "write it like postgresql+psycopg://user@host/name",
            "its driver is missing": "in the repository: .venv/bin/pip install -e '.[postgres]'",
        }
        hint = hints.get(reason)
        if hint is None and any(word in reason for word in _DAMAGE):
            hint = MEND_HINT
        return IndexUnavailable(f"the index in {self.shown} can't be used: {reason}", hint)


def _is_ours(there: set[str], is_sqlite: bool) -> bool:
    """Tell whether tables are those of an index, all of them where a file is for it alone."""
    mine = {name for name in there if name in metadata.tables or name.startswith("tessera_words")}
    return bool(mine) and (mine == there or not is_sqlite)


def insert_rows(connection: Connection, table: Table, rows: list[dict[str, Any]], more: str = "") -> None:
    """Insert many rows that all have the same columns, without SQLAlchemy's work on each of them."""
    if not rows:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    marks = ", ".join(f":{name}" if is_sqlite else f"%({name})s" for name in rows[0])
    text_ = f"INSERT INTO {table.name} ({', '.join(rows[0])}) VALUES ({marks}) {more}"
    connection.exec_driver_sql(text_, rows)


def _engine(url: Any) -> Engine:
    if url.get_backend_name() == "sqlite":
        if url.database and url.database != ":memory:":
            _refuse_strangers(Path(url.database))
            make_file(Path(url.database))
        engine = create_engine(url, connect_args={"timeout": LOCK_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _tune)
        return engine
    if url.get_backend_name() != "postgresql":
        raise ArgumentError("only SQLite and PostgreSQL")
    return create_engine(url, pool_pre_ping=True, pool_size=2, connect_args={"connect_timeout": 10})


def _refuse_strangers(path: Path) -> None:
    """Look into a file before anything is set in it, so that another program's stays as it is."""
    if not path.exists():
        return
    require_file(path)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        there = {name for (name,) in names if not name.startswith("sqlite_")}  # those are SQLite's own
    if there and not _is_ours(there, True):
        raise IndexUnavailable(f"{path} is not an index of Tessera's", _ANOTHER)


def _tune(connection: Any, _record: Any) -> None:
    # The index can be made again from the chain, so a commit need not wait for the disk; what is in the
    # file stays consistent all the same. https://www.sqlite.org/pragma.html#pragma_synchronous
    enter_wal(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-65536")
    connection.execute("PRAGMA analysis_limit=1000")
