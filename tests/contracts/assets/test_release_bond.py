"""
releaseBond
├── not unlisted, or another time of unlisting is given: reverts Assets_NotTerms
├── the last order could still be disputed: reverts Assets_BondLocked
├── a second later, by anybody: the seller has his bond, the asset is retired
├── again: reverts Assets_NotTerms
└── after the bond was slashed: reverts Assets_NotTerms
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import at, bytes32, list_asset, order_of, settle

RETIRED = bytes32(1)


@pytest.fixture
def unlisted(house, bob, asset, terms):
    """Return when bob unlisted his asset, and from when on the bond is free."""
    since = house.assets.unlist(asset, terms, {"from": bob}).timestamp
    return since, since + terms.settle_window + terms.dispute_window


def test_release_bond__last_second__reverts_bond_locked(house, asset, terms, bob, unlisted):
    since, free = unlisted
    at(free)
    with reverts_with("Assets_BondLocked", asset, free, free):
        house.assets.releaseBond(asset, terms, since, {"from": bob})


def test_release_bond__a_second_later_by_anybody__pays_the_seller(
    house, asset, terms, bob, mallory, unlisted
):
    since, free = unlisted
    at(free + 1)
    tx = house.assets.releaseBond(asset, terms, since, {"from": mallory})
    assert house.vault.balanceOf(bob) == FUNDS
    assert house.vault.balanceOf(mallory) == FUNDS
    assert bytes(house.assets.termsHashOf(asset)) == RETIRED
    assert dict(tx.events["BondReleased"]) == {"assetId": asset, "seller": bob, "amount": terms.bond}


def test_release_bond__twice__reverts_not_terms(house, asset, terms, bob, unlisted):
    list_asset(house, bob, terms, salt=2)  # a second bond lies in the same bucket
    since, free = unlisted
    at(free + 1)
    house.assets.releaseBond(asset, terms, since, {"from": bob})
    with reverts_with("Assets_NotTerms", asset, twin.unlisted_hash(terms, since), RETIRED):
        house.assets.releaseBond(asset, terms, since, {"from": bob})


def test_release_bond__listed_again_after__reverts_exists(house, asset, terms, bob, unlisted):
    since, free = unlisted
    at(free + 1)
    house.assets.releaseBond(asset, terms, since, {"from": bob})
    with reverts_with("Assets_Exists", asset):
        house.assets.list(bytes32(1), terms, [], {"from": bob})


def test_release_bond__another_time__reverts_not_terms(house, asset, terms, bob, unlisted):
    since, _ = unlisted
    with reverts_with(
        "Assets_NotTerms", asset, twin.unlisted_hash(terms, 5), twin.unlisted_hash(terms, since)
    ):
        house.assets.releaseBond(asset, terms, 5, {"from": bob})


def test_release_bond__a_larger_bond__reverts_not_terms(house, asset, terms, bob, unlisted):
    since, _ = unlisted
    forged = terms._replace(bond=10_000)
    got, current = twin.unlisted_hash(forged, since), twin.unlisted_hash(terms, since)
    with reverts_with("Assets_NotTerms", asset, got, current):
        house.assets.releaseBond(asset, forged, since, {"from": bob})


def test_release_bond__still_listed__reverts_not_terms(house, asset, terms, bob):
    with reverts_with("Assets_NotTerms", asset, twin.unlisted_hash(terms, 0), twin.terms_hash(terms)):
        house.assets.releaseBond(asset, terms, 0, {"from": bob})


def test_release_bond__order_in_the_second_of_unlisting__outlives_its_dispute(
    house, alice, bob, asset, terms
):
    sale = order_of(house, alice, asset, terms)
    since = house.assets.unlist(asset, terms, {"from": bob}).timestamp
    at(sale.order.deadline)
    settled = settle(house, sale, bob)
    last_dispute = settled + terms.dispute_window
    at(last_dispute)
    free = since + terms.settle_window + terms.dispute_window
    assert last_dispute <= free
    with reverts_with("Assets_BondLocked", asset, last_dispute, free):
        house.assets.releaseBond(asset, terms, since, {"from": bob})
