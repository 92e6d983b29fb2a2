"""
unlist
├── the terms given are not the current ones, or it is unlisted: reverts Assets_NotTerms
├── the caller is not the seller: reverts Assets_NotSeller
└── else: takes no orders, the time is remembered
"""

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import bytes32


def test_unlist__by_the_seller__takes_no_orders(house, alice, bob, asset, terms):
    tx = house.assets.unlist(asset, terms, {"from": bob})
    unlisted = twin.unlisted_hash(terms, tx.timestamp)
    assert bytes(house.assets.termsHashOf(asset)) == unlisted
    assert dict(tx.events["AssetUnlisted"]) == {"assetId": asset, "seller": bob, "at": tx.timestamp}
    lock = twin.address(twin.point(7))
    with reverts_with("Exchange_NotOffered", asset, twin.terms_hash(terms), unlisted):
        house.exchange.order(bytes32(1), asset, terms, twin.point(3), lock, {"from": alice})


def test_unlist__stranger__reverts_not_seller(house, bob, mallory, asset, terms):
    with reverts_with("Assets_NotSeller", asset, mallory, bob):
        house.assets.unlist(asset, terms, {"from": mallory})


def test_unlist__twice__reverts_not_terms(house, bob, asset, terms):
    at = house.assets.unlist(asset, terms, {"from": bob}).timestamp
    with reverts_with("Assets_NotTerms", asset, twin.terms_hash(terms), twin.unlisted_hash(terms, at)):
        house.assets.unlist(asset, terms, {"from": bob})


def test_unlist__never_listed__reverts_not_terms(house, bob, terms):
    with reverts_with("Assets_NotTerms", 77, twin.terms_hash(terms), bytes32(0)):
        house.assets.unlist(77, terms, {"from": bob})
