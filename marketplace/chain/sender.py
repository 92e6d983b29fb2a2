"""Sending transactions: estimated, signed, journalled, sent, and followed until they are final."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, NoReturn

from eth_utils import keccak
from web3 import Web3
from web3.exceptions import (
    ContractLogicError,
    TransactionIndexingInProgress,
    TransactionNotFound,
    Web3RPCError,
)

from marketplace.chain.journal import DROPPED, FAILED, MINED, PENDING, Entry, Journal, Taken
from marketplace.chain.journal_batch import expires_at
from marketplace.chain.rpc import NO_GAS_HINT, Node
from marketplace.chain.signer import Signer
from marketplace.chain.spending import SpendingLimits, require_within
from marketplace.errors import ChainError, MarketplaceError, TransactionFailed

GAS_MARGIN_PERCENT = 25
"""Added to an estimate: state may change before the block, and 1/64 stays behind at each call (EIP-150)."""

BASE_FEE_FACTOR = 2
"""Highest fee over the base fee: it can rise by 1/8 a block, so this lasts six full blocks (EIP-1559)."""

FIRST_POLL_SECONDS = 0.01
LAST_POLL_SECONDS = 2.0
POLL_GROWTH = 1.5
MAX_ATTEMPTS = 5
"""Tries to find a free nonce while others send from the same account."""

_GWEI = 10**9
_USED_NONCE = (
    "nonce too low",
    "already been used",
    "replacement transaction underpriced",
    "nonce is too low",
)
_REFUSED = (
    "insufficient funds",
    "intrinsic gas too low",
    "gas limit",
    "less than block base fee",
    "exceeds the configured cap",  # geth's --rpc.txfeecap
    "transaction underpriced",
    "oversized data",
    "initcode size",
)
"""Answers after which a transaction is surely not in the node's pool. Whatever takes its place gets the
same nonce, so that at most one of them is ever mined. After other answers it stays pending."""
_NOT_FOUND = (TransactionNotFound, TransactionIndexingInProgress)
"""The second is geth's answer, in place of none, while it still sorts the transactions of new blocks."""
_KNOWN = ("already known", "already imported", "known transaction", "alreadyknown")


@dataclass(frozen=True)
class Call:
    """A transaction to be made.

    Parameters
    ----------
    to : str or None
        None deploys a contract.
    data : str
        Hex.
    value_wei : int
    gas_limit : int or None
        None: estimated.
    """

    to: str | None
    data: str
    value_wei: int = 0
    gas_limit: int | None = None

    def fields(self, sender: str) -> dict[str, Any]:
        """Return the fields that a call and a transaction share."""
        found: dict[str, Any] = {"from": sender, "data": self.data, "value": self.value_wei}
        if self.to is not None:
            found["to"] = self.to
        return found


@dataclass(frozen=True)
class Limits:
    """How long to wait and how much to pay.

    Parameters
    ----------
    confirmations : int
        Blocks, its own included, that make a transaction final.
    receipt_timeout_seconds : float
    max_fee_gwei : int
        Highest fee per gas.
    spending : SpendingLimits
        How many tokens may leave the user's control.
    """

    confirmations: int = 1
    receipt_timeout_seconds: float = 180
    max_fee_gwei: int = 500
    spending: SpendingLimits = field(default_factory=SpendingLimits)


