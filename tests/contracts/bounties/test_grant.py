"""Bounties.grant

├── nobody is judging → reverts Bounties_WrongStage
├── the caller is not the candidate's maker → reverts Bounties_NotCandidate
├── the panel is not complete, or the first half of committing is over → reverts Bounties_GrantsOver
└── else the grant is in the log; replacements open a new time for it
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import now, set_next
from tests.contracts.contest_values import CLAIMING, HOUR, JUDGING, LOCKING, scored


def test_grant__claiming__reverts_wrong_stage(claiming, bob):
    with reverts_with("Bounties_WrongStage", claiming.id, CLAIMING, JUDGING):
        claiming.grant(bob)


def test_grant__judged__reverts_wrong_stage(locking, bob):
    with reverts_with("Bounties_WrongStage", locking.id, LOCKING, JUDGING):
        locking.grant(bob)


def test_grant__not_the_candidates_maker__reverts_not_candidate(committing, people, evaluators):
    for who in (
        people["alice"],
        people["dave"],
        people["mallory"],
        people["referee"],
        committing.evaluator(0),
    ):
        with reverts_with("Bounties_NotCandidate", committing.id, who):
            committing.grant(who)


def test_grant__about_the_rows__reverts_not_candidate(claiming, bob):
    claiming.claim_bad_rows(bob)
    claiming.choose()
    claiming.draw()
    with reverts_with("Bounties_NotCandidate", claiming.id, bob):
        claiming.grant(bob)


def test_grant__before_the_panel_is_drawn__reverts_grants_over(drawing, bob):
    at = now() + 5
    set_next(at)
    with reverts_with("Bounties_GrantsOver", drawing.id, at, 0):
        drawing.grant(bob)


def test_grant__at_its_end__counts(committing, bob):
    end = committing.panels.grantDeadline(committing.id)
    assert end == committing.round["deadline"] - HOUR // 2
    set_next(end)
    tx = committing.grant(bob, b"\x22" * 32)
    assert (tx.events["KeyGranted"]["maker"], tx.events["KeyGranted"]["grant"]) == (bob, "0x" + "22" * 32)


def test_grant__after_its_end__reverts_grants_over(committing, bob):
    end = committing.panels.grantDeadline(committing.id)
    set_next(end + 1)
    with reverts_with("Bounties_GrantsOver", committing.id, end + 1, end):
        committing.grant(bob)


def test_grant__to_replacements__counts_again(committing, bob):
    committing.commit(0, scored(900))
    committing.close_commits()
    committing.past_seed()
    committing.panels.draw(committing.terms, {"from": bob})
    committing.grant(bob)
