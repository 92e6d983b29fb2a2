"""Reading a deployment's contracts: views, several at one block, and events."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

from web3 import Web3
from web3.providers import BaseProvider, JSONBaseProvider

from marketplace.chain.artifacts import load_artifact
from marketplace.chain.deployment import Deployment
from marketplace.chain.events import Event, EventDecoder
from marketplace.chain.rpc import Block, Node
from marketplace.chain.values import to_abi
from marketplace.errors import ChainError, IndexUnavailable

if TYPE_CHECKING:
    from marketplace.chain.index import EventIndex

T = TypeVar("T")

LOG_RANGE_BLOCKS = 10_000
"""Blocks of one ``eth_getLogs``: what public endpoints commonly allow."""

BATCH = 100
"""Requests that are sent at once."""


class Snapshot:
    """Reads pinned to one block; also a context manager, for the look of it.

    Parameters
    ----------
    client : Reader
    block : Block
    """

    def __init__(self, client: Reader, block: Block) -> None:
        self._client = client
        self.block = block

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def call(self, contract: str, function: str, *args: Any) -> Any:
        """Call a view at the pinned block; see `Reader.call`."""
        return self._client.call(contract, function, *args, block=self.block.number)

    def call_many(self, calls: Sequence[tuple[str, str, *tuple[Any, ...]]]) -> list[Any]:
        """Call several views at the pinned block, in few requests: (contract, function, arguments …)."""
        return self._client.call_many(calls, self.block.number)


class Reader:
    """Read the contracts of one deployment.

    Parameters
    ----------
    endpoint : str, web3 provider or Node
        Where the node is.
    deployment : Deployment, optional
    index : EventIndex, optional
        Where events are read from; by default from the node itself.
    warn : callable (str), optional
        Told, once, that the index can't be used and that events come from the node instead.
    caller : str, optional
        Address in whose name views are called.

    Raises
    ------
    ChainError
        If no node answers, or it is on another chain than the deployment.
    """

    def __init__(
        self,
        endpoint: str | BaseProvider | Node,
        deployment: Deployment | None = None,
        *,
        index: EventIndex | None = None,
        warn: Callable[[str], None] | None = None,
        caller: str | None = None,
    ) -> None:
        self.node = endpoint if isinstance(endpoint, Node) else Node(endpoint)
        self.deployment = deployment
        self.index = index
        self._warn = warn
        self._options = {} if caller is None else {"from": caller}
        self._contracts: dict[str, Any] = {}
        self._whole: Reader | None = None  # of a pinned one: what it was made of
        if deployment is not None and deployment.chain_id != self.node.chain_id:
            raise ChainError(
                f"wrong network: the contracts are on chain {deployment.chain_id}, "
                f"the node at {self.node.where} is on chain {self.node.chain_id}",
                "set TESSERA_RPC_URL to a node of that chain, or TESSERA_DEPLOYMENT to this chain's file",
            )
        self._decoder = EventDecoder({} if deployment is None else deployment.addresses())

    @property
    def chain_id(self) -> int:
        """Chain id the node tells."""
        return self.node.chain_id

    def address(self, contract: str) -> str:
        """Return the checksummed address of a contract of the deployment.

        Raises
        ------
        ChainError
            If no deployment is known, or it has no such contract.
        """
        if self.deployment is None:
            raise ChainError(
                "no deployment is known for this chain", "deploy the contracts with: tessera deploy"
            )
        return self.deployment.address(contract)

    def contract(self, name: str) -> Any:
        """Return web3's object of a contract, for what this class has no method for."""
        if name not in self._contracts:
            address = Web3.to_checksum_address(self.address(name))
            self._contracts[name] = self.node.web3.eth.contract(
                address, abi=load_artifact(name).abi, decode_tuples=True
            )
        return self._contracts[name]

    def at(self, block: int | None = None) -> Snapshot:
        """Pin reads to a block, the newest one by default.

        Examples
        --------
        >>> with client.at() as now:  # doctest: +SKIP
        ...     free = now.call("Vault", "free", owner)
        """
        return Snapshot(self, self.node.block(block))

    def pinned(self, block: Block | None = None) -> Self:
        """Return a client for reading what belongs together: a block, the newest of now, stays its newest."""
        found = copy.copy(self)
        found._whole = self._whole or self
        found.node = self.node.pinned(block or self.node.block())
        return found

    def call(self, contract: str, function: str, *args: Any, block: int | None = None) -> Any:
        """Call a view function.

        Parameters
        ----------
        contract, function : str
        *args
            As the ABI wants them; a struct is a dataclass, tuple or dict.
        block : int, optional
            The newest one by default; pin several reads with `at`.

        Returns
        -------
        object
            One value, or a list of several; a struct is a named tuple.

        Raises
        ------
        ContractReverted, ChainError
        """
        bound = self.contract(contract).functions[function](*map(to_abi, args))
        with self.node.errors():
            return bound.call(
                dict(self._options), block_identifier=self.node.newest() if block is None else block
            )

    def call_many(self, calls: Sequence[tuple[str, str, *tuple[Any, ...]]], block: int) -> list[Any]:
        """Call several views at a block, `BATCH` in one request; see `Snapshot.call_many`."""
        if not isinstance(self.node.web3.provider, JSONBaseProvider):
            return [self.call(*call, block=block) for call in calls]
        found: list[Any] = []
        for start in range(0, len(calls), BATCH):
            part = calls[start : start + BATCH]
            with self.node.errors(), self.node.web3.batch_requests() as batch:
                for contract, function, *args in part:
                    bound = self.contract(contract).functions[function](*map(to_abi, args))
                    batch.add(bound.call({}, block_identifier=block))
                found += batch.execute()
        return found

    def events(
        self,
        contract: str,
        name: str | Sequence[str],
        *,
        from_block: int | None = None,
        to_block: int | None = None,
        argument_filters: Mapping[str, Any] | None = None,
    ) -> list[Event]:
        """Return the events of a name, or of several, of one contract.

        They come from the index if there is one, brought up to date first.

        Parameters
        ----------
        contract : str
        name : str or sequence of str
        from_block : int, optional
            The contract's first block by default.
        to_block : int, optional
            Included; the newest one by default.
        argument_filters : mapping, optional
            Value, or list of values, by name of an indexed parameter.

        Returns
        -------
        list of Event
            In the order of the chain.
        """
        names = [name] if isinstance(name, str) else list(name)
        if to_block is None and self.node.pin is not None:
            to_block = self.node.pin.number
        filters = dict(argument_filters or {})
        if self.index is not None and self.index.covers(contract):
            span = {"from_block": from_block, "to_block": to_block}
            kept = self.with_index(
                lambda index: index.events(self.node, contract, names, filters=filters, **span)
            )
            if kept is not None:
                return kept
        found = [
            e for one in names for e in self._events_of_node(contract, one, from_block, to_block, filters)
        ]
        return sorted(found, key=lambda event: (event.block, event.log_index))

    def block_times(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return the times of blocks, Unix seconds, by number: from the index, else in few requests."""
        wanted = set(numbers)
        found = (self.with_index(lambda index: index.times(wanted)) if wanted else None) or {}
        missing = sorted(wanted - set(found))
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            answers = self.node.batch([("eth_getBlockByNumber", [hex(number), False]) for number in part])
            for number, answer in zip(part, answers):
                if not isinstance(answer, Mapping):
                    raise ChainError(f"the node at {self.node.where} has no block {number}")
                found[number] = int(str(answer["timestamp"]), 16)
        return found

    def find_ids(self, contract: str, name: str, argument: str, prefix: str, most: int = 2) -> list[int]:
        """Return ids, each an indexed argument of an event, that begin with some hex digits.

        Parameters
        ----------
        contract, name, argument : str
        prefix : str
            Lower-case hex digits of the id, which has 64.
        most : int
            Look for no more than these.
        """
        kept = self.with_index(lambda index: index.ids(self.node, contract, name, argument, prefix, most))
        if kept is not None:
            return kept
        values = dict.fromkeys(event[argument] for event in self.events(contract, name))
        return [value for value in values if f"{value:064x}".startswith(prefix)][:most]

    def with_index(self, read: Callable[[EventIndex], T]) -> T | None:
        """Read from the index; None if there is none. One that fails is done without from now on."""
        if self.index is None:
            return None
        try:
            return read(self.index)
        except IndexUnavailable as error:
            self._give_up_index(error)
            return None

    def _give_up_index(self, error: IndexUnavailable) -> None:
        self.index = None
        if self._whole is not None:
            self._whole.index = None
        text = f"warning: {error}; reading from the node instead, which is slower. {error.hint}"
        if self._warn is not None:
            self._warn(text)
        else:
            warnings.warn(text, RuntimeWarning, stacklevel=4)

    def _events_of_node(
        self, contract: str, name: str, from_block: int | None, to_block: int | None, filters: dict[str, Any]
    ) -> list[Event]:
        kind = self.contract(contract).events[name]()
        first = self._first_block(contract) if from_block is None else from_block
        last = self.node.block().number if to_block is None else to_block
        found: list[Event] = []
        while first <= last:
            stop = min(first + LOG_RANGE_BLOCKS - 1, last)
            with self.node.errors():
                logs = kind.get_logs(argument_filters=dict(filters), from_block=first, to_block=stop)
            found += [Event.from_web3(contract, log) for log in logs]
            first = stop + 1
        return found

    def _first_block(self, contract: str) -> int:
        return self.deployment.first_block(contract) if self.deployment else 0
