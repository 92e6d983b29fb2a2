"""Many transactions of one account in one write of the journal, and until when each may be sent again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.chain.journal import PENDING, Entry, Journal, Taken, _live, _metadata, _of, _table

_expiry = Table(
    "expiry",
    _metadata,
    Column("network", String, primary_key=True),
    Column("sender", String, primary_key=True),
    Column("intent", String, primary_key=True),
    Column("until", Integer, nullable=False),  # Unix seconds
)

FIND_AT_ONCE = 500
"""Intents in one query: SQLite takes 999 variables or more."""


@dataclass(frozen=True)
class Signed:
    """A signed transaction that is about to be journalled.

    Parameters
    ----------
    intent : str
    nonce : int
    tx_hash : str
    raw : bytes
    gas_limit : int
    until : int or None
        Unix seconds after which it must not be sent again, if nobody has seen it; None: no such time.
    """

    intent: str
    nonce: int
    tx_hash: str
    raw: bytes
    gas_limit: int
    until: int | None = None


def find_many(journal: Journal, network: str, sender: str, intents: Sequence[str]) -> dict[str, Entry]:
    """Return the pending or mined transactions of intents, by intent."""
    found: dict[str, Entry] = {}
    for start in range(0, len(intents), FIND_AT_ONCE):
        part = intents[start : start + FIND_AT_ONCE]
        for entry in journal._select(_of(network, sender), _table.c.intent.in_(part), _live):
            found[entry.intent] = entry
    return found


def record_many(journal: Journal, network: str, sender: str, signed: Sequence[Signed]) -> list[Entry]:
    """Write transactions that are about to be sent: all of them, durably, or none.

    Raises
    ------
    Taken
        If one of the intents or nonces was taken in between.
    """
    created = int(time.time())

    def write() -> list[Entry]:
        entries = []
        with journal._engine.begin() as connection:
            for one in signed:
                values: dict[str, Any] = {
                    "network": network,
                    "sender": sender,
                    "intent": one.intent,
                    "nonce": one.nonce,
                    "tx_hash": one.tx_hash,
                    "raw": one.raw,
                    "gas_limit": one.gas_limit,
                    "status": PENDING,
                    "created": created,
                }
                key = connection.execute(insert(_table).values(values)).inserted_primary_key
                row = int(key[0]) if key else 0
                entries.append(Entry(id=row, block=None, gas_used=None, **values))
                if one.until is not None:
                    _expire(connection, network, sender, one.intent, one.until)
        return entries

    try:
        found: list[Entry] = journal._run(write)
    except IntegrityError as error:
        raise Taken("one of many") from error
    return found


def settle_many(journal: Journal, outcomes: Iterable[tuple[Entry, str, Mapping[str, Any]]]) -> None:
    """Write what became of transactions: entry, status, and its receipt."""

    def write() -> None:
        with journal._engine.begin() as connection:
            for entry, status, receipt in outcomes:
                values = {
                    "status": status,
                    "block": receipt["blockNumber"],
                    "gas_used": receipt["gasUsed"],
                }
                connection.execute(update(_table).where(_table.c.id == entry.id).values(**values))

    journal._run(write)


def set_expiry(journal: Journal, network: str, sender: str, intent: str, until: int) -> None:
    """Write until when (Unix seconds) the transaction of an intent may be sent, if nobody has seen it yet."""

    def write() -> None:
        with journal._engine.begin() as connection:
            _expire(connection, network, sender, intent, until)

    journal._run(write)


def expires_at(journal: Journal, entry: Entry) -> int | None:
    """Return until when a transaction that nobody has seen may be sent; None: at any time."""

    def read() -> int | None:
        with journal._engine.connect() as connection:
            query = select(_expiry.c.until).where(_which(entry.network, entry.sender, entry.intent))
            return connection.execute(query).scalar_one_or_none()

    found: int | None = journal._run(read)
    return found


def _which(network: str, sender: str, intent: str) -> Any:
    return (_expiry.c.network == network) & (_expiry.c.sender == sender) & (_expiry.c.intent == intent)


def _expire(connection: Connection, network: str, sender: str, intent: str, until: int) -> None:
    connection.execute(delete(_expiry).where(_which(network, sender, intent)))
    values = {"network": network, "sender": sender, "intent": intent, "until": until}
    connection.execute(insert(_expiry).values(**values))
