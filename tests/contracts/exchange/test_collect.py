"""
collect
├── an order is open, collected before, twice in the batch, or has other fields: reverts Exchange_NotSettled
├── an order can still be disputed, the last second included: reverts Exchange_InDispute
├── nothing to collect: nothing happens
├── one order, by anybody: its price is income of the asset
└── orders of several assets, in any order: each asset gets its own
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import Terms, at, bytes32, list_asset, order_of, settle


def income_of(house, asset):
    """Return what lies in an asset's bucket."""
    return house.vault.bucketOf(house.assets, asset)


@pytest.mark.parametrize("who", ["alice", "bob", "mallory"])
def test_collect__matured_by_anybody__is_income_of_the_asset(house, people, matured, asset, terms, who):
    before = [house.vault.balanceOf(people[name]) for name in ("alice", "bob", "mallory")]
    tx = house.exchange.collect([matured.ref], {"from": people[who]})
    assert income_of(house, asset) == terms.price
    assert house.vault.bucketOf(house.exchange, asset) == 0
    assert bytes(house.exchange.stateOf(matured.id)) == bytes32(1)
    expected = {"orderId": matured.id, "assetId": asset, "amount": terms.price}
    assert dict(tx.events["OrderCollected"]) == expected
    assert before == [house.vault.balanceOf(people[name]) for name in ("alice", "bob", "mallory")]


def test_collect__last_second_of_dispute__reverts_in_dispute(house, bob, settled):
    sale, when = settled
    end = when + sale.order.dispute_window
    at(end)
    with reverts_with("Exchange_InDispute", sale.id, end, end):
        house.exchange.collect([sale.ref], {"from": bob})


def test_collect__twice__reverts_not_settled(house, bob, matured):
    house.exchange.collect([matured.ref], {"from": bob})
    with reverts_with("Exchange_NotSettled", matured.id, twin.order_state(matured.order), bytes32(1)):
        house.exchange.collect([matured.ref], {"from": bob})


def test_collect__twice_in_one_batch__reverts_not_settled(house, alice, bob, asset, terms, matured):
    order_of(house, alice, asset, terms, salt=2)  # other money lies in the same bucket
    with reverts_with("Exchange_NotSettled", matured.id, twin.order_state(matured.order), bytes32(1)):
        house.exchange.collect([matured.ref, matured.ref], {"from": bob})


def test_collect__open__reverts_not_settled(house, bob, sale):
    state = twin.order_state(sale.order)
    at(sale.order.deadline + sale.order.dispute_window + 1)
    with reverts_with("Exchange_NotSettled", sale.id, state, state):
        house.exchange.collect([sale.ref], {"from": bob})


def test_collect__refunded__reverts_not_settled(house, bob, sale):
    at(sale.order.deadline + 1)
    house.exchange.refund(sale.id, sale.order, {"from": bob})
    with reverts_with("Exchange_NotSettled", sale.id, twin.order_state(sale.order), bytes32(1)):
        house.exchange.collect([sale.ref], {"from": bob})


@pytest.mark.parametrize("changes", [{"price": 10**6}, {"dispute_window": 0}, {"asset_id": 5}])
def test_collect__other_fields_than_promised__reverts_not_settled(house, mallory, settled, changes):
    sale, when = settled
    forged = sale.order._replace(**changes)
    got, state = twin.order_state(forged), twin.order_state(sale.order, when)
    with reverts_with("Exchange_NotSettled", sale.id, got, state):
        house.exchange.collect([(sale.id, forged)], {"from": mallory})


def test_collect__nothing__changes_nothing(house, mallory):
    tx = house.exchange.collect([], {"from": mallory})
    assert not tx.events


def test_collect__several_assets_mixed__each_gets_its_own(house, alice, bob, carol, asset, terms):
    dear = Terms(carol.address, price=7_000)
    other, _ = list_asset(house, carol, dear)
    mine = [order_of(house, alice, asset, terms, salt) for salt in (1, 2, 3)]
    hers = [order_of(house, alice, other, dear, salt) for salt in (4, 5)]
    left = order_of(house, alice, asset, terms, salt=6)
    for sale in (*mine, *hers):
        when = settle(house, sale, bob)
    at(when + terms.dispute_window + 1)
    batch = [mine[0], hers[0], mine[1], mine[2], hers[1]]
    tx = house.exchange.collect([sale.ref for sale in batch], {"from": bob})
    assert [event["orderId"] for event in tx.events["OrderCollected"]] == [sale.id for sale in batch]
    assert income_of(house, asset) == 3 * terms.price
    assert income_of(house, other) == 2 * dear.price
    assert house.vault.bucketOf(house.exchange, asset) == left.order.price
    assert house.vault.bucketOf(house.exchange, other) == 0


def test_collect__one_of_two_in_dispute__collects_none(house, alice, bob, asset, terms, settled):
    first, when = settled
    end = when + terms.dispute_window
    at(end - 600)
    second = order_of(house, alice, asset, terms, salt=2)
    later = settle(house, second, bob)
    at(end + 1)
    with reverts_with("Exchange_InDispute", second.id, end + 1, later + terms.dispute_window):
        house.exchange.collect([first.ref, second.ref], {"from": bob})
    assert income_of(house, asset) == 0


def test_collect__asset_slashed_meanwhile__is_still_its_income(house, bob, referee, alice, asset, terms):
    wrong, right = (order_of(house, alice, asset, terms, salt) for salt in (1, 2))
    settle(house, wrong, bob)
    when = settle(house, right, bob)
    house.exchange.reverse(wrong.id, wrong.order, terms, {"from": referee})
    at(when + terms.dispute_window + 1)
    house.exchange.collect([right.ref], {"from": bob})
    assert income_of(house, asset) == terms.price
