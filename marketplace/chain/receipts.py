"""What a transaction did, and one that is under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.chain.events import Event, EventDecoder
from marketplace.chain.journal import Entry
from marketplace.errors import ChainError


@dataclass(frozen=True)
class Receipt:
    """What a mined transaction did.

    Parameters
    ----------
    tx_hash : str
    block : int
    block_hash : str
    sender : str
    gas_used : int
    gas_price_wei : int
        Effective price of one unit of gas.
    events : tuple of Event
        Those of the deployment's contracts, in order.
    contract_address : str or None
        Of a deployed contract.
    reused : bool
        The intent had been sent before; this is what it did then.
    renewed : bool
        A reorg took out what had been sent before, and it was signed anew, as it would have been refused.
    """

    tx_hash: str
    block: int
    block_hash: str
    sender: str
    gas_used: int
    gas_price_wei: int
    events: tuple[Event, ...]
    contract_address: str | None = None
    reused: bool = False
    renewed: bool = False

    def __repr__(self) -> str:
        """Say what it is in a line; the fields have the rest."""
        seen = ", ".join(f"{event.contract}.{event.name}" for event in self.events) or "no events"
        return f"<Receipt {self.tx_hash[:12]}: block {self.block}, gas {self.gas_used:,}, {seen}>"

    @classmethod
    def from_web3(cls, submitted: Submitted, receipt: Any, decoder: EventDecoder) -> Receipt:
        """Take over web3's receipt, its logs decoded."""
        return cls(
            tx_hash="0x" + bytes(receipt["transactionHash"]).hex(),
            block=receipt["blockNumber"],
            block_hash="0x" + bytes(receipt["blockHash"]).hex(),
            sender=submitted.entry.sender,
            gas_used=receipt["gasUsed"],
            gas_price_wei=receipt["effectiveGasPrice"],
            events=decoder.decode(receipt["logs"]),
            contract_address=receipt.get("contractAddress"),
            reused=submitted.reused,
            renewed=submitted.renewed,
        )

    @property
    def history(self) -> str:
        """What a reader has to know of how it came about, in brackets; empty for what was sent just now."""
        if self.renewed:
            return " (sent anew: a reorg had taken it out)"
        return " (sent before)" if self.reused else ""

    @property
    def cost_wei(self) -> int:
        """What the gas cost, wei."""
        return self.gas_used * self.gas_price_wei

    def event(self, name: str) -> Event:
        """Return the first event of a name.

        Raises
        ------
        ChainError
            If the transaction emitted none.
        """
        for event in self.events:
            if event.name == name:
                return event
        raise ChainError(f"transaction {self.tx_hash} emitted no {name}")


@dataclass(frozen=True)
class Submitted:
    """A transaction that was sent and journalled.

    Parameters
    ----------
    entry : Entry
    reused : bool
        It was sent by an earlier call with the same intent.
    renewed : bool
        A reorg took that one out, and it was signed anew.
    """

    entry: Entry
    reused: bool
    renewed: bool = False
