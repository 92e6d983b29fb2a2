"""The chain as services see it: call, send, events, by contract name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from web3 import Web3
from web3.providers import BaseProvider, JSONBaseProvider

from marketplace.chain.artifacts import linked_bytecode, load_artifact
from marketplace.chain.batch import Planned, Wish, send_many
from marketplace.chain.deployment import Deployment
from marketplace.chain.encoding import encode_call
from marketplace.chain.events import Event, EventDecoder
from marketplace.chain.finished import Unfinished
from marketplace.chain.journal import Journal
from marketplace.chain.journal_batch import set_expiry
from marketplace.chain.journal_tables import MINED
from marketplace.chain.receipts import Receipt, Submitted
from marketplace.chain.rpc import Block, Node
from marketplace.chain.sender import Call, Limits, Sender
from marketplace.chain.signer import Signer
from marketplace.chain.values import to_abi
from marketplace.errors import ChainError, IndexUnavailable, MarketplaceError

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
    client : ChainClient
    block : Block
    """

    def __init__(self, client: ChainClient, block: Block) -> None:
        self._client = client
        self.block = block

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def call(self, contract: str, function: str, *args: Any) -> Any:
        """Call a view at the pinned block; see `ChainClient.call`."""
        return self._client.call(contract, function, *args, block=self.block.number)

    def call_many(self, calls: Sequence[tuple[str, str, *tuple[Any, ...]]]) -> list[Any]:
        """Call several views at the pinned block, in few requests: (contract, function, arguments …)."""
        return self._client.call_many(calls, self.block.number)


