"""
reverse
├── the caller is not the referee: reverts Exchange_NotReferee
├── the order is open, refunded, collected or reversed: reverts Exchange_NotSettled
├── the dispute window is over: reverts Exchange_DisputeOver
├── the terms are not those of the order: reverts Exchange_NotOffered
├── in the window, the last second included: the buyer has his money and a quarter of the bond
├── the seller revised or unlisted meanwhile: the same
└── the bond was slashed before: the buyer has his money, the bond is not taken twice
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import Terms, at, bytes32, list_asset, order_of, settle


def bonds_of(house, seller):
    """Return what lies in the bucket of a seller's bonds."""
    return house.vault.bucketOf(house.assets, int(seller.address, 16))


def test_reverse__in_the_window__refunds_and_slashes(house, referee, alice, bob, asset, terms, settled):
    sale, when = settled
    at(when + terms.dispute_window)
    tx = house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})
    assert house.vault.balanceOf(alice) == FUNDS + terms.bond // 4
    assert house.vault.balanceOf(bob) == FUNDS - terms.bond
    assert bonds_of(house, bob) == 0
    assert house.vault.bucketOf(house.exchange, asset) == 0
    assert bytes(house.exchange.stateOf(sale.id)) == bytes(house.assets.termsHashOf(asset)) == bytes32(1)
    expected = {"orderId": sale.id, "buyer": alice, "amount": terms.price}
    assert dict(tx.events["OrderReversed"]) == expected
    assert tx.events["BondSlashed"]["reward"] == terms.bond // 4


def test_reverse__a_second_late__reverts_dispute_over(house, referee, terms, settled):
    sale, when = settled
    end = when + terms.dispute_window
    at(end + 1)
    with reverts_with("Exchange_DisputeOver", sale.id, end + 1, end):
        house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})


@pytest.mark.parametrize("who", ["alice", "bob", "mallory", "deployer"])
def test_reverse__anybody_else__reverts_not_referee(house, people, referee, terms, settled, who):
    sale, _ = settled
    with reverts_with("Exchange_NotReferee", people[who], referee):
        house.exchange.reverse(sale.id, sale.order, terms, {"from": people[who]})


def test_reverse__open__reverts_not_settled(house, referee, terms, sale):
    state = twin.order_state(sale.order)
    with reverts_with("Exchange_NotSettled", sale.id, state, state):
        house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})


def test_reverse__twice__reverts_not_settled(house, referee, terms, settled):
    sale, _ = settled
    house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})
    with reverts_with("Exchange_NotSettled", sale.id, twin.order_state(sale.order), bytes32(1)):
        house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})


def test_reverse__collected__reverts_not_settled(house, referee, bob, terms, matured):
    house.exchange.collect([matured.ref], {"from": bob})
    with reverts_with("Exchange_NotSettled", matured.id, twin.order_state(matured.order), bytes32(1)):
        house.exchange.reverse(matured.id, matured.order, terms, {"from": referee})


def test_reverse__other_terms__reverts_not_offered(house, referee, asset, terms, settled):
    sale, _ = settled
    forged = terms._replace(bond=10**6)
    with reverts_with("Exchange_NotOffered", asset, twin.terms_hash(forged), twin.terms_hash(terms)):
        house.exchange.reverse(sale.id, sale.order, forged, {"from": referee})


def test_reverse__seller_revised_meanwhile__refunds_and_slashes(
    house, referee, alice, bob, asset, terms, settled
):
    sale, _ = settled
    house.assets.revise(asset, terms, terms._replace(price=1), {"from": bob})
    house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})
    assert house.vault.balanceOf(alice) == FUNDS + terms.bond // 4
    assert bonds_of(house, bob) == 0


def test_reverse__seller_unlisted_meanwhile__refunds_and_slashes(
    house, referee, alice, bob, asset, terms, settled
):
    sale, _ = settled
    since = house.assets.unlist(asset, terms, {"from": bob}).timestamp
    house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})
    assert house.vault.balanceOf(alice) == FUNDS + terms.bond // 4
    with reverts_with("Assets_NotTerms", asset, twin.unlisted_hash(terms, since), bytes32(1)):
        house.assets.releaseBond(asset, terms, since, {"from": bob})


def test_reverse__two_orders__slashes_the_bond_once(house, referee, alice, carol, bob, asset, terms):
    list_asset(house, bob, Terms(bob.address), salt=2)  # another bond in the same bucket
    first, second = order_of(house, alice, asset, terms), order_of(house, carol, asset, terms)
    for sale in (first, second):
        settle(house, sale, bob)
    for sale in (first, second):
        house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})
    assert house.vault.balanceOf(alice) == FUNDS + terms.bond // 4
    assert house.vault.balanceOf(carol) == FUNDS
    assert bonds_of(house, bob) == terms.bond


def test_reverse__others_orders__keep_their_money(house, referee, alice, carol, bob, asset, terms):
    sale, other = order_of(house, alice, asset, terms), order_of(house, carol, asset, terms)
    settle(house, sale, bob)
    house.exchange.reverse(sale.id, sale.order, terms, {"from": referee})
    at(other.order.deadline + 1)
    house.exchange.refund(other.id, other.order, {"from": carol})
    assert house.vault.balanceOf(carol) == FUNDS
