"""When a sweep ends by itself."""

from types import SimpleNamespace

import pytest

from marketplace.errors import DataError, TransactionFailed
from marketplace.services import sell
from marketplace.services.locks import sweeping
from marketplace.services.locks.sales import SCALE, Estate
from marketplace.services.locks.sweeping import MAX_WASTED, _Enough, _Sweeper


@pytest.fixture
def sweeper(monkeypatch):
    monkeypatch.setattr(_Sweeper, "_mined", lambda _self: 7)
    market = SimpleNamespace(on_step=lambda _step: None)
    market.watched = lambda _tell: market
    return _Sweeper(market, None)


def fails(error):
    def work(_market):
        raise error

    return work


def test_take__chain_that_stands_still__is_not_waited_for_at_each_step(sweeper):
    """Each step waits minutes for its block; the next one waits behind the same nonce."""
    late = fails(TransactionFailed("transaction 0x1 was not final after 180 s"))
    for step in range(MAX_WASTED - 1):
        sweeper.take(f"step {step}", late)
    with pytest.raises(_Enough, match="did nothing"):
        sweeper.take("another", late)
    assert len(sweeper.kept) == MAX_WASTED


def test_take__refused_before_anything_was_sent__goes_on(sweeper):
    for step in range(2 * MAX_WASTED):
        sweeper.take(f"step {step}", fails(DataError("too early")))
    assert len(sweeper.kept) == 2 * MAX_WASTED


def sold(asset, price, matures_at=0):
    return SimpleNamespace(
        order_id=price, order=SimpleNamespace(asset_id=asset, price=price), matures_at=matures_at
    )


def test_income__sales_that_bring_nothing__are_left_to_those_whom_they_pay(sweeper, monkeypatch):
    """Whoever names an asset as its parent for next to nothing must not make its holders pay his gas."""
    mine, dust = sold(1, 10), [sold(2, 3), sold(2, 4), sold(3, 999), sold(1, 20, matures_at=50)]
    enough = [sold(3, 1000), sold(3, 1001)]
    monkeypatch.setattr(
        sweeping, "load_estate", lambda *_: Estate({}, {}, {1: SCALE, 2: SCALE // 10, 3: SCALE // 2000})
    )
    collected = []
    monkeypatch.setattr(sell, "collect", lambda _market, part: collected.extend(part))
    sweeper.market.account, sweeper.market.now = "0x", lambda: 50
    for sales, wanted in (([mine, *dust], [mine]), ([mine, *enough], [mine, *enough])):
        monkeypatch.setattr(sweeping, "sales_of", lambda _market, assets, sales=sales: sales)
        collected.clear()
        sweeper.kept.clear()
        sweeping._income(sweeper, sweeper.market)
        assert collected == wanted
