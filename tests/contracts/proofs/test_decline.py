"""
decline
├── by another than the requester: reverts Proofs_NotRequester
├── while others may commit: reverts Proofs_BeforeDeadline
├── after the opening stage: reverts Proofs_AfterDeadline
├── the maker did not commit, is served, or declined: reverts Proofs_WrongTurn
└── else: the maker is declined, no money moves
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.goods import at
from tests.contracts.proofs.deal import DECLINED, NONE, OPENED


def test_decline__by_the_requester__moves_no_money(house, bob, deal):
    deal.commit(bob)
    held = deal.bucket(house.vault)
    at(deal.committed_until + 1)
    tx = deal.decline(bob)
    assert dict(tx.events["PledgeDeclined"]) == {"bountyId": deal.id, "maker": bob}
    assert deal.turn(bob) == DECLINED
    assert deal.state["declined"] == 1
    assert deal.bucket(house.vault) == held


def test_decline__by_another__reverts_not_requester(alice, bob, mallory, deal):
    deal.commit(bob)
    at(deal.committed_until + 1)
    with reverts_with("Proofs_NotRequester", deal.id, mallory, alice):
        deal.decline(bob, mallory)


def test_decline__out_of_time__reverts_before_and_after_deadline(bob, carol, deal):
    deal.commit(bob)
    deal.commit(carol)
    at(deal.committed_until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, deal.committed_until, deal.committed_until):
        deal.decline(bob)
    at(deal.opened_until)
    deal.decline(bob)
    at(deal.opened_until + 1)
    with reverts_with("Proofs_AfterDeadline", deal.id, deal.opened_until + 1, deal.opened_until):
        deal.decline(carol)


def test_decline__not_committed_served_or_declined__reverts_wrong_turn(alice, bob, carol, mallory, deal):
    deal.commit(bob)
    deal.commit(carol)
    at(deal.committed_until + 1)
    with reverts_with("Proofs_WrongTurn", deal.id, mallory, NONE):
        deal.decline(mallory)
    deal.open_sheet(bob, alice)
    with reverts_with("Proofs_WrongTurn", deal.id, bob, OPENED):
        deal.decline(bob)
    deal.decline(carol)
    with reverts_with("Proofs_WrongTurn", deal.id, carol, DECLINED):
        deal.decline(carol)
