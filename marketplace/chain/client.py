"""The chain as services see it: call, send, events, by contract name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from web3 import Web3
from web3.providers import BaseProvider

from marketplace.chain.artifacts import linked_bytecode, load_artifact
from marketplace.chain.batch import Planned, Wish, send_many
from marketplace.chain.calls import Call, Limits
from marketplace.chain.deployment import Deployment
from marketplace.chain.encoding import encode_call
from marketplace.chain.finished import Unfinished
from marketplace.chain.journal import Journal
from marketplace.chain.journal_batch import set_expiry
from marketplace.chain.reader import Reader
from marketplace.chain.receipts import Receipt, Submitted
from marketplace.chain.rpc import Node
from marketplace.chain.sender import Sender
from marketplace.chain.signer import Signer
from marketplace.chain.values import to_abi
from marketplace.errors import ChainError, MarketplaceError

if TYPE_CHECKING:
    from marketplace.chain.index import EventIndex


class ChainClient(Reader):
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
        caller = None if signer is None else signer.address
        super().__init__(endpoint, deployment, index=index, warn=warn, caller=caller)
        self.signer = signer
        self._sender: Sender | None = None
        if signer is not None:
            if journal is None:
                raise ValueError("a signer needs a journal")
            self._sender = Sender(self.node, signer, journal, limits or Limits(), warn)
        self.unfinished = Unfinished(self._writer)

    @property
    def account(self) -> str:
        """Address that signs.

        Raises
        ------
        ChainError
            If the client only reads.
        """
        return self._writer().signer.address

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
                sent = Submitted(entry, before, self._writer().is_renewed(entry))
                found.append(Receipt.from_web3(sent, receipt, self._decoder))
        return found

    def expire(self, intent: str, until: int) -> None:
        """Write that what is sent for an intent shows a secret, and is not first sent after a Unix time."""
        set_expiry(self._writer().journal, self.node.network, self.account, intent, until)

    def unsettled(self, prefix: str) -> list[str]:
        """Return the intents, of those that begin with some words, of which it is not known what became."""
        return [one.intent for one in self._writer().waiting() if one.intent.startswith(prefix)]

    def was_sent(self, intent: str) -> bool:
        """Tell whether the node has, or had, a transaction of an intent: what it shows is public."""
        sender = self._writer()
        entry = sender.journal.find(self.node.network, self.account, intent)
        return sender.was_shown(intent) if entry is None else sender.is_public(entry)

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

    def wait(self, submitted: Submitted, deadline: float | None = None) -> Receipt:
        """Wait until a submitted transaction is final; raises like `send`. See `Sender.wait`."""
        receipt = self._writer().wait(submitted.entry, deadline)
        return Receipt.from_web3(submitted, receipt, self._decoder)

    def resume(self) -> list[Receipt]:
        """Send unsettled transactions again and wait for them, all together no longer than for one.

        Returns
        -------
        list of Receipt
            Of those that were mined and did not revert.
        """
        sender, receipts = self._writer(), []
        waiting, deadline = sender.rebroadcast(), sender.deadline()
        for entry in waiting:
            try:
                receipts.append(self.wait(Submitted(entry, True), deadline))
            except ChainError:
                # Reverted or out of gas: that is journalled; a missing node shows below.
                self.node.block()
        return receipts

    def _writer(self) -> Sender:
        if self._sender is None:
            raise ChainError(
                "this needs an account that signs", "name a wallet with --wallet or TESSERA_WALLET"
            )
        return self._sender

    def _submit(self, encode: Any, intent: str, spend: int = 0) -> Submitted:
        sender = self._writer()
        if (entry := sender.find(intent, None if spend else encode)) is not None:
            return Submitted(entry, True, sender.is_renewed(entry))
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
