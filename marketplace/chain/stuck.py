"""What happens to transactions that are not mined: sent again, paid better, or given up.

Every version of a transaction is journalled before it is sent, so that it is known whichever is mined.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eth_utils import keccak

from marketplace.chain.fees import GWEI, Fees, fees_of, offer, signed_fields
from marketplace.chain.journal import Entry, Taken
from marketplace.errors import ChainError, TransactionFailed

if TYPE_CHECKING:
    from marketplace.chain.sender import Sender

LOOK_SECONDS = 10.0
"""Between two looks at what waits."""

PLAIN_GAS = 21_000
"""Gas of a transaction that only moves the chain's own coin (Yellow Paper, appendix G)."""


class Watch:
    """Looks after the unsettled transactions of an account while somebody waits for them.

    Parameters
    ----------
    sender : Sender
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._pause = min(LOOK_SECONDS, sender.limits.replace_after_seconds)
        self._next = time.monotonic() + self._pause
        self._nonce = self._block = -1
        self._since = 0.0

    def look(self, upto: int) -> bool:
        """Do what is due for transactions up to a nonce; tell whether the journal may have changed."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._pause
        sender, newest = self._sender, self._sender.node.block().number
        count = sender.count("latest")
        send_again(sender, sender.waiting(upto), count)
        fill_gaps(sender)
        if count != self._nonce:
            self._nonce, self._block, self._since = count, newest, now
        # Blocks came, and the first one is in none of them: it is not the chain that stands still.
        stuck = now - self._since >= sender.limits.replace_after_seconds and newest > self._block
        self._raise([one for one in sender.waiting(upto) if one.nonce >= count], stuck)
        if stuck:
            self._block, self._since = newest, now
        return True

    def _raise(self, waiting: Sequence[Entry], stuck: bool) -> None:
        """Offer more for what is stuck, and for what no block can take at today's base fee."""
        if not waiting:
            return
        sender = self._sender
        base, tip, _ = sender.market()
        most = sender.limits.max_fee_gwei * GWEI
        for entry in waiting:
            old = fees_of(entry.raw)
            if not stuck and old.fee >= base:
                continue
            new = old.raised(base, tip, most)
            if new is not None:
                _replace(sender, entry, old, new)
            else:
                asked = f"the network asks {_gwei(base + tip)} gwei a unit of gas"
                sender.say(
                    f"transaction {entry.tx_hash} is stuck: it offers {_gwei(old.fee)} gwei, {asked}, and "
                    f"more than {sender.limits.max_fee_gwei} may not be offered. Wait for lower fees, or "
                    "raise TESSERA_MAX_FEE_GWEI and run the same command again"
                )


def send_again(sender: Sender, entries: Sequence[Entry], count: int) -> None:
    """Send what the node's pool lost, and give up what can't be mined any more.

    Parameters
    ----------
    sender : Sender
    entries : sequence of Entry
    count : int
        Transactions of the account that are mined.
    """
    unmined = [one for one in entries if one.nonce >= count]
    for entry in unmined:
        if not sender.has(entry.tx_hash):
            sender.resend(entry)
    for entry in entries:
        if entry.nonce < count and sender.is_lost(entry):
            sender.lose(entry)


def fill_gaps(sender: Sender) -> None:
    """Use up nonces that later transactions wait for and nobody has, by sending nothing to oneself.

    A transaction that must not be sent any more, because it would show a secret too late, leaves such a gap.
    """
    taken = {one.nonce for one in sender.waiting()}
    if not taken:
        return
    for nonce in range(sender.count("pending"), max(taken)):
        if nonce not in taken and nonce >= sender.count("pending"):
            _fill(sender, nonce)


def _fill(sender: Sender, nonce: int) -> None:
    base, tip, _ = sender.market()
    fees = offer(base, tip, sender.limits.max_fee_gwei * GWEI)
    if fees is None:
        sender.say(
            f"nonce {nonce} was left out, and later transactions wait for it: an empty one would take it, "
            f"but the network asks {_gwei(base + tip)} gwei a unit of gas, above "
            f"{sender.limits.max_fee_gwei}. Wait for lower fees, or raise TESSERA_MAX_FEE_GWEI and run the "
            "same command again"
        )
        return
    transaction = {
        "to": sender.signer.address,
        "data": "0x",
        "value": 0,
        "chainId": sender.node.chain_id,
        "type": 2,
        "gas": PLAIN_GAS,
        "maxFeePerGas": fees.fee,
        "maxPriorityFeePerGas": fees.tip,
    }
    try:
        entry = sender.record(transaction, f"fill:{nonce}:{int(time.time())}", nonce)
    except Taken:
        return  # another process did
    sender.say(f"nonce {nonce} was left out: an empty transaction takes it, as later ones wait for it")
    try:
        sender.broadcast(entry, fresh=True)
    except ChainError as error:  # tried again at the next look
        sender.say(f"transaction {entry.tx_hash} was not taken: {error}")


def _replace(sender: Sender, entry: Entry, old: Fees, new: Fees) -> None:
    fields = {**signed_fields(entry.raw), "maxFeePerGas": new.fee, "maxPriorityFeePerGas": new.tip}
    raw = sender.signer.sign_transaction(fields)
    try:
        newer = sender.journal.replace(entry, "0x" + keccak(raw).hex(), raw)
    except Taken:
        return  # settled, or another process was quicker
    sender.say(
        f"transaction {entry.tx_hash} waits: sent again for at most {_gwei(new.fee)} gwei a unit of gas "
        f"instead of {_gwei(old.fee)}, as {newer.tx_hash}"
    )
    try:
        sender.broadcast(newer)
    except ChainError as error:  # the old version waits still; the new one is tried at the next look
        sender.say(f"transaction {newer.tx_hash} was not taken: {error}")


def lost(entry: Entry) -> TransactionFailed:
    """Return what is said of a transaction that can't be mined any more."""
    return TransactionFailed(
        f"transaction {entry.tx_hash} ({entry.intent.split(':')[0]}) was never made and can't be any more: "
        f"nonce {entry.nonce} of {entry.sender} went to another one, sent from elsewhere with the same key",
        "run its command again if it is wanted still, and use a wallet on one computer at a time",
    )


def too_late(entry: Entry) -> TransactionFailed:
    """Return what is said of a transaction whose time was over before anybody had it."""
    return TransactionFailed(
        f"transaction {entry.tx_hash} ({entry.intent.split(':')[0]}) was given up: it shows a secret, no "
        "node has it, and too little time is left to show it safely",
        "see what is due now with the show command",
    )


def too_late_to_begin(intent: str) -> TransactionFailed:
    """Return what is said of what shows a secret, and was not ready in time."""
    return TransactionFailed(
        f"too late for this transaction ({intent.split(':')[0]}): it shows a secret, and by the chain's "
        "clock or this computer's too little time is left to show it safely; nothing was sent",
        "see what is due now with the show command; if a clock is wrong: tessera doctor",
    )


def _gwei(wei: int) -> str:
    return f"{wei / GWEI:.4g}"
