"""A contract of proved bounties, and one that alice opened."""

import brownie
import pytest

from tests.contracts.proofs.deal import Deal

NOBODY = "0x" + "00" * 20


@pytest.fixture(scope="session")
def deployed(house, people):
    """Return the contract and its verifiers, all approved by everybody; its fourth circuit has none."""
    contracts = {c._name: c for c in brownie.project.get_loaded_projects()[0]}
    deployer = {"from": people["deployer"]}
    verifiers = [contracts["ToldVerifier"].deploy(deployer) for _ in range(3)]
    proofs = contracts["Proofs"].deploy(house.vault, [*verifiers, NOBODY], deployer)
    for name in ("alice", "bob", "carol", "mallory"):
        house.vault.approve(proofs, 2**256 - 1, {"from": people[name]})
    return proofs, verifiers


@pytest.fixture
def draft(deployed, alice):
    """Return alice's bounty before it is opened."""
    return Deal(*deployed, alice)


@pytest.fixture
def deal(draft):
    """Return alice's open bounty."""
    draft.open()
    return draft
