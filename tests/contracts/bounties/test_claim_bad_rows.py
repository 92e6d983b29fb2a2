"""Bounties.claimBadRows

├── the bounty is not in claiming → reverts Bounties_WrongStage
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── the caller submitted nothing → reverts Bounties_NoSubmission
├── somebody claimed it before → reverts Bounties_Twice
└── else the bond is locked, and the rows are judged first
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import CLAIMING, ROWS_CLAIMED, SUBMITTING


def test_claim_bad_rows__submitting__reverts_wrong_stage(submitting, bob):
    with reverts_with("Bounties_WrongStage", submitting.id, SUBMITTING, CLAIMING):
        submitting.claim_bad_rows(bob)


def test_claim_bad_rows__at_the_deadline__counts(claiming, bob):
    set_next(claiming.state["deadline"])
    claiming.claim_bad_rows(bob)


def test_claim_bad_rows__after_the_deadline__reverts_after_deadline(claiming, bob):
    deadline = claiming.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", claiming.id, deadline + 1, deadline):
        claiming.claim_bad_rows(bob)


def test_claim_bad_rows__no_submission__reverts_no_submission(claiming, people, evaluators):
    for who in (people["alice"], people["mallory"], people["referee"], evaluators[0]):
        with reverts_with("Bounties_NoSubmission", claiming.id, who):
            claiming.claim_bad_rows(who)


def test_claim_bad_rows__second_claim__reverts_twice(claiming, bob, dave):
    claiming.claim_bad_rows(bob)
    for who in (bob, dave):
        with reverts_with("Bounties_Twice", claiming.id, bob):
            claiming.claim_bad_rows(who)


def test_claim_bad_rows__also_claims_a_score__two_bonds_and_rows_first(claiming, bob):
    claiming.claim(bob, 900)
    tx = claiming.claim_bad_rows(bob)
    assert tx.events["BadRowsClaimed"]["maker"] == bob
    assert claiming.bounties.rowsClaimerOf(claiming.id) == bob
    assert claiming.flag(ROWS_CLAIMED)
    claiming.check_money()
    claiming.choose()
    assert claiming.state["candidate"] == 0
    assert claiming.state["tried"] == 0
