"""Bounties.deliver

├── the bounty is not in delivering → reverts Bounties_WrongStage
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── the scalar does not open the lock → reverts Bounties_WrongKey
└── else t is in the log, the requester has k, and the window begins
"""

from brownie import chain

from marketplace.crypto.points import Point, contest_h, recover_key, shared_address
from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import DELIVERED, DELIVERING, HOUR, LOCKING, PASSED, WINDOW, point


def test_deliver__locking__reverts_wrong_stage(locking, bob):
    with reverts_with("Bounties_WrongStage", locking.id, LOCKING, DELIVERING):
        locking.deliver(bob)


def test_deliver__twice__reverts_wrong_stage(delivered, bob):
    with reverts_with("Bounties_WrongStage", delivered.id, WINDOW, DELIVERING):
        delivered.deliver(bob)


def test_deliver__after_the_deadline__reverts_after_deadline(delivering, bob):
    deadline = delivering.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", delivering.id, deadline + 1, deadline):
        delivering.deliver(bob)


def test_deliver__k_itself__reverts_wrong_key(delivering, bob):
    k, lock = delivering.k(bob), delivering.key_lock(bob)[0]
    with reverts_with("Bounties_WrongKey", delivering.id, Point.from_scalar(k).address(), lock):
        delivering.bounties.deliver(delivering.terms, k, {"from": bob})


def test_deliver__at_the_deadline__requester_has_k(delivering, bob):
    deadline = delivering.state["deadline"]
    set_next(deadline)
    tx = delivering.deliver(bob)
    assert (delivering.stage, delivering.state["deadline"]) == (WINDOW, deadline + HOUR)
    assert delivering.flag(DELIVERED)
    assert delivering.flag(PASSED)
    shared = shared_address(delivering.r, Point(*point(delivering.w(bob))))
    h = contest_h(shared, chain.id, delivering.bounties.address, delivering.submission_id(bob))
    assert recover_key(tx.events["ModelDelivered"]["t"], h) == delivering.k(bob)
