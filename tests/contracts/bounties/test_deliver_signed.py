"""Bounties.deliverSigned

├── the panel judges, or the delivery is behind us → reverts Bounties_WrongStage
├── the stage's deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── t is no scalar → reverts Bounties_WrongKey
├── the requester did not sign the lock of t, or for another bounty, candidate, chain or contract
│   → reverts Bounties_NotRequester
└── else the key is delivered, also when another lock was posted meanwhile
"""

import pytest
from brownie import ZERO_ADDRESS

from marketplace.constants import SECP256K1_N
from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_signing import make_signers, signed_lock
from tests.contracts.contest_values import (
    DELIVERED,
    DELIVERING,
    HOUR,
    JUDGING,
    LOCKING,
    PASSED,
    WINDOW,
    scored,
)


@pytest.fixture
def locked(house, evaluators, people):
    """Return a contest in locking whose requester's key the tests hold."""
    contest = Contest(house, make_signers(house, 1)[0])
    contest.fast = True
    contest.ready({people["bob"]: 900, people["dave"]: 800})
    contest.choose()
    contest.judge(scored(900))
    contest.fast = False
    return contest


def deliver(contest, maker, t=None, who=None, signer=None, **changes):
    key_lock, right = contest.key_lock(maker)
    t = right if t is None else t
    signature = signed_lock(contest, key_lock, signer, changes)
    return contest.bounties.deliverSigned(contest.terms, t, *signature, {"from": who or maker})


def test_deliver_signed__judging__reverts_wrong_stage(house, locked, bob):
    again = Contest(house, locked.requester, salt=b"\7" * 32)
    again.ready({bob: 900})
    again.choose()
    with reverts_with("Bounties_WrongStage", again.id, JUDGING, LOCKING):
        deliver(again, bob)


def test_deliver_signed__twice__reverts_wrong_stage(locked, bob):
    deliver(locked, bob)
    with reverts_with("Bounties_WrongStage", locked.id, WINDOW, LOCKING):
        deliver(locked, bob)


def test_deliver_signed__at_the_deadline__window_begins(locked, bob):
    deadline = locked.state["deadline"]
    set_next(deadline)
    tx = deliver(locked, bob)
    assert (locked.stage, locked.state["deadline"]) == (WINDOW, deadline + HOUR)
    assert locked.flag(DELIVERED)
    assert locked.flag(PASSED)
    assert tx.events["ModelDelivered"]["t"] == locked.key_lock(bob)[1]


def test_deliver_signed__after_the_deadline__reverts_after_deadline(locked, bob):
    deadline = locked.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", locked.id, deadline + 1, deadline):
        deliver(locked, bob)


@pytest.mark.parametrize("t", [0, SECP256K1_N, 2**256 - 1])
def test_deliver_signed__no_scalar__reverts_wrong_key(locked, bob, t):
    with reverts_with("Bounties_WrongKey", locked.id, ZERO_ADDRESS, ZERO_ADDRESS):
        deliver(locked, bob, t)


@pytest.mark.parametrize(
    "changes",
    [
        {"bountyId": 1},
        {"candidate": 2},
        {"keyLock": "0x" + "22" * 20},
        {"chainId": 1},
        {"verifyingContract": "0x" + "11" * 20},
        {"name": "Tessera Panels"},
        {"version": "2"},
        {"signer": "stranger"},
    ],
)
def test_deliver_signed__signed_for_something_else__reverts_not_requester(locked, bob, changes):
    with pytest.raises(Exception, match="Bounties_NotRequester"):
        deliver(locked, bob, **changes)
    assert locked.stage == LOCKING


def test_deliver_signed__no_signature__reverts_not_requester(locked, bob):
    nobody, requester = ZERO_ADDRESS, locked.requester
    t = locked.key_lock(bob)[1]
    with reverts_with("Bounties_NotRequester", locked.id, nobody, requester):
        locked.bounties.deliverSigned(locked.terms, t, b"\0" * 32, b"\0" * 32, {"from": bob})


def test_deliver_signed__wrong_lock_posted_meanwhile__delivered_all_the_same(locked, bob, mallory):
    locked.bounties.lock(locked.terms, mallory, {"from": locked.requester})
    assert locked.stage == DELIVERING
    deliver(locked, bob)
    assert locked.flag(DELIVERED)


def test_deliver_signed__by_a_stranger_who_has_t__delivered(locked, bob, mallory):
    deliver(locked, bob, who=mallory)
    assert locked.stage == WINDOW
