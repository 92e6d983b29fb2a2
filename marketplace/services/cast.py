"""The people of the demo: each with a wallet, a journal and money of his own, on one chain and store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.chain import TOKEN, ChainClient, Deployment, Journal, LocalChain, LocalSigner, Node
from marketplace.chain.index import EventIndex
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from marketplace.errors import DataError
from marketplace.services.market import Market, Step
from marketplace.storage import FolderStore

SELLER, REQUESTER, BUYER = "hospital", "insurer", "clinic"
MAKERS = ("ada", "ben", "cleo")
CHEAT = "cleo"
EVALUATORS = ("eva", "finn", "gus", "hana", "ivo")
SEATS_EACH = 2
EVERYBODY = (SELLER, REQUESTER, BUYER, *MAKERS, *EVALUATORS)

START_TOKENS = 10_000 * 10**18
"""Test tokens that everybody starts with, base units."""

START_WEI = 10**19
_PASSWORD = "demo"  # of wallets that live as long as the demo and hold test money only

Watch = Callable[[str, Step], None]


@dataclass(frozen=True)
class Cast:
    """Everybody, and the chain they meet on.

    Parameters
    ----------
    markets : dict of str to Market
    chain : LocalChain
    token : str
        Address of the test token.
    """

    markets: dict[str, Market]
    chain: LocalChain
    token: str

    def __getitem__(self, name: str) -> Market:
        if name not in self.markets:
            raise DataError(f"nobody is called {name!r}", f"these are here: {', '.join(self.markets)}")
        return self.markets[name]

    def name_of(self, address: str) -> str:
        """Return who has an address."""
        return next(name for name, market in self.markets.items() if market.account == address)

    def wealth(self, name: str) -> int:
        """Return all that somebody has, bonds of seats and of listings included, token base units."""
        market = self.markets[name]
        with market.client.at() as now:
            found = now.call(TOKEN, "balanceOf", market.account) + now.call(
                "Vault", "balanceOf", market.account
            )
            for module in ("Operators", "Assets"):
                found += now.call("Vault", "bucketOf", market.address(module), int(market.account, 16))
            return int(found)

    def pass_time(self, until: int) -> None:
        """Let the local chain's clock pass a moment (Unix seconds)."""
        now = next(iter(self.markets.values())).now()
        if until >= now:
            self.chain.advance(until - now + 1)


def make_cast(
    folder: Path, url: str, deployment: Deployment, watch: Watch, people: Sequence[str] = EVERYBODY
) -> Cast:
    """Make everybody's wallet and give each test tokens and coin for gas.

    Parameters
    ----------
    folder : Path
        For wallets, journals and the store; thrown away with the demo.
    url : str
        Of the local chain.
    deployment : Deployment
    watch : callable (name, Step)
        Told of each transaction.
    people : sequence of str, optional
        Their names.
    """
    node = Node(url)
    chain = LocalChain(node)
    keystore = Keystore(folder / "wallets", scrypt_n=SCRYPT_N_LIGHT)
    store = FolderStore(folder / "store")
    index = EventIndex(folder / "index.db", deployment)  # one for all: they see the same chain
    markets = {}
    for name in people:
        keystore.create(name, _PASSWORD)
        wallet = keystore.unlock(name, _PASSWORD)
        chain.set_balance(wallet.address, START_WEI)
        chain.mint(deployment.token, wallet.address, START_TOKENS)
        journal = Journal(folder / f"{name}.db")
        client = ChainClient(node, deployment, LocalSigner(wallet.account), journal, index=index)
        markets[name] = Market(client, store, wallet, folder / name, _named(name, watch))
    return Cast(markets, chain, deployment.token)


def _named(name: str, watch: Watch) -> Callable[[Step], None]:
    return lambda step: watch(name, step)
