"""A local chain with the contracts, and people with money on it."""

import itertools
import json
from dataclasses import replace
from functools import cached_property

import pytest
from eth_account import Account

from marketplace.chain import LocalChain, Localnet, Node, save_deployment
from marketplace.config import Settings
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore, Wallet
from marketplace.crypto.secrets import MarketSecret
from marketplace.datasets import load_breast_cancer_table, write_table
from marketplace.services import catalog, proof_setup, publish, setup
from marketplace.services.market import Market
from marketplace.storage import FolderStore
from marketplace.types import RAW_CODEC, Cid
from tests.integration.contest_world import World
from tests.integration.kubo import Kubo
from tests.integration.proved_world import ProvedWorld

COIN = 10**18
LONGEST = (
    "test_sweep", "test_daemons", "test_brownie", "test_rubbish_node", "test_secrets", "test_reorgs",
    "test_node_faults", "test_quickstart", "test_rubbish_lines", "test_contest_cli",
)  # fmt: skip
PASSWORD = "correct horse"


class Town:
    """A market with a chain, a store that all share, and a home for each of its people."""

    def __init__(self, folder, url):
        self.folder = folder
        self.node = Node(url)
        self.local = LocalChain(self.node)
        self.deployment = setup.deploy_to_localnet(self.node)
        self.file = folder / "deployment.json"
        save_deployment(self.deployment, self.file)
        self.numbers = itertools.count(1)

    @cached_property
    def proofs(self):
        """The deployment with the contract of proofs beside the others: nobody here has it unasked."""
        return proof_setup.deploy_proofs(setup.throw_away_client(self.node), self.deployment)

    def settings(self, name):
        """Return the settings of one person, alone in a home."""
        home = self.folder / name
        return Settings(
            home=home,
            rpc_url=self.node.web3.provider.endpoint_uri,
            store=self.folder / "store",
            deployment=self.file,
            wallet=name,
        )

    def fund(self, address, tokens=1000):
        """Give coin for gas, and tokens."""
        self.local.set_balance(address, 100 * COIN)
        if tokens:
            self.local.mint(self.deployment.token, address, tokens * COIN)

    def person(self, name, tokens=1000):
        """Return the market as somebody new sees it."""
        wallet = Wallet(name, Account.create(), MarketSecret.generate())
        self.fund(wallet.address, tokens)
        return Market.connect(self.settings(f"{name}-{next(self.numbers)}"), wallet)

    def citizen(self, name, tokens=1000, wallet=Keystore.create):
        """Return the settings of somebody with a wallet file, for the command line, and the address."""
        settings = self.settings(f"{name}-{next(self.numbers)}")
        address = wallet(Keystore(settings.wallets_path, SCRYPT_N_LIGHT), settings.wallet, PASSWORD).address
        self.fund(address, tokens)
        (settings.home / "password").write_text(PASSWORD + "\n")
        return replace(settings, password_file=settings.home / "password"), address

    def require_croissant(self):
        """Let mlcroissant check each manifest that any test has put on the chain."""
        import mlcroissant

        market = Market.connect(self.settings("reader"))
        listings = catalog.list_assets(market)
        digests = {terms.manifest for one in listings for terms in one.versions.values()}
        for digest in sorted(digests):
            data = b"".join(market.store.get(Cid(RAW_CODEC, digest)))
            assert not mlcroissant.Dataset(jsonld=json.loads(data)).metadata.ctx.issues.errors

    def advance(self, seconds):
        """Move time on."""
        return self.local.advance(seconds)


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    with Localnet(folder / "localnet") as state:
        found = Town(folder, state.url)
        yield found
        found.require_croissant()


@pytest.fixture(scope="session")
def kubo(tmp_path_factory):
    """A real IPFS node, offline."""
    node = Kubo(tmp_path_factory.mktemp("kubo"))
    try:
        yield node.start()
    finally:
        node.stop()


def person(request, town, name):
    """Return somebody as a module wants its people: a market, or what it names ``PERSON``."""
    return getattr(request.module, "PERSON", Town.person)(town, name)


@pytest.fixture
def alice(request, town):
    """Buys."""
    return person(request, town, "alice")


@pytest.fixture
def bob(request, town):
    """Sells."""
    return person(request, town, "bob")


@pytest.fixture
def mallory(request, town):
    """Attacks."""
    return person(request, town, "mallory")


@pytest.fixture
def table(tmp_path):
    """A table of ten pieces."""
    path = tmp_path / "patients.csv"
    rows = "\n".join(f"{i},{i * 7 % 91},{'yes' if i % 3 else 'no'}" for i in range(3000))
    path.write_text(f"id,age,ill\n{rows}\n")
    return path


@pytest.fixture
def cancer(tmp_path):
    """The breast cancer data as a file."""
    path = tmp_path / "cancer.csv"
    path.write_bytes(write_table(load_breast_cancer_table()))
    return path


@pytest.fixture
def asset(bob, table):
    """What bob, who types commands, has listed."""
    words = ("--price", "10", "--bond", "2", "--licence", "CC-BY-4.0")
    return bob.json("asset", "publish", table, *words)["asset"]


@pytest.fixture
def plan(table):
    """What the seller wants to list."""
    return publish.plan_dataset(table, price=10 * COIN, licence="CC-BY-4.0", bond=4 * COIN)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A market for contests; each test begins at the same block of it."""
    folder = tmp_path_factory.mktemp("world")
    with Localnet(folder / "localnet") as state:
        yield World(Node(state.url), folder).build()


@pytest.fixture
def world(built):
    """The market for contests, with nothing done on it yet."""
    return built.fresh()


@pytest.fixture(scope="session")
def built_proved(tmp_path_factory):
    """A market with an open proved bounty; takes the proving tools."""
    folder = tmp_path_factory.mktemp("proved")
    with Localnet(folder / "localnet") as state:
        yield ProvedWorld(Node(state.url), folder, open_store=lambda _: FolderStore(folder / "store")).build()


def pytest_collection_modifyitems(items):
    """Begin with the longest files: where two run at a time, none is left for one alone at the end."""
    items.sort(key=lambda one: LONGEST.index(one.path.stem) if one.path.stem in LONGEST else len(LONGEST))


def pytest_terminal_summary(terminalreporter):
    """Say how many of how many points processes were killed at."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    found = [value for one in reports for name, value in one.user_properties if name == "kills"]
    for kills, points, story in found:
        terminalreporter.write_line(f"sweep {story}: {kills} kills, {points} points")
    for one in reports:
        for made, story in (value for name, value in one.user_properties if name == "reorgs"):
            terminalreporter.write_line(f"reorgs of {story}: {made}")
