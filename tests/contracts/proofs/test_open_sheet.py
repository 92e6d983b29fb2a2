"""
openSheet
├── while others may commit: reverts Proofs_BeforeDeadline
├── after the opening stage: reverts Proofs_AfterDeadline
├── the maker did not commit, or is served: reverts Proofs_WrongTurn
├── the commitment is another: reverts Proofs_NotCommitted
├── t does not open the lock: reverts Proofs_WrongKey
└── else, sent by anybody: t is in the log, and the maker finds k in it
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import ZERO, at
from tests.contracts.proofs.deal import NONE, OPENED, K


@pytest.fixture
def opening(bob, deal):
    """Return a bounty to which bob committed; the next block is the first of its opening stage."""
    deal.commit(bob)
    at(deal.committed_until + 1)
    return deal


def test_open_sheet__sent_by_anybody__gives_the_maker_the_key(bob, mallory, opening):
    tx = opening.open_sheet(bob, mallory)
    t = tx.events["SheetOpened"]["t"]
    assert (t - opening.h(bob, opening.b(bob))) % twin.N == K
    assert opening.turn(bob) == OPENED
    assert (opening.state["committed"], opening.state["opened"]) == (1, 1)


def test_open_sheet__while_others_may_commit__reverts_before_deadline(alice, bob, deal):
    deal.commit(bob)
    at(deal.committed_until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, deal.committed_until, deal.committed_until):
        deal.open_sheet(bob, alice)


def test_open_sheet__at_its_deadline_and_after__counts_and_reverts_after_deadline(alice, bob, carol, deal):
    deal.commit(bob)
    deal.commit(carol)
    at(deal.opened_until)
    deal.open_sheet(bob, alice)
    at(deal.opened_until + 1)
    with reverts_with("Proofs_AfterDeadline", deal.id, deal.opened_until + 1, deal.opened_until):
        deal.open_sheet(carol, alice)


def test_open_sheet__not_committed_or_served__reverts_wrong_turn(alice, bob, carol, opening):
    with reverts_with("Proofs_WrongTurn", opening.id, carol, NONE):
        opening.open_sheet(carol, alice)
    opening.open_sheet(bob, alice)
    with reverts_with("Proofs_WrongTurn", opening.id, bob, OPENED):
        opening.open_sheet(bob, alice)


def test_open_sheet__another_commitment__reverts_not_committed(alice, bob, opening):
    with reverts_with("Proofs_NotCommitted", opening.id, bob):
        opening.open_sheet(bob, alice, model=5)


@pytest.mark.parametrize("t", [0, 1, twin.N])
def test_open_sheet__another_scalar__reverts_wrong_key(alice, bob, opening, t):
    pledge = opening.pledge(bob)
    got = twin.address(twin.point(t)) if 0 < t < twin.N else ZERO
    with reverts_with("Proofs_WrongKey", opening.id, got, pledge.key_lock):
        opening.proofs.openSheet(opening.terms, bob, pledge, t, {"from": alice})
