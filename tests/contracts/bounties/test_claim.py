"""Bounties.claim

├── the bounty is not in claiming → reverts Bounties_WrongStage
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── the caller submitted nothing → reverts Bounties_NoSubmission
├── the caller claimed before → reverts Bounties_Twice
├── the score is below the threshold or above a perfect one → reverts Bounties_BadScore
├── no money for the bond → reverts Vault_TooLittle
└── else score and bond are kept
"""

from tests.contracts.conftest import FUNDS, SUBMISSION_FEE, reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import CLAIMED, CLAIMING, JUDGING, ONE, SUBMITTING


def test_claim__submitting__reverts_wrong_stage(submitting, bob):
    with reverts_with("Bounties_WrongStage", submitting.id, SUBMITTING, CLAIMING):
        submitting.claim(bob, 900)


def test_claim__judging__reverts_wrong_stage(drawing, bob):
    with reverts_with("Bounties_WrongStage", drawing.id, JUDGING, CLAIMING):
        drawing.claim(bob, 900)


def test_claim__at_the_deadline__counts(claiming, bob):
    set_next(claiming.state["deadline"])
    claiming.claim(bob, 900)


def test_claim__after_the_deadline__reverts_after_deadline(claiming, bob):
    deadline = claiming.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", claiming.id, deadline + 1, deadline):
        claiming.claim(bob, 900)


def test_claim__no_submission__reverts_no_submission(claiming, people, evaluators):
    for who in (people["alice"], people["mallory"], people["referee"], evaluators[0]):
        with reverts_with("Bounties_NoSubmission", claiming.id, who):
            claiming.claim(who, 900)


def test_claim__twice__reverts_twice(claimed, bob):
    with reverts_with("Bounties_Twice", claimed.id, bob):
        claimed.claim(bob, 950)


def test_claim__score_out_of_bounds__reverts_bad_score(claiming, bob):
    for score in (0, ONE // 2 - 1, ONE + 1, 2**64 - 1):
        with reverts_with("Bounties_BadScore", claiming.id, score, ONE // 2, ONE):
            claiming.bounties.claim(claiming.terms, score, {"from": bob})


def test_claim__score_at_its_bounds__counts(claiming, bob, dave):
    claiming.claim(bob, 500)
    claiming.claim(dave, 1_000)
    assert claiming.bounties.entryOf(claiming.id, dave)["score"] == ONE


def test_claim__no_money_for_the_bond__reverts_too_little(house, claiming, bob):
    house.vault.withdraw(FUNDS - SUBMISSION_FEE, bob, {"from": bob})
    with reverts_with("Vault_TooLittle", bob, 0, claiming["claimBond"]):
        claiming.claim(bob, 900)


def test_claim__in_order__score_kept_and_bond_locked(claiming, bob):
    tx = claiming.claim(bob, 900)
    entry = claiming.bounties.entryOf(claiming.id, bob)
    assert (entry["score"], entry["flags"]) == (900_000_000, CLAIMED)
    assert tx.events["ScoreClaimed"]["score"] == 900_000_000
    claiming.check_money()
