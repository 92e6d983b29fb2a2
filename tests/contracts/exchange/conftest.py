"""A listed asset of bob, and alice's order for it."""

import pytest

from tests.contracts.goods import Terms, at, list_asset, order_of, settle


@pytest.fixture
def terms(bob):
    """Return the terms under which bob lists."""
    return Terms(bob.address)


@pytest.fixture
def asset(house, bob, terms):
    """Return an asset of bob, listed under ``terms``."""
    return list_asset(house, bob, terms, salt=1)[0]


@pytest.fixture
def sale(house, alice, asset, terms):
    """Return alice's open order."""
    return order_of(house, alice, asset, terms)


@pytest.fixture
def settled(house, bob, sale):
    """Return alice's settled order, and when it was settled."""
    return sale, settle(house, sale, bob)


@pytest.fixture
def matured(settled):
    """Return alice's settled order; the next block is a second after its dispute window."""
    sale, when = settled
    at(when + sale.order.dispute_window + 1)
    return sale


@pytest.fixture
def referee(people):
    """Act as the referee."""
    return people["referee"]
