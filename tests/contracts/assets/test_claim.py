"""
claim
├── nothing came in: nothing happens
├── less than a unit a share: nothing yet, carried
├── called by anybody: the holder is paid, not the caller
├── twice: pays once
├── for somebody without shares: pays nothing
├── with parents: their part is kept apart
├── for the bucket of a seller's bonds, as if it were an asset: pays nothing, the bond stays whole
└── an asset that is unlisted, or whose bond is gone, still earns
"""

from tests.contracts import twin
from tests.contracts.conftest import FUNDS
from tests.contracts.goods import earn, list_asset


def test_claim__by_a_stranger__pays_the_holder(house, alice, bob, mallory, asset, terms):
    earn(house, alice, asset, 50_000)
    assert house.assets.claimable(asset, bob) == 50_000
    tx = house.assets.claim(asset, bob, {"from": mallory})
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond + 50_000
    assert house.vault.balanceOf(mallory) == FUNDS
    assert dict(tx.events["IncomeCounted"]) == {"assetId": asset, "toHolders": 50_000, "toParents": 0}
    assert dict(tx.events["IncomePaid"]) == {"assetId": asset, "holder": bob, "amount": 50_000}


def test_claim__twice__pays_once(house, alice, bob, asset):
    earn(house, alice, asset, 50_000)
    house.assets.claim(asset, bob, {"from": bob})
    tx = house.assets.claim(asset, bob, {"from": bob})
    assert "IncomePaid" not in tx.events
    assert house.assets.claimable(asset, bob) == 0


def test_claim__nothing_came_in__changes_nothing(house, bob, asset, terms):
    tx = house.assets.claim(asset, bob, {"from": bob})
    assert not tx.events
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond


def test_claim__less_than_a_unit_a_share__is_carried(house, alice, bob, asset):
    earn(house, alice, asset, 9_999)
    house.assets.claim(asset, bob, {"from": bob})
    assert house.vault.bucketOf(house.assets, asset) == 9_999
    earn(house, alice, asset, 1)
    assert house.assets.claimable(asset, bob) == 10_000


def test_claim__without_shares__pays_nothing(house, alice, bob, mallory, asset):
    earn(house, alice, asset, 50_000)
    tx = house.assets.claim(asset, mallory, {"from": mallory})
    assert "IncomePaid" not in tx.events
    assert house.assets.claimable(asset, bob) == 50_000


def test_claim__with_parents__keeps_their_part(house, alice, bob, asset):
    child, _ = list_asset(house, bob, salt=2, parents=[(asset, 2_500)])
    earn(house, alice, child, 40_000)
    house.assets.claim(child, bob, {"from": bob})
    assert house.vault.bucketOf(house.assets, child) == 10_000
    assert house.assets.flushable(child) == 10_000


def test_claim__all_to_parents__pays_nothing(house, alice, bob, asset):
    child, _ = list_asset(house, bob, salt=2, parents=[(asset, 10_000)])
    earn(house, alice, child, 40_000)
    assert house.assets.claimable(child, bob) == 0
    assert house.assets.flushable(child) == 40_000


def test_claim__bucket_of_bonds__pays_nobody(house, bob, mallory, asset, terms):
    bonds = int(bob.address, 16)
    assert house.vault.bucketOf(house.assets, bonds) == terms.bond
    house.assets.claim(bonds, bob, {"from": mallory})
    house.assets.claim(bonds, mallory, {"from": mallory})
    house.assets.safeTransferFrom(mallory, bob, bonds, 0, b"", {"from": mallory})
    assert house.vault.bucketOf(house.assets, bonds) == terms.bond
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond


def test_claim__unlisted__still_earns(house, alice, bob, asset, terms):
    house.assets.unlist(asset, terms, {"from": bob})
    earn(house, alice, asset, 10_000)
    assert house.assets.claimable(asset, bob) == 10_000


def test_claim__income_before_the_asset_exists__goes_to_whoever_lists_it(house, alice, bob, chain):
    birth = (bob.address, "0x" + "00" * 20, (3).to_bytes(32, "big"), [])
    coming = twin.asset_id(chain.id, house.assets.address, birth)
    earn(house, alice, coming, 10_000)
    house.assets.claim(coming, alice, {"from": alice})
    assert list_asset(house, bob, salt=3)[0] == coming
    assert house.assets.claimable(coming, bob) == 10_000
