"""A user's place in the market: chain, store, wallet, and the keys that follow from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from marketplace.chain.batch import Planned
from marketplace.chain.calls import Limits
from marketplace.chain.client import ChainClient
from marketplace.chain.deployment import Deployment, load_deployment
from marketplace.chain.index import EventIndex
from marketplace.chain.journal import Journal
from marketplace.chain.receipts import Receipt
from marketplace.chain.rpc import Block, Node
from marketplace.chain.signer import LocalSigner
from marketplace.chain.spending import SpendingLimits
from marketplace.config import Settings
from marketplace.constants import LABEL_B, LABEL_K, LABEL_P, LABEL_R, LABEL_W
from marketplace.crypto.keystore import Keystore, Wallet
from marketplace.crypto.points import Point
from marketplace.errors import ConfigError, MarketplaceError
from marketplace.services.limits import load_limits
from marketplace.services.spending import FREE, spent_by
from marketplace.storage import ContentStore, open_store


@dataclass(frozen=True)
class Step:
    """A transaction as it is shown.

    Parameters
    ----------
    what : str
        One phrase.
    who : str
        Address that sent it.
    receipt : Receipt
    subject : str
        What it was done to, for one of many that were sent at once.
    """

    what: str
    who: str
    receipt: Receipt
    subject: str = ""


def _silent(_: Step) -> None:
    return None


@dataclass(frozen=True)
class Market:
    """Everything a service needs to act for one account.

    Parameters
    ----------
    client : ChainClient
    store : ContentStore
    wallet : Wallet or None
        None only reads.
    folder : Path
        For files under way; private to the user.
    on_step : callable (Step), optional
        Told of each transaction that was mined.
    """

    client: ChainClient
    store: ContentStore
    wallet: Wallet | None
    folder: Path
    on_step: Callable[[Step], None] = _silent

    @classmethod
    def connect(
        cls, settings: Settings, wallet: Wallet | None = None, *, tell: Callable[[str], None] | None = None
    ) -> Market:
        """Open the market that the settings name.

        Parameters
        ----------
        settings : Settings
        wallet : Wallet, optional
            None only reads.
        tell : callable (str), optional
            Told how far reading the chain is, when that takes time, and of an index that can't be used.

        Raises
        ------
        ChainError
            No node, or another network than the deployment's.
        ConfigError
            No deployment is recorded for the node's chain.
        """
        node = Node(settings.rpc_url, timeout_seconds=settings.rpc_timeout_seconds)
        deployment = load_deployment(settings.deployment_path(node.chain_id))
        limits = Limits(
            confirmations=settings.confirmations,
            receipt_timeout_seconds=settings.receipt_timeout_seconds,
            max_fee_gwei=settings.max_fee_gwei,
            replace_after_seconds=settings.replace_after_seconds,
            spending=SpendingLimits() if wallet is None else load_limits(settings, wallet.address),
        )
        signer = None if wallet is None else LocalSigner(wallet.account)
        journal = None if wallet is None else Journal(settings.journal_path)
        index = open_index(settings, deployment, tell)
        client = ChainClient(node, deployment, signer, journal, limits=limits, index=index, warn=tell)
        if signer is not None:
            client.unfinished.settle()
        return cls(client, open_store(settings), wallet, settings.home / "work")

    def watched(self, on_step: Callable[[Step], None]) -> Market:
        """Return the same market with another watcher of its transactions."""
        return replace(self, on_step=on_step)

    def pinned(self, block: Block | None = None) -> Market:
        """Return the same market as it is in a block, the newest of now, to read what belongs together."""
        return replace(self, client=self.client.pinned(block))

    @property
    def account(self) -> str:
        """Checksummed address that acts."""
        return self.client.account

    @property
    def chain_id(self) -> int:
        """Chain id."""
        return self.client.chain_id

    def address(self, contract: str) -> str:
        """Return the address of a contract."""
        return self.client.address(contract)

    def now(self) -> int:
        """Return the time of the newest block, Unix seconds."""
        return self.client.node.block().timestamp

    def send(self, what: str, contract: str, function: str, *args: Any, intent: str) -> Receipt:
        """Make a transaction and tell the watcher; see `ChainClient.send`.

        Every transaction of the services passes here, and is held to the spending limits.
        """
        spend = spent_by(self, contract, function, args)
        receipt = self.client.send(contract, function, *args, intent=intent, spend=spend)
        self.on_step(Step(what, receipt.sender, receipt))
        self.client.unfinished.told(intent)
        return receipt

    def send_many(self, planned: Sequence[Planned]) -> list[Receipt | MarketplaceError]:
        """Make many transactions that spend nothing at once; tell the watcher of each that was mined.

        Raises
        ------
        ValueError
            If one of them spends: those are sent one by one, each held to the limits.
        """
        for one in planned:
            if (one.contract, one.function) not in FREE:
                raise ValueError(f"{one.contract}.{one.function} spends, or is not known")
        found = self.client.send_many(planned)
        for one, receipt in zip(planned, found):
            if isinstance(receipt, Receipt):
                self.on_step(Step(one.what, receipt.sender, receipt, one.subject))
        return found

    def artifact_key(self, contract: str, owner_id: int | bytes, nonce: bytes) -> int:
        """Return the scalar ``k`` of an artifact: an asset, a submission, or (by its salt) rows."""
        return self._scalar(LABEL_K, contract, owner_id, nonce)

    def seller_key(self) -> int:
        """Return the scalar ``p`` of this account as a seller."""
        return self._scalar(LABEL_P, "Assets", int(self.account, 16))

    def order_key(self, order: int) -> int:
        """Return the one-time scalar ``b`` of an order."""
        return self._scalar(LABEL_B, "Exchange", order)

    def submission_key(self, submission: int) -> int:
        """Return the one-time scalar ``w`` of a submission."""
        return self._scalar(LABEL_W, "Bounties", submission)

    def request_key(self, salt: bytes) -> int:
        """Return the scalar ``r`` of a bounty, by its salt."""
        return self._scalar(LABEL_R, "Bounties", salt)

    def proof_key(self, label: str, owner: int | bytes) -> int:
        """Return a scalar of a proved bounty, by its salt or by a pledge."""
        return self._scalar(label, "Proofs", owner)

    def operator_key(self) -> bytes:
        """Return the X25519 private key to which models' keys are granted."""
        account = int(self.account, 16).to_bytes(32, "big")
        return self.require_wallet().secret.x25519_private(self.chain_id, self.address("Operators"), account)

    def seal_point(self) -> Point:
        """Return the seller's point ``P = p*G``."""
        return Point.from_scalar(self.seller_key())

    def workspace(self) -> Path:
        """Return the folder for files under way, made if needed, readable by its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.folder

    def _scalar(self, label: str, contract: str, owner: int | bytes, extra: bytes = b"") -> int:
        owner_id = owner if isinstance(owner, bytes) else owner.to_bytes(32, "big")
        return self.require_wallet().secret.scalar(
            label, self.chain_id, self.address(contract), owner_id, extra
        )

    def require_wallet(self) -> Wallet:
        """Return the wallet.

        Raises
        ------
        ConfigError
            If there is none: the market only reads.
        """
        if self.wallet is None:
            raise ConfigError(
                "this needs a wallet", "name one with --wallet, or make one: tessera wallet new"
            )
        return self.wallet


def open_index(
    settings: Settings, deployment: Deployment, tell: Callable[[str], None] | None = None
) -> EventIndex | None:
    """Return the event index that the settings name; its database is opened when it is first read."""
    if settings.index_url == "off":
        return None
    where = settings.index_url or settings.index_path
    told = time.monotonic()

    def progress(done: int, wanted: int) -> None:
        nonlocal told
        if tell is not None and time.monotonic() - told > 1:
            told = time.monotonic()
            tell(f"reading the chain: block {done:,} of {wanted:,}")

    return EventIndex(where, deployment, progress)


def unlock(settings: Settings, password: str, name: str | None = None) -> Wallet:
    """Unlock a wallet of the settings' folder.

    Raises
    ------
    KeystoreError
        If there is none of that name, or the password is wrong.
    """
    return Keystore(settings.wallets_path).unlock(name or settings.wallet, password)
