"""
slashBond
├── the caller is not the Exchange: reverts Assets_NotModule
├── the asset is listed or unlisted: a quarter for the challenger, the rest is burned, the asset is retired
└── the bond is gone: nothing happens
"""

import pytest

from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import Terms, bytes32, list_asset

RETIRED = bytes32(1)


def test_slash_bond__by_the_exchange__pays_a_quarter_and_burns_the_rest(house, exchange, alice, bob):
    terms = Terms(bob.address, bond=1_003)
    asset, _ = list_asset(house, bob, terms)
    accounted = house.vault.accounted()
    tx = house.assets.slashBond(asset, terms, alice, {"from": exchange})
    assert house.vault.balanceOf(alice) == FUNDS + 250
    assert house.vault.balanceOf(bob) == FUNDS - 1_003
    assert house.vault.bucketOf(house.assets, int(bob.address, 16)) == 0
    assert house.vault.accounted() == accounted
    assert bytes(house.assets.termsHashOf(asset)) == RETIRED
    expected = {"assetId": asset, "seller": bob, "challenger": alice, "reward": 250}
    assert dict(tx.events["BondSlashed"]) == expected


def test_slash_bond__unlisted__slashes_too(house, exchange, alice, bob, asset, terms):
    house.assets.unlist(asset, terms, {"from": bob})
    house.assets.slashBond(asset, terms, alice, {"from": exchange})
    assert house.vault.balanceOf(alice) == FUNDS + 250


def test_slash_bond__twice__takes_it_once(house, exchange, alice, bob, asset, terms):
    list_asset(house, bob, terms, salt=2)  # a second bond lies in the same bucket
    house.assets.slashBond(asset, terms, alice, {"from": exchange})
    tx = house.assets.slashBond(asset, terms, alice, {"from": exchange})
    assert "BondSlashed" not in tx.events
    assert house.vault.balanceOf(alice) == FUNDS + 250
    assert house.vault.bucketOf(house.assets, int(bob.address, 16)) == terms.bond


@pytest.mark.parametrize("who", ["mallory", "bob", "referee", "deployer"])
def test_slash_bond__anybody_else__reverts_not_module(house, people, asset, terms, who):
    with reverts_with("Assets_NotModule", people[who], house.exchange):
        house.assets.slashBond(asset, terms, people[who], {"from": people[who]})


def test_slash_bond__contests_contract__reverts_not_module(house, bounties, alice, asset, terms):
    with reverts_with("Assets_NotModule", house.bounties, house.exchange):
        house.assets.slashBond(asset, terms, alice, {"from": bounties})
