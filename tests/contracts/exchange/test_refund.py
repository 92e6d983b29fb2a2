"""
refund
├── the seller still has time, the last second included: reverts Exchange_BeforeDeadline
├── settled, refunded before, never ordered, or other fields: reverts Exchange_NotOpen
└── a second after the deadline, by anybody: the buyer has his money
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import at, bytes32, order_of


@pytest.mark.parametrize("who", ["alice", "bob", "mallory"])
def test_refund__after_the_deadline_by_anybody__pays_the_buyer(house, people, alice, sale, asset, who):
    at(sale.order.deadline + 1)
    before = {name: house.vault.balanceOf(people[name]) for name in ("bob", "mallory")}
    tx = house.exchange.refund(sale.id, sale.order, {"from": people[who]})
    assert house.vault.balanceOf(alice) == FUNDS
    assert all(house.vault.balanceOf(people[name]) == amount for name, amount in before.items())
    assert house.vault.bucketOf(house.exchange, asset) == 0
    assert bytes(house.exchange.stateOf(sale.id)) == bytes32(1)
    expected = {"orderId": sale.id, "buyer": alice, "amount": sale.order.price}
    assert dict(tx.events["OrderRefunded"]) == expected


def test_refund__at_the_deadline__reverts_before_deadline(house, alice, sale):
    at(sale.order.deadline)
    with reverts_with("Exchange_BeforeDeadline", sale.id, sale.order.deadline, sale.order.deadline):
        house.exchange.refund(sale.id, sale.order, {"from": alice})


def test_refund__twice__reverts_not_open(house, alice, carol, sale, asset, terms):
    order_of(house, carol, asset, terms)  # somebody else's money lies in the same bucket
    at(sale.order.deadline + 1)
    house.exchange.refund(sale.id, sale.order, {"from": alice})
    with reverts_with("Exchange_NotOpen", sale.id, twin.order_state(sale.order), bytes32(1)):
        house.exchange.refund(sale.id, sale.order, {"from": alice})
    assert house.vault.bucketOf(house.exchange, asset) == terms.price


def test_refund__settled__reverts_not_open(house, alice, settled):
    sale, when = settled
    at(sale.order.deadline + 1)
    got, state = twin.order_state(sale.order), twin.order_state(sale.order, when)
    with reverts_with("Exchange_NotOpen", sale.id, got, state):
        house.exchange.refund(sale.id, sale.order, {"from": alice})


def test_refund__to_somebody_else__reverts_not_open(house, mallory, sale):
    at(sale.order.deadline + 1)
    forged = sale.order._replace(buyer=mallory.address)
    got, state = twin.order_state(forged), twin.order_state(sale.order)
    with reverts_with("Exchange_NotOpen", sale.id, got, state):
        house.exchange.refund(sale.id, forged, {"from": mallory})


def test_refund__never_ordered__reverts_not_open(house, mallory, sale):
    at(sale.order.deadline + 1)
    with reverts_with("Exchange_NotOpen", 5, twin.order_state(sale.order), bytes32(0)):
        house.exchange.refund(5, sale.order, {"from": mallory})


def test_refund__asset_unlisted__pays_the_buyer(house, alice, bob, sale, asset, terms):
    house.assets.unlist(asset, terms, {"from": bob})
    at(sale.order.deadline + 1)
    house.exchange.refund(sale.id, sale.order, {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS
