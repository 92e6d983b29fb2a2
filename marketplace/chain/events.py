"""Logs decoded by ABI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.chain.index_decode import BadLog, codecs_of


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log.

    Parameters
    ----------
    contract, name : str
    args : dict of str to object
        Values by parameter name; a struct is a dict, ``bytes32`` are bytes.
    block : int
        Number of its block.
    block_hash, tx_hash : str
    log_index : int
        Position in the block.
    """

    contract: str
    name: str
    args: dict[str, Any]
    block: int
    block_hash: str
    tx_hash: str
    log_index: int

    @classmethod
    def from_web3(cls, contract: str, data: Mapping[str, Any]) -> Event:
        """Take over what web3 has decoded."""
        return cls(
            contract,
            data["event"],
            _plain(data["args"]),
            data["blockNumber"],
            "0x" + bytes(data["blockHash"]).hex(),
            "0x" + bytes(data["transactionHash"]).hex(),
            data["logIndex"],
        )

    def __getitem__(self, name: str) -> Any:
        return self.args[name]


class EventDecoder:
    """Decode logs of known contracts.

    Parameters
    ----------
    contracts : mapping of str to str
        Address by contract name; each name is that of a shipped artifact.
    """

    def __init__(self, contracts: Mapping[str, str]) -> None:
        self._names = {address.lower(): name for name, address in contracts.items()}

    def decode(self, logs: Iterable[Any]) -> tuple[Event, ...]:
        """Decode logs in their order; those of other contracts are left out."""
        found = (self._decode_one(log) for log in logs)
        return tuple(event for event in found if event is not None)

    def _decode_one(self, log: Any) -> Event | None:
        contract = self._names.get(str(log["address"]).lower())
        if contract is None:
            return None
        topics = [bytes(topic) for topic in log["topics"]]
        codec = codecs_of(contract).get(topics[0]) if topics else None
        if codec is None:
            return None
        try:
            args = codec.decode(topics[1:], bytes(log["data"]))
        except BadLog:
            return None
        where = ("0x" + bytes(log["blockHash"]).hex(), "0x" + bytes(log["transactionHash"]).hex())
        return Event(contract, codec.name, args, log["blockNumber"], *where, log["logIndex"])


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