class ChainClient:
    """Talk to the contracts of one deployment, and sign for one account.

    Parameters
    ----------
    endpoint : str, web3 provider or Node
        Where the node is.
    deployment : Deployment, optional
        None only while deploying.
    signer : Signer, optional
        None reads only.
    journal : Journal, optional
        Needed with a signer.
    limits : Limits, optional
        Waiting times and highest fee.
    index : EventIndex, optional
        Where events are read from; by default from the node itself.
    warn : callable (str), optional
        Told, once, that the index can't be used and that events come from the node instead; and what
        happens to transactions that are not mined.

    Raises
    ------
    ChainError
        If no node answers, or it is on another chain than the deployment.
    """

    def __init__(
        self,
        endpoint: str | BaseProvider | Node,
        deployment: Deployment | None = None,
        signer: Signer | None = None,
        journal: Journal | None = None,
        *,
        limits: Limits | None = None,
        index: EventIndex | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self.node = endpoint if isinstance(endpoint, Node) else Node(endpoint)
        self.deployment = deployment
        self.signer = signer
        self.index = index
        self._warn = warn
        self._contracts: dict[str, Any] = {}
        self._sender: Sender | None = None
        if signer is not None:
            if journal is None:
                raise ValueError("a signer needs a journal")
            self._sender = Sender(self.node, signer, journal, limits or Limits(), warn)
        self.unfinished = Unfinished(self._writer)
        if deployment is not None and deployment.chain_id != self.node.chain_id:
            raise ChainError(
                f"wrong network: the contracts are on chain {deployment.chain_id}, "
                f"the node at {self.node.where} is on chain {self.node.chain_id}",
                "set TESSERA_RPC_URL to a node of that chain, or TESSERA_DEPLOYMENT to this chain's file",
            )
        known = {} if deployment is None else deployment.addresses()
        self._decoder = EventDecoder(known)

    @property
    def chain_id(self) -> int:
        """Chain id the node tells."""
        return self.node.chain_id

    @property
    def account(self) -> str:
        """Address that signs.

        Raises
        ------
        ChainError
            If the client only reads.
        """
        return self._writer().signer.address

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
        options = {} if self.signer is None else {"from": self.signer.address}
        with self.node.errors():
            return bound.call(options, block_identifier="latest" if block is None else block)

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

    def estimate(self, contract: str, function: str, *args: Any, value_wei: int = 0) -> int:
        """Return the gas a transaction would take, calldata included.

        Raises
        ------
        ContractReverted
            If it would revert.
        """
        call = self._encode(contract, function, args, value_wei)
        with self.node.errors():
            return self.node.web3.eth.estimate_gas(call.fields(self.account))  # type: ignore[arg-type]

    def send(
        self,
        contract: str,
        function: str,
        *args: Any,
        intent: str,
        value_wei: int = 0,
        gas_limit: int | None = None,
        spend: int = 0,
    ) -> Receipt:
        """Make a transaction and wait until it is final.

        Parameters
        ----------
        contract, function : str
        *args
            As the ABI wants them; a struct is a dataclass, tuple or dict.
        intent : str
            Name of what is wanted. If a transaction of this intent is pending or mined, nothing is
            sent and that one's receipt is returned (``reused``). See `new_intent`.
        value_wei : int, optional
        gas_limit : int, optional
            Estimated by default.
        spend : int, optional
            Token base units that leave the user's control by it.

        Returns
        -------
        Receipt

        Raises
        ------
        ContractReverted
            Before anything is sent if the estimate reverts.
        TransactionFailed
            If it is not final in time, or ran out of gas.
        ChainError
            No node, no coin for gas, fees above the limit.
        SpendingLimitReached
            If ``spend`` is above what the limits allow; nothing was sent then.
        """
        options: dict[str, Any] = {"value_wei": value_wei, "gas_limit": gas_limit, "spend": spend}
        return self.wait(self.submit(contract, function, *args, intent=intent, **options))

    def submit(
        self,
        contract: str,
        function: str,
        *args: Any,
        intent: str,
        value_wei: int = 0,
        gas_limit: int | None = None,
        spend: int = 0,
    ) -> Submitted:
        """Send like `send`, but return before it is mined; `wait` gives the receipt."""
        return self._submit(
            lambda: self._encode(contract, function, args, value_wei, gas_limit), intent, spend
        )

    @property
    def confirmations(self) -> int:
        """Blocks, its own included, after which this account believes what it reads."""
        return self._writer().limits.confirmations

    @property
    def has_spending_limit(self) -> bool:
        """Whether this account's spending is limited."""
        return self._writer().limits.spending.is_set

    def check_spending(self, spend: int) -> None:
        """Refuse early what the spending limits will not allow; see `Sender.check_spending`."""
        self._writer().check_spending(spend)

    def send_many(self, calls: Sequence[Planned]) -> list[Receipt | MarketplaceError]:
        """Make many transactions at once; return the receipt, or what went wrong, of each in order."""
        wishes = [
            Wish(one.intent, self._encode(one.contract, one.function, one.args, 0), one.until)
            for one in calls
        ]
        found: list[Receipt | MarketplaceError] = []
        for outcome in send_many(self._writer(), wishes):
            if isinstance(outcome, MarketplaceError):
                found.append(outcome)
            else:
                entry, receipt, before = outcome
                found.append(Receipt.from_web3(Submitted(entry, before), receipt, self._decoder))
        return found

    def expire(self, intent: str, until: int) -> None:
        """Write that what is sent for an intent shows a secret, and is not first sent after a Unix time."""
        set_expiry(self._writer().journal, self.node.network, self.account, intent, until)

    def was_sent(self, intent: str) -> bool:
        """Tell whether the node has, or had, a transaction of an intent: what it shows is public."""
        entry = self._writer().journal.find(self.node.network, self.account, intent)
        return entry is not None and (entry.status == MINED or self._writer().is_known(entry))

    def deploy(
        self, name: str, *args: Any, intent: str, libraries: Mapping[str, str] | None = None
    ) -> Receipt:
        """Deploy a shipped contract, linked to libraries by address; its own is in the receipt."""

        def encode() -> Call:
            artifact = load_artifact(name)
            code = linked_bytecode(name, libraries or {})
            factory: Any = self.node.web3.eth.contract(abi=artifact.abi, bytecode=code)
            return Call(None, factory.constructor(*map(to_abi, args)).data_in_transaction)

        return self.wait(self._submit(encode, intent))

    def deploy_code(self, code: str, *, intent: str) -> Receipt:
        """Deploy a contract that is not among the shipped ones, by its code and its encoded arguments."""
        return self.wait(self._submit(lambda: Call(None, code), intent))

    def transfer_wei(self, to: str, value_wei: int, *, intent: str) -> Receipt:
        """Send the chain's own coin."""
        return self.wait(self._submit(lambda: Call(Web3.to_checksum_address(to), "0x", value_wei), intent))

    def wait(self, submitted: Submitted) -> Receipt:
        """Wait until a submitted transaction is final; raises like `send`."""
        receipt = self._writer().wait(submitted.entry)
        return Receipt.from_web3(submitted, receipt, self._decoder)

    def resume(self) -> list[Receipt]:
        """Send unsettled transactions again and wait for them, after a crash for instance.

        Returns
        -------
        list of Receipt
            Of those that were mined and did not revert.
        """
        receipts = []
        for entry in self._writer().rebroadcast():
            try:
                receipts.append(self.wait(Submitted(entry, True)))
            except ChainError:
                # Reverted or out of gas: that is journalled; a missing node shows below.
                self.node.block()
        return receipts

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
        text = f"warning: {error}; reading from the node instead, which is slower. {error.hint}"
        if self._warn is not None:
            self._warn(text)
        else:
            warnings.warn(text, RuntimeWarning, stacklevel=4)

    def _events_of_node(
        self, contract: str, name: str, from_block: int | None, to_block: int | None, filters: dict[str, Any]
    ) -> list[Event]:
        kind = self.contract(contract).events[name]()
        start = self.deployment.first_block(contract) if self.deployment else 0
        first = start if from_block is None else from_block
        last = self.node.block().number if to_block is None else to_block
        found: list[Event] = []
        while first <= last:
            stop = min(first + LOG_RANGE_BLOCKS - 1, last)
            with self.node.errors():
                logs = kind.get_logs(argument_filters=dict(filters), from_block=first, to_block=stop)
            found += [Event.from_web3(contract, log) for log in logs]
            first = stop + 1
        return found

    def _writer(self) -> Sender:
        if self._sender is None:
            raise ChainError(
                "this needs an account that signs", "name a wallet with --wallet or TESSERA_WALLET"
            )
        return self._sender

    def _submit(self, encode: Any, intent: str, spend: int = 0) -> Submitted:
        sender = self._writer()
        if (entry := sender.find(intent, None if spend else encode)) is not None:
            return Submitted(entry, True)
        return Submitted(sender.submit(encode(), intent, spend), False)

    def _encode(
        self,
        contract: str,
        function: str,
        args: tuple[Any, ...],
        value_wei: int,
        gas_limit: int | None = None,
    ) -> Call:
        given = [to_abi(arg) for arg in args]
        data = encode_call(self.node.web3, contract, function, given)
        if data is None:
            data = self.contract(contract).encode_abi(function, args=given)
        return Call(self.address(contract), data, value_wei, gas_limit)
