"""
list
├── the caller is not the seller of the terms: reverts Assets_NotSeller
├── listed before with the same salt and parents: reverts Assets_Exists
├── the kind is unknown: reverts Assets_BadKind
├── a window is out of bounds: reverts Assets_BadWindow
├── a point is not on the curve, or its abscissa not below the order: reverts Assets_BadPoint
├── the bond
│   ├── was not approved: reverts as the Vault does
│   ├── is not there: reverts as the Vault does
│   └── is zero: nothing is locked
├── parents
│   ├── more than 16: reverts Assets_TooManyParents
│   ├── one was never listed: reverts Assets_NoParent
│   ├── one gets nothing, or all together more than everything: reverts Assets_BadBps
│   └── 16 that get everything: listed
└── else: the caller has all shares, the bond is locked, the log tells the terms
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import DAY, MINUTE, ZERO, Terms, bytes32, list_asset

NOT_ON_CURVE = next(x for x in range(5, 100) if not twin.on_curve(x))
ABOVE_ORDER = next(x for x in range(twin.N, twin.P) if twin.on_curve(x))
BAD_POINTS = {
    "zero": (0, 0),
    "off the curve": (NOT_ON_CURVE, 0),
    "the order itself": (twin.N, 0),
    "on the curve but above the order": (ABOVE_ORDER, 0),
    "all ones": (2**256 - 1, 1),
    "parity 2": (*twin.point(5)[:1], 2),
    "parity 27": (*twin.point(5)[:1], 27),
    "parity 255": (*twin.point(5)[:1], 255),
}


@pytest.fixture
def put(house, bob):
    """List for bob with some fields of the terms changed."""
    return lambda parents=(), **changes: house.assets.list(
        bytes32(1), Terms(bob.address)._replace(**changes), [*parents], {"from": bob}
    )


def test_list__by_its_seller__gives_him_all_shares(house, bob, terms, put, chain):
    tx = put()
    asset = twin.asset_id(chain.id, house.assets.address, (bob.address, ZERO, bytes32(1), []))
    assert bytes(house.assets.termsHashOf(asset)) == twin.terms_hash(terms)
    assert house.assets.assetIdOf((bob, ZERO, bytes32(1), [])) == asset
    assert house.assets.balanceOf(bob, asset) == twin.SHARES
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond
    assert house.vault.bucketOf(house.assets, int(bob.address, 16)) == terms.bond
    event = tx.events["AssetListed"]
    assert (event["assetId"], event["seller"], bytes(event["salt"])) == (asset, bob, bytes32(1))
    assert tuple(event["terms"])[:6] == (bob, 1, 500, 1_000, 20 * MINUTE, DAY)
    assert event["terms"][8] == terms.key
    assert not event["parents"]


def test_list__again_with_another_salt__is_another_asset(house, bob, asset):
    other, _ = list_asset(house, bob, salt=2)
    assert other != asset
    assert house.assets.balanceOf(bob, asset) == house.assets.balanceOf(bob, other) == twin.SHARES


def test_list__same_salt_by_somebody_else__is_another_asset(house, asset, mallory):
    other, _ = list_asset(house, mallory, salt=1)
    assert other != asset
    assert house.assets.balanceOf(mallory, asset) == 0


def test_list__twice__reverts_exists(house, asset, put):
    with reverts_with("Assets_Exists", asset):
        put(price=7)


def test_list__for_somebody_else__reverts_not_seller(house, bob, mallory, chain):
    asset = twin.asset_id(chain.id, house.assets.address, (mallory.address, ZERO, bytes32(1), []))
    with reverts_with("Assets_NotSeller", asset, mallory, bob):
        house.assets.list(bytes32(1), Terms(bob.address), [], {"from": mallory})


@pytest.mark.parametrize("kind", [0, 3, 255])
def test_list__unknown_kind__reverts_bad_kind(put, kind):
    with reverts_with("Assets_BadKind", kind, 2):
        put(kind=kind)


@pytest.mark.parametrize("window", ["settle_window", "dispute_window"])
@pytest.mark.parametrize("length", [0, 10 * MINUTE - 1, 30 * DAY + 1, 2**32 - 1])
def test_list__window_out_of_bounds__reverts_bad_window(put, window, length):
    with reverts_with("Assets_BadWindow", length, 10 * MINUTE, 30 * DAY):
        put(**{window: length})


def test_list__windows_at_their_bounds__is_listed(put):
    put(settle_window=10 * MINUTE, dispute_window=30 * DAY)


@pytest.mark.parametrize("field", ["key", "seal"])
@pytest.mark.parametrize("point", BAD_POINTS.values(), ids=BAD_POINTS)
def test_list__invalid_point__reverts_bad_point(put, field, point):
    with reverts_with("Assets_BadPoint", *point):
        put(**{field: point})


def test_list__bond_not_approved__reverts(house, bob, put):
    house.vault.approve(house.assets, 999, {"from": bob})
    with reverts_with("Vault_NotApproved", bob, house.assets, 999, 1_000):
        put()


def test_list__bond_not_there__reverts(house, bob, put):
    with reverts_with("Vault_TooLittle", bob, FUNDS, FUNDS + 1):
        put(bond=FUNDS + 1)


def test_list__no_bond__locks_nothing(house, bob, put):
    house.vault.approve(house.assets, 0, {"from": bob})
    put(bond=0)
    assert house.vault.balanceOf(bob) == FUNDS


def test_list__seventeen_parents__reverts_too_many(asset, put):
    with reverts_with("Assets_TooManyParents", 17, 16):
        put(parents=[(asset, 1)] * 17)


def test_list__sixteen_parents_that_get_everything__is_listed(house, asset, put):
    put(parents=[(asset, 625)] * 16)


def test_list__parent_never_listed__reverts_no_parent(asset, put):
    with reverts_with("Assets_NoParent", asset + 1):
        put(parents=[(asset, 1), (asset + 1, 1)])


def test_list__itself_as_parent__reverts_no_parent(put):
    with reverts_with("Assets_NoParent", 0):
        put(parents=[(0, 1)])


def test_list__parent_that_gets_nothing__reverts_bad_bps(asset, put):
    with reverts_with("Assets_BadBps", 0, 1):
        put(parents=[(asset, 1), (asset, 0)])


def test_list__parents_get_more_than_everything__reverts_bad_bps(asset, put):
    with reverts_with("Assets_BadBps", 10_001, 10_000):
        put(parents=[(asset, 5_000), (asset, 5_001)])


def test_list__parent_unlisted_since__is_listed(house, bob, asset, terms, put):
    house.assets.unlist(asset, terms, {"from": bob})
    put(parents=[(asset, 10)])
