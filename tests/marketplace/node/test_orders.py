"""The seller's book of orders: reads what is new, and everything again when it can't be sure."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest

from marketplace.chain.rpc import Block
from marketplace.node import orders
from marketplace.node.orders import OVERLAP_BLOCKS, REREAD_SECONDS, OrderBook
from marketplace.services.catalog import OrderState

ASSET, DEADLINE = 7, 1000


@dataclass(frozen=True)
class Sold:
    """As much of a sale as the book looks at."""

    order_id: int
    state: OrderState = OrderState.OPEN
    order: object = field(default_factory=lambda: SimpleNamespace(asset_id=ASSET, deadline=DEADLINE))


class Chain:
    """A chain of blocks with events, and what was read of it; `last` is what the orders are read at."""

    last = 10**9

    def __init__(self):
        self.blocks, self.log, self.reads = [Block(0, "0x0", 0)], [], []

    def mine(self, *events, time=1):
        number = len(self.blocks)
        self.blocks.append(Block(number, f"0x{number}", time))
        for index, (name, order) in enumerate(events):
            self.log.append(Happened(name, order, number, index))

    def orders(self):
        """Return the orders as they are in the block that is read at."""
        states = {"OrderFunded": OrderState.OPEN, "OrderSettled": OrderState.SETTLED}
        happened = [one for one in self.log if one.block <= self.last]
        return {one.order: Sold(one.order, states[one.name]) for one in happened}

    def pop(self):
        """Take the newest block away."""
        self.blocks.pop()
        self.log = [one for one in self.log if one.block < len(self.blocks)]

    def block(self, number=None):
        return self.blocks[-1 if number is None else number]

    def events(self, contract, names, *, from_block=None, argument_filters=None):
        if contract == "Assets":
            return [{"assetId": ASSET}] if not from_block else []
        wanted = [names] if isinstance(names, str) else names
        return [one for one in self.log if one.name in wanted and (from_block or 0) <= one.block <= self.last]


@dataclass(frozen=True)
class Happened:
    name: str
    order: int
    block: int
    log_index: int

    @property
    def block_hash(self):
        return f"{self.block}, {self.order}"

    def __getitem__(self, key):
        return {"orderId": self.order, "assetId": ASSET}[key]


@pytest.fixture
def chain(monkeypatch):
    found = Chain()

    def list_orders(market, seller):
        found.reads.append("all")
        return list(found.orders().values())

    def load_orders(market, ids):
        found.reads.append(sorted(ids))
        return [found.orders()[one] for one in ids]

    monkeypatch.setattr(orders, "list_orders", list_orders)
    monkeypatch.setattr(orders, "load_orders", load_orders)
    return found


@pytest.fixture
def clock():
    return SimpleNamespace(now=0.0)


@pytest.fixture
def book(chain, clock):
    client = SimpleNamespace(node=SimpleNamespace(block=chain.block), events=chain.events)
    market = SimpleNamespace(client=client, account="0x1")

    def pinned(block):
        chain.last = block.number
        return market

    market.pinned = pinned
    return OrderBook(market, lambda: clock.now)


def read(book, chain):
    return {sale.order_id: sale.state for sale in book.read(chain.block())}


def test_read__again__only_what_is_new(book, chain):
    chain.mine(("OrderFunded", 1), ("OrderFunded", 2))
    assert read(book, chain) == {1: OrderState.OPEN, 2: OrderState.OPEN}
    chain.mine(("OrderSettled", 2), ("OrderFunded", 3))
    found = read(book, chain)
    assert found == {1: OrderState.OPEN, 2: OrderState.SETTLED, 3: OrderState.OPEN}
    for _ in range(OVERLAP_BLOCKS + 2):
        chain.mine()
        assert read(book, chain) == found
    assert chain.reads == ["all", [1, 2, 3], *[[]] * (OVERLAP_BLOCKS + 2)]


def test_read__reorg__everything_again(book, chain):
    chain.mine(("OrderFunded", 1))
    read(book, chain)
    chain.blocks[-1] = replace(chain.blocks[-1], hash="0xother")
    chain.log.clear()
    assert read(book, chain) == {}
    chain.blocks.pop()  # a node that is behind
    assert read(book, chain) == {}
    assert chain.reads == ["all", "all", "all"]


def test_read__reorg_above_what_was_seen__other_order_in_the_same_place_is_heard(book, chain):
    chain.mine(("OrderFunded", 1))
    seen = chain.block()
    chain.mine(("OrderFunded", 2))  # the index is further than the block of this turn
    book.read(seen)
    book.read(seen)
    chain.pop()
    chain.mine(("OrderFunded", 3))
    assert 3 in read(book, chain)


def test_read__reorg_above_what_was_seen__settlement_that_is_gone_is_open_again(book, chain):
    chain.mine(("OrderFunded", 1))
    seen = chain.block()
    chain.mine(("OrderSettled", 1))
    book.read(seen)
    book.read(seen)
    chain.pop()
    chain.mine()
    assert read(book, chain) == {1: OrderState.OPEN}


def test_read__after_an_hour__everything_again(book, chain, clock):
    read(book, chain)
    clock.now = REREAD_SECONDS + 1
    read(book, chain)
    assert chain.reads == ["all", "all"]


def test_read__deadline_passes__expires_without_an_event(book, chain):
    chain.mine(("OrderFunded", 1))
    assert read(book, chain) == {1: OrderState.OPEN}
    chain.mine(time=DEADLINE)
    assert read(book, chain) == {1: OrderState.OPEN}
    chain.mine(time=DEADLINE + 1)
    assert read(book, chain) == {1: OrderState.EXPIRED}
