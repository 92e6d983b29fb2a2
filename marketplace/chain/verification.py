"""What explorers need to compile deployed contracts again: sources, settings, arguments, libraries.

The sources ship with the package, packed, so that whoever deployed can show them without the repository.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from eth_abi.abi import encode

from marketplace.chain.artifacts import artifact_names, libraries_of, load_artifact
from marketplace.chain.deploy import constructor_values
from marketplace.chain.deployment import Deployment

_OUTPUTS = ["abi", "metadata", "evm.bytecode.object", "evm.deployedBytecode"]


@dataclass(frozen=True)
class Verification:
    """A deployed contract, and what it was compiled from.

    Parameters
    ----------
    name, address : str
    chain_id : int
    identifier : str
        Path and name, for instance ``contracts/Vault.sol:Vault``.
    compiler : str
        For instance ``0.8.30+commit.73712a01``.
    standard_input : dict
        The compiler's standard JSON: every source, the settings, the addresses of linked libraries.
    arguments : str
        Hex of the ABI-encoded constructor arguments, without 0x.
    libraries : dict of str to str
        Address by name.
    transaction : str
        Hash of the one that created it; empty where it was not recorded.
    """

    name: str
    address: str
    chain_id: int
    identifier: str
    compiler: str
    standard_input: dict[str, Any]
    arguments: str
    libraries: dict[str, str]
    transaction: str

    def for_sourcify(self) -> dict[str, Any]:
        """Return the body of ``POST /v2/verify/{chain}/{address}``.

        References
        ----------
        https://docs.sourcify.dev/docs/api/
        """
        body = {
            "stdJsonInput": self.standard_input,
            "compilerVersion": self.compiler,
            "contractIdentifier": self.identifier,
        }
        return body | ({"creationTransactionHash": self.transaction} if self.transaction else {})

    def for_etherscan(self) -> dict[str, str]:
        """Return the fields of ``verifysourcecode``, the source aside; it is the standard JSON.

        The arguments go under the name that is documented today, and under the misspelt one of old.

        References
        ----------
        https://docs.etherscan.io/contract-verification/verify-with-api
        """
        return {
            "codeformat": "solidity-standard-json-input",
            "contractaddress": self.address,
            "contractname": self.identifier,
            "compilerversion": f"v{self.compiler}",
            "constructorArguments": self.arguments,
            "constructorArguements": self.arguments,
        }


def verification_of(deployment: Deployment, name: str) -> Verification:
    """Return what it takes to verify one of a deployment's contracts.

    Raises
    ------
    ConfigError
        If the deployment has no such contract.
    """
    bundle = _bundle()
    path = bundle["contracts"][name]["path"]
    addresses = {one: placed.address for one, placed in deployment.contracts.items()}
    libraries = {library: deployment.address(library) for library in libraries_of(name)}
    linked: dict[str, dict[str, str]] = {}
    for library, address in libraries.items():
        linked[bundle["contracts"][library]["path"]] = {library: address}
    settings = {**bundle["settings"], "libraries": linked, "outputSelection": {path: {name: _OUTPUTS}}}
    sources = {one: {"content": bundle["sources"][one]} for one in bundle["contracts"][name]["sources"]}
    values = constructor_values(name, addresses, {**deployment.parameters, "token": deployment.token})
    return Verification(
        name=name,
        address=deployment.address(name),
        chain_id=deployment.chain_id,
        identifier=f"{path}:{name}",
        compiler=bundle["compiler"],
        standard_input={"language": "Solidity", "sources": sources, "settings": settings},
        arguments=encode(_argument_types(name), list(values.values())).hex(),
        libraries=libraries,
        transaction=deployment.contracts[name].transaction,
    )


def verifications(deployment: Deployment) -> list[Verification]:
    """Return it for every contract of a deployment; a token of others is not among them."""
    names = [name for name in deployment.contracts if name in artifact_names()]
    return [verification_of(deployment, name) for name in names]


def _argument_types(name: str) -> list[str]:
    for item in load_artifact(name).abi:
        if item["type"] == "constructor":
            return [argument["type"] for argument in item["inputs"]]
    return []


@cache
def _bundle() -> dict[str, Any]:
    packed = (resources.files("marketplace.chain") / "sources.json.gz").read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(packed))
    return found
