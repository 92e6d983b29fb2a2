"""A transaction that a reorg took out, and that says what is not true any more.

An order, for instance, carries its deadline; mined at another time it has another one, and a settlement
that names the old one is refused. Sent again as it is, it would cost its gas for nothing. So it is tried
first, and if it would be refused, its command's transaction of now is signed in its place: with the same
nonce, as another version of the same entry, so that whichever is mined counts, and only one can be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eth_utils import keccak

from marketplace.chain.fees import signed_fields
from marketplace.chain.journal import Entry, Taken
from marketplace.errors import ChainError, ContractReverted

if TYPE_CHECKING:
    from marketplace.chain.calls import Call
    from marketplace.chain.sender import Sender


def renewed(sender: Sender, entry: Entry, anew: Callable[[], Call]) -> Entry:
    """Return a transaction that was mined once and is not now, in a version that can be mined.

    It stays as it is if nothing is wrong with it; if the node has it; if its nonce is used; if it shows a
    secret, and it is too late to show one for the first time; if another account is called now, or another
    value sent; and if what its command wants now is refused too, while other transactions of the account,
    on which that may hang, are to come before it.

    Parameters
    ----------
    sender : Sender
    entry : Entry
        One that spends nothing: what it spends is journalled with it, and a new version might spend more.
    anew : callable
        Gives what its command wants now.

    Raises
    ------
    ContractReverted
        If both are refused, and nothing comes before it: nothing is sent then.
    """
    turn = sender.count("latest")
    if entry.nonce < turn or sender.is_known(entry) or sender.is_late(entry):
        return entry
    refusal = _refusal(sender, entry)
    if refusal is None:
        return entry
    call, old = anew(), signed_fields(entry.raw)
    if ((call.to or "").lower(), call.value_wei) != (old.get("to", "").lower(), old["value"]):
        return entry
    try:
        transaction = sender.prepare(call)
    except ContractReverted:
        if entry.nonce == turn:
            raise
        return entry
    if transaction["data"] == old["data"]:
        return entry  # the chain has moved on since it was tried
    sender.journal.reopen(entry)
    raw = sender.signer.sign_transaction({**transaction, "nonce": entry.nonce})
    try:
        newer = sender.journal.replace(entry, "0x" + keccak(raw).hex(), raw)
    except Taken:  # another process was quicker, or has its nonce
        return sender.journal.again(entry)
    sender.say(
        f"transaction {entry.tx_hash} was taken out of the chain and would be refused now ({refusal.name}): "
        f"sent anew, as {newer.tx_hash}"
    )
    return sender.journal.again(newer)


def _refusal(sender: Sender, entry: Entry) -> ContractReverted | None:
    """Return what a contract says to a transaction in the newest block, if it refuses it."""
    fields = signed_fields(entry.raw)
    call: Any = {name: fields[name] for name in ("to", "data", "value", "gas") if name in fields}
    call["from"] = sender.signer.address
    try:
        with sender.node.errors():
            sender.node.web3.eth.call(call, "latest")
    except ContractReverted as error:
        return error
    except ChainError:
        return None  # whatever it is, sending tells
    return None
