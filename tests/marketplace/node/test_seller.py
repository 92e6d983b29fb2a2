"""The seller's daemon: what it does with many orders at once."""

from types import SimpleNamespace

import pytest

from marketplace.chain.batch import Planned
from marketplace.errors import DataError
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from marketplace.node.seller import Seller

SECONDS_A_BATCH = 180


class Market:
    """A market in which each batch takes its time, as it does where blocks are slow."""

    def __init__(self):
        self.time = 1_000

    def send_many(self, planned):
        self.time += SECONDS_A_BATCH
        return [DataError("whatever")] * len(planned)


@pytest.fixture
def market(monkeypatch):
    found = Market()
    monkeypatch.setattr("marketplace.services.sell.latest_time", lambda one: one.time)
    monkeypatch.setattr("marketplace.node.seller.SETTLE_BATCH", 2)
    return found


def test_settle__several_batches__each_is_planned_by_the_time_it_is_sent_at(market, monkeypatch):
    """A key is shown only while there is time: an order may have had it when the turn began, and no more."""
    seen = []

    def plan(_self, sale, now, planned):
        seen.append((sale.order_id, now))
        planned.append(Planned(f"settle:{sale.order_id:#x}", "Exchange", "settle", ()))

    monkeypatch.setattr(Seller, "_plan", plan)
    sales = [SimpleNamespace(order_id=i, order=SimpleNamespace(price=1)) for i in range(5)]
    seller = Seller(market, Report("test", lambda _line: None, True), Patience(0.01))
    assert seller._settle(sales) == 0
    assert [now for _, now in seen] == [1_000, 1_000, 1_180, 1_180, 1_360]
