"""Bounties.lapse; its ends are in test_exits

├── the deadline has not passed → reverts Bounties_BeforeDeadline
├── submissions wait for their rows → reverts Bounties_BeforeDeadline until the rows stage is over
├── the maker is not the candidate's → reverts Bounties_NotCandidate
└── the stage has no such exit → reverts Bounties_WrongStage
"""

import pytest
from brownie import ZERO_ADDRESS

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import CHOOSING, DELIVERING, DONE, HOUR, WINDOW, scored


def lapse(contest, maker=None):
    return contest.bounties.lapse(contest.terms, maker or ZERO_ADDRESS, {"from": contest.requester})


def test_lapse__rows_stage__reverts_before_deadline(submitting):
    deadline = submitting.state["deadline"]
    for at, bound in ((deadline, deadline), (deadline + HOUR, deadline + HOUR)):
        set_next(at)
        with reverts_with("Bounties_BeforeDeadline", submitting.id, at, bound):
            lapse(submitting)


@pytest.mark.parametrize("stage", ["locking", "delivering"])
def test_lapse__at_the_deadline__reverts_before_deadline(request, bob, stage):
    contest = request.getfixturevalue(stage)
    deadline = contest.state["deadline"]
    set_next(deadline)
    with reverts_with("Bounties_BeforeDeadline", contest.id, deadline, deadline):
        lapse(contest, bob)


@pytest.mark.parametrize("stage", ["locking", "delivering"])
def test_lapse__not_the_candidates_maker__reverts_not_candidate(request, dave, mallory, stage):
    contest = request.getfixturevalue(stage)
    contest.pass_deadline()
    for who in (dave, mallory, ZERO_ADDRESS):
        with reverts_with("Bounties_NotCandidate", contest.id, who):
            lapse(contest, who)


def test_lapse__no_such_bounty__reverts_not_candidate(contest):
    with reverts_with("Bounties_NotCandidate", contest.id, ZERO_ADDRESS):
        lapse(contest)


def test_lapse__no_exit_of_the_stage__reverts_wrong_stage(delivered, bob):
    delivered.pass_deadline()
    with reverts_with("Bounties_WrongStage", delivered.id, WINDOW, DELIVERING):
        lapse(delivered, bob)


def test_lapse__choosing__reverts_wrong_stage(drawing, bob):
    drawing.judge(scored(899))
    drawing.finalize(bob)
    with reverts_with("Bounties_WrongStage", drawing.id, CHOOSING, DELIVERING):
        lapse(drawing, bob)


def test_lapse__after_the_end__reverts_wrong_stage(over, bob):
    with reverts_with("Bounties_WrongStage", over.id, DONE, DELIVERING):
        lapse(over, bob)
