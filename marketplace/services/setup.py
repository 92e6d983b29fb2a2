"""Set up a market: deploy the contracts, and the local chain with its time and its money."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eth_account import Account
from web3 import Web3

from marketplace.chain import (
    TOKEN,
    ChainClient,
    Deployment,
    Journal,
    Limits,
    LocalChain,
    Localnet,
    LocalnetState,
    LocalSigner,
    Node,
    deploy_all,
    load_deployment,
    save_deployment,
    verify_deployment,
)
from marketplace.config import Settings
from marketplace.crypto.keystore import Wallet
from marketplace.errors import ChainError, ConfigError, DataError
from marketplace.services.accounts import checked_address
from marketplace.services.amounts import LAST_TIME, TOKEN_DECIMALS

COIN_WEI = 10**18
OnContract = Callable[[str, str, int], None]
"""Told of each contract: name, address, gas used."""


@dataclass(frozen=True)
class LocalMarket:
    """A local chain with the contracts on it.

    Parameters
    ----------
    state : LocalnetState
    deployment : Deployment
    fresh : bool
        The contracts were deployed just now.
    """

    state: LocalnetState
    deployment: Deployment
    fresh: bool


def deploy(
    settings: Settings,
    wallet: Wallet,
    *,
    token: str | None = None,
    parameters: Mapping[str, object] | None = None,
    on_contract: OnContract | None = None,
) -> Deployment:
    """Deploy every contract to the settings' chain and record where they are.

    Parameters
    ----------
    settings : Settings
    wallet : Wallet
        Pays for the gas; has no rights afterwards.
    token : str, optional
        The ERC-20 to trade in; a test token is deployed by default.
    parameters : mapping, optional
        Overrides ``seatBond``, ``submissionFee`` (token base units) and ``referee``.
    on_contract : callable, optional

    Raises
    ------
    ChainError
        No node, no coin for gas, or a token with other than 18 decimals.
    """
    node = _node(settings)
    if token is not None:
        token = checked_token(node, token)
    limits = Limits(
        confirmations=settings.confirmations,
        receipt_timeout_seconds=settings.receipt_timeout_seconds,
        max_fee_gwei=settings.max_fee_gwei,
        replace_after_seconds=settings.replace_after_seconds,
    )
    signer, journal = LocalSigner(wallet.account), Journal(settings.journal_path)
    client = ChainClient(node, None, signer, journal, limits=limits)
    deployment = deploy_all(client, token=token, parameters=parameters, on_step=on_contract)
    path = settings.own_deployment_path(node.chain_id)
    keep_record(path)
    save_deployment(deployment, path)
    return deployment


def checked_token(node: Node, token: str) -> str:
    """Return the checksummed address of a token that a market can trade in.

    Raises
    ------
    DataError
        If it is no address.
    ChainError
        If no contract is there, or it is not a token with 18 decimals.
    """
    token = checked_address(token)
    hint = "name an ERC-20 with 18 decimals that neither takes a fee nor rebases"
    if not node.has_code(token):
        raise ChainError(f"there is no contract at {token}", hint)
    abi: Any = [{"name": "decimals", "type": "function", "stateMutability": "view", "inputs": []}]
    abi[0]["outputs"] = [{"name": "", "type": "uint8"}]
    with node.errors():
        decimals = (
            node.web3.eth.contract(Web3.to_checksum_address(token), abi=abi).functions.decimals().call()
        )
    if decimals != TOKEN_DECIMALS:
        raise ChainError(f"the token at {token} does not have {TOKEN_DECIMALS} decimals", hint)
    return token


def keep_record(path: Path) -> Path | None:
    """Rename the record of an earlier deployment, so that a new one does not lose its addresses."""
    if not path.exists():
        return None
    number = next(n for n in itertools.count(1) if not path.with_stem(f"{path.stem}-{n}").exists())
    return path.rename(path.with_stem(f"{path.stem}-{number}"))


def start_localnet(
    settings: Settings, *, port: int | None = None, on_contract: OnContract | None = None
) -> LocalMarket:
    """Start the local chain, or find it running, with the contracts deployed.

    They are deployed by a throw-away account, since nobody has rights in them.

    Raises
    ------
    ChainError
        If anvil is missing or does not start.
    """
    state = _localnet(settings).start(port=port)
    node = Node(state.url, timeout_seconds=settings.rpc_timeout_seconds)
    path = settings.deployment_path(state.chain_id)
    try:
        deployment = load_deployment(path)
        verify_deployment(node, deployment)
        return LocalMarket(state, deployment, False)
    except (ConfigError, ChainError):
        deployment = deploy_to_localnet(node, on_contract)
        save_deployment(deployment, settings.own_deployment_path(state.chain_id))
        return LocalMarket(state, deployment, True)


def deploy_to_localnet(node: Node, on_contract: OnContract | None = None) -> Deployment:
    """Deploy the contracts to a local chain by an account that is thrown away."""
    return deploy_all(throw_away_client(node), on_step=on_contract)


def throw_away_client(node: Node) -> ChainClient:
    """Return a client of a local chain that signs for an account with coin, made for this once."""
    signer = LocalSigner(Account.create())
    LocalChain(node).set_balance(signer.address, 1000 * COIN_WEI)
    return ChainClient(node, None, signer, Journal(None))


def stop_localnet(settings: Settings) -> bool:
    """Stop the local chain; tell whether one ran. What was on it is gone."""
    return _localnet(settings).stop()


def localnet_state(settings: Settings) -> LocalnetState | None:
    """Return the local chain of the settings' folder if it runs."""
    return _localnet(settings).status()


