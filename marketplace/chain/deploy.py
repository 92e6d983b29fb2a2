"""Deploy the contracts: each knows the others from its constructor, so addresses are predicted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from eth_utils import keccak, to_canonical_address, to_checksum_address

from marketplace.chain.artifacts import libraries_of, load_artifact
from marketplace.chain.client import ChainClient
from marketplace.chain.deployment import TOKEN, Deployment, Placed
from marketplace.chain.rpc import Node
from marketplace.errors import ChainError

ORDER = ("Vault", "Assets", "Exchange", "Operators", "Panels", "Bounties", "Referee")
"""Order of deployment, after the libraries they call; the i-th gets the deployer's nonce plus i."""

DEFAULT_PARAMETERS: dict[str, Any] = {
    "seatBond": 1_000 * 10**18,
    "submissionFee": 10**18,
}
"""Constructor values that are not addresses of these contracts, by parameter name; token base units."""


def create_address(deployer: str, nonce: int) -> str:
    """Return the address of the contract that a transaction of this nonce creates.

    References
    ----------
    Ethereum Yellow Paper, section 7 and appendix B (RLP). https://ethereum.github.io/yellowpaper/paper.pdf
    """
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    # RLP: a string of one byte below 0x80 is itself, others are 0x80 + length and the bytes.
    item = number if number and nonce < 0x80 else bytes((0x80 + len(number),)) + number
    body = bytes((0x80 + 20,)) + to_canonical_address(deployer) + item
    return str(to_checksum_address(keccak(bytes((0xC0 + len(body),)) + body)[12:]))


def deploy_all(
    client: ChainClient,
    *,
    token: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    on_step: Callable[[str, str, int], None] | None = None,
) -> Deployment:
    """Deploy every contract and check that each knows the others.

    Parameters
    ----------
    client : ChainClient
        With a signer that sends nothing else meanwhile; its deployment is not used.
    token : str, optional
        Address of the ERC-20 to use; a test token is deployed by default.
    parameters : mapping, optional
        Overrides `DEFAULT_PARAMETERS`, and the address of a contract: ``referee``, say.
    on_step : callable (name, address, gas_used), optional
        Told after each contract.

    Returns
    -------
    Deployment

    Raises
    ------
    ChainError
        If a contract came to lie elsewhere than predicted: the account sent something meanwhile.
    """
    client.resume()
    with client.node.errors():
        base = client.node.web3.eth.get_transaction_count(to_checksum_address(client.account))
    libraries = dict.fromkeys(library for name in ORDER for library in libraries_of(name))
    names = (*libraries, *(() if token else (TOKEN,)), *ORDER)
    addresses = {name: create_address(client.account, base + i) for i, name in enumerate(names)}
    values = {**DEFAULT_PARAMETERS, **(parameters or {})}
    values["token"] = to_checksum_address(token) if token else addresses[TOKEN]
    placed: dict[str, Placed] = {}
    for name in names:
        args = constructor_values(name, addresses, values).values()
        intent = f"deploy:{name}:{addresses[name]}"
        receipt = client.deploy(name, *args, intent=intent, libraries=addresses)
        if receipt.contract_address != addresses[name]:
            raise ChainError(
                f"{name} was deployed to {receipt.contract_address}, not to {addresses[name]}",
                "deploy again, from an account that sends nothing else meanwhile",
            )
        placed[name] = Placed(addresses[name], receipt.block, receipt.tx_hash)
        if on_step is not None:
            on_step(name, addresses[name], receipt.gas_used)
    kept = {name: value for name, value in values.items() if name != "token"}
    deployment = Deployment(client.chain_id, values["token"], placed, kept)
    verify_deployment(client.node, deployment)
    return deployment


def constructor_values(name: str, addresses: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a contract's constructor arguments: values by their own name, else addresses by contract name.

    Raises
    ------
    ValueError
        If an argument has no value.
    """
    found: dict[str, Any] = {}
    for item in load_artifact(name).abi:
        if item["type"] != "constructor":
            continue
        for argument in item["inputs"]:
            key = argument["name"]
            contract = key[:1].upper() + key[1:]
            if key in values:
                found[key] = values[key]
            elif contract in addresses:
                found[key] = addresses[contract]
            else:
                raise ValueError(f"no value for the argument {key} of {name}")
    return found


def verify_deployment(node: Node, deployment: Deployment) -> None:
    """Check that every contract has code and that its immutables name the others.

    Raises
    ------
    ChainError
        Naming the first contract that is missing or differs.
    """
    hint = "the file belongs to another chain or run: deploy again with: tessera deploy"
    if deployment.chain_id != node.chain_id:
        raise ChainError(
            f"wrong network: the contracts are on chain {deployment.chain_id}, this is {node.chain_id}", hint
        )
    addresses = {name: place.address for name, place in deployment.contracts.items()}
    for name in (TOKEN, *ORDER):
        if not node.has_code(deployment.address(name)):
            raise ChainError(f"there is no contract {name} at {deployment.address(name)}", hint)
    values = {**deployment.parameters, "token": deployment.token}
    for name in ORDER:
        contract = node.web3.eth.contract(to_checksum_address(addresses[name]), abi=load_artifact(name).abi)
        for key, expected in constructor_values(name, addresses, values).items():
            getter = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).upper()
            if not any(item.get("name") == getter for item in contract.abi):
                continue
            with node.errors():
                got = contract.functions[getter]().call()
            if got != expected:
                raise ChainError(f"{name}.{getter} is {got}, the deployment says {expected}", hint)