@dataclass
class Sender:
    """Sends one account's transactions.

    Parameters
    ----------
    node : Node
    signer : Signer
    journal : Journal
    limits : Limits
    """

    node: Node
    signer: Signer
    journal: Journal
    limits: Limits
    _resumed: bool = field(default=False, init=False)

    def find(self, intent: str) -> Entry | None:
        """Return the pending or mined transaction of an intent, sent again if the chain lost it."""
        entry = self.journal.find(self.node.network, self.signer.address, intent)
        if entry is None or self._receipt(entry) is not None or self._resend(entry):
            return entry
        return None

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
        """
        self.resume_once()
        transaction = self._prepare(call)
        for _ in range(MAX_ATTEMPTS):
            try:
                entry = self._record(transaction, intent, spend)
            except Taken:
                if (other := self.find(intent)) is not None:
                    return other
                continue
            if self.broadcast(entry):
                return entry
        raise TransactionFailed(f"no free nonce for {self.signer.address} after {MAX_ATTEMPTS} tries")

    def wait(self, entry: Entry) -> Any:
        """Wait until a transaction is final and journal what became of it.

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
        deadline = time.monotonic() + self.limits.receipt_timeout_seconds
        pause = FIRST_POLL_SECONDS
        while (receipt := self._final_receipt(entry)) is None:
            if time.monotonic() > deadline:
                seconds = self.limits.receipt_timeout_seconds
                raise TransactionFailed(f"transaction {entry.tx_hash} was not final after {seconds} s")
            time.sleep(pause)
            pause = min(pause * POLL_GROWTH, LAST_POLL_SECONDS)
        status = MINED if receipt["status"] == 1 else FAILED
        if entry.status != status:
            self.journal.settle(entry, status, block=receipt["blockNumber"], gas_used=receipt["gasUsed"])
        if status == FAILED:
            self._explain(entry, receipt)
        return receipt

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

    def rebroadcast(self) -> list[Entry]:
        """Send unsettled transactions again and return those that can still be mined."""
        self._resumed = True
        waiting = self.journal.pending(self.node.network, self.signer.address)
        return [e for e in waiting if self._receipt(e) is not None or self._resend(e)]

    def resume_once(self) -> None:
        """Send unsettled transactions again, before the first one of this run."""
        if not self._resumed:
            self.rebroadcast()

    def fees(self) -> tuple[int, int, int]:
        """Return highest fee and tip for a unit of gas, wei, and the gas that a block takes.

        Raises
        ------
        ChainError
            If the network asks more than the limit.
        """
        with self.node.errors():
            newest = self.node.web3.eth.get_block("latest")
            tip = self.node.web3.eth.max_priority_fee
        base, cap = newest.get("baseFeePerGas", 0), self.limits.max_fee_gwei * _GWEI
        if base + tip > cap:
            raise ChainError(
                f"the network asks {(base + tip) / _GWEI:.1f} gwei a unit of gas, above {cap // _GWEI}",
                "wait for lower fees, or raise TESSERA_MAX_FEE_GWEI",
            )
        fee = min(BASE_FEE_FACTOR * base + tip, cap)
        return fee, min(tip, fee), newest["gasLimit"]

    def _prepare(self, call: Call) -> dict[str, Any]:
        sender, web3 = self.signer.address, self.node.web3
        fields = call.fields(sender)
        with self.node.errors():
            gas = call.gas_limit
            if gas is None:
                estimate = web3.eth.estimate_gas(fields)  # type: ignore[arg-type]
                gas = estimate * (100 + GAS_MARGIN_PERCENT) // 100
        fee, tip, block_gas = self.fees()
        gas = min(gas, block_gas)
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

    def _record(self, transaction: dict[str, Any], intent: str, spend: int) -> Entry:
        sender, network = self.signer.address, self.node.network
        with self.node.errors():
            count = self.node.web3.eth.get_transaction_count(Web3.to_checksum_address(sender), "pending")
        nonce = self.journal.next_nonce(network, sender, count)
        raw = self.signer.sign_transaction({**transaction, "nonce": nonce})
        return self.journal.record(
            network=network,
            sender=sender,
            intent=intent,
            nonce=nonce,
            tx_hash="0x" + keccak(raw).hex(),
            raw=raw,
            gas_limit=transaction["gas"],
            spend=spend,
            limits=self.limits.spending,
        )

    def _resend(self, entry: Entry) -> bool:
        """Send again; False (and dropped) if it would show a secret too late, and nobody has seen it yet."""
        until = expires_at(self.journal, entry) if entry.status == PENDING else None
        late = until is not None and max(self.node.block().timestamp, time.time()) > until
        if late and not self.is_known(entry):
            self.journal.settle(entry, DROPPED)
            return False
        return self.broadcast(entry)

    def is_known(self, entry: Entry) -> bool:
        """Tell whether the node has a transaction, mined or waiting."""
        with self.node.errors():
            try:
                self.node.web3.eth.get_transaction(entry.tx_hash)  # type: ignore[arg-type]
            except _NOT_FOUND:
                return False
        return True

    def broadcast(self, entry: Entry) -> bool:
        """Send a journalled transaction; False (and dropped) if its nonce went to another one."""
        with self.node.errors():
            try:
                self.node.web3.eth.send_raw_transaction(entry.raw)
            except (Web3RPCError, ContractLogicError, ValueError) as error:
                text = str(error).lower()
                if any(part in text for part in _KNOWN):
                    return True
                if any(part in text for part in _USED_NONCE):
                    # Mined in the meantime, or another transaction took its nonce.
                    if self._receipt(entry) is not None:
                        return True
                    self.journal.settle(entry, DROPPED)
                    return False
                if any(part in text for part in _REFUSED):
                    self.journal.settle(entry, DROPPED)
                raise
        return True

    def _receipt(self, entry: Entry) -> Any:
        with self.node.errors():
            try:
                return self.node.web3.eth.get_transaction_receipt(entry.tx_hash)  # type: ignore[arg-type]
            except _NOT_FOUND:
                return None

    def _final_receipt(self, entry: Entry) -> Any:
        receipt = self._receipt(entry)
        if receipt is None or self.limits.confirmations == 1:
            return receipt
        newest = self.node.block().number
        return receipt if newest - receipt["blockNumber"] + 1 >= self.limits.confirmations else None

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
