"""Collecting: orders that were sent in another batch, and are not final, are not sent a second time."""

from types import SimpleNamespace

import pytest

from marketplace.errors import DataError
from marketplace.services import sell
from marketplace.services.catalog import OrderState

MATURE = 10


def sale(number, state=OrderState.SETTLED):
    return SimpleNamespace(
        order_id=number, order=SimpleNamespace(asset_id=1), state=state, matures_at=MATURE - 1
    )


class Town:
    """A market whose collections are not final until `resume` finds them so."""

    account = "0x1"

    def __init__(self, final=True):
        self.final, self.sent, self.waiting, self.collected = final, [], [], set()
        self.client = SimpleNamespace(unsettled=lambda _: list(self.waiting), resume=self.resume)

    def now(self):
        return MATURE

    def send(self, _what, _contract, _function, refs, *, intent):
        self.sent.append([ref.order_id for ref in refs])
        if intent not in self.waiting:
            self.waiting.append(intent)
        return intent

    def resume(self):
        if self.final:
            self.waiting.clear()
            self.collected |= {one for batch in self.sent for one in batch}

    def load_orders(self, _market, ids):
        return [
            sale(one, OrderState.COLLECTED if one in self.collected else OrderState.SETTLED) for one in ids
        ]


@pytest.fixture
def town(monkeypatch):
    found = Town()
    monkeypatch.setattr(sell, "load_orders", found.load_orders, raising=False)
    return found


def test_collect__batch_has_grown_while_the_first_was_not_final__only_what_is_new_is_sent(town):
    sell.collect(town, [sale(1), sale(2)])
    sell.collect(town, [sale(1), sale(2), sale(3)])
    assert town.sent == [[1, 2], [3]]


def test_collect__same_batch_again__is_found_by_its_name(town):
    first = sell.collect(town, [sale(1), sale(2)])
    assert sell.collect(town, [sale(1), sale(2)]) == first


def test_collect__first_is_still_not_final__sends_nothing(town):
    town.final = False
    sell.collect(town, [sale(1)])
    with pytest.raises(DataError, match="not final yet"):
        sell.collect(town, [sale(1), sale(2)])
    assert town.sent == [[1]]
