"""A node that fails in the middle of a sale: one line of error, and the same command goes on afterwards."""

from dataclasses import replace
from random import Random

import pytest

from marketplace.chain import Localnet
from marketplace.crypto.keystore import Keystore
from marketplace.errors import ChainError, DataError, MarketplaceError
from marketplace.services import buy, catalog, publish, sell
from marketplace.services.market import Market
from tests.integration.conftest import COIN, PASSWORD, Town
from tests.integration.faulty_node import FAULTS, FaultyNode, behind, other_chain, without_end

PRICE = 10 * COIN
CHAIN = 31_338
"""Not that of a chain whose owner winds it back: there a node that is behind is no news."""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    local = Localnet(folder / "localnet")
    state = local.start(port=0, chain_id=CHAIN, bound=True)
    try:
        yield Town(folder, state.url)
    finally:
        local.stop()


@pytest.fixture
def line(town):
    server = FaultyNode(town.node.web3.provider.endpoint_uri)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Bounds a test can wait for; which ones does not matter."""
    monkeypatch.setattr("marketplace.chain.provider.MAX_ANSWER_BYTES", 2**22)
    monkeypatch.setattr("marketplace.chain.deadline.PATIENCE", 2)
    monkeypatch.setattr("marketplace.chain.provider.CHAIN_CHECK_SECONDS", 0.0)
    monkeypatch.setattr("marketplace.chain.rpc.BEHIND_SECONDS", 0.3)


class Person:
    """Somebody whose every command is a new process, as far as memory goes."""

    def __init__(self, town, name, line):
        settings, self.address = town.citizen(name)
        self.wallet = Keystore(settings.wallets_path).unlock(settings.wallet, PASSWORD)
        self.direct = Market.connect(settings, self.wallet)
        self.line = line
        self.settings = replace(settings, rpc_url=line.url, receipt_timeout_seconds=60, password_file=None)

    def market(self):
        """Connect; who knows of a fault has little patience, the others as much as a busy computer needs."""
        hurried = replace(self.settings, rpc_timeout_seconds=2, receipt_timeout_seconds=5)
        return Market.connect(self.settings if self.line.fault is None else hurried, self.wallet)

    def wealth(self):
        call = self.direct.client.call
        return call("TestToken", "balanceOf", self.address) + call("Vault", "balanceOf", self.address)


class Sale:
    """A sale in four commands, each of which can be repeated."""

    def __init__(self, town, line, table, out):
        self.town, self.out, self.table = town, out, table
        self.alice, self.bob = Person(town, "alice", line), Person(town, "bob", line)
        plan = publish.plan_dataset(table, price=PRICE, bond=0)
        self.asset = publish.publish(self.bob.direct, plan).asset_id

    def order(self):
        market = self.alice.market()
        if not catalog.list_orders(market, asset_id=self.asset, buyer=market.account):
            buy.order(market, catalog.load_asset(market, self.asset))

    def settle(self):
        market = self.bob.market()
        for sale in sell.open_sales(market):
            sell.settle(market, sale)

    def receive(self):
        market = self.alice.market()
        sales = catalog.list_orders(market, asset_id=self.asset, buyer=market.account)
        if not sales:
            raise DataError("no order yet")  # as the command says when the node is behind
        buy.receive(market, sales[0], self.out)

    def collect(self):
        market = self.bob.market()
        sell.collect(market, sell.matured_sales(market))
        listing = catalog.load_asset(market, self.asset)
        if catalog.load_income(market, listing, market.account).claimable:
            sell.claim(market, listing)

    def check(self):
        assert self.out.read_bytes() == self.table.read_bytes()
        assert self.alice.wealth() == 1000 * COIN - PRICE
        assert self.bob.wealth() == 1000 * COIN + PRICE


def requests_of(line, step):
    """Return how many requests a command takes on a good day."""
    line.heal()
    before = line.count
    step()
    return line.count - before


STEPS = ("order", "settle", "receive", "collect")


@pytest.fixture(scope="module")
def lengths(town, tmp_path_factory):
    """How many requests each command takes."""
    folder = tmp_path_factory.mktemp("lengths")
    line = FaultyNode(town.node.web3.provider.endpoint_uri)
    sale = Sale(town, line, _table(folder), folder / "bought")
    found = {}
    for name in STEPS:
        if name == "collect":
            town.advance(90_000)
        found[name] = requests_of(line, getattr(sale, name))
    line.stop()
    return found


def _table(folder):
    path = folder / "patients.csv"
    path.write_text("id,age\n" + "\n".join(f"{i},{i * 7 % 91}" for i in range(300)) + "\n")
    return path


def attempt(step):
    """Take a step; return our own error, if it ends with one. Any other is a failure of the test."""
    try:
        step()
    except MarketplaceError as error:
        return error
    return None


SAMPLE = 4
"""Faults that CI has in each run, by its chance; `make deep` has all."""


def pytest_generate_tests(metafunc):
    """Give each test that takes a fault those of this run."""
    if "fault" in metafunc.fixturenames:
        option = metafunc.config.option
        faults = FAULTS if option.deep else Random(option.seed).sample(FAULTS, SAMPLE)
        metafunc.parametrize("fault", faults, ids=lambda fault: fault.__name__)


def test_sale__node_fails_half_way__goes_on_when_it_is_well(
    town, line, lengths, tmp_path, fault, deep, chance
):
    """In each command, from a request by chance on (of every third one, at length), until it has ended."""
    sale = Sale(town, line, _table(tmp_path), tmp_path / "bought")
    errors = 0
    for name in STEPS:
        if name == "collect":
            town.advance(90_000)
        moments = range(1, lengths[name] + 1, 3) if deep else [chance.randint(1, lengths[name])]
        for moment in moments:
            line.strike(fault, moment)
            error = attempt(getattr(sale, name))
            errors += error is not None
            assert error is None or (error.hint and "\n" not in str(error))
            line.heal()
        getattr(sale, name)()
    sale.check()
    assert errors or fault in HARMLESS


HARMLESS = {
    fault
    for fault in FAULTS
    if fault.__name__ in ("lying_calls", "lying_calls_high", "behind", "other_receipts")
}
"""What a command that only waits or compares may pass by; it ends well all the same."""


def test_node__speaks_for_another_chain_in_the_middle__is_refused(town, line, tmp_path):
    sale = Sale(town, line, _table(tmp_path), tmp_path / "bought")
    market = sale.alice.market()
    assert market.now()
    line.strike(other_chain, 1)
    with pytest.raises(ChainError, match="was on chain 31338, and is on chain 1 now"):
        market.now()


def test_node__falls_behind__is_not_believed_and_waited_for(town, line):
    person = Person(town, "alice", line)
    market = person.market()
    for _ in range(4):
        town.advance(12)
        market.now()
    line.strike(behind, 1)
    with pytest.raises(ChainError, match="is behind: it is at block"):
        market.now()
    line.heal()
    assert market.now()


def test_node__answers_without_end__is_left_in_bounded_memory(town, line):
    import tracemalloc

    market = Person(town, "alice", line).market()
    line.strike(without_end, 1)
    tracemalloc.start()
    with pytest.raises(ChainError, match="more than 4,194,304 bytes"):
        market.now()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24
