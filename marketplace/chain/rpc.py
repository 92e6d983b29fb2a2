"""One node behind a JSON-RPC address: connection, blocks, and errors in plain words."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3Exception, Web3RPCError
from web3.providers import BaseProvider, JSONBaseProvider
from web3.types import BlockIdentifier, RPCEndpoint

from marketplace.chain.provider import BoundedProvider
from marketplace.chain.reverts import shipped_errors
from marketplace.errors import ChainError, NodeUnavailable

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
NO_GAS_HINT = "send it some of the chain's own coin; on a local chain: tessera localnet faucet"
SLOW_HINT = "run the command again, it goes on; TESSERA_RPC_TIMEOUT_SECONDS gives the node more time"
LOCAL_CHAIN_ID = 31337
"""Anvil's own, of a chain on this computer, whose owner may wind it back. https://getfoundry.sh/anvil/reference/"""

BEHIND_SECONDS = 3.0
"""How long a node that was further before is waited for."""

BEHIND_HINT = "run the command again when it has caught up, or use another TESSERA_RPC_URL"

SEEN_BLOCKS = 512
"""Newest blocks that are remembered, to tell a node that is behind from a reorg."""


@dataclass(frozen=True, slots=True)
class Block:
    """The block that reads are pinned to.

    Parameters
    ----------
    number : int
    hash : str
    timestamp : int
        Unix time, seconds.
    """

    number: int
    hash: str
    timestamp: int


class Node:
    """A JSON-RPC node.

    Parameters
    ----------
    endpoint : str or web3.providers.BaseProvider
        Address, or a provider (tests give a fake one).
    timeout_seconds : float
        For one answer.

    Attributes
    ----------
    is_own : bool
        On this computer, so that nobody else sees what it is asked.
    """

    def __init__(self, endpoint: str | BaseProvider, *, timeout_seconds: float = 30) -> None:
        if isinstance(endpoint, str):
            self.where = _without_secrets(endpoint)
            session = requests.Session()
            # Proxies of the environment are for far nodes; looking them up costs a third of a local request.
            self.is_own = urlsplit(endpoint).hostname in _LOOPBACK
            session.trust_env = not self.is_own
            provider: BaseProvider = BoundedProvider(endpoint, timeout_seconds, session, self.where)
        else:
            self.where, self.is_own, provider = "the given provider", True, endpoint
        self._seen: dict[int, str] = {}
        self.pin: Block | None = None
        # Without web3's middleware, which asks for the chain id before every call and estimate.
        self.web3 = Web3(provider, middleware=[])

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Translate what goes wrong inside into `ChainError` and its children."""
        try:
            yield
        except ContractLogicError as error:
            raise shipped_errors().decode(_revert_data(error.data)) from error
        except Web3RPCError as error:
            if reverted := _rpc_revert(error):
                raise shipped_errors().decode(reverted) from error
            message = _rpc_message(error)
            if "insufficient funds" in message.lower():
                raise ChainError(f"not enough coin for gas: {message}", NO_GAS_HINT) from error
            raise ChainError(f"the node at {self.where} refused: {message}") from error
        except requests.Timeout as error:
            raise NodeUnavailable(f"the node at {self.where} did not answer in time", SLOW_HINT) from error
        except OSError as error:
            raise NodeUnavailable(f"no node answers at {self.where}") from error
        except Web3Exception as error:
            text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise NodeUnavailable(f"the node at {self.where} answered what can't be used: {text}") from error

    def request(self, method: str, *params: Any) -> Any:
        """Make one JSON-RPC request and return its result.

        Raises
        ------
        ChainError
        """
        with self.errors():
            return self.web3.manager.request_blocking(RPCEndpoint(method), list(params))

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Make several JSON-RPC requests at once and return their results in order.

        One after the other where the node, or the given provider, takes no batches.

        Raises
        ------
        ChainError
        """
        if len(requests) > 1 and isinstance(self.web3.provider, JSONBaseProvider):
            with self.errors():
                answers: Any = self.web3.provider.make_batch_request(
                    [(RPCEndpoint(method), list(params)) for method, params in requests]
                )
            whole = isinstance(answers, list) and len(answers) == len(requests)
            if whole and all(isinstance(one, dict) and "result" in one for one in answers):
                return [one["result"] for one in answers]
        return [self.request(method, *params) for method, params in requests]

    def pinned(self, block: Block) -> Node:
        """Return the same node, for which a block is the newest one."""
        found = copy.copy(self)
        found.pin = block
        return found

    @cached_property
    def chain_id(self) -> int:
        """Chain id the node tells."""
        with self.errors():
            return self.web3.eth.chain_id

    @cached_property
    def network(self) -> str:
        """Chain id and genesis: tells two local chains with one id apart."""
        return f"{self.chain_id}:{self._block(0).hash}"

    def block(self, number: int | None = None) -> Block:
        """Return a block; the newest one by default.

        Raises
        ------
        ChainError
            If there is no such block.
        """
        if number is None and self.pin is not None:
            return self.pin
        return self._block("latest" if number is None else number)

    def _block(self, which: Any) -> Block:
        found = self._fetch(which)
        if which == "latest" and self.chain_id != LOCAL_CHAIN_ID:
            found = self._not_behind(found)
            self._seen[found.number] = found.hash
            self._seen = dict(sorted(self._seen.items())[-SEEN_BLOCKS:])
        return found

    def _fetch(self, which: Any) -> Block:
        with self.errors():
            found = self.web3.eth.get_block(which)
        return Block(found["number"], "0x" + bytes(found["hash"]).hex(), found["timestamp"])

    def _not_behind(self, found: Block) -> Block:
        """Wait for a node that knew more before: one of several behind one address may lag.

        Raises
        ------
        ChainError
            If it does not come back to where it was. A reorg, which has other blocks, is no such thing.
        """
        known = max(self._seen, default=0)
        end = time.monotonic() + BEHIND_SECONDS
        while found.number < known and time.monotonic() < end:
            time.sleep(BEHIND_SECONDS / 10)
            found = self._fetch("latest")
        if found.number < known and self._seen.get(found.number, found.hash) == found.hash:
            raise ChainError(
                f"the node at {self.where} is behind: it is at block {found.number:,}, and was at {known:,}",
                BEHIND_HINT,
            )
        if found.number < known:
            self._seen.clear()
        return found

    def newest(self) -> BlockIdentifier:
        """Return how requests name the newest block."""
        return "latest" if self.pin is None else self.pin.number

    def balance_wei(self, address: str) -> int:
        """Return an address's balance of the chain's own coin, wei."""
        with self.errors():
            return self.web3.eth.get_balance(Web3.to_checksum_address(address), self.newest())

    def has_code(self, address: str) -> bool:
        """Tell whether a contract lies at an address."""
        with self.errors():
            return len(self.web3.eth.get_code(Web3.to_checksum_address(address))) > 0


def _without_secrets(url: str) -> str:
    """Keep scheme, host and port: user, path and query may carry an access key."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def _revert_data(data: Any) -> bytes:
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    if not isinstance(data, str) or not data.startswith("0x"):
        return b""
    try:
        return bytes.fromhex(data[2:])
    except ValueError:
        return b""


def _rpc_revert(error: Web3RPCError) -> bytes:
    """Return what a contract said, of a plain request for an estimate or a call."""
    details = (error.rpc_response or {}).get("error")
    return _revert_data(details.get("data")) if isinstance(details, dict) else b""


def _rpc_message(error: Web3RPCError) -> str:
    response = error.rpc_response or {}
    details = response.get("error")
    if isinstance(details, dict) and details.get("message"):
        return str(details["message"])
    return str(error)[:200]
