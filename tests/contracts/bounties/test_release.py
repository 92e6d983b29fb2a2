"""Bounties.release; its amounts are in test_exits

├── the bounty is not over → reverts Bounties_WrongStage
├── an address submitted nothing → reverts Bounties_NoSubmission
├── a maker was paid before, alone or in the same call → reverts Bounties_Released
└── else everybody named gets what he is owed, whoever calls
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_values import DONE, WINDOW


def test_release__window__reverts_wrong_stage(delivered, dave):
    with reverts_with("Bounties_WrongStage", delivered.id, WINDOW, DONE):
        delivered.release(dave)


def test_release__no_submission__reverts_no_submission(over, people):
    for name in ("alice", "mallory", "referee"):
        with reverts_with("Bounties_NoSubmission", over.id, people[name]):
            over.release(people["dave"], people[name])


def test_release__winner_who_was_paid__reverts_released(over, bob):
    with reverts_with("Bounties_Released", over.id, bob):
        over.release(bob)


def test_release__twice_in_one_call__reverts_released(over, dave):
    with reverts_with("Bounties_Released", over.id, dave):
        over.release(dave, dave)


def test_release__by_a_stranger__bond_goes_to_its_maker(over, dave, mallory):
    before = over.vault.balanceOf(dave)
    tx = over.bounties.release(over.terms, [dave], {"from": mallory})
    assert tx.events["BondReleased"]["amount"] == over["claimBond"]
    assert over.vault.balanceOf(dave) - before == over["claimBond"]
    assert over.bucket == 0
    with reverts_with("Bounties_Released", over.id, dave):
        over.release(dave)
