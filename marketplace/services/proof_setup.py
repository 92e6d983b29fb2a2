"""Add the contract of proved scores, with its verifiers, to a deployment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from marketplace.chain import ChainClient, Deployment, Placed, save_deployment
from marketplace.chain.rpc import LOCAL_CHAIN_ID
from marketplace.config import Settings
from marketplace.errors import ChainError, ConfigError
from marketplace.proving.reference import is_insecure
from marketplace.proving.shapes import CIRCUITS, SHAPES, Shape
from marketplace.services.market import Market

VERIFIERS = {shape.verifier: shape for shape in SHAPES}
"""Verifiers by the names under which a deployment records them."""


def deploy_proofs(
    client: ChainClient,
    deployment: Deployment,
    on_step: Callable[[str, str, int], None] | None = None,
) -> Deployment:
    """Deploy the verifiers and `Proofs` beside the contracts of a deployment; nobody has rights in them.

    Parameters
    ----------
    client : ChainClient
        With a signer.
    deployment : Deployment
    on_step : callable (name, address, gas_used), optional

    Returns
    -------
    Deployment
        With the new contracts.

    Raises
    ------
    ChainError
        If a verifier is one that anybody can forge proofs for, and the chain is not a local one.
    """
    placed = dict(deployment.contracts)
    for name, shape in VERIFIERS.items():
        code = verifier_code(shape, client.chain_id)
        receipt = client.deploy_code(code, intent=f"deploy:{name}:{deployment.address('Vault')}")
        placed[name] = Placed(str(receipt.contract_address), receipt.block, receipt.tx_hash)
        if on_step is not None:
            on_step(name, placed[name].address, receipt.gas_used)
    verifiers = [placed[shape.verifier].address for shape in CIRCUITS]
    intent = f"deploy:Proofs:{verifiers[0]}"
    receipt = client.deploy("Proofs", deployment.address("Vault"), verifiers, intent=intent)
    placed["Proofs"] = Placed(str(receipt.contract_address), receipt.block, receipt.tx_hash)
    if on_step is not None:
        on_step("Proofs", placed["Proofs"].address, receipt.gas_used)
    parameters = deployment.parameters | {"verifiers": verifiers}  # for who verifies sources
    return replace(deployment, contracts=placed, parameters=parameters)


def add_proofs(
    settings: Settings, market: Market, on_step: Callable[[str, str, int], None] | None = None
) -> Path:
    """Add the contracts to the deployment of the settings' chain; return the file of its record."""
    if market.client.deployment is None:
        raise ConfigError("there is no deployment to add to", "deploy with: tessera deploy")
    fresh = deploy_proofs(market.client, market.client.deployment, on_step)
    path = settings.own_deployment_path(market.chain_id)
    save_deployment(fresh, path)
    return path


def require_local(chain_id: int) -> None:
    """Refuse to deploy verifiers that anybody can forge proofs for on any chain but a local one.

    Raises
    ------
    ChainError
    """
    for shape in VERIFIERS.values():
        verifier_code(shape, chain_id)


def verifier_code(shape: Shape, chain_id: int) -> str:
    """Return the code that deploys a circuit's verifier.

    Raises
    ------
    ChainError
        If its reference string is the local one, whose secret everybody knows, and the chain is not.
    """
    artifact: dict[str, Any] = shape.artifact()
    code = str(artifact["verifier"]["bytecode"])
    if chain_id != LOCAL_CHAIN_ID and is_insecure(code):
        raise ChainError(
            f"the verifier of {shape.name} is UNSAFE: anybody can forge proofs for it, and chain {chain_id} "
            "is not a local one",
            "make verifiers with the public reference string: docs/proving.md",
        )
    return code
