"""
activate
├── the birth is not that of the asset: reverts Assets_NotBirth
├── the caller is not its maker: reverts Assets_NotSeller
├── other terms or another attestation than recorded, or activated before: reverts Assets_NotRecorded
├── the terms name another seller: reverts Assets_NotSeller
├── the terms are out of bounds: reverts as list does
└── else: the maker has all shares, parents share in its income
"""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import Terms, bytes32, earn

ATTESTATION = bytes32(5)


def recorded_hash(terms, attestation=ATTESTATION):
    """Return what a record keeps of terms and attestation."""
    return keccak(encode(["bytes32", "bytes32"], [twin.terms_hash(terms), attestation]))


@pytest.fixture
def recorded(house, bounties, carol, asset, chain):
    """Record a model of carol; return a function that does it for given terms."""

    def record(terms):
        parents = [(asset, 500)]
        birth = (carol.address, house.bounties.address, bytes32(3), parents)
        house.assets.record(carol, birth[2], twin.terms_hash(terms), ATTESTATION, parents, {"from": bounties})
        return twin.asset_id(chain.id, house.assets.address, birth), birth

    return record


@pytest.fixture
def model(carol):
    """Return the terms that carol's submission promised."""
    return Terms(carol.address, kind=2)


def test_activate__by_its_maker__is_listed(house, alice, carol, recorded, model, asset):
    made, birth = recorded(model)
    tx = house.assets.activate(made, birth, model, ATTESTATION, {"from": carol})
    assert bytes(house.assets.termsHashOf(made)) == twin.terms_hash(model)
    assert bytes(house.assets.recordOf(made)) == bytes32(0)
    assert house.assets.balanceOf(carol, made) == twin.SHARES
    assert house.vault.balanceOf(carol) == FUNDS - model.bond
    event = tx.events["AssetActivated"]
    assert (event["assetId"], event["seller"], bytes(event["attestation"])) == (made, carol, ATTESTATION)
    earn(house, alice, made, 100_000)
    assert house.assets.claimable(made, carol) == 90_000  # 9.5 units a share, rounded down
    assert house.assets.flushable(made) == 5_000


def test_activate__twice__reverts_not_recorded(house, carol, recorded, model):
    made, birth = recorded(model)
    house.assets.activate(made, birth, model, ATTESTATION, {"from": carol})
    with reverts_with("Assets_NotRecorded", made, recorded_hash(model), bytes32(0)):
        house.assets.activate(made, birth, model, ATTESTATION, {"from": carol})


def test_activate__other_terms__reverts_not_recorded(house, carol, recorded, model):
    made, birth = recorded(model)
    other = model._replace(price=1)
    with reverts_with("Assets_NotRecorded", made, recorded_hash(other), recorded_hash(model)):
        house.assets.activate(made, birth, other, ATTESTATION, {"from": carol})


def test_activate__another_attestation__reverts_not_recorded(house, carol, recorded, model):
    made, birth = recorded(model)
    got = recorded_hash(model, bytes32(6))
    with reverts_with("Assets_NotRecorded", made, got, recorded_hash(model)):
        house.assets.activate(made, birth, model, bytes32(6), {"from": carol})


def test_activate__without_its_parents__reverts_not_birth(house, carol, recorded, model, chain):
    made, birth = recorded(model)
    orphan = (*birth[:3], [])
    got = twin.asset_id(chain.id, house.assets.address, orphan)
    with reverts_with("Assets_NotBirth", made, got):
        house.assets.activate(made, orphan, model, ATTESTATION, {"from": carol})


def test_activate__stranger__reverts_not_seller(house, carol, mallory, recorded, model):
    made, birth = recorded(model)
    with reverts_with("Assets_NotSeller", made, mallory, carol):
        house.assets.activate(made, birth, model, ATTESTATION, {"from": mallory})


def test_activate__listed_for_somebody_else__reverts_not_seller(house, carol, mallory, recorded, model):
    foreign = model._replace(seller=mallory.address)
    made, birth = recorded(foreign)
    with reverts_with("Assets_NotSeller", made, carol, mallory):
        house.assets.activate(made, birth, foreign, ATTESTATION, {"from": carol})


def test_activate__terms_out_of_bounds__reverts_as_list_does(house, carol, recorded, model):
    wrong = model._replace(key=(0, 0))
    made, birth = recorded(wrong)
    with reverts_with("Assets_BadPoint", 0, 0):
        house.assets.activate(made, birth, wrong, ATTESTATION, {"from": carol})


def test_activate__never_recorded__reverts_not_recorded(house, mallory, chain):
    terms = Terms(mallory.address)
    birth = (mallory.address, house.bounties.address, bytes32(3), [])
    made = twin.asset_id(chain.id, house.assets.address, birth)
    with reverts_with("Assets_NotRecorded", made, recorded_hash(terms), bytes32(0)):
        house.assets.activate(made, birth, terms, ATTESTATION, {"from": mallory})
