"""Who a contest needs besides its requester and makers: evaluators with seats, sellers with datasets."""

from brownie import ZERO_ADDRESS, accounts
from eth_utils import keccak

from tests.contracts.conftest import SEAT_BOND
from tests.contracts.contest_chain import send, sleep
from tests.contracts.contest_values import DAY, SEATS, UNIT, point, scalar_of


def make_evaluators(house, people, count=SEATS):
    """Return ``count`` evaluators with one seat each, whose private keys the tests hold."""
    made = []
    for i in range(count):
        account = accounts.add(hex(scalar_of("evaluator", i)))
        send(house.token.mint, account, SEAT_BOND, sender=account)
        send(house.token.approve, house.vault, SEAT_BOND, sender=account)
        send(house.vault.deposit, SEAT_BOND, sender=account)
        send(house.vault.approve, house.operators, SEAT_BOND, sender=account)
        send(house.operators.join, keccak(text=f"seal {i}"), sender=account)
        made.append(account)
    sleep(DAY + 1)
    return made


def listing(seller, key, kind=2):
    """Return the terms under which ``seller`` lists an artifact encrypted under the scalar ``key``."""
    digests = keccak(text="listed content"), keccak(text="manifest")
    return (seller.address, kind, 5 * UNIT, 0, DAY, DAY, *digests, point(key), point(scalar_of("p", seller)))


def list_dataset(house, seller, number):
    """List a dataset and return its id."""
    salt = keccak(text=f"dataset {number}")
    house.assets.list(salt, listing(seller, scalar_of("dataset", number), kind=1), [], {"from": seller})
    return house.assets.assetIdOf((seller.address, ZERO_ADDRESS, salt, []))
