"""Bounties.choose

├── claiming, up to its deadline → reverts Bounties_BeforeDeadline
├── any other stage but choosing → reverts Bounties_WrongStage
├── the makers are not all of them, in order → reverts Bounties_NotAllMakers
└── else, whoever calls
    ├── a claim of bad rows goes first, once
    ├── the best untried claim is the candidate; at a tie the earlier submission
    ├── a new candidate starts without the flags of the last
    └── none left, or eight tried → the bounty ends (test_exits)
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import (
    CHOOSING,
    DONE,
    DRAWING,
    JUDGING,
    MET,
    ROWS_GOOD,
    SUBMITTING,
    TRIED,
    plain,
    scored,
)


def choose(contest, makers=None, who=None):
    makers = contest.order if makers is None else makers
    return contest.bounties.choose(contest.terms, makers, {"from": who or contest.requester})


def test_choose__at_the_end_of_claiming__reverts_before_deadline(claimed):
    deadline = claimed.state["deadline"]
    set_next(deadline)
    with reverts_with("Bounties_BeforeDeadline", claimed.id, deadline, deadline):
        choose(claimed)


def test_choose__wrong_stage__reverts_wrong_stage(submitting):
    with reverts_with("Bounties_WrongStage", submitting.id, SUBMITTING, CHOOSING):
        choose(submitting)


def test_choose__while_judging__reverts_wrong_stage(drawing):
    with reverts_with("Bounties_WrongStage", drawing.id, JUDGING, CHOOSING):
        choose(drawing)


def test_choose__after_the_end__reverts_wrong_stage(over):
    with reverts_with("Bounties_WrongStage", over.id, DONE, CHOOSING):
        choose(over)


def test_choose__makers_left_out__reverts_not_all_makers(claimed, bob, dave):
    claimed.pass_deadline()
    with reverts_with("Bounties_NotAllMakers", claimed.id, 1, 2):
        choose(claimed, [dave])


def test_choose__makers_out_of_order__reverts_not_all_makers(claimed, bob, dave):
    claimed.pass_deadline()
    with reverts_with("Bounties_NotAllMakers", claimed.id, 2, 1):
        choose(claimed, [dave, bob])


def test_choose__a_maker_twice__reverts_not_all_makers(claimed, bob):
    claimed.pass_deadline()
    with reverts_with("Bounties_NotAllMakers", claimed.id, 1, 2):
        choose(claimed, [bob, bob])


def test_choose__a_stranger_among_them__reverts_not_all_makers(claimed, bob, mallory):
    claimed.pass_deadline()
    with reverts_with("Bounties_NotAllMakers", claimed.id, 0, 2):
        choose(claimed, [bob, mallory])


def test_choose__by_a_stranger__best_claim_is_the_candidate(claimed, bob, mallory):
    claimed.pass_deadline()
    tx = choose(claimed, who=mallory)
    state = claimed.state
    assert (state["stage"], state["candidate"], state["claimed"], state["tried"]) == (
        JUDGING,
        1,
        900_000_000,
        1,
    )
    assert tx.events["CandidateChosen"]["maker"] == bob
    assert claimed.bounties.entryOf(claimed.id, bob)["flags"] & TRIED
    assert (claimed.round["phase"], claimed.round["number"]) == (DRAWING, 1)


def test_choose__later_submission_claims_more__it_is_the_candidate(claiming, bob, dave):
    claiming.claim(bob, 800)
    claiming.claim(dave, 801)
    assert claiming.choose().events["CandidateChosen"]["maker"] == dave


def test_choose__tie__earlier_submission_though_it_claimed_later(claiming, bob, dave):
    claiming.claim(dave, 900)
    claiming.claim(bob, 900)
    assert claiming.choose().events["CandidateChosen"]["maker"] == bob


def test_choose__after_a_false_claim__next_best_with_clean_flags(claimed, bob, dave):
    claimed.choose()
    claimed.judge(scored(899))
    claimed.finalize(bob)
    tx = claimed.choose()
    assert tx.events["CandidateChosen"]["maker"] == dave
    assert (claimed.state["flags"], claimed.state["tried"], claimed.round["number"]) == (0, 2, 2)
    assert not claimed.flag(MET)


def test_choose__after_rows_were_good__scores_are_next(claiming, bob, dave):
    claiming.claim(bob, 900)
    claiming.claim_bad_rows(dave)
    assert claiming.choose().events["CandidateChosen"]["maker"] == dave
    claiming.judge(plain(ROWS_GOOD))
    claiming.finalize()
    tx = claiming.choose()
    assert (tx.events["CandidateChosen"]["maker"], tx.events["CandidateChosen"]["index"]) == (bob, 1)
