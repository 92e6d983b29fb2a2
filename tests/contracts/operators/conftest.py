"""Seats, and the panels' contract that they listen to."""

import pytest

from tests.contracts.goods import acting_as

KEY = b"\x25" * 32


@pytest.fixture
def panels(house):
    """Send as the panels' contract."""
    return acting_as(house.panels)


@pytest.fixture
def join(house):
    """Take a seat for somebody; return the transaction."""
    return lambda who: house.operators.join(KEY, {"from": who})


@pytest.fixture
def seat(join, carol):
    """Return the one seat there is: carol's."""
    join(carol)
    return 0
