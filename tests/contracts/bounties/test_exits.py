"""How a bounty can end, stage by stage, with everybody's balance to the last unit and an empty bucket.

├── submitting: no submission → everything back
├── rows: requester silent → deposit / 128 for each submission, the rest burned
├── claiming: no claim → everything back
├── drawing: too few seats → everything back
├── committing: silent seats → a sixteenth burned, replaced; none left → on with those there are
├── revealing: silent seats → a sixteenth burned, not replaced
├── judged
│   ├── no quorum → one fresh panel; again none → cure → not cured → false claim
│   └── k public, no quorum twice → the claim is passed over, bond back
├── locking: no lock → delivery waived, reward after the window
├── delivering: nothing → false claim; wrong lock refuted → reward
└── window → finalize: paid
"""

import pytest

from tests.contracts.contest_chain import sleep
from tests.contracts.contest_values import (
    ABANDONED,
    CHOOSING,
    COMMITTING,
    CURE,
    DELIVERING,
    HOUR,
    JUDGING,
    LOCKING,
    NO_SUBMISSION,
    NOBODY,
    PAID,
    REVEALING,
    SILENT,
    TOO_FEW_SEATS,
    UNSCORABLE,
    WINDOW,
    plain,
    scored,
)


@pytest.fixture
def contest(contest):
    """Return the contest, which nobody looks at between its beginning and its end."""
    contest.fast = True
    return contest


def test_lapse__no_submission__everything_back(contest):
    contest.open()
    contest.lapse()
    contest.money.back()
    contest.check_end(NO_SUBMISSION)


def test_lapse__rows_withheld__deposit_shared_and_burned(contest, bob, dave):
    contest.open()
    contest.submit(bob)
    contest.submit(dave)
    contest.pass_deadline()
    sleep(HOUR)
    contest.lapse()
    contest.money.requester_at_fault()
    contest.check_end(SILENT)


def test_choose__no_claim__everything_back(contest, bob):
    contest.ready({bob: None})
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_draw__too_few_seats__everything_back(contest, house, bob, dave):
    contest.ready({bob: 900, dave: 800}, rows=None)
    contest.choose()
    contest.lose_seats(left=2)
    contest.past_seed()
    contest.pass_phase()
    contest.draw()
    assert contest.stage == ABANDONED
    contest.finalize()
    contest.money.back()
    contest.check_end(TOO_FEW_SEATS)


def test_draw__too_few_seats_for_rows__rows_bond_back(contest, house, bob):
    contest.ready({bob: 900}, rows=bob)
    contest.choose()
    contest.lose_seats(left=2)
    contest.past_seed()
    contest.pass_phase()
    contest.draw()
    contest.finalize()
    contest.money.back()
    contest.check_end(TOO_FEW_SEATS)


def test_finalize__all_went_well__everybody_paid(contest, bob, dave):
    contest.ready({bob: 900, dave: 800})
    contest.choose()
    contest.to_window(bob, 900)
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_finalize__two_of_three_agree__only_they_are_paid(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(scored(950), plain(UNSCORABLE), scored(950))
    panel = contest.signers(0, 2)
    contest.lock(bob)
    contest.deliver(bob)
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_close_commits__silent_seat_replaced__its_part_burned(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.draw()
    contest.commit(0, scored(900))
    contest.commit(2, scored(900))
    lazy = contest.signers(1)[0]
    contest.close_commits()
    contest.money.silent(lazy)
    contest.past_seed()
    contest.panels.draw(contest.terms, {"from": bob})
    assert contest.round["phase"] == COMMITTING
    contest.commit(1, scored(900))
    contest.reveal()
    panel = contest.signers()
    assert lazy not in panel
    contest.lock(bob)
    contest.deliver(bob)
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_draw__no_replacement__on_with_those_there_are(contest, house, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.draw()
    contest.commit(0, scored(900))
    contest.commit(2, scored(900))
    lazy = contest.signers(1)[0]
    contest.close_commits()
    contest.money.silent(lazy)
    contest.lose_seats(left=0)
    contest.past_seed()
    contest.pass_phase()
    contest.panels.draw(contest.terms, {"from": bob})
    assert contest.round["phase"] == REVEALING
    contest.reveal()
    panel = contest.signers(0, 2)
    contest.lock(bob)
    contest.deliver(bob)
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_close_reveals__silent_seat__its_part_burned_and_not_paid(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.draw()
    for place in range(3):
        contest.commit(place, scored(900))
    mute = contest.signers(1)[0]
    contest.reveal(0, 2)
    contest.close_reveals()
    contest.money.silent(mute)
    panel = contest.signers(0, 2)
    contest.lock(bob)
    contest.deliver(bob)
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_judged__no_quorum_then_quorum__only_the_second_panel_is_paid(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.no_quorum()
    contest.to_window(bob, 900)
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_judged__no_quorum_twice_and_not_cured__false_claim(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.no_quorum()
    contest.no_quorum()
    assert contest.stage == CURE
    contest.lapse(bob)
    contest.money.forfeit(bob.address)
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_judged__no_quorum_with_k_public__claim_passed_over_bond_back(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(plain(UNSCORABLE))
    contest.publish(bob)
    contest.no_quorum()
    assert contest.stage == JUDGING
    contest.no_quorum()
    assert contest.stage == CHOOSING
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_judged__everybody_silent_twice_a_round__no_quorum(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    for _ in range(3):
        contest.draw()
        for who in contest.signers():
            contest.money.silent(who)
        contest.close_commits()
    assert contest.stage == JUDGING
    assert contest.round["number"] == 2
    contest.check_money()


def test_lapse__no_lock__delivery_waived_and_reward_paid(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(scored(900))
    assert contest.stage == LOCKING
    contest.lapse(bob)
    assert contest.stage == WINDOW
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_lapse__no_delivery__false_claim(contest, bob, dave):
    contest.ready({bob: 900, dave: 800})
    contest.choose()
    contest.judge(scored(900))
    contest.lock(bob)
    assert contest.stage == DELIVERING
    panel = contest.signers()
    contest.lapse(bob)
    contest.money.forfeit(bob.address, panel)
    contest.check_money()
    contest.choose()
    contest.to_window(dave, 800)
    panel = contest.signers()
    contest.finalize(dave)
    contest.money.paid(dave.address, panel)
    contest.check_end(PAID)


def test_refute__wrong_lock__reward_paid(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(scored(900))
    contest.bounties.lock(contest.terms, bob, {"from": contest.requester})
    contest.refute(bob)
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)
