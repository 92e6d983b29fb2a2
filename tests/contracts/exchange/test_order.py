"""
order
├── the buyer used the salt before, whatever became of that order: reverts Exchange_Exists
├── the key lock is zero: reverts Exchange_BadLock
├── the ephemeral point is invalid: reverts Exchange_BadPoint
├── the terms are not the current ones (never listed, revised, unlisted, forged): reverts Exchange_NotOffered
├── the price was not approved, or is not there: reverts as the Vault does
└── else: the price is locked, the state is the hash of what was promised
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import ZERO, Terms, at, bytes32, list_asset, order_of

LOCK = twin.address(twin.point(7))
POINT = twin.point(3)
OFF_CURVE = next(x for x in range(5, 100) if not twin.on_curve(x))
ABOVE_ORDER = next(x for x in range(twin.N, twin.P) if twin.on_curve(x))


def test_order__listed__locks_the_price(house, alice, asset, terms, chain):
    sale = order_of(house, alice, asset, terms)
    assert house.vault.balanceOf(alice) == FUNDS - terms.price
    assert house.vault.bucketOf(house.exchange, asset) == terms.price
    assert bytes(house.exchange.stateOf(sale.id)) == twin.order_state(sale.order)
    assert house.exchange.orderIdOf(alice, bytes32(1)) == sale.id


def test_order__listed__log_tells_what_was_promised(house, alice, asset, terms):
    tx = house.exchange.order(bytes32(4), asset, terms, POINT, LOCK, {"from": alice})
    event = tx.events["OrderFunded"]
    assert (event["assetId"], event["buyer"], event["ephemeral"]) == (asset, alice, POINT)
    deadline = tx.timestamp + terms.settle_window
    promised = (asset, alice, LOCK, terms.price, deadline, terms.dispute_window)
    assert (event["order"][0], *event["order"][2:]) == promised
    assert bytes(event["order"][1]) == twin.terms_hash(terms)


def test_order__two_salts__are_two_orders(house, alice, asset, terms):
    one, other = (order_of(house, alice, asset, terms, salt) for salt in (1, 2))
    assert one.id != other.id
    assert house.vault.bucketOf(house.exchange, asset) == 2 * terms.price


def test_order__same_salt_by_somebody_else__is_another_order(house, carol, sale, asset, terms):
    assert order_of(house, carol, asset, terms).id != sale.id


def test_order__same_salt_while_open__reverts_exists(house, alice, sale, asset, terms):
    with reverts_with("Exchange_Exists", sale.id):
        order_of(house, alice, asset, terms)


def test_order__same_salt_after_refund__reverts_exists(house, alice, sale, asset, terms):
    at(sale.order.deadline + 1)
    house.exchange.refund(sale.id, sale.order, {"from": alice})
    with reverts_with("Exchange_Exists", sale.id):
        order_of(house, alice, asset, terms)


def test_order__no_lock__reverts_bad_lock(house, alice, asset, terms):
    with reverts_with("Exchange_BadLock", house.exchange.orderIdOf(alice, bytes32(1))):
        house.exchange.order(bytes32(1), asset, terms, POINT, ZERO, {"from": alice})


@pytest.mark.parametrize(
    "point",
    [(0, 0), (OFF_CURVE, 0), (ABOVE_ORDER, 1), (twin.N, 0), (2**256 - 1, 0), (POINT[0], 2), (POINT[0], 229)],
)
def test_order__invalid_point__reverts_bad_point(house, alice, asset, terms, point):
    with reverts_with("Exchange_BadPoint", *point):
        house.exchange.order(bytes32(1), asset, terms, point, LOCK, {"from": alice})


def test_order__price_raised_in_between__reverts_not_offered(house, alice, bob, asset, terms):
    dearer = terms._replace(price=10 * terms.price)
    house.assets.revise(asset, terms, dearer, {"from": bob})
    with reverts_with("Exchange_NotOffered", asset, twin.terms_hash(terms), twin.terms_hash(dearer)):
        order_of(house, alice, asset, terms)
    assert house.vault.balanceOf(alice) == FUNDS


def test_order__key_changed_in_between__reverts_not_offered(house, alice, bob, asset, terms):
    other = terms._replace(key=twin.point(0xBAD), content_root=bytes32(0xBAD))
    house.assets.revise(asset, terms, other, {"from": bob})
    with reverts_with("Exchange_NotOffered", asset, twin.terms_hash(terms), twin.terms_hash(other)):
        order_of(house, alice, asset, terms)


def test_order__cheaper_by_own_terms__reverts_not_offered(house, mallory, asset, terms):
    cheap = terms._replace(price=1)
    with reverts_with("Exchange_NotOffered", asset, twin.terms_hash(cheap), twin.terms_hash(terms)):
        order_of(house, mallory, asset, cheap)


def test_order__unlisted__reverts_not_offered(house, alice, bob, asset, terms):
    since = house.assets.unlist(asset, terms, {"from": bob}).timestamp
    with reverts_with("Exchange_NotOffered", asset, twin.terms_hash(terms), twin.unlisted_hash(terms, since)):
        order_of(house, alice, asset, terms)


def test_order__terms_of_another_asset__reverts_not_offered(house, alice, bob, asset, terms):
    cheap = Terms(bob.address, price=1)
    list_asset(house, bob, cheap, salt=2)
    with reverts_with("Exchange_NotOffered", asset, twin.terms_hash(cheap), twin.terms_hash(terms)):
        order_of(house, alice, asset, cheap)


def test_order__never_listed__reverts_not_offered(house, alice, terms):
    with reverts_with("Exchange_NotOffered", 77, twin.terms_hash(terms), bytes32(0)):
        order_of(house, alice, 77, terms)


def test_order__price_not_approved__reverts(house, alice, asset, terms):
    house.vault.approve(house.exchange, terms.price - 1, {"from": alice})
    with reverts_with("Vault_NotApproved", alice, house.exchange, terms.price - 1, terms.price):
        order_of(house, alice, asset, terms)


def test_order__price_not_there__reverts(house, alice, asset, terms):
    house.vault.withdraw(FUNDS - 1, alice, {"from": alice})
    with reverts_with("Vault_TooLittle", alice, 1, terms.price):
        order_of(house, alice, asset, terms)


def test_order__free_of_charge__locks_nothing(house, bob, people):
    terms = Terms(bob.address, price=0)
    gift, _ = list_asset(house, bob, terms, salt=2)
    order_of(house, people["deployer"], gift, terms)
    assert house.vault.bucketOf(house.exchange, gift) == 0
