"""A local market to play with, for scripts and for the console of brownie.

>>> from scripts.helpers import local_market
>>> m = local_market()
>>> m  # who is there, what is for sale, what is open
>>> m["hospital"]  # a Market: what every service of `import marketplace` takes first
>>> m.contracts.Exchange  # brownie's contract, at the deployment's address
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from brownie import Contract, network, rpc, web3
from eth_account import Account

from marketplace import Market, Wallet
from marketplace.chain import ChainClient, Journal, LocalSigner, Node
from marketplace.chain.artifacts import load_artifact
from marketplace.crypto.secrets import MarketSecret
from marketplace.datasets import BREAST_CANCER_TARGET, load_breast_cancer_table
from marketplace.services import cast as people
from marketplace.services import sample, story
from marketplace.services.catalog import find_order, load_asset
from marketplace.services.setup import deploy_to_localnet


class Teller:
    """Prints a story as it happens."""

    def __init__(self, quiet=False):
        self.quiet = quiet

    def chapter(self, title):
        """Begin a chapter."""
        if not self.quiet:
            print(f"\n{title}")

    def say(self, text):
        """Print a remark."""
        if not self.quiet:
            print(f"    {text}")

    def step(self, name, step):
        """Print a transaction."""
        if not self.quiet:
            print(f"  {name:9} {step.what:48} {step.receipt.gas_used:>9,} gas")


def new_scene(quiet=False):
    """Deploy to brownie's local chain, give everybody a wallet with money, and return the story's scene.

    Everybody's files lie in a folder of their own, which goes when brownie ends.
    """
    if network.show_active() != "development":
        raise SystemExit("this passes time and makes money at will: run it on the development network")
    if not rpc.is_child():
        print(f"note: another program started the chain at {web3.provider.endpoint_uri}. If it is a brownie,")
        print("each rolls the other's transactions back: wait until it has ended, and start anew.")
    folder = Path(tempfile.mkdtemp(prefix="tessera-brownie-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    url, teller = web3.provider.endpoint_uri, Teller(quiet)
    cast = people.make_cast(folder, url, deploy_to_localnet(Node(url)), teller.step)
    return story.make_scene(cast, teller, folder, load_breast_cancer_table(), BREAST_CANCER_TARGET)


@dataclass
class LocalMarket:
    """A local market with a dataset and a model for sale, an order that waits for its key, an open bounty.

    Parameters
    ----------
    scene : Scene
        Of services/story.py.
    found : Sample
        Ids of what was put in place.
    """

    scene: story.Scene
    found: sample.Sample

    def __getitem__(self, name):
        return self.scene.cast[name]

    @property
    def people(self):
        """Everybody's `Market` by name."""
        return self.scene.cast.markets

    @property
    def deployment(self):
        """Where the contracts are."""
        return self["hospital"].client.deployment

    @property
    def contracts(self):
        """Brownie's contracts by name, for calls, transactions and events."""
        at = self.deployment.addresses()
        return SimpleNamespace(
            **{name: Contract.from_abi(name, at[name], load_artifact(name).abi, persist=False) for name in at}
        )

    @property
    def dataset(self):
        """The dataset's listing."""
        return load_asset(self["hospital"], self.found.dataset_id)

    @property
    def model(self):
        """The listing of the model that was made from it."""
        return load_asset(self["ada"], self.found.model_id)

    @property
    def order(self):
        """The order that waits for the hospital's key."""
        return find_order(self["hospital"], f"{self.found.order_id:#066x}")

    @property
    def bounty(self):
        """The open bounty as it stands."""
        return self.scene.view

    def pass_time(self, seconds):
        """Move the chain's time on."""
        self.scene.cast.chain.advance(seconds)

    def pass_deadline(self):
        """Move the chain's time past the deadline of the bounty's stage."""
        self.scene.cast.pass_time(self.bounty.deadline)

    def join(self, account, tokens=1000):
        """Let one of brownie's accounts take part: give it test tokens, return its `Market`."""
        wallet = to_wallet(account)
        self.scene.cast.chain.set_balance(wallet.address, people.START_WEI)
        self.scene.cast.chain.mint(self.deployment.token, wallet.address, tokens * story.TOKEN)
        home = self.scene.folder / wallet.address
        home.mkdir(exist_ok=True)
        any_market = self["hospital"]
        client = ChainClient(
            any_market.client.node, self.deployment, LocalSigner(wallet.account), Journal(home / "journal.db")
        )
        return Market(client, any_market.store, wallet, home / "work")

    def __repr__(self):
        return "\n".join(sample.describe(self.scene, self.found))


def local_market(quiet=True):
    """Put a local market in place and return it: listings, orders and an open bounty."""
    scene = new_scene(quiet)
    return LocalMarket(scene, sample.fill(scene))


def to_wallet(account, secret=None):
    """Make a wallet of one of brownie's local accounts (``accounts.load``, ``accounts.add``).

    The market secret is fresh unless one is given: keep it (`Keystore.import_key`) if what this wallet
    sells or buys shall be opened another day.
    """
    return Wallet("brownie", Account.from_key(account.private_key), secret or MarketSecret.generate())
