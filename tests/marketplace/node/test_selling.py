"""What a seller's daemon does with an order, in every state and at every edge of its deadline."""

import pytest

from marketplace.node.selling import Clock, Deed, OrderFacts, next_deed
from marketplace.services.catalog import OrderState
from marketplace.services.sell import SETTLE_MARGIN_SECONDS

NOW = 1_800_000_000


def deed(state=OrderState.OPEN, *, left=3600, shown=False, depth=1, confirmations=1, matures=0, ahead=0):
    order = OrderFacts(state, NOW + left, matures, 100, shown)
    return next_deed(order, Clock(NOW, NOW + ahead, 100 + depth - 1, confirmations))


def test_open_order__enough_time__is_settled():
    assert deed() is Deed.SETTLE


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (SETTLE_MARGIN_SECONDS, Deed.SETTLE),
        (SETTLE_MARGIN_SECONDS - 1, Deed.LEAVE),
        (0, Deed.LEAVE),
        (-1, Deed.LEAVE),
    ],
)
def test_open_order__close_to_its_deadline__key_is_not_shown(left, expected):
    assert deed(left=left) is expected


def test_open_order__node_lags_behind_this_computer__later_time_counts():
    assert deed(left=SETTLE_MARGIN_SECONDS, ahead=1) is Deed.LEAVE


@pytest.mark.parametrize(("left", "expected"), [(1, Deed.SETTLE), (0, Deed.SETTLE), (-1, Deed.LEAVE)])
def test_open_order__key_is_public_already__sent_again_to_the_last_moment(left, expected):
    assert deed(left=left, shown=True) is expected


@pytest.mark.parametrize(("depth", "expected"), [(2, Deed.WAIT), (3, Deed.SETTLE)])
def test_open_order__not_deep_enough__waits_for_confirmations(depth, expected):
    assert deed(depth=depth, confirmations=3) is expected


def test_settled_order__collected_after_its_window_only():
    assert deed(OrderState.SETTLED, matures=NOW) is Deed.WAIT
    assert deed(OrderState.SETTLED, matures=NOW - 1) is Deed.COLLECT


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (OrderState.EXPIRED, Deed.LEAVE),
        (OrderState.COLLECTED, Deed.NOTHING),
        (OrderState.REFUNDED, Deed.NOTHING),
        (OrderState.REVERSED, Deed.NOTHING),
    ],
)
def test_ended_order__nothing_is_sent(state, expected):
    assert deed(state) is expected
