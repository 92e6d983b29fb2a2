"""The transaction journal: every transaction is on disk before it is sent.

An *intent* is a name the caller gives to what he wants done, for instance ``settle:0x12…``. Of one
sender on one network an intent is pending or mined at most once, so doing it again after a crash
returns the first transaction instead of paying a second time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool

from marketplace.chain.journal_tables import (
    DROPPED,
    MINED,
    PENDING,
    live,
    metadata,
    of_sender,
    spending,
    transactions,
    versions,
)
from marketplace.chain.spending import SpendingLimits, Spent, day_start, require_within
from marketplace.chain.sqlite import LOCK_TIMEOUT_SECONDS, create_tables, enter_wal, make_file
from marketplace.errors import ChainError

T = TypeVar("T")


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
        Once mined. A pending one has a block if it was mined there and a reorg took it out.
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


@dataclass(frozen=True, slots=True)
class Version:
    """A signed form of a transaction: the others differ in their fees.

    Parameters
    ----------
    raw : bytes
    created : int
        Unix time, seconds.
    """

    raw: bytes
    created: int


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
        self._run(lambda: create_tables(self._engine, metadata))

    def find(self, network: str, sender: str, intent: str) -> Entry | None:
        """Return the pending or mined transaction of an intent, if there is one."""
        found = self._select(of_sender(network, sender), transactions.c.intent == intent, live)
        return found[0] if found else None

    def pending(self, network: str, sender: str) -> list[Entry]:
        """Return a sender's unsettled transactions, by nonce."""
        return self._select(of_sender(network, sender), transactions.c.status == PENDING)

    def history(self, network: str, sender: str) -> list[Entry]:
        """Return all of a sender's transactions, by nonce."""
        return self._select(of_sender(network, sender))

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

        def write(connection: Connection) -> int:
            # The insert takes the file's write lock: whoever counts next sees this entry.
            key = connection.execute(insert(transactions).values(values)).inserted_primary_key
            row = int(key[0]) if key else 0
            require_new_bytes(connection, network, sender, [tx_hash])
            if spend:
                _spend(connection, row, network, sender, spend, limits or SpendingLimits())
            return row

        try:
            row = self.write(write)
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

        which = transactions.c.status == MINED if mined else live
        return self.read(lambda connection: _spent(connection, network, sender, which))

    def settle(
        self, entry: Entry, status: str, *, block: int | None = None, gas_used: int | None = None
    ) -> None:
        """Write what became of a transaction; its hash and bytes are those of the version that was mined."""
        self.write(
            lambda connection: settle_row(connection, entry, status, {"block": block, "gas_used": gas_used})
        )

    def replace(self, entry: Entry, tx_hash: str, raw: bytes) -> Entry:
        """Write that a pending transaction is about to be sent with other fees; the old version is kept.

        Raises
        ------
        Taken
            If it is settled, or another process was quicker: look again.
        """

        def write(connection: Connection) -> bool:
            mine = (transactions.c.id == entry.id) & (transactions.c.status == PENDING)
            same = mine & (transactions.c.tx_hash == entry.tx_hash)
            changed = update(transactions).where(same).values(tx_hash=tx_hash, raw=raw)
            if not connection.execute(changed).rowcount:
                return False
            keep = insert(versions).prefix_with("OR IGNORE")
            for name, data, when in (
                (entry.tx_hash, entry.raw, entry.created),
                (tx_hash, raw, int(time.time())),
            ):
                row = {"transaction_id": entry.id, "tx_hash": name, "raw": data, "created": when}
                connection.execute(keep.values(**row))
            return True

        if not self.write(write):
            raise Taken(entry.intent)
        return replace(entry, tx_hash=tx_hash, raw=raw)

    def reopen(self, entry: Entry) -> None:
        """Write that a mined transaction is not in the chain any more, unless its nonce was taken since.

        Its block stays: whatever it shows is public.
        """
        values = {"status": PENDING, "gas_used": None}

        def write(connection: Connection) -> None:
            mine = (transactions.c.id == entry.id) & (transactions.c.status == MINED)
            connection.execute(update(transactions).where(mine).values(values))

        try:
            self.write(write)
        except IntegrityError:
            return

    def again(self, entry: Entry) -> Entry:
        """Return a transaction as it stands now: another process may have settled it, or raised its fee."""
        return self._select(transactions.c.id == entry.id)[0]

    def versions(self, *entries: Entry) -> dict[int, dict[str, Version]]:
        """Return all versions of transactions, by their ids and then by their hashes."""
        found = {one.id: {one.tx_hash: Version(one.raw, one.created)} for one in entries}
        wanted = select(versions).where(versions.c.transaction_id.in_(list(found)))
        for row in self.read(lambda connection: connection.execute(wanted).all()):
            found[row.transaction_id][row.tx_hash] = Version(row.raw, row.created)
        return found

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do something in one transaction of the database, durably.

        Raises
        ------
        ChainError
            If the file can't be used.
        """
        return self._run(lambda: self._within(self._engine.begin(), work))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Read something from the database.

        Raises
        ------
        ChainError
            If the file can't be used.
        """
        return self._run(lambda: self._within(self._engine.connect(), work))

    @staticmethod
    def _within(opened: Any, work: Callable[[Connection], T]) -> T:
        with opened as connection:
            return work(connection)

    def _select(self, *conditions: Any) -> list[Entry]:
        return self.read(lambda connection: select_entries(connection, *conditions))

    def _run(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except IntegrityError:
            raise
        except (DBAPIError, OSError) as error:
            cause = getattr(error, "orig", error)
            raise ChainError(
                f"the transaction journal {self.path} can't be used: {cause}",
                "check the free space and the permissions of TESSERA_HOME",
            ) from error


def select_entries(connection: Connection, *conditions: Any) -> list[Entry]:
    """Return transactions that meet conditions, by nonce."""
    query = select(transactions).where(*conditions).order_by(transactions.c.nonce, transactions.c.id)
    return [Entry(**row) for row in connection.execute(query).mappings()]


def require_new_bytes(connection: Connection, network: str, sender: str, hashes: Sequence[str]) -> None:
    """Refuse bytes that another intent has sent: one transaction can't count as two.

    Raises
    ------
    Taken
    """
    used = transactions.c.tx_hash.in_(hashes) & (transactions.c.status != DROPPED)
    query = select(func.count()).where(of_sender(network, sender), used)
    if connection.execute(query).scalar_one() > len(hashes):
        raise Taken("the same bytes")


def settle_row(connection: Connection, entry: Entry, status: str, more: Mapping[str, Any]) -> None:
    """Write what became of a transaction; see `Journal.settle`."""
    values = {"status": status, "tx_hash": entry.tx_hash, "raw": entry.raw, **more}
    connection.execute(update(transactions).where(transactions.c.id == entry.id).values(values))


def _spent(connection: Connection, network: str, sender: str, which: Any) -> list[Spent]:
    query = (
        select(spending.c.amount, spending.c.command, transactions.c.created)
        .join(transactions, transactions.c.id == spending.c.transaction_id)
        .where(of_sender(network, sender), which, transactions.c.created > day_start())
    )
    return [Spent(int(row.amount), row.command, row.created) for row in connection.execute(query)]


def _spend(
    connection: Connection, row: int, network: str, sender: str, amount: int, limits: SpendingLimits
) -> None:
    """Count money beside a transaction, or refuse it, which undoes the transaction's entry."""
    require_within(limits, amount, _spent(connection, network, sender, live))
    money = {"transaction_id": row, "amount": str(amount), "command": limits.command}
    connection.execute(insert(spending).values(money))


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
