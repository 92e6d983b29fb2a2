"""Verdicts against someone, with everybody's balance to the last unit and an empty bucket.

├── false claim: panel paid by the bond, the rest burned, the next claim follows
├── eight false claims → everything back
├── unscorable: cured and scored → paid; cured and unscorable → false claim; not cured → false claim
├── bad rows: by the claim of bad rows, by a candidate's panel
├── rows good: the bond as for a false claim
├── rows without verdict: bond back
└── after a delivery: unscorable uncured, no quorum, third void, no panel → halved
"""

import pytest

from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_values import (
    BAD_ROWS,
    CHOOSING,
    CURE,
    HALVED,
    HALVING,
    KEY_PUBLIC,
    NOBODY,
    PAID,
    ROWS_BAD,
    ROWS_GOOD,
    UNSCORABLE,
    WINDOW,
    ZERO,
    plain,
    scored,
)


@pytest.fixture
def contest(contest):
    """Return the contest, which nobody looks at between its beginning and its end."""
    contest.fast = True
    return contest


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
    contest.void_and_collect(challenger)
    contest.money.voided(panel, challenger.address)
    contest.check_money()


def attestation_at_end(contest, action, *arguments):
    """Return whose attestation the log says ended the contest, by ``action``, which is looked at."""
    contest.fast = False
    tx = action(*arguments)
    return bytes(tx.events["BountyEnded"]["attestation"])


def test_lapse__unscorable_after_delivery_not_cured__halved(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    contest.judge(plain(UNSCORABLE))
    assert contest.stage == CURE
    contest.lapse(bob)
    contest.money.halved(bob.address)
    contest.check_end(HALVED)


def test_finalize__no_quorum_after_delivery__halved(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    contest.no_quorum()
    contest.no_quorum()
    assert contest.stage == HALVING
    contest.finalize(bob)
    contest.money.halved(bob.address)
    contest.check_end(HALVED)


def test_finalize__no_panel_after_delivery__halved(contest, house, bob, mallory):
    delivered_and_voided(contest, house, bob, mallory)
    contest.lose_seats(left=2)
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
        contest.void_and_collect(mallory)
        contest.money.voided(panel, mallory.address)
    assert contest.stage == HALVING
    assert attestation_at_end(contest, contest.finalize, bob) == ZERO
    contest.money.halved(bob.address)
    contest.check_end(HALVED)


def test_void_verdict__third_before_delivery__bond_back(contest, bob, mallory):
    contest.ready({bob: 900})
    contest.choose()
    for _ in range(3):
        contest.judge(scored(600))
        panel = contest.signers()
        contest.void_and_collect(mallory)
        contest.money.voided(panel, mallory.address)
    assert contest.stage == CHOOSING
    assert attestation_at_end(contest, contest.choose) == ZERO
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
