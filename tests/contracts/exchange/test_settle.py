"""
settle
├── never ordered, or other fields than promised: reverts Exchange_NotOpen
├── settled or refunded before: reverts Exchange_NotOpen
├── after the deadline: reverts Exchange_AfterDeadline
├── at the deadline: settles
├── t is zero, not below the order, or another scalar: reverts Exchange_WrongKey
├── the lock is poisoned: nothing opens it but its maker
└── t opens the lock, sent by anybody: the time is remembered, t is in the log, the money stays
"""

import random

import pytest

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import ZERO, at, bytes32, order_of, settle


def test_settle__the_right_t_by_anybody__is_settled(house, mallory, sale, asset, terms):
    tx = house.exchange.settle(sale.id, sale.order, sale.t, {"from": mallory})
    assert bytes(house.exchange.stateOf(sale.id)) == twin.order_state(sale.order, tx.timestamp)
    assert dict(tx.events["OrderSettled"]) == {"orderId": sale.id, "assetId": asset, "t": sale.t}
    assert house.vault.bucketOf(house.exchange, asset) == terms.price


def test_settle__whole_story__gives_the_buyer_the_key(house, alice, bob, asset, terms, chain):
    k, b, p = 0xCE11, 0xB0B0, 0x5EA1
    order_id = twin.order_id(chain.id, house.exchange.address, alice.address, bytes32(1))
    arguments = (chain.id, house.exchange.address, order_id)
    h = twin.sale_scalar(twin.scaled(terms.seal, b), *arguments)
    lock = twin.shifted(terms.key, h)
    tx = house.exchange.order(bytes32(1), asset, terms, twin.point(b), lock, {"from": alice})
    ephemeral = tx.events["OrderFunded"]["ephemeral"]
    t = (k + twin.sale_scalar(twin.scaled(ephemeral, p), *arguments)) % twin.N
    promised = tx.events["OrderFunded"]["order"]
    tx = house.exchange.settle(order_id, promised, t, {"from": bob})
    assert (tx.events["OrderSettled"]["t"] - h) % twin.N == k


def test_settle__scalars_of_both_halves__each_opens_its_lock(house, alice, bob, asset, terms):
    scalars = [1, 2, twin.N // 2, twin.N // 2 + 1, twin.N - 1]
    for salt, t in enumerate(scalars):
        settle(house, order_of(house, alice, asset, terms, salt, t), bob)


@pytest.mark.parametrize("t", [0, twin.N, twin.N + 1, 2**256 - 1])
def test_settle__t_no_scalar__reverts_wrong_key(house, bob, sale, t):
    with reverts_with("Exchange_WrongKey", sale.id, ZERO, sale.order.key_lock):
        house.exchange.settle(sale.id, sale.order, t, {"from": bob})


@pytest.mark.parametrize("t", [0xA11CE + 1, twin.N - 0xA11CE, 1])
def test_settle__another_t__reverts_wrong_key(house, bob, sale, t):
    got = twin.address(twin.point(t))
    with reverts_with("Exchange_WrongKey", sale.id, got, sale.order.key_lock):
        house.exchange.settle(sale.id, sale.order, t, {"from": bob})


def test_settle__t_plus_order__reverts_wrong_key(house, bob, sale):
    with reverts_with("Exchange_WrongKey", sale.id, ZERO, sale.order.key_lock):
        house.exchange.settle(sale.id, sale.order, sale.t + twin.N, {"from": bob})


def test_settle__at_the_deadline__is_settled(house, bob, sale):
    at(sale.order.deadline)
    assert settle(house, sale, bob) == sale.order.deadline


def test_settle__after_the_deadline__reverts_after_deadline(house, bob, sale):
    late = sale.order.deadline + 1
    at(late)
    with reverts_with("Exchange_AfterDeadline", sale.id, late, sale.order.deadline):
        settle(house, sale, bob)


def test_settle__twice__reverts_not_open(house, bob, settled):
    sale, when = settled
    got, state = twin.order_state(sale.order), twin.order_state(sale.order, when)
    with reverts_with("Exchange_NotOpen", sale.id, got, state):
        settle(house, sale, bob)


def test_settle__after_refund__reverts_not_open(house, bob, sale):
    at(sale.order.deadline + 1)
    house.exchange.refund(sale.id, sale.order, {"from": bob})
    with reverts_with("Exchange_NotOpen", sale.id, twin.order_state(sale.order), bytes32(1)):
        settle(house, sale, bob)


def test_settle__never_ordered__reverts_not_open(house, mallory, sale):
    with reverts_with("Exchange_NotOpen", 5, twin.order_state(sale.order), bytes32(0)):
        house.exchange.settle(5, sale.order, sale.t, {"from": mallory})


@pytest.mark.parametrize(
    "changes",
    [
        {"price": 10**6},
        {"dispute_window": 0},
        {"deadline": 2**40 - 1},
        {"key_lock": twin.address(twin.point(1))},
        {"asset_id": 5},
        {"terms_hash": bytes32(5)},
    ],
)
def test_settle__other_fields_than_promised__reverts_not_open(house, mallory, sale, changes):
    forged = sale.order._replace(**changes)
    got, state = twin.order_state(forged), twin.order_state(sale.order)
    with reverts_with("Exchange_NotOpen", sale.id, got, state):
        house.exchange.settle(sale.id, forged, sale.t, {"from": mallory})


def test_settle__another_buyer__reverts_not_open(house, mallory, sale):
    forged = sale.order._replace(buyer=mallory.address)
    got, state = twin.order_state(forged), twin.order_state(sale.order)
    with reverts_with("Exchange_NotOpen", sale.id, got, state):
        house.exchange.settle(sale.id, forged, sale.t, {"from": mallory})


def test_key_equation__many_scalars__contract_is_its_twin(people, Probe):
    probe = Probe.deploy({"from": people["deployer"]})
    rolled = random.Random(7)
    for _ in range(24):
        s, q, h = (rolled.randrange(1, twin.N) for _ in range(3))
        of = twin.point(q)
        assert probe.ofScalar(s) == twin.address(twin.point(s)) == twin.address(twin.point(s))
        assert probe.ofPoint(of) == twin.address(of)
        assert probe.scaled(of, s) == twin.scaled(of, s)
        assert probe.shifted(of, h) == twin.shifted(of, h)
    assert probe.shifted(twin.point(9), 0) == twin.address(twin.point(9))
    assert probe.shifted(twin.point(9), twin.N - 9) == ZERO, "the point at infinity has no address"
    assert probe.shifted((5, 2), 1) == probe.scaled((5, 2), 1) == probe.scaled(twin.point(9), 0) == ZERO
