"""A listed asset, and the contracts that Assets listens to."""

import pytest

from tests.contracts.goods import Terms, acting_as, list_asset


@pytest.fixture
def terms(bob):
    """Return the terms under which bob lists."""
    return Terms(bob.address)


@pytest.fixture
def asset(house, bob, terms):
    """Return an asset of bob, listed under ``terms``, without parents."""
    return list_asset(house, bob, terms, salt=1)[0]


@pytest.fixture
def exchange(house):
    """Send as the Exchange."""
    return acting_as(house.exchange)


@pytest.fixture
def bounties(house):
    """Send as the contest's contract."""
    return acting_as(house.bounties)
