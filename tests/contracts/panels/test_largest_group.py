"""Panels with k public: the largest group of equal attestations that nobody disproves is the verdict

├── one alone who tells a score, the others silent → his is the verdict
├── as many tell another score → the lowest place's stands; disproved, the other's does, in its own window
├── as many tell what can't be disproved → no verdict
├── fewer tell what can't be disproved → the score is the verdict
├── what can't be disproved, by less than a quorum → no verdict
├── a quorum → the verdict, whatever it tells; disproved, what the others told
├── opened one by one, in any order → the same
├── nobody left → a void that counts: a fresh panel, where k is public as well; the third ends the candidate
├── voids that leave somebody do not count
└── k private → a quorum is needed
"""

import pytest

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import now
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_values import (
    BAD_ROWS,
    CHOOSING,
    CURE,
    DRAWING,
    JUDGING,
    MET,
    NOBODY,
    PAID,
    SCORED,
    UNIT,
    UNSCORABLE,
    VOIDED,
    WINDOW,
    plain,
    scored,
)


@pytest.fixture
def public(drawing, bob):
    """Return a contest whose candidate, who claims 900 rows, has published his key."""
    drawing.fast = True
    drawing.judge(plain(UNSCORABLE))
    drawing.publish(bob)
    return drawing


def silent(contest, *places):
    """Note what a panel's silent places lose."""
    for place in places:
        contest.money.silent(contest.last_panel[place])


def test_judged__one_alone__is_the_verdict_and_paid_alone(public, bob):
    public.judge(None, scored(900), None)
    silent(public, 0, 2)
    assert (public.stage, public.state["verdict"], public.flag(MET)) == (WINDOW, SCORED, True)
    public.finalize(bob)
    public.money.paid(bob.address, [public.last_panel[1]])
    public.check_end(PAID)


def test_void_verdict__liar_of_the_lowest_place__the_honest_one_stands_after_him(public, bob, mallory):
    public.judge(scored(600), scored(900), None)
    silent(public, 2)
    liar, honest, _ = public.last_panel
    assert not public.flag(MET)
    window = public.state["deadline"] - now()
    public.void(mallory)
    assert (public.stage, public.round["phase"], public.state["flags"] >> 6) == (JUDGING, VOIDED, 0)
    public.fast = False
    with reverts_with("Bounties_WrongStage", public.id, JUDGING, WINDOW):
        public.void(mallory)
    public.fast = True
    public.collect()
    public.money.voided([liar], mallory.address)
    assert (public.stage, public.flag(MET)) == (WINDOW, True)
    assert public.state["deadline"] == now() + window
    assert public.round["number"] == 2
    public.finalize(bob)
    public.money.paid(bob.address, [honest])
    public.check_end(PAID)


def test_judged__tie_with_what_can_not_be_disproved__no_verdict(public):
    for first, second in [(scored(900), plain(UNSCORABLE)), (plain(BAD_ROWS), scored(900))]:
        public.judge(first, second, None)
        silent(public, 2)
        public.check_money()
    assert public.stage == CHOOSING


def test_judged__unscorable_without_a_quorum__no_verdict(public):
    public.judge(plain(UNSCORABLE), None, None)
    silent(public, 1, 2)
    assert (public.stage, public.round["phase"], public.round["number"]) == (JUDGING, DRAWING, 3)
    public.check_money()


def test_void_verdict__quorum_of_liars__the_third_stands_after_them(public, bob, mallory):
    public.judge(scored(600), scored(900), scored(600))
    first, honest, third = public.last_panel
    public.void_and_collect(mallory)
    public.money.voided([first, third], mallory.address)
    assert (public.stage, public.round["number"], public.flag(MET)) == (WINDOW, 2, True)
    public.finalize(bob)
    public.money.paid(bob.address, [honest])
    public.check_end(PAID)


def test_void_verdict__nobody_left__fresh_panel_knows_that_k_is_public(public, bob, mallory):
    public.judge(scored(600), None, None)
    silent(public, 1, 2)
    liar = public.last_panel[0]
    public.void_and_collect(mallory)
    public.money.voided([liar], mallory.address)
    assert (public.round["phase"], public.round["number"], public.state["flags"] >> 6) == (DRAWING, 3, 1)
    public.judge(None, None, scored(900))
    silent(public, 0, 1)
    assert public.stage == WINDOW
    public.finalize(bob)
    public.money.paid(bob.address, [public.last_panel[2]])
    public.check_end(PAID)


def test_void_verdict__three_liars_of_one_round__one_void(public, mallory):
    public.judge(scored(600), scored(601), scored(602))
    for voids, liar in enumerate(public.last_panel, 1):
        assert public.state["verdict"] == SCORED
        public.void_and_collect(mallory)
        public.money.voided([liar], mallory.address)
        assert public.state["flags"] >> 6 == (voids == 3)
    assert (public.stage, public.round["phase"], public.round["number"]) == (JUDGING, DRAWING, 3)
    public.check_money()


def test_void_verdict__third_round_of_liars__claim_passed_over(public, mallory):
    for _ in range(3):
        public.judge(scored(600), scored(601), None)
        silent(public, 2)
        for liar in public.last_panel[:2]:
            public.void_and_collect(mallory)
            public.money.voided([liar], mallory.address)
    assert public.stage == CHOOSING
    public.check_money()


@pytest.mark.parametrize("order", [(2, 1, 0), (0, 2, 1), (1, 0, 2)])
def test_reveal__one_by_one__the_lowest_place_wins_a_tie(public, order, mallory):
    public.draw()
    told = [scored(600), scored(601), scored(602)]
    for place, attestation in enumerate(told):
        public.commit(place, attestation)
    panel = public.signers()
    for place in order:
        public.reveal(place)
    for place, score in enumerate((600, 601, 602)):
        assert public.sitting["score"] == score * 10**6
        public.void_and_collect(mallory)
        public.money.voided([panel[place]], mallory.address)
    public.check_money()


def test_judged__larger_group_of_a_larger_panel__without_a_quorum(house, evaluators, alice, bob):
    contest = Contest(house, alice, panelSize=4, quorum=3, claimBond=150 * UNIT)
    contest.fast = True
    contest.ready({bob: 900})
    contest.choose()
    contest.judge(plain(UNSCORABLE))
    contest.publish(bob)
    contest.judge(scored(600), scored(900), plain(UNSCORABLE), scored(900))
    assert contest.flag(MET)
    contest.finalize(bob)
    contest.money.paid(bob.address, [contest.last_panel[1], contest.last_panel[3]])
    contest.check_end(PAID)


def test_judged__k_private__a_quorum_is_needed(drawing):
    drawing.fast = True
    for _ in range(2):
        drawing.judge(scored(900), None, None)
        silent(drawing, 1, 2)
    assert drawing.stage == CURE
    drawing.check_money()


def test_choose__next_candidate__needs_a_quorum_again(house, evaluators, alice, bob, dave):
    contest = Contest(house, alice)
    contest.fast = True
    contest.ready({bob: 900, dave: 800})
    contest.choose()
    contest.judge(plain(UNSCORABLE))
    contest.publish(bob)
    contest.judge(scored(899), None, None)
    silent(contest, 1, 2)
    contest.finalize(bob)
    contest.money.forfeit(bob.address, [contest.last_panel[0]])
    contest.choose()
    for _ in range(2):
        contest.judge(scored(800), None, None)
        silent(contest, 1, 2)
    contest.lapse(dave)
    contest.money.forfeit(dave.address)
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)
