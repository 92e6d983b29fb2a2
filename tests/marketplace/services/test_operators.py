"""Seats as a node tells of them, which may be rubbish."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from marketplace.errors import ChainError
from marketplace.services.operators import MAX_SEATS, list_seats


def market(count):
    """Return a market whose node tells of so many seats, none with an owner."""
    told = {"SEAT_BOND": 16, "count": count}
    pinned = SimpleNamespace(
        call=lambda _, name: told[name],
        call_many=lambda calls: [SimpleNamespace(owner="0x" + "00" * 20) for _ in calls],
    )
    node = SimpleNamespace(where="node.example")
    return SimpleNamespace(client=SimpleNamespace(at=lambda: nullcontext(pinned), node=node))


@pytest.mark.parametrize("count", [0, MAX_SEATS])
def test_list_seats__as_many_as_there_can_be__are_read(count):
    assert list_seats(market(count)) == []


@pytest.mark.parametrize("count", [MAX_SEATS + 1, 2**256 - 1])
def test_list_seats__node_that_counts_without_end__is_refused_before_they_are_read(count):
    with pytest.raises(ChainError, match="more seats than the 4,096 there can be"):
        list_seats(market(count))
