"""
revise
├── the current terms given are not the current ones: reverts Assets_NotTerms
├── the asset is unlisted: reverts Assets_NotTerms
├── the caller is not the seller: reverts Assets_NotSeller
├── seller, kind, bond or a window changes: reverts Assets_Fixed
├── the artifact changes without the key, or the key without the artifact: reverts Assets_KeyReused
├── a new point is invalid: reverts Assets_BadPoint
└── price, manifest, seal, or artifact and key change: the new terms are current
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import bytes32, order_of

NEW_KEY = twin.point(0xBEEF)


@pytest.mark.parametrize(
    "changes",
    [
        {"price": 1},
        {"manifest": bytes32(9)},
        {"seal": twin.point(9)},
        {"content_root": bytes32(9), "key": NEW_KEY},
        {},
    ],
)
def test_revise__what_may_change__is_current(house, bob, asset, terms, changes):
    following = terms._replace(**changes)
    tx = house.assets.revise(asset, terms, following, {"from": bob})
    assert bytes(house.assets.termsHashOf(asset)) == twin.terms_hash(following)
    event = tx.events["AssetRevised"]
    assert (event["assetId"], event["seller"], event["terms"][2]) == (asset, bob, following.price)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": 2},
        {"bond": 999},
        {"bond": 0},
        {"settle_window": 30 * 60},
        {"dispute_window": 10 * 60},
    ],
)
def test_revise__what_is_fixed__reverts_fixed(house, bob, asset, terms, changes):
    with reverts_with("Assets_Fixed", asset):
        house.assets.revise(asset, terms, terms._replace(**changes), {"from": bob})


def test_revise__to_another_seller__reverts_fixed(house, bob, mallory, asset, terms):
    with reverts_with("Assets_Fixed", asset):
        house.assets.revise(asset, terms, terms._replace(seller=mallory.address), {"from": bob})


@pytest.mark.parametrize(
    "changes",
    [
        {"content_root": bytes32(9)},
        {"key": NEW_KEY},
        {"content_root": bytes32(9), "key": (twin.point(0xCE11)[0], 1 - twin.point(0xCE11)[1])},
    ],
    ids=["new artifact, old key", "new key, old artifact", "new artifact, mirrored key"],
)
def test_revise__artifact_or_key_alone__reverts_key_reused(house, bob, asset, terms, changes):
    with reverts_with("Assets_KeyReused", asset):
        house.assets.revise(asset, terms, terms._replace(**changes), {"from": bob})


@pytest.mark.parametrize("changes", [{"key": (0, 0), "content_root": bytes32(9)}, {"seal": (0, 0)}])
def test_revise__invalid_point__reverts_bad_point(house, bob, asset, terms, changes):
    with reverts_with("Assets_BadPoint", 0, 0):
        house.assets.revise(asset, terms, terms._replace(**changes), {"from": bob})


def test_revise__stranger__reverts_not_seller(house, mallory, asset, terms):
    with reverts_with("Assets_NotSeller", asset, mallory, terms.seller):
        house.assets.revise(asset, terms, terms._replace(price=1), {"from": mallory})


def test_revise__stranger_as_seller__reverts_not_terms(house, mallory, asset, terms):
    forged = terms._replace(seller=mallory.address)
    got, current = twin.terms_hash(forged), twin.terms_hash(terms)
    with reverts_with("Assets_NotTerms", asset, got, current):
        house.assets.revise(asset, forged, forged, {"from": mallory})


def test_revise__by_holder_of_all_shares__reverts_not_seller(house, bob, carol, asset, terms):
    house.assets.safeTransferFrom(bob, carol, asset, twin.SHARES, b"", {"from": bob})
    with reverts_with("Assets_NotSeller", asset, carol, bob):
        house.assets.revise(asset, terms, terms._replace(price=1), {"from": carol})


def test_revise__after_unlisting__reverts_not_terms(house, bob, asset, terms):
    at = house.assets.unlist(asset, terms, {"from": bob}).timestamp
    got, current = twin.terms_hash(terms), twin.unlisted_hash(terms, at)
    with reverts_with("Assets_NotTerms", asset, got, current):
        house.assets.revise(asset, terms, terms._replace(price=1), {"from": bob})


def test_revise__with_an_open_order__order_keeps_what_the_buyer_saw(house, alice, bob, asset, terms):
    sale = order_of(house, alice, asset, terms)
    house.assets.revise(asset, terms, terms._replace(price=10**9), {"from": bob})
    assert bytes(house.exchange.stateOf(sale.id)) == twin.order_state(sale.order)
    assert house.vault.bucketOf(house.exchange, asset) == terms.price
