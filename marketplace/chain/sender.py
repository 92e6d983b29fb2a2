"""Sending transactions: estimated, signed, journalled, sent, and followed until they are final."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from eth_utils import keccak
from web3.exceptions import ContractLogicError, Web3RPCError

from marketplace.chain.account import AccountView
from marketplace.chain.calls import Call, Limits
from marketplace.chain.fees import signed_fields
from marketplace.chain.journal import Entry, Taken, Version
from marketplace.chain.journal_tables import DROPPED, FAILED, MINED, PENDING
from marketplace.chain.renew import renewed
from marketplace.chain.stuck import Watch, fill_gaps, lost, send_again, too_late, too_late_to_begin
from marketplace.errors import ChainError, MarketplaceError, NodeUnavailable, TransactionFailed

FIRST_POLL_SECONDS = 0.01
LAST_POLL_SECONDS = 2.0
POLL_GROWTH = 1.25
MAX_ATTEMPTS = 100
"""Tries to find a free nonce while others send from the same account: after each a short pause."""
TURN_SECONDS = 0.1
"""Longest such pause."""

_USED_NONCE = (
    "nonce too low",
    "already been used",
    "replacement transaction underpriced",
    "nonce is too low",
)
_TOO_LOW = "less than block base fee"
_REFUSED = (
    "insufficient funds",
    "intrinsic gas too low",
    "gas limit",
    _TOO_LOW,
    "exceeds the configured cap",  # geth's --rpc.txfeecap
    "transaction underpriced",
    "oversized data",
    "initcode size",
)
"""Answers after which a transaction is surely not in the node's pool. Whatever takes its place gets the
same nonce, so that at most one of them is ever mined. After other answers it stays pending."""
_KNOWN = ("already known", "already imported", "known transaction", "alreadyknown")


@dataclass
class Sender(AccountView):
    """Sends one account's transactions; see `AccountView` for the parameters."""

    _resumed: bool = field(default=False, init=False)
    _renewed: set[int] = field(default_factory=set, init=False)

    def find(self, intent: str, anew: Callable[[], Call] | None = None) -> Entry | None:
        """Return the pending or mined transaction of an intent, sent again if the chain lost it.

        Parameters
        ----------
        intent : str
        anew : callable, optional
            Gives what is wanted now, if that may take the place of what a reorg made stale: see `renewed`.
        """
        entry = self.journal.find(self.node.network, self.signer.address, intent)
        if entry is None or self.receipt(entry) is not None:
            return entry
        if entry.status == MINED and anew is not None:
            before, entry = entry.tx_hash, renewed(self, entry, anew)
            if entry.tx_hash != before:
                self._renewed.add(entry.id)
        if not self.resend(entry):
            return None
        # One that was mined is open again, which its next receipt has to end.
        return self.journal.find(self.node.network, self.signer.address, intent)

    def is_renewed(self, entry: Entry) -> bool:
        """Tell whether a transaction that a reorg took out was signed anew by this sender."""
        return entry.id in self._renewed

    def submit(self, call: Call, intent: str, spend: int = 0) -> Entry:
        """Estimate, sign, journal and send, without waiting.

        Parameters
        ----------
        call : Call
        intent : str
        spend : int, optional
            Token base units that leave the user's control.

        Raises
        ------
        ContractReverted
            If it would revert; nothing was signed then.
        ChainError
            No node, no coin for gas, fees above the limit.
        SpendingLimitReached
            If it would spend too much; nothing was sent then.
        TransactionFailed
            If it shows a secret, and it is too late for that; nothing was sent then.
        """
        self.resume_once()
        transaction, least = self.prepare(call), 0
        for _ in range(MAX_ATTEMPTS):
            try:
                entry = self._record(transaction, intent, spend, least)
            except Taken:
                if (other := self.find(intent)) is not None:
                    return other
                pause_a_little()
                continue
            if self.broadcast(entry, fresh=True):
                return entry
            least = entry.nonce + 1
        raise TransactionFailed(f"no free nonce for {self.signer.address} after {MAX_ATTEMPTS} tries")

    def wait(self, entry: Entry, deadline: float | None = None) -> Any:
        """Wait until a transaction is final and journal what became of it.

        Parameters
        ----------
        entry : Entry
        deadline : float, optional
            By `time.monotonic`; by default the limits' time from now on.

        Returns
        -------
        web3.types.TxReceipt

        Raises
        ------
        TransactionFailed
            If it was not mined in time (it stays in the journal), or ran out of gas.
        ContractReverted
            If it reverted although the estimate had passed.
        """
        deadline = self.deadline() if deadline is None else deadline
        pause, watch = FIRST_POLL_SECONDS, Watch(self)
        versions = self.journal.versions(entry)[entry.id]
        while (receipt := self.final_receipt(versions)) is None:
            if watch.look(entry.nonce):
                if (entry := self.journal.again(entry)).status == DROPPED:
                    raise self.why_dropped(entry)
                versions = self.journal.versions(entry)[entry.id]
            if time.monotonic() > deadline:
                raise not_final(entry, self.limits)
            time.sleep(pause)
            pause = min(pause * POLL_GROWTH, LAST_POLL_SECONDS)
        mined, status = as_mined(entry, versions, receipt), MINED if receipt["status"] == 1 else FAILED
        if (entry.status, entry.tx_hash) != (status, mined.tx_hash):
            self.journal.settle(mined, status, block=receipt["blockNumber"], gas_used=receipt["gasUsed"])
        if status == FAILED:
            self._explain(mined, receipt)
        return receipt

    def deadline(self) -> float:
        """Return until when what is sent now is waited for, by `time.monotonic`."""
        return time.monotonic() + self.limits.receipt_timeout_seconds

    def rebroadcast(self) -> list[Entry]:
        """Send unsettled transactions again and return those that can still be mined."""
        self._resumed = True
        if waiting := self.waiting():
            send_again(self, waiting, self.count("latest"))
            fill_gaps(self)
        return self.waiting()

    def resume_once(self) -> None:
        """Send unsettled transactions again, before the first one of this run."""
        if not self._resumed:
            self.rebroadcast()

    def _record(self, transaction: dict[str, Any], intent: str, spend: int, least: int) -> Entry:
        if not self.may_begin(intent):
            raise too_late_to_begin(intent)
        count = max(self.count("pending"), least)
        nonce = self.journal.next_nonce(self.node.network, self.signer.address, count)
        return self.record(transaction, intent, nonce, spend)

    def record(self, transaction: dict[str, Any], intent: str, nonce: int, spend: int = 0) -> Entry:
        """Sign a transaction and journal it; see `Journal.record`."""
        raw = self.signer.sign_transaction({**transaction, "nonce": nonce})
        return self.journal.record(
            network=self.node.network,
            sender=self.signer.address,
            intent=intent,
            nonce=nonce,
            tx_hash="0x" + keccak(raw).hex(),
            raw=raw,
            gas_limit=transaction["gas"],
            spend=spend,
            limits=self.limits.spending,
        )

    def resend(self, entry: Entry) -> bool:
        """Send again; False (and dropped) if it would show a secret too late, and nobody has seen it yet.

        Whatever a node says to it, short of nothing, is told and no more: it stops no other transaction.
        """
        if entry.status == MINED:  # a reorg took it out again
            self.journal.reopen(entry)
        if entry.status == PENDING and self.is_late(entry) and not self.is_public(entry):
            self.journal.settle(entry, DROPPED)
            return False
        try:
            return self.broadcast(entry)
        except NodeUnavailable:
            raise
        except ChainError as error:
            self.say(f"the node does not take transaction {entry.tx_hash} now: {error}")
            return True

    def why_dropped(self, entry: Entry) -> TransactionFailed:
        """Return why a transaction was given up that was pending before."""
        late = self.is_late(entry) and not self.was_shown(entry.intent)
        return too_late(entry) if late else lost(entry)

    def lose(self, entry: Entry) -> None:
        """Journal that a transaction can't be mined any more, and say so."""
        self.journal.settle(entry, DROPPED)
        self.say(f"{lost(entry)}. {lost(entry).hint}")

    def broadcast(self, entry: Entry, *, fresh: bool = False) -> bool:
        """Send a journalled transaction; False (and dropped) if its nonce went to another one.

        Parameters
        ----------
        entry : Entry
        fresh : bool, default False
            It was journalled just now, and never sent: if it is refused, its nonce is free again. Else
            somebody may have it still, so that it is given up only when another one is mined for sure.
        """
        with self.node.errors():
            try:
                self.node.web3.eth.send_raw_transaction(entry.raw)
            except (Web3RPCError, ContractLogicError, ValueError) as error:
                taken = self.judge(entry, str(error), fresh=fresh)
                if taken is None:
                    raise
                return taken
        self.note_shown([entry.intent])
        return True

    def judge(self, entry: Entry, answer: str, *, fresh: bool) -> bool | None:
        """Act on a node's refusal to take a transaction; None if it has to be told, see `broadcast`."""
        text = answer.lower()
        if any(part in text for part in _KNOWN):
            self.note_shown([entry.intent])
            return True
        if any(part in text for part in _USED_NONCE):
            return self._is_taken_up(entry, fresh)
        if not any(part in text for part in _REFUSED):
            return None
        if fresh:
            self.journal.settle(entry, DROPPED)
            return None
        if _TOO_LOW not in text:  # then it is offered more, see `stuck`
            self.say(f"the node does not take transaction {entry.tx_hash} now: {text[:200]}")
        return True

    def _is_taken_up(self, entry: Entry, fresh: bool) -> bool:
        """Tell whether a transaction whose nonce is used, or wanted by another one, may be mined itself."""
        if self.receipt(entry) is not None:
            return True
        if fresh:
            self.journal.settle(entry, DROPPED)
            return False
        if self.is_lost(entry):
            self.lose(entry)
            return False
        return True

    def failure(self, entry: Entry, receipt: Any) -> MarketplaceError:
        """Return why a mined transaction failed."""
        try:
            self._explain(entry, receipt)
        except MarketplaceError as error:
            return error

    def _explain(self, entry: Entry, receipt: Any) -> NoReturn:
        """Find out why a mined transaction failed, and raise that."""
        if receipt["gasUsed"] >= entry.gas_limit:
            raise TransactionFailed(f"transaction {entry.tx_hash} ran out of gas ({entry.gas_limit})")
        with self.node.errors():
            sent = self.node.web3.eth.get_transaction(entry.tx_hash)  # type: ignore[arg-type]
            again = {
                "from": sent["from"],
                "to": sent.get("to"),
                "data": sent["input"],
                "value": sent["value"],
            }
            self.node.web3.eth.call(again, receipt["blockNumber"])  # type: ignore[arg-type]
        raise TransactionFailed(f"transaction {entry.tx_hash} reverted in block {receipt['blockNumber']}")


def as_mined(entry: Entry, versions: Mapping[str, Version], receipt: Any) -> Entry:
    """Return a transaction in the version that was mined."""
    if len(versions) == 1:
        return entry
    tx_hash = "0x" + bytes(receipt["transactionHash"]).hex()
    raw = versions[tx_hash].raw
    return replace(entry, tx_hash=tx_hash, raw=raw, gas_limit=signed_fields(raw)["gas"])


def not_final(entry: Entry, limits: Limits) -> TransactionFailed:
    """Return what is said of a transaction that takes too long."""
    seconds = limits.receipt_timeout_seconds
    return TransactionFailed(f"transaction {entry.tx_hash} was not final after {seconds} s")


def pause_a_little() -> None:
    """Let another process have its turn, for a time of chance: so that two don't meet again and again."""
    time.sleep(random.uniform(0, TURN_SECONDS))
