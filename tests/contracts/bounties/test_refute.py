"""Bounties.refute

├── the bounty is not in delivering → reverts Bounties_WrongStage
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── the submission is not the candidate's → reverts Bounties_NotCandidate
├── the scalar is not w → reverts Bounties_WrongKey
├── the lock is right → reverts Bounties_LockIsRight
└── else w is in the log and delivery is behind us, though the requester has no k
"""

import pytest

from marketplace.crypto.points import Point
from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import DELIVERED, DELIVERING, LOCKING, PASSED, WINDOW, point_address


@pytest.fixture
def poisoned(locking, dave):
    """Return a contest whose lock nobody can open: it is that of another submission."""
    locking.lock(dave)
    return locking


def test_refute__locking__reverts_wrong_stage(locking, bob):
    with reverts_with("Bounties_WrongStage", locking.id, LOCKING, DELIVERING):
        locking.refute(bob)


def test_refute__after_the_deadline__reverts_after_deadline(poisoned, bob):
    deadline = poisoned.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", poisoned.id, deadline + 1, deadline):
        poisoned.refute(bob)


def test_refute__anothers_submission__reverts_not_candidate(poisoned, dave):
    with reverts_with("Bounties_NotCandidate", poisoned.id, dave):
        poisoned.refute(dave)


def test_refute__another_scalar__reverts_wrong_key(poisoned, bob):
    w = poisoned.w(bob) + 1
    expected = point_address(poisoned.submissions[bob.address][7])
    with reverts_with("Bounties_WrongKey", poisoned.id, Point.from_scalar(w).address(), expected):
        poisoned.bounties.refute(poisoned.whole, poisoned.submissions[bob.address], w, {"from": bob})


def test_refute__right_lock__reverts_lock_is_right(delivering, bob):
    with reverts_with("Bounties_LockIsRight", delivering.id, delivering.key_lock(bob)[0]):
        delivering.refute(bob)
    delivering.deliver(bob)


def test_refute__poisoned_lock_at_the_deadline__delivery_is_behind_us(poisoned, bob):
    set_next(poisoned.state["deadline"])
    tx = poisoned.refute(bob)
    assert tx.events["LockRefuted"]["w"] == poisoned.w(bob)
    assert poisoned.stage == WINDOW
    assert poisoned.flag(PASSED)
    assert not poisoned.flag(DELIVERED)


def test_refute__poisoned_lock__cannot_be_delivered(poisoned, bob):
    k = poisoned.key_lock(bob)[1]
    with reverts_with(
        "Bounties_WrongKey",
        poisoned.id,
        Point.from_scalar(k).address(),
        poisoned.bounties.keyLockOf(poisoned.id),
    ):
        poisoned.deliver(bob)
