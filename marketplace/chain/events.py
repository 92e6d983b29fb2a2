"""Logs decoded by ABI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.exceptions import DecodingError
from eth_utils.abi import event_abi_to_log_topic
from web3 import Web3
from web3.exceptions import Web3Exception

from marketplace.chain.artifacts import load_artifact


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
    web3 : Web3
        For its ABI codec.
    contracts : mapping of str to str
        Address by contract name; each name is that of a shipped artifact.
    """

    def __init__(self, web3: Web3, contracts: Mapping[str, str]) -> None:
        self._web3 = web3
        self._names = {address.lower(): name for name, address in contracts.items()}
        self._events: dict[str, dict[bytes, Any]] = {}  # by contract, made when one is needed

    def decode(self, logs: Iterable[Any]) -> tuple[Event, ...]:
        """Decode logs in their order; those of other contracts are left out."""
        found = (self._decode_one(log) for log in logs)
        return tuple(event for event in found if event is not None)

    def _decode_one(self, log: Any) -> Event | None:
        contract = self._names.get(str(log["address"]).lower())
        if contract is None:
            return None
        if contract not in self._events:
            self._events[contract] = _events_of(self._web3, contract)
        kind = self._events[contract].get(bytes(log["topics"][0])) if log["topics"] else None
        if kind is None:
            return None
        try:
            data = kind.process_log(log)
        except (Web3Exception, DecodingError):
            return None
        return Event.from_web3(contract, data)


def _events_of(web3: Web3, contract: str) -> dict[bytes, Any]:
    abi = load_artifact(contract).abi
    if not any(item["type"] == "event" for item in abi):
        return {}  # a library; web3 refuses to list none
    kinds: Any = web3.eth.contract(abi=abi).events
    return {bytes(event_abi_to_log_topic(kind.abi)): kind() for kind in kinds}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
