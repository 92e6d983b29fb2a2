"""One account as its node and its journal see it: nonces, prices, and what became of its transactions.

Nothing is signed or sent here: see `Sender`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from web3 import Web3
from web3.exceptions import TransactionIndexingInProgress, TransactionNotFound
from web3.types import BlockIdentifier

from marketplace.chain.calls import Call, Limits
from marketplace.chain.fees import GWEI, offer, own_gas
from marketplace.chain.journal import Entry, Journal, Version
from marketplace.chain.journal_batch import expires_at, note_shown, shown_of
from marketplace.chain.journal_tables import MINED
from marketplace.chain.rpc import LOCAL_CHAIN_ID, NO_GAS_HINT, Node
from marketplace.chain.signer import Signer
from marketplace.chain.spending import require_within
from marketplace.errors import ChainError

SURE_DEPTH = 8
"""Blocks back, at least, at which a nonce must be used before what had it is given up: of several nodes
behind one address some lag, and have no receipt yet of what another one counts already."""

MOST_DEPTH = 100
"""Blocks back of which a node still knows the state: commonly 128."""

_NOT_FOUND = (TransactionNotFound, TransactionIndexingInProgress)
"""The second is geth's answer, in place of none, while it still sorts the transactions of new blocks."""


@dataclass
class AccountView:
    """What is known of one account.

    Parameters
    ----------
    node : Node
    signer : Signer
    journal : Journal
    limits : Limits
    tell : callable (str), optional
        Told what happens to transactions that are not mined.
    """

    node: Node
    signer: Signer
    journal: Journal
    limits: Limits
    tell: Callable[[str], None] | None = None
    _said: str = field(default="", init=False)

    def say(self, text: str) -> None:
        """Tell something, once."""
        if text != self._said and self.tell is not None:
            self.tell(text)
        self._said = text

    def count(self, which: BlockIdentifier) -> int:
        """Return how many transactions the account has made at a block, or with those that wait."""
        with self.node.errors():
            address = Web3.to_checksum_address(self.signer.address)
            return self.node.web3.eth.get_transaction_count(address, which)

    def waiting(self, upto: int | None = None) -> list[Entry]:
        """Return the unsettled transactions of the account, by nonce, up to one."""
        found = self.journal.pending(self.node.network, self.signer.address)
        return found if upto is None else [one for one in found if one.nonce <= upto]

    def check_spending(self, spend: int) -> None:
        """Refuse early what the limits will not allow; `submit` has the last word.

        Only what was mined counts here: a pending transaction may be the very one that is repeated.

        Raises
        ------
        SpendingLimitReached
        """
        if self.limits.spending.is_set:
            before = self.journal.spent(self.node.network, self.signer.address, mined=True)
            require_within(self.limits.spending, spend, before)

    def fees(self) -> tuple[int, int, int]:
        """Return highest fee and tip for a unit of gas, wei, and the gas that a block takes.

        Raises
        ------
        ChainError
            If the network asks more than the limit.
        """
        base, tip, block_gas = self.market()
        found = offer(base, tip, self.limits.max_fee_gwei * GWEI)
        if found is None:
            raise ChainError(
                f"the network asks {(base + tip) / GWEI:.1f} gwei a unit of gas, above "
                f"{self.limits.max_fee_gwei}",
                "wait for lower fees, or raise TESSERA_MAX_FEE_GWEI",
            )
        return found.fee, found.tip, block_gas

    def market(self) -> tuple[int, int, int]:
        """Return base fee and tip that the network asks, wei a unit of gas, and the gas of a block."""
        with self.node.errors():
            newest = self.node.web3.eth.get_block("latest")
            tip = self.node.web3.eth.max_priority_fee
        return newest.get("baseFeePerGas", 0), tip, newest["gasLimit"]

    def prepare(self, call: Call) -> dict[str, Any]:
        """Return a transaction without its nonce: its gas estimated, fees as they are now."""
        sender, web3 = self.signer.address, self.node.web3
        fields = call.fields(sender)
        with self.node.errors():
            gas = call.gas_limit or web3.eth.estimate_gas(fields)  # type: ignore[arg-type]
        fee, tip, block_gas = self.fees()
        gas = own_gas(gas, block_gas) if call.gas_limit is None else min(gas, block_gas)
        self._check_balance(gas * fee + call.value_wei)
        del fields["from"]
        return {
            **fields,
            "chainId": self.node.chain_id,
            "type": 2,
            "gas": gas,
            "maxFeePerGas": fee,
            "maxPriorityFeePerGas": tip,
        }

    def _check_balance(self, cost_wei: int) -> None:
        have = self.node.balance_wei(self.signer.address)
        if have < cost_wei:
            raise ChainError(
                f"{self.signer.address} has {have / 10**18:.6f} coins for gas, the transaction may take "
                f"{cost_wei / 10**18:.6f}",
                NO_GAS_HINT,
            )

    def is_late(self, entry: Entry) -> bool:
        """Tell whether a transaction shows a secret, and it is too late to show that for the first time."""
        until = expires_at(self.journal, entry.network, entry.sender, entry.intent)
        return until is not None and self.latest_time() > until

    def latest_time(self) -> float:
        """Return the time of the newest block, or this computer's if that is later; Unix seconds."""
        return max(self.node.block().timestamp, time.time())

    def may_begin(self, intent: str) -> bool:
        """Tell whether it is not too late to send an intent's first transaction: see `is_late`."""
        until = expires_at(self.journal, self.node.network, self.signer.address, intent)
        return until is None or self.latest_time() <= until or self.was_shown(intent)

    def was_shown(self, intent: str) -> bool:
        """Tell whether a node has taken a transaction of an intent that shows a secret."""
        return bool(shown_of(self.journal, self.node.network, self.signer.address, [intent]))

    def note_shown(self, intents: Sequence[str]) -> None:
        """Write that a node has taken the transactions of intents."""
        note_shown(self.journal, self.node.network, self.signer.address, intents)

    def is_public(self, entry: Entry) -> bool:
        """Tell whether others may have a transaction: it was in a block, or a node took it, or has it."""
        if entry.status == MINED or entry.block is not None or self.was_shown(entry.intent):
            return True
        if self.is_known(entry):
            self.note_shown([entry.intent])
            return True
        return False

    def is_lost(self, entry: Entry) -> bool:
        """Tell whether a transaction can't be mined any more: its nonce is used, for good, by another one."""
        least = 1 if self.node.chain_id == LOCAL_CHAIN_ID else SURE_DEPTH
        depth = min(max(self.limits.confirmations, least), MOST_DEPTH)
        deep = max(self.node.block().number - depth + 1, 0)
        if self.count(deep) <= entry.nonce:
            return False
        try:  # after the count: one that is mined in between is seen
            return self._first_receipt(self.journal.versions(entry)[entry.id], sure=True) is None
        except ChainError:
            return False  # not known yet

    def is_known(self, entry: Entry) -> bool:
        """Tell whether the node has a transaction, in any version, mined or waiting."""
        return any(map(self.has, self.journal.versions(entry)[entry.id]))

    def has(self, tx_hash: str) -> bool:
        """Tell whether the node has a transaction of a hash, mined or waiting."""
        with self.node.errors():
            try:
                self.node.web3.eth.get_transaction(tx_hash)  # type: ignore[arg-type]
            except _NOT_FOUND:
                return False
        return True

    def receipt(self, entry: Entry) -> Any:
        """Return the receipt of whichever version was mined; None if none was."""
        return self._first_receipt(self.journal.versions(entry)[entry.id])

    def final_receipt(self, versions: Mapping[str, Version]) -> Any:
        """Return the receipt of a version that is as deep as the limits ask; None if there is none yet."""
        receipt = self._first_receipt(versions)
        if receipt is None or self.limits.confirmations == 1:
            return receipt
        newest = self.node.block().number
        return receipt if newest - receipt["blockNumber"] + 1 >= self.limits.confirmations else None

    def _first_receipt(self, versions: Mapping[str, Version], *, sure: bool = False) -> Any:
        """Return the receipt of a version; with ``sure`` a node that does not know yet is an error."""
        for tx_hash in versions:
            with self.node.errors():
                try:
                    return self.node.web3.eth.get_transaction_receipt(tx_hash)  # type: ignore[arg-type]
                except _NOT_FOUND as error:
                    if sure and not isinstance(error, TransactionNotFound):
                        raise
        return None