def with_localnet(settings: Settings) -> Settings:
    """Point the settings at the running local chain, unless they name another node."""
    default = Settings.__dataclass_fields__["rpc_url"].default
    if settings.rpc_url != default or not settings.localnet_path.is_dir():
        return settings
    state = localnet_state(settings)
    return settings if state is None else replace(settings, rpc_url=state.url)


def check_chain(settings: Settings) -> None:
    """Make sure that a node answers and that the recorded contracts are on its chain.

    Raises
    ------
    ConfigError
        No deployment is recorded.
    ChainError
        No node, another network, or a chain that was started anew.
    """
    node = _node(settings)
    deployment = load_deployment(settings.deployment_path(node.chain_id))
    if deployment.chain_id == node.chain_id and not node.has_code(deployment.address("Vault")):
        raise ChainError(
            f"wrong network: the recorded contracts are not on the chain at {node.where}",
            "if it was started anew: tessera deploy, or tessera localnet start",
        )


def faucet(settings: Settings, address: str, tokens: int, coin_wei: int = COIN_WEI) -> tuple[int, int]:
    """Give an address test tokens (base units) and coin for gas; return its new balances.

    Raises
    ------
    ChainError
        If the node is not a local chain.
    """
    node, address = _node(with_localnet(settings)), checked_address(address)
    local = LocalChain(node)
    deployment = load_deployment(settings.deployment_path(node.chain_id))
    local.set_balance(address, node.balance_wei(address) + coin_wei)
    if tokens:
        local.mint(deployment.token, address, tokens)
    return ChainClient(node, deployment).call(TOKEN, "balanceOf", address), node.balance_wei(address)


def pass_time(settings: Settings, seconds: int) -> int:
    """Move the local chain's time on; return its new time, Unix seconds.

    Raises
    ------
    DataError
        If calendars end before.
    """
    node = _node(with_localnet(settings))
    if node.block().timestamp + seconds > LAST_TIME:
        raise DataError("time can't be moved beyond the year 9999", "move it on by less")
    return LocalChain(node).advance(seconds)


def _localnet(settings: Settings) -> Localnet:
    return Localnet(settings.localnet_path, settings.anvil)


def _node(settings: Settings) -> Node:
    return Node(settings.rpc_url, timeout_seconds=settings.rpc_timeout_seconds)
