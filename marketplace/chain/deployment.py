"""Where the contracts of a chain are, read from a file and checked against the chain."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_utils import is_address, to_checksum_address

from marketplace.chain.artifacts import artifact_names
from marketplace.constants import MAX_RECORD_BYTES
from marketplace.durable import atomic_writer
from marketplace.errors import ConfigError
from marketplace.foreign import read_text

TOKEN = "TestToken"
"""Name by which the deployment's ERC-20 is called, whichever token it is."""

PUBLIC_MODE = 0o644
"""Of a deployment's file: whoever uses the contracts may read where they are."""

_HINT = "deploy the contracts with: tessera deploy; or name one of tessera deploy list in TESSERA_DEPLOYMENT"


@dataclass(frozen=True)
class Placed:
    """A contract's place.

    Parameters
    ----------
    address : str
        Checksummed.
    block : int
        Its logs begin here.
    transaction : str
        Hash of the one that created it; empty where it was not recorded.
    """

    address: str
    block: int
    transaction: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the place as plain data."""
        known = {"transaction": self.transaction} if self.transaction else {}
        return {"address": self.address, "block": self.block, **known}


@dataclass(frozen=True)
class Deployment:
    """The contracts of one chain.

    Parameters
    ----------
    chain_id : int
    token : str
        Address of the ERC-20 that the Vault holds.
    contracts : dict of str to Placed
        By contract name.
    parameters : dict of str to object
        Constructor values that are not addresses of these contracts.
    """

    chain_id: int
    token: str
    contracts: dict[str, Placed]
    parameters: dict[str, Any] = field(default_factory=dict)

    def address(self, contract: str) -> str:
        """Return a contract's address; `TOKEN` is the token whatever it is.

        Raises
        ------
        ConfigError
            If the deployment has no such contract.
        """
        if contract == TOKEN:
            return self.token
        if contract not in self.contracts:
            raise ConfigError(f"the deployment on chain {self.chain_id} has no {contract}", _HINT)
        return self.contracts[contract].address

    def first_block(self, contract: str) -> int:
        """Return the block in which a contract's logs begin."""
        placed = self.contracts.get(contract)
        return placed.block if placed else min((p.block for p in self.contracts.values()), default=0)

    def addresses(self) -> dict[str, str]:
        """Return every address by contract name, of contracts whose ABI is shipped."""
        found = {name: placed.address for name, placed in self.contracts.items()} | {TOKEN: self.token}
        return {name: address for name, address in found.items() if name in artifact_names()}


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file.

    Raises
    ------
    ConfigError
        If it is missing or malformed.
    """
    try:
        return _parse(json.loads(read_text(path, MAX_RECORD_BYTES)))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no deployment file {path}", _HINT) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(f"the deployment file {path} can't be used: {error!r}", _HINT) from error


def save_deployment(deployment: Deployment, path: Path) -> None:
    """Write a deployment file, whole or not at all.

    Raises
    ------
    ConfigError
        If it can't be written.
    """
    contracts = {name: placed.to_json() for name, placed in deployment.contracts.items()}
    data = {
        "chain_id": deployment.chain_id,
        "token": deployment.token,
        "contracts": contracts,
        "parameters": deployment.parameters,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_writer(path) as sink:
            os.fchmod(sink.fileno(), PUBLIC_MODE)
            sink.write((json.dumps(data, indent=2) + "\n").encode())
    except OSError as error:
        raise ConfigError(f"can't write {path}: {error.strerror}", "check TESSERA_HOME") from error


def _parse(data: Mapping[str, Any]) -> Deployment:
    contracts = {
        name: Placed(_address(item["address"]), _number(item["block"]), _hash(item.get("transaction", "")))
        for name, item in data["contracts"].items()
    }
    parameters = dict(data.get("parameters", {}))
    return Deployment(_number(data["chain_id"]), _address(data["token"]), contracts, parameters)


def _address(value: Any) -> str:
    if not is_address(value):
        raise ValueError(f"not an address: {value!r}")
    return str(to_checksum_address(value))


def _hash(value: Any) -> str:
    if value and not re.fullmatch(r"0x[0-9a-f]{64}", value):
        raise ValueError(f"not a transaction: {value!r}")
    return str(value)


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"not a number: {value!r}")
    return value
