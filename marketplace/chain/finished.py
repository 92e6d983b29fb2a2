"""What a process died over: transactions it did not see mined, and wishes of which it did not tell.

Some wishes may come again on purpose: a deposit, a withdrawal, another seat. Who repeats such a command
because it was killed does not want it twice. So a wish stands beside the journal until its user was told,
or until it is so old that whoever wishes the same wishes it anew.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from sqlalchemy import Connection, inspect, text

from marketplace.chain.sender import Sender
from marketplace.errors import ChainError

REMEMBERED_SECONDS = 30 * 86_400
"""Age of a wish after which it is forgotten: long enough for a computer that stood still in holidays."""

_TABLE = """CREATE TABLE IF NOT EXISTS wishes (network TEXT NOT NULL, sender TEXT NOT NULL,
intent TEXT NOT NULL, created INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (network, sender, intent))"""
_AGE = "ALTER TABLE wishes ADD COLUMN created INTEGER NOT NULL DEFAULT 0"
_ENTER = """INSERT OR IGNORE INTO wishes (network, sender, intent, created)
VALUES (:network, :sender, :intent, :now)"""
_WHOSE = "network = :network AND sender = :sender"


class Unfinished:
    """What was under way when this process first looked, and what it began itself and has not told.

    Parameters
    ----------
    sender : callable
        Gives the account's sender.
    """

    def __init__(self, sender: Callable[[], Sender]) -> None:
        self._sender = sender
        self._intents: list[str] | None = None
        self._open: set[str] = set()

    def take(self, purpose: str) -> str | None:
        """Return the intent of what is under way for a purpose, its last part; until it was told.

        A process died over it; or this one did not see it final, and its user wants it still.
        """
        intent = self.begun(purpose)
        if intent is not None:
            self._open.add(intent)
        return intent

    def begun(self, purpose: str) -> str | None:
        """Return the intent that `take` would, without taking it."""
        return next((one for one in self._seen() if one.rpartition(":")[0] == purpose), None)

    def begin(self, intent: str) -> None:
        """Write down a wish that may come again, before it is sent."""
        seen = self._seen()
        self._write(_ENTER, intent)
        self._open.add(intent)
        if intent not in seen:
            seen.append(intent)

    def told(self, intent: str) -> None:
        """Note that the user was told what became of a wish: from now on the same one is another."""
        if intent in self._open:
            self._open.remove(intent)
            self._intents = [one for one in self._seen() if one != intent]
            self._write(f"DELETE FROM wishes WHERE {_WHOSE} AND intent = :intent", intent)

    def settle(self) -> None:
        """Journal what became of those that are final by now; nothing is sent.

        Those that are not mined stay: they are sent again before the next transaction.

        Raises
        ------
        ChainError
            If no node answers.
        """
        if not self._seen():
            return
        sender = self._sender()
        for entry in sender.journal.pending(sender.node.network, sender.signer.address):
            receipt = sender.receipt(entry)
            if receipt is None:
                continue
            depth = sender.node.block().number - receipt["blockNumber"] + 1
            if depth >= sender.limits.confirmations:
                with contextlib.suppress(ChainError):  # it reverted: that is journalled too
                    sender.wait(entry)

    def _seen(self) -> list[str]:
        if self._intents is None:
            sender = self._sender()
            waiting = sender.journal.pending(sender.node.network, sender.signer.address)
            self._intents = list(dict.fromkeys([*self._wishes(), *(entry.intent for entry in waiting)]))
        return self._intents

    def _wishes(self) -> list[str]:
        def read(connection: Connection) -> list[str]:
            if (columns := _columns(connection)) is None:
                return []
            # An older version's table has no ages; 0: a process died before it had written them there.
            young = " AND (created = 0 OR created > :since)" if "created" in columns else ""
            query = f"SELECT intent FROM wishes WHERE {_WHOSE}{young} ORDER BY rowid"
            since = {"since": _now() - REMEMBERED_SECONDS} if young else {}
            return list(connection.execute(text(query), self._whose() | since).scalars())

        return self._sender().journal.read(read)

    def _write(self, statement: str, intent: str) -> None:
        given = {**self._whose(), "intent": intent}

        def write(connection: Connection) -> None:
            connection.execute(text(_TABLE))
            if "created" not in (_columns(connection) or ()):
                connection.execute(text(_AGE))
            now = _now()
            connection.execute(text("UPDATE wishes SET created = :now WHERE created = 0"), {"now": now})
            old = {"since": now - REMEMBERED_SECONDS}
            connection.execute(text("DELETE FROM wishes WHERE created <= :since"), old)
            connection.execute(text(statement), given | ({"now": now} if ":now" in statement else {}))

        self._sender().journal.write(write)

    def _whose(self) -> dict[str, str]:
        sender = self._sender()
        return {"network": sender.node.network, "sender": sender.signer.address}


def _columns(connection: Connection) -> set[str] | None:
    """Return the names of the table's columns; None if there is no table."""
    found = inspect(connection)
    return {one["name"] for one in found.get_columns("wishes")} if found.has_table("wishes") else None


def _now() -> int:
    return int(time.time())
