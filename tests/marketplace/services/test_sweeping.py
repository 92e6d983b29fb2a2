"""When a sweep ends by itself."""

from types import SimpleNamespace

import pytest

from marketplace.errors import DataError, TransactionFailed
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
