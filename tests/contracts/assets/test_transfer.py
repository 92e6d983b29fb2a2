"""
safeTransferFrom and safeBatchTransferFrom
├── both sides are paid what they earned so far, later income follows the holder
├── to oneself: pays once, changes nothing else
├── there and back: nobody gains
├── all shares through many hands: income is where it was earned
├── more than one has: reverts as ERC-1155 does
├── of somebody else's without approval: reverts as ERC-1155 does
├── to a contract
│   ├── that can't hold shares: reverts as ERC-1155 does
│   ├── that can: gets them and their income
│   └── that calls back into Assets: nobody gains
├── to nobody: reverts as ERC-1155 does
└── a batch, with an asset named twice: each moves, each is settled
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import ZERO, earn, list_asset


@pytest.fixture
def give(house, asset):
    """Give shares of the asset away."""
    return lambda giver, taker, shares, sender=None: house.assets.safeTransferFrom(
        giver, taker, asset, shares, b"", {"from": sender or giver}
    )


def test_transfer__of_a_part__income_follows_the_holder(house, alice, bob, carol, asset, terms, give):
    earn(house, alice, asset, 50_000)
    give(bob, carol, 2_500)
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond + 50_000
    assert house.assets.claimable(asset, carol) == 0
    earn(house, alice, asset, 20_000)
    assert house.assets.claimable(asset, bob) == 15_000
    assert house.assets.claimable(asset, carol) == 5_000


def test_transfer__taker_has_shares__is_paid_first(house, alice, bob, carol, asset, give):
    give(bob, carol, 5_000)
    earn(house, alice, asset, 20_000)
    give(bob, carol, 5_000)
    assert house.vault.balanceOf(carol) == FUNDS + 10_000
    assert house.assets.claimable(asset, carol) == 0


def test_transfer__to_oneself__pays_once(house, alice, bob, asset, terms, give):
    earn(house, alice, asset, 50_000)
    give(bob, bob, 10_000)
    give(bob, bob, 1)
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond + 50_000
    assert house.assets.balanceOf(bob, asset) == twin.SHARES


def test_transfer__there_and_back__gains_nothing(house, alice, bob, mallory, asset, give):
    earn(house, alice, asset, 10_000)
    give(bob, mallory, 10_000)
    give(mallory, bob, 10_000)
    house.assets.claim(asset, mallory, {"from": mallory})
    assert house.vault.balanceOf(mallory) == FUNDS
    assert house.vault.bucketOf(house.assets, asset) == 0


def test_transfer__of_nothing_by_a_stranger__pays_nobody_else(house, alice, bob, mallory, asset, give):
    earn(house, alice, asset, 10_000)
    give(mallory, mallory, 0)
    assert house.vault.balanceOf(mallory) == FUNDS
    assert house.assets.claimable(asset, bob) == 10_000


def test_transfer__more_than_there_is__reverts(house, bob, carol, asset, give):
    give(bob, carol, 10)
    with reverts_with("ERC1155InsufficientBalance", carol, 10, 11, asset):
        give(carol, bob, 11)


def test_transfer__stranger__reverts_missing_approval(house, bob, mallory, give):
    with reverts_with("ERC1155MissingApprovalForAll", mallory, bob):
        give(bob, mallory, 1, sender=mallory)


def test_transfer__approved_by_the_holder__pays_the_holder(house, alice, bob, carol, asset, terms, give):
    house.assets.setApprovalForAll(carol, True, {"from": bob})
    earn(house, alice, asset, 10_000)
    give(bob, carol, 1, sender=carol)
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond + 10_000
    assert house.vault.balanceOf(carol) == FUNDS


def test_transfer__to_nobody__reverts(house, bob, give):
    with reverts_with("ERC1155InvalidReceiver", ZERO):
        give(bob, ZERO, 1)


def test_transfer__to_a_contract_that_cannot_hold_shares__reverts(house, bob, give):
    with reverts_with("ERC1155InvalidReceiver", house.vault):
        give(bob, house.vault, 1)


def test_transfer__to_a_contract__it_earns(house, alice, bob, asset, give, ShareReceiver):
    contract = ShareReceiver.deploy({"from": bob})
    give(bob, contract, 10_000)
    earn(house, alice, asset, 10_000)
    house.assets.claim(asset, contract, {"from": alice})
    assert house.vault.balanceOf(contract) == 10_000


def test_transfer__receiver_calls_back__gains_nothing(
    house, alice, bob, mallory, asset, terms, give, ShareReceiver
):
    contract = ShareReceiver.deploy({"from": mallory})
    back = house.assets.safeTransferFrom.encode_input(contract, mallory, asset, 100, b"")
    contract.answerWith(back, {"from": mallory})
    earn(house, alice, asset, 10_000)
    give(bob, contract, 100)
    assert contract.succeeded()
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond + 10_000
    assert house.vault.balanceOf(contract) == 0
    assert house.vault.balanceOf(mallory) == FUNDS
    assert house.vault.bucketOf(house.assets, asset) == 0
    assert house.assets.balanceOf(mallory, asset) == 100


def test_transfer__batch_with_one_asset_twice__settles_each(house, alice, bob, carol, asset):
    other, _ = list_asset(house, bob, salt=2)
    before = house.vault.balanceOf(bob)
    earn(house, alice, asset, 10_000)
    earn(house, alice, other, 20_000)
    house.assets.safeBatchTransferFrom(
        bob, carol, [asset, other, asset], [1_000, 2_000, 500], b"", {"from": bob}
    )
    assert house.vault.balanceOf(bob) == before + 30_000
    assert house.assets.balanceOf(carol, asset) == 1_500
    assert house.assets.balanceOf(carol, other) == 2_000
    assert house.vault.balanceOf(carol) == FUNDS


def test_transfer__batch_of_somebody_elses__reverts_missing_approval(house, bob, mallory, asset):
    with reverts_with("ERC1155MissingApprovalForAll", mallory, bob):
        house.assets.safeBatchTransferFrom(bob, mallory, [asset], [1], b"", {"from": mallory})
