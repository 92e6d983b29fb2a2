"""Every way a bounty can end, with everybody's balance to the last unit and an empty bucket.

stage by stage
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

verdicts against someone
├── false claim: panel paid by the bond, the rest burned, the next claim follows
├── eight false claims → everything back
├── unscorable: cured and scored → paid; cured and unscorable → false claim; not cured → false claim
├── bad rows: by the claim of bad rows, by a candidate's panel
├── rows good: the bond as for a false claim
├── rows without verdict: bond back
└── after a delivery: unscorable uncured, no quorum, third void, no panel → halved
"""

import pytest
from brownie import accounts

from tests.contracts.contest_helpers import (
    ABANDONED,
    BAD_ROWS,
    CHOOSING,
    COMMITTING,
    CURE,
    DELIVERING,
    HALVED,
    HALVING,
    HOUR,
    JUDGING,
    KEY_PUBLIC,
    LOCKING,
    NO_SUBMISSION,
    NOBODY,
    PAID,
    REVEALING,
    ROWS_BAD,
    ROWS_GOOD,
    SILENT,
    TOO_FEW_SEATS,
    UNSCORABLE,
    WINDOW,
    Contest,
    plain,
    scored,
    send,
    sleep,
)


@pytest.fixture
def contest(contest):
    """Return the contest, which nobody looks at between its beginning and its end."""
    contest.fast = True
    return contest


def no_quorum(contest):
    """Let a panel of three come to three different results."""
    contest.judge(scored(700), scored(701), scored(702))


