"""
vindicate
├── the maker was not declined: reverts Proofs_WrongTurn
├── the commitment is another: reverts Proofs_NotCommitted
├── b is not the scalar of the blind point: reverts Proofs_WrongKey
├── the lock is wrong: reverts Proofs_LockIsWrong, with the right one
├── after the end of proving: reverts Proofs_AfterDeadline
└── else, sent by anybody: the maker is vindicated
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import at
from tests.contracts.proofs.deal import COMMITTED, VINDICATED

POISON = twin.address(twin.point(7))


@pytest.fixture
def declined(bob, deal):
    """Return a bounty in which bob's right lock was declined."""
    deal.commit(bob)
    at(deal.committed_until + 1)
    deal.decline(bob)
    return deal


def test_vindicate__right_lock__by_anybody(bob, mallory, declined):
    tx = declined.vindicate(bob, mallory)
    event = dict(tx.events["PledgeVindicated"])
    assert event == {"bountyId": declined.id, "maker": bob, "b": declined.b(bob)}
    assert declined.turn(bob) == VINDICATED
    assert (declined.state["declined"], declined.state["vindicated"]) == (1, 1)
    with reverts_with("Proofs_WrongTurn", declined.id, bob, VINDICATED):
        declined.vindicate(bob, mallory)


def test_vindicate__not_declined__reverts_wrong_turn(bob, deal):
    deal.commit(bob)
    with reverts_with("Proofs_WrongTurn", deal.id, bob, COMMITTED):
        deal.vindicate(bob, bob)


def test_vindicate__another_commitment__reverts_not_committed(bob, declined):
    with reverts_with("Proofs_NotCommitted", declined.id, bob):
        declined.vindicate(bob, bob, key_lock=POISON)


def test_vindicate__another_scalar__reverts_wrong_key(bob, declined):
    own, other = twin.address(declined.pledge(bob).blind), twin.address(twin.point(5))
    with reverts_with("Proofs_WrongKey", declined.id, other, own):
        declined.vindicate(bob, bob, b=5)


def test_vindicate__wrong_lock__reverts_lock_is_wrong(bob, deal):
    deal.commit(bob, key_lock=POISON)
    at(deal.committed_until + 1)
    deal.decline(bob)
    with reverts_with("Proofs_LockIsWrong", deal.id, POISON, deal.pledge(bob).key_lock):
        deal.vindicate(bob, bob, key_lock=POISON)


def test_vindicate__after_the_end__reverts_after_deadline(bob, declined):
    at(declined.proved_until + 1)
    with reverts_with("Proofs_AfterDeadline", declined.id, declined.proved_until + 1, declined.proved_until):
        declined.vindicate(bob, bob)


def test_vindicate__at_the_end__counts(bob, declined):
    at(declined.proved_until)
    declined.vindicate(bob, bob)
