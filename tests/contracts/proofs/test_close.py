"""
close
├── there is no bounty of these terms: reverts Proofs_NotTerms
├── closed before: reverts Proofs_Closed
├── nobody committed: all comes back after committing; reverts Proofs_BeforeDeadline before
├── paid, and every maker has the rows: the bonds come back at once
└── else: what no maker can claim comes back after the end; reverts Proofs_BeforeDeadline before
"""

from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import at
from tests.contracts.proofs.deal import ANNOUNCED_FOR, Deal


def closed(deal, who, requester):
    """Close; check the log, and return what came back."""
    event = deal.close(who).events["ProofClosed"]
    assert (event["bountyId"], event["requester"]) == (deal.id, requester)
    assert deal.state["closed"]
    return event["back"]


def test_close__nobody_committed__gives_all_back_after_committing(house, alice, mallory, deal):
    at(deal.committed_until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, deal.committed_until, deal.committed_until):
        deal.close(mallory)
    at(deal.committed_until + 1)
    assert closed(deal, mallory, alice) == 6_700
    assert house.vault.balanceOf(alice) == FUNDS
    assert deal.bucket(house.vault) == 0
    with reverts_with("Proofs_Closed", deal.id):
        deal.close(mallory)


def test_close__paid_and_all_served__gives_the_bonds_back_at_once(house, alice, bob, carol, deal):
    deal.serve(bob, carol)
    deal.accept(bob)
    deal.announce(bob)
    deal.prove(bob, bob)
    assert closed(deal, bob, alice) == 300
    assert house.vault.balanceOf(alice) == FUNDS - 6_400
    assert deal.bucket(house.vault) == 100, "carol's, whenever she takes it"
    deal.release(carol, who=carol)


def test_close__not_all_served__leaves_what_is_owed_after_the_end(house, alice, bob, carol, mallory, deal):
    for maker in (bob, carol, mallory):
        deal.commit(maker)
    at(deal.committed_until + 1)
    deal.open_sheet(bob, alice)
    deal.decline(carol)
    deal.vindicate(carol, carol)
    at(deal.proved_until)
    with reverts_with("Proofs_BeforeDeadline", deal.id, deal.proved_until, deal.proved_until):
        deal.close(alice)
    at(deal.proved_until + 1)
    assert closed(deal, alice, alice) == 6_400 + 100, "a bond each for carol and mallory is owed"
    deal.release(bob, carol, mallory, who=alice)
    assert deal.bucket(house.vault) == 0
    moved = [house.vault.balanceOf(one) - FUNDS for one in (alice, bob, carol, mallory)]
    assert moved == [-200, -100, 100, 100]


def test_close__somebody_announced__waits_as_much_longer(alice, bob, deal):
    deal.serve(bob)
    deal.announce(bob)
    end = deal.proved_until + ANNOUNCED_FOR
    at(end)
    with reverts_with("Proofs_BeforeDeadline", deal.id, end, end):
        deal.close(alice)
    at(end + 1)
    assert closed(deal, alice, alice) == 6_700


def test_close__other_terms__reverts_not_terms(deployed, alice, deal):
    other = Deal(*deployed, alice, least=81)
    with reverts_with("Proofs_NotTerms", other.id):
        other.close(alice)
