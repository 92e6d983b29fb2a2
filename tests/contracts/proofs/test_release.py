"""
release
├── there is no bounty of these terms: reverts Proofs_NotTerms
├── the maker did not commit, or was released: reverts Proofs_WrongTurn
├── not served: two bonds after opening; reverts Proofs_BeforeDeadline before
├── served, another was paid: his bond, at once
├── vindicated: two bonds, at once
├── announced and did not prove: his bond is burned after his half hour; reverts Proofs_BeforeDeadline before
└── declined, or served and nobody proved: his bond is burned at the end; reverts Proofs_BeforeDeadline before
"""

from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import at
from tests.contracts.proofs.deal import ANNOUNCED_FOR, DONE, NONE, Deal


def released(tx):
    """Return what each maker was paid, and what was burned of his."""
    return [(e["maker"], e["paid"], e["burned"]) for e in tx.events["PledgeReleased"]]


def test_release__not_served__pays_both_bonds_after_opening(house, bob, carol, mallory, deal):
    deal.commit(bob)
    deal.commit(carol)
    at(deal.opened_until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, deal.opened_until, deal.opened_until):
        deal.release(bob, who=mallory)
    at(deal.opened_until + 1)
    tx = deal.release(bob, carol, who=mallory)
    assert released(tx) == [(bob, 200, 0), (carol, 200, 0)]
    assert house.vault.balanceOf(bob) == house.vault.balanceOf(carol) == FUNDS + 100
    assert deal.turn(bob) == DONE


def test_release__served_and_another_paid__pays_his_bond_at_once(house, bob, carol, deal):
    deal.serve(bob, carol)
    deal.accept(bob)
    deal.announce(bob)
    deal.prove(bob, bob)
    assert released(deal.release(carol, who=bob)) == [(carol, 100, 0)]
    assert house.vault.balanceOf(carol) == FUNDS


def test_release__vindicated__pays_both_bonds_at_once(house, bob, deal):
    deal.commit(bob)
    at(deal.committed_until + 1)
    deal.decline(bob)
    deal.vindicate(bob, bob)
    assert released(deal.release(bob, who=bob)) == [(bob, 200, 0)]
    assert house.vault.balanceOf(bob) == FUNDS + 100


def test_release__announced_without_a_proof__burns_after_the_half_hour(house, bob, carol, deal):
    deal.serve(bob, carol)
    until = deal.announce(bob).timestamp + ANNOUNCED_FOR
    at(until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, until, until):
        deal.release(bob, who=carol)
    at(until + 1)
    held = deal.bucket(house.vault)
    assert released(deal.release(bob, who=carol)) == [(bob, 0, 100)]
    assert house.vault.balanceOf(bob) == FUNDS - 100
    assert deal.bucket(house.vault) == held - 100, "burned"


def test_release__nobody_proved__burns_at_the_end(bob, carol, deal):
    deal.commit(bob)
    deal.commit(carol)
    at(deal.committed_until + 1)
    deal.open_sheet(bob, carol)
    deal.decline(carol)
    at(deal.proved_until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, deal.proved_until, deal.proved_until):
        deal.release(bob, who=bob)
    at(deal.proved_until + 1)
    assert released(deal.release(bob, carol, who=bob)) == [(bob, 0, 100), (carol, 0, 100)]


def test_release__not_committed_or_twice__reverts_wrong_turn(bob, carol, deal):
    deal.commit(bob)
    at(deal.opened_until + 1)
    with reverts_with("Proofs_WrongTurn", deal.id, carol, NONE):
        deal.release(carol, who=bob)
    with reverts_with("Proofs_WrongTurn", deal.id, bob, DONE):
        deal.release(bob, bob, who=bob)
    deal.release(bob, who=bob)
    with reverts_with("Proofs_WrongTurn", deal.id, bob, DONE):
        deal.release(bob, who=bob)


def test_release__other_terms__reverts_not_terms(deployed, alice, bob, deal):
    other = Deal(*deployed, alice, least=81)
    with reverts_with("Proofs_NotTerms", other.id):
        other.release(bob, who=bob)
