"""Bounties.lock

├── the bounty is not in locking → reverts Bounties_WrongStage
├── the caller is not the requester → reverts Bounties_NotRequester
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── the lock is zero → reverts Bounties_BadLock
└── else the lock is kept, and delivering has its full length
"""

from brownie import ZERO_ADDRESS

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import DELIVERING, HOUR, JUDGING, LOCKING


def test_lock__judging__reverts_wrong_stage(drawing, bob):
    with reverts_with("Bounties_WrongStage", drawing.id, JUDGING, LOCKING):
        drawing.lock(bob)


def test_lock__twice__reverts_wrong_stage(delivering, bob):
    with reverts_with("Bounties_WrongStage", delivering.id, DELIVERING, LOCKING):
        delivering.lock(bob)


def test_lock__not_the_requester__reverts_not_requester(locking, people, alice):
    for who in (people["bob"], people["dave"], people["mallory"], people["referee"], locking.evaluator(0)):
        with reverts_with("Bounties_NotRequester", locking.id, who, alice):
            locking.bounties.lock(locking.terms, who, {"from": who})


def test_lock__after_the_deadline__reverts_after_deadline(locking, bob):
    deadline = locking.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", locking.id, deadline + 1, deadline):
        locking.lock(bob)


def test_lock__zero__reverts_bad_lock(locking, alice):
    with reverts_with("Bounties_BadLock", locking.id):
        locking.bounties.lock(locking.terms, ZERO_ADDRESS, {"from": alice})


def test_lock__at_the_deadline__delivering_has_its_full_length(locking, bob):
    deadline = locking.state["deadline"]
    set_next(deadline)
    locking.lock(bob)
    assert (locking.stage, locking.state["deadline"]) == (DELIVERING, deadline + HOUR)
    assert locking.bounties.keyLockOf(locking.id) == locking.key_lock(bob)[0]
