"""A module that is just an account, and a Vault around a token that cheats."""

import pytest

from tests.contracts.conftest import FUNDS


@pytest.fixture
def module(people):
    """Act as a module: for the Vault that is whoever calls."""
    return people["dave"]


@pytest.fixture(scope="session")
def hostile(people, HostileToken, Vault):
    """Return a cheating token and its Vault, with money of alice in and outside of it."""
    alice = people["alice"]
    token = HostileToken.deploy({"from": people["deployer"]})
    vault = Vault.deploy(token, {"from": people["deployer"]})
    token.mint(alice, 2 * FUNDS, {"from": alice})
    token.approve(vault, 2 * FUNDS, {"from": alice})
    vault.deposit(FUNDS, {"from": alice})
    return token, vault


@pytest.fixture
def bucket(house, module, alice):
    """Return a bucket of the module with 100 units of alice."""
    house.vault.approve(module, 100, {"from": alice})
    house.vault.lock(7, alice, 100, {"from": module})
    return 7
