"""The transaction journal: every transaction is on disk before it is sent.

An *intent* is a name the caller gives to what he wants done, for instance ``settle:0x12…``. Of one
sender on one network an intent is pending or mined at most once, so doing it again after a crash
returns the first transaction instead of paying a second time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool

from marketplace.chain.spending import SpendingLimits, Spent, day_start, require_within
from marketplace.chain.sqlite import LOCK_TIMEOUT_SECONDS, create_tables, enter_wal, make_file
from marketplace.errors import ChainError

PENDING, MINED, FAILED, DROPPED = "pending", "mined", "failed", "dropped"

_metadata = MetaData()
_table = Table(
    "transactions",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("network", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("nonce", Integer, nullable=False),
    Column("tx_hash", String, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("gas_limit", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("created", Integer, nullable=False),
    Column("block", Integer),
    Column("gas_used", Integer),
)
_spending = Table(
    "spending",
    _metadata,
    Column("transaction_id", Integer, primary_key=True),
    Column("amount", String, nullable=False),  # token base units: more than 64 bits
    Column("command", String, nullable=False),
)
_live = _table.c.status.in_((PENDING, MINED))
Index(
    "one_live_intent",
    _table.c.network,
    _table.c.sender,
    _table.c.intent,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)
Index(
    "one_live_nonce",
    _table.c.network,
    _table.c.sender,
    _table.c.nonce,
    unique=True,
    sqlite_where=_table.c.status == PENDING,
    postgresql_where=_table.c.status == PENDING,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A journalled transaction.

    Parameters
    ----------
    id : int
    network : str
        Chain id and genesis hash.
    sender, intent : str
    nonce : int
    tx_hash : str
    raw : bytes
        The signed transaction.
    gas_limit : int
    status : {"pending", "mined", "failed", "dropped"}
        Failed: mined, but it reverted. Dropped: it can't be mined any more.
    created : int
        Unix time, seconds.
    block, gas_used : int or None
        Once mined.
    """

    id: int
    network: str
    sender: str
    intent: str
    nonce: int
    tx_hash: str
    raw: bytes
    gas_limit: int
    status: str
    created: int
    block: int | None
    gas_used: int | None


class Taken(Exception):
    """The intent or the nonce was taken in between; look again."""


class Journal:
    """Keep transactions in an SQLite file; several processes may share it.

    Parameters
    ----------
    path : Path or None
        Made if missing, readable by its owner only. None keeps it in memory (tests).

    Raises
    ------
    ChainError
        If the file can't be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._engine = _open(path)
        self._run(create_tables, self._engine, _metadata)

    def find(self, network: str, sender: str, intent: str) -> Entry | None:
        """Return the pending or mined transaction of an intent, if there is one."""
        found = self._select(_of(network, sender), _table.c.intent == intent, _live)
        return found[0] if found else None

    def pending(self, network: str, sender: str) -> list[Entry]:
        """Return a sender's unsettled transactions, by nonce."""
        return self._select(_of(network, sender), _table.c.status == PENDING)

    def history(self, network: str, sender: str) -> list[Entry]:
        """Return all of a sender's transactions, by nonce."""
        return self._select(_of(network, sender))

    def next_nonce(self, network: str, sender: str, chain_nonce: int) -> int:
        """Return the lowest nonce from ``chain_nonce`` on that no pending transaction has."""
        taken = {entry.nonce for entry in self.pending(network, sender)}
        while chain_nonce in taken:
            chain_nonce += 1
        return chain_nonce

    def record(
        self,
        *,
        network: str,
        sender: str,
        intent: str,
        nonce: int,
        tx_hash: str,
        raw: bytes,
        gas_limit: int,
        spend: int = 0,
        limits: SpendingLimits | None = None,
    ) -> Entry:
        """Write a transaction that is about to be sent, durably, with the money it spends.

        Raises
        ------
        Taken
            If the intent, or the nonce, was taken in between.
        SpendingLimitReached
            If it would spend more than ``limits`` allow; nothing is written then.
        """
        values: dict[str, Any] = {
            "network": network,
            "sender": sender,
            "intent": intent,
            "nonce": nonce,
            "tx_hash": tx_hash,
            "raw": raw,
            "gas_limit": gas_limit,
            "status": PENDING,
            "created": int(time.time()),
        }

        def write() -> int:
            with self._engine.begin() as connection:
                # The insert takes the file's write lock: whoever counts next sees this entry.
                key = connection.execute(insert(_table).values(values)).inserted_primary_key
                row = int(key[0]) if key else 0
                if spend:
                    _spend(connection, row, network, sender, spend, limits or SpendingLimits())
                return row

        try:
            row = self._run(write)
        except IntegrityError as error:
            raise Taken(intent) from error
        return Entry(id=row, block=None, gas_used=None, **values)

    def spent(self, network: str, sender: str, *, mined: bool = False) -> list[Spent]:
        """Return what a sender spent in the last day: in transactions that are mined, or still can be.

        Parameters
        ----------
        network, sender : str
        mined : bool, default False
            Leave out what is not known to be mined.
        """

        def read() -> list[Spent]:
            with self._engine.connect() as connection:
                return _spent(connection, network, sender, _table.c.status == MINED if mined else _live)

        found: list[Spent] = self._run(read)
        return found

    def settle(
        self, entry: Entry, status: str, *, block: int | None = None, gas_used: int | None = None
    ) -> None:
        """Write what became of a transaction."""

        def write() -> None:
            with self._engine.begin() as connection:
                connection.execute(
                    update(_table)
                    .where(_table.c.id == entry.id)
                    .values(status=status, block=block, gas_used=gas_used)
                )

        self._run(write)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def _select(self, *conditions: Any) -> list[Entry]:
        def read() -> list[Entry]:
            with self._engine.connect() as connection:
                query = select(_table).where(*conditions).order_by(_table.c.nonce, _table.c.id)
                return [Entry(**row) for row in connection.execute(query).mappings()]

        return self._run(read)

    def _run(self, work: Any, *args: Any) -> Any:
        try:
            return work(*args)
        except IntegrityError:
            raise
        except (DBAPIError, OSError) as error:
            cause = getattr(error, "orig", error)
            raise ChainError(
                f"the transaction journal {self.path} can't be used: {cause}",
                "check the free space and the permissions of TESSERA_HOME",
            ) from error


def _spent(connection: Connection, network: str, sender: str, which: Any) -> list[Spent]:
    query = (
        select(_spending.c.amount, _spending.c.command, _table.c.created)
        .join(_table, _table.c.id == _spending.c.transaction_id)
        .where(_of(network, sender), which, _table.c.created > day_start())
    )
    return [Spent(int(row.amount), row.command, row.created) for row in connection.execute(query)]


def _spend(
    connection: Connection, row: int, network: str, sender: str, amount: int, limits: SpendingLimits
) -> None:
    """Count money beside a transaction, or refuse it, which undoes the transaction's entry."""
    require_within(limits, amount, _spent(connection, network, sender, _live))
    money = {"transaction_id": row, "amount": str(amount), "command": limits.command}
    connection.execute(insert(_spending).values(money))


def _of(network: str, sender: str) -> Any:
    return (_table.c.network == network) & (_table.c.sender == sender)


def _open(path: Path | None) -> Engine:
    if path is None:
        return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    try:
        make_file(path)
    except OSError as error:
        raise ChainError(
            f"the transaction journal {path} can't be made: {error.strerror}",
            "check the permissions of TESSERA_HOME",
        ) from error
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": LOCK_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: Any, _record: Any) -> None:
    # FULL flushes each commit: https://www.sqlite.org/pragma.html#pragma_synchronous
    enter_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
