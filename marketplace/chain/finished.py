"""Transactions whose process died before it saw them mined."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from marketplace.chain.sender import Sender
from marketplace.errors import ChainError


class Unfinished:
    """What the journal held for unsettled when this process first looked.

    Parameters
    ----------
    sender : callable
        Gives the account's sender.
    """

    def __init__(self, sender: Callable[[], Sender]) -> None:
        self._sender = sender
        self._intents: list[str] | None = None

    def take(self, purpose: str) -> str | None:
        """Return, once, the intent of a transaction that served a purpose: its last part is left out."""
        for intent in self._seen():
            if intent.rpartition(":")[0] == purpose:
                self._seen().remove(intent)
                return intent
        return None

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
            self._intents = [entry.intent for entry in waiting]
        return self._intents
