"""
announce
├── the reward is paid: reverts Proofs_Paid
├── not all makers are served, and opening is not over: reverts Proofs_BeforeDeadline
├── after the end of proving: reverts Proofs_AfterDeadline
├── the caller has no rows, or has announced: reverts Proofs_WrongTurn
├── another's half hour runs: reverts Proofs_BeforeDeadline
└── else: half an hour is the caller's, and all others have as much more time
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.goods import at
from tests.contracts.proofs.deal import ANNOUNCED, ANNOUNCED_FOR, COMMITTED, NONE


def test_announce__served__has_half_an_hour(bob, deal):
    deal.serve(bob)
    tx = deal.announce(bob)
    until = tx.timestamp + ANNOUNCED_FOR
    assert dict(tx.events["ProofAnnounced"]) == {"bountyId": deal.id, "maker": bob, "until": until}
    pledge, state = deal.proofs.pledgeOf(deal.id, bob).dict(), deal.state
    assert (pledge["turn"], pledge["until"]) == (ANNOUNCED, until)
    assert (state["announced"], state["until"]) == (1, until)


def test_announce__once_it_is_paid__reverts_paid(bob, carol, deal):
    deal.serve(bob, carol)
    deal.accept(bob)
    deal.announce(bob)
    deal.prove(bob, bob)
    with reverts_with("Proofs_Paid", deal.id):
        deal.announce(carol)


def test_announce__before_all_are_served__waits_for_the_end_of_opening(alice, bob, carol, deal):
    deal.commit(bob)
    deal.commit(carol)
    at(deal.committed_until + 1)
    deal.open_sheet(bob, alice)
    at(deal.opened_until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, deal.opened_until, deal.opened_until):
        deal.announce(bob)
    at(deal.opened_until + 1)
    deal.announce(bob)


def test_announce__who_is_declined__is_not_waited_for(alice, bob, carol, deal):
    deal.commit(bob)
    deal.commit(carol)
    at(deal.committed_until + 1)
    deal.decline(carol)
    deal.open_sheet(bob, alice)
    deal.announce(bob)


def test_announce__at_the_end_and_after__counts_and_reverts_after_deadline(bob, carol, deal):
    deal.serve(bob, carol)
    at(deal.proved_until)
    deal.announce(bob)
    end = deal.proved_until + ANNOUNCED_FOR  # bob gave carol the time back that he took
    at(end + 1)
    with reverts_with("Proofs_AfterDeadline", deal.id, end + 1, end):
        deal.announce(carol)


def test_announce__while_another_has_announced__reverts_before_deadline(bob, carol, deal):
    deal.serve(bob, carol)
    until = deal.announce(bob).timestamp + ANNOUNCED_FOR
    at(until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, until, until):
        deal.announce(carol)
    at(until + 1)
    deal.announce(carol)


def test_announce__without_rows__reverts_wrong_turn(bob, mallory, deal):
    deal.commit(bob)
    at(deal.opened_until + 1)
    with reverts_with("Proofs_WrongTurn", deal.id, bob, COMMITTED):
        deal.announce(bob)
    with reverts_with("Proofs_WrongTurn", deal.id, mallory, NONE):
        deal.announce(mallory)


def test_announce__twice__reverts_wrong_turn(bob, deal):
    deal.serve(bob)
    until = deal.announce(bob).timestamp + ANNOUNCED_FOR
    at(until + 1)
    with reverts_with("Proofs_WrongTurn", deal.id, bob, ANNOUNCED):
        deal.announce(bob)