def lock_away(contest, house, left):
    """Kill seats until ``left`` live ones are on no panel, as slashing them would."""
    panels = accounts.at(house.panels.address, force=True)
    seats = range(house.operators.count())
    free = [i for i in seats if house.operators.seatOf(i)["parts"] == 16 and not house.operators.isLocked(i)]
    for seat in free[left:]:
        owner = house.operators.ownerOf(seat)
        send(house.operators.slashSilent, seat, sender=panels)
        contest.money.silent(owner)


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
    lock_away(contest, house, left=2)
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
    lock_away(contest, house, left=2)
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
    lock_away(contest, house, left=0)
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
    no_quorum(contest)
    contest.to_window(bob, 900)
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_judged__no_quorum_twice_and_not_cured__false_claim(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    no_quorum(contest)
    no_quorum(contest)
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
    no_quorum(contest)
    assert contest.stage == JUDGING
    no_quorum(contest)
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


def test_finalize__score_worse_than_claimed__bond_pays_the_panel_and_the_next_follows(contest, bob, dave):
    contest.ready({bob: 900, dave: 800})
    contest.choose()
    contest.judge(scored(899))
    assert contest.stage == WINDOW
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.forfeit(bob.address, panel)
    contest.check_money()
    contest.choose()
    contest.to_window(dave, 800)
    panel = contest.signers()
    contest.finalize(dave)
    contest.money.paid(dave.address, panel)
    contest.check_end(PAID)


def test_choose__eight_false_claims__everything_back(contest, people, evaluators):
    makers = [people[name] for name in "bob carol mallory dave erin frank grace heidi ivan".split()]
    contest.ready(dict.fromkeys(makers, 900))
    for maker in makers[:8]:
        contest.choose()
        contest.judge(scored(600))
        panel = contest.signers()
        contest.finalize(maker)
        contest.money.forfeit(maker.address, panel)
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_publish_key__then_scored__paid_without_delivery(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(plain(UNSCORABLE))
    first = contest.signers()
    contest.publish(bob)
    contest.judge(scored(900))
    assert contest.stage == WINDOW
    assert contest.flag(KEY_PUBLIC)
    panel = contest.signers()
    assert not set(first) & set(panel)
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_publish_key__unscorable_again__false_claim(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(plain(UNSCORABLE))
    contest.publish(bob)
    contest.judge(plain(UNSCORABLE))
    assert contest.stage == WINDOW
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.forfeit(bob.address, panel)
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_lapse__unscorable_not_cured__bond_pays_the_panel(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(plain(UNSCORABLE))
    panel = contest.signers()
    contest.lapse(bob)
    contest.money.forfeit(bob.address, panel)
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_finalize__rows_bad_by_claim__deposit_shared_and_burned(contest, bob, dave):
    contest.ready({bob: 900, dave: None}, rows=dave)
    contest.choose()
    contest.judge(plain(BAD_ROWS))
    panel = contest.signers()
    contest.finalize()
    contest.money.requester_at_fault(panel)
    contest.check_end(ROWS_BAD)


def test_finalize__rows_bad_by_candidates_panel__deposit_shared_and_burned(contest, bob):
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(plain(BAD_ROWS))
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.requester_at_fault(panel)
    contest.check_end(ROWS_BAD)


def test_finalize__rows_good__bond_as_for_a_false_claim(contest, bob, dave):
    contest.ready({bob: 900, dave: None}, rows=dave)
    contest.choose()
    contest.judge(plain(ROWS_GOOD))
    panel = contest.signers()
    contest.finalize()
    contest.money.forfeit(dave.address, panel)
    contest.check_money()
    contest.choose()
    contest.to_window(bob, 900)
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)


def test_judged__no_verdict_on_rows__bond_back(contest, bob):
    contest.ready({bob: 900}, rows=bob)
    contest.choose()
    for _ in range(2):
        contest.judge(plain(BAD_ROWS), plain(ROWS_GOOD), None)
        contest.money.silent(contest.last_panel[2])
    assert contest.stage == CHOOSING
    contest.choose()
    contest.to_window(bob, 900)
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)  # both of his bonds come with the reward
    contest.check_end(PAID)


def delivered_and_voided(contest, house, maker, challenger):
    """Come to a second round after the delivery."""
    contest.ready({maker: 900})
    contest.choose()
    contest.to_window(maker, 900)
    panel = contest.signers()
    contest.void(challenger)
    contest.money.voided(panel, challenger.address)
    contest.check_money()


def test_lapse__unscorable_after_delivery_not_cured__halved(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    contest.judge(plain(UNSCORABLE))
    assert contest.stage == CURE
    contest.lapse(bob)
    contest.money.halved(bob.address)
    contest.check_end(HALVED)


def test_finalize__no_quorum_after_delivery__halved(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    no_quorum(contest)
    no_quorum(contest)
    assert contest.stage == HALVING
    contest.finalize(bob)
    contest.money.halved(bob.address)
    contest.check_end(HALVED)


def test_finalize__no_panel_after_delivery__halved(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    lock_away(contest, house, left=2)
    contest.past_seed()
    contest.pass_phase()
    contest.draw()
    assert contest.stage == HALVING
    contest.finalize(bob)
    contest.money.halved(bob.address)
    contest.check_end(HALVED)


def test_void_verdict__third_after_delivery__halved(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    for _ in range(2):
        contest.judge(scored(900))
        panel = contest.signers()
        contest.void(mallory)
        contest.money.voided(panel, mallory.address)
    assert contest.stage == HALVING
    contest.finalize(bob)
    contest.money.halved(bob.address)
    contest.check_end(HALVED)


def test_void_verdict__third_before_delivery__bond_back(contest, bob, mallory):
    contest.ready({bob: 900})
    contest.choose()
    for _ in range(3):
        contest.judge(scored(600))
        panel = contest.signers()
        contest.void(mallory)
        contest.money.voided(panel, mallory.address)
    assert contest.stage == CHOOSING
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_finalize__false_claim_shown_after_delivery__false_claim(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    contest.judge(scored(899))
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.forfeit(bob.address, panel)
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)


def test_finalize__odd_reward_and_three_datasets__rounds_in_favour_of_the_maker(
    house, evaluators, alice, bob, datasets
):
    contest = Contest(
        house,
        alice,
        reward=1_000 * 10**18 + 7,
        datasets=[(i, bps) for i, bps in zip(datasets, (333, 1, 2_500))],
    )
    contest.fast = True
    contest.ready({bob: 900})
    contest.choose()
    contest.to_window(bob, 900)
    panel = contest.signers()
    contest.finalize(bob)
    contest.money.paid(bob.address, panel)
    contest.check_end(PAID)
