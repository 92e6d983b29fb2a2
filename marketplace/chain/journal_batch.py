"""Many transactions of one account in one write of the journal; of secrets, until when, and which are out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.chain.journal import Entry, Journal, Taken, require_new_bytes, select_entries
from marketplace.chain.journal_tables import PENDING, expiry, live, of_sender, shown, transactions

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
        wanted = (of_sender(network, sender), transactions.c.intent.in_(part), live)
        for entry in journal.read(lambda connection: select_entries(connection, *wanted)):  # noqa: B023
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

    common = {"network": network, "sender": sender, "status": PENDING, "created": created}

    def write(connection: Connection) -> list[Entry]:
        rows = [{**common, **_fields(one)} for one in signed]
        top = connection.execute(select(func.max(transactions.c.id))).scalar() or 0
        rows = [{**row, "id": top + i} for i, row in enumerate(rows, 1)]
        connection.execute(insert(transactions), rows)
        require_new_bytes(connection, network, sender, [one.tx_hash for one in signed])
        _expire(
            connection, network, sender, {one.intent: one.until for one in signed if one.until is not None}
        )
        return [Entry(block=None, gas_used=None, **row) for row in rows]

    try:
        return journal.write(write)
    except IntegrityError as error:
        raise Taken("one of many") from error


def _fields(one: Signed) -> dict[str, Any]:
    return {
        "intent": one.intent,
        "nonce": one.nonce,
        "tx_hash": one.tx_hash,
        "raw": one.raw,
        "gas_limit": one.gas_limit,
    }


def settle_many(journal: Journal, outcomes: Iterable[tuple[Entry, str, Mapping[str, Any]]]) -> None:
    """Write what became of transactions: entry, status, and its receipt."""
    settled = list(outcomes)
    if not settled:
        return

    names = ("status", "tx_hash", "raw", "block", "gas_used")
    change = update(transactions).where(transactions.c.id == bindparam("entry"))
    change = change.values({name: bindparam(f"new_{name}") for name in names})
    rows = [
        {
            "entry": entry.id,
            "new_status": status,
            "new_tx_hash": entry.tx_hash,
            "new_raw": entry.raw,
            "new_block": receipt["blockNumber"],
            "new_gas_used": receipt["gasUsed"],
        }
        for entry, status, receipt in settled
    ]
    journal.write(lambda connection: connection.execute(change, rows))


def set_expiry(journal: Journal, network: str, sender: str, intent: str, until: int) -> None:
    """Write until when (Unix seconds) the transaction of an intent may be sent, if nobody has seen it yet."""
    journal.write(lambda connection: _expire(connection, network, sender, {intent: until}))


def expires_at(journal: Journal, network: str, sender: str, intent: str) -> int | None:
    """Return until when what nobody has seen may be sent for an intent; None: at any time."""
    query = select(expiry.c.until).where(_which(expiry, network, sender, [intent]))
    return journal.read(lambda connection: connection.execute(query).scalar_one_or_none())


def note_shown(journal: Journal, network: str, sender: str, intents: Sequence[str]) -> None:
    """Write of intents that a node has taken their transactions; only those that show secrets are kept."""
    for start in range(0, len(intents), FIND_AT_ONCE):
        part = intents[start : start + FIND_AT_ONCE]
        query = select(expiry.c.intent).where(_which(expiry, network, sender, part))
        found = journal.read(lambda connection: list(connection.execute(query).scalars()))  # noqa: B023
        rows = [{"network": network, "sender": sender, "intent": one} for one in found]
        if rows:
            keep = insert(shown).prefix_with("OR IGNORE")
            journal.write(lambda connection: connection.execute(keep, rows))  # noqa: B023


def shown_of(journal: Journal, network: str, sender: str, intents: Sequence[str]) -> set[str]:
    """Return those intents whose secrets a node has taken once, whatever became of them since."""
    found: set[str] = set()
    for start in range(0, len(intents), FIND_AT_ONCE):
        part = intents[start : start + FIND_AT_ONCE]
        query = select(shown.c.intent).where(_which(shown, network, sender, part))
        found |= journal.read(lambda connection: set(connection.execute(query).scalars()))  # noqa: B023
    return found


def _which(table: Any, network: str, sender: str, intents: Sequence[str]) -> Any:
    return (table.c.network == network) & (table.c.sender == sender) & table.c.intent.in_(intents)


def _expire(connection: Connection, network: str, sender: str, times: Mapping[str, int]) -> None:
    intents = list(times)
    for start in range(0, len(intents), FIND_AT_ONCE):
        part = intents[start : start + FIND_AT_ONCE]
        connection.execute(delete(expiry).where(_which(expiry, network, sender, part)))
        rows = [{"network": network, "sender": sender, "intent": one, "until": times[one]} for one in part]
        connection.execute(insert(expiry), rows)
