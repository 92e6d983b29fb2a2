"""What a requester's and a maker's daemon does in each stage of a contest."""

from dataclasses import replace

import pytest

from marketplace.node.following import Facts, is_over, next_step, part_of, rank
from marketplace.services.bounties import CLAIMED, DELIVERED, KEY_PUBLIC, MET, PASSED, RELEASED
from marketplace.services.sell import SETTLE_MARGIN_SECONDS
from marketplace.services.structs import Outcome, Phase, Stage
from tests.marketplace.node.contests import ALICE, BOB, CAROL, NOW, RUTH, entrant, panel, view

LATE = {"now": NOW + 1001}


def step(found, me, **facts):
    return next_step(found, Facts(me, facts.pop("block", 100), **facts)).step


@pytest.mark.parametrize(
    ("now", "me", "expected"),
    [
        (NOW, RUTH, None),
        (NOW + 1001, RUTH, "open-rows"),
        (NOW + 1001, ALICE, None),
        (NOW + 1000 + 3600, RUTH, "open-rows"),
        (NOW + 1001 + 3600, RUTH, None),
        (NOW + 1001 + 3600, ALICE, "lapse"),
    ],
)
def test_rows__opened_by_the_requester_in_time__else_makers_end_it(now, me, expected):
    assert step(view(Stage.SUBMITTING, now=now), me) == expected


def test_no_submission__requester_gets_his_money_back():
    assert step(view(Stage.SUBMITTING, entrants=(), **LATE), RUTH) == "lapse"


def test_claiming__own_score_once__never_if_worthless():
    found = view(Stage.CLAIMING)
    assert step(found, ALICE) == "claim"
    assert step(found, ALICE, worthless=True) is None
    claimed = replace(found, entrants=(entrant(ALICE, 1, CLAIMED, 9), entrant(BOB, 2)))
    assert step(claimed, ALICE) is None
    assert step(claimed, BOB) == "claim"
    assert step(replace(claimed, **LATE), BOB) == "choose"


def test_drawing__candidate_grants_with_the_draw__others_draw_after_a_while():
    found = view(Stage.JUDGING, panel=panel(Phase.DRAWING, seed_block=100))
    assert step(found, ALICE, block=100) is None
    assert step(found, ALICE, block=101) == "draw-and-grant"
    assert step(found, RUTH, block=100) is None
    assert step(found, RUTH, block=101) == "draw"
    assert rank("draw-and-grant", "candidate") < rank("draw", "requester") < rank("draw", "anybody")


def test_committing__candidate_grants_each_panel_once_and_in_time():
    found = view(Stage.JUDGING, panel=panel(Phase.COMMITTING))
    assert step(found, ALICE) == "grant"
    assert step(found, ALICE, granted=True) is None
    assert step(found, BOB) is None
    assert step(replace(found, now=NOW + 501), ALICE) is None
    assert step(replace(found, flags=KEY_PUBLIC), ALICE) is None
    assert step(replace(found, **LATE), RUTH) == "close-commits"


def test_locking__requester_in_time__then_the_maker_moves_on():
    found = view(Stage.LOCKING)
    assert step(found, RUTH) == "lock"
    assert step(found, ALICE) is None
    assert step(replace(found, **LATE), RUTH) is None
    assert step(replace(found, **LATE), ALICE) == "lapse"


@pytest.mark.parametrize(
    ("left", "expected"), [(SETTLE_MARGIN_SECONDS, "deliver"), (SETTLE_MARGIN_SECONDS - 1, None), (0, None)]
)
def test_delivering__only_while_it_is_safe(left, expected):
    found = view(Stage.DELIVERING, now=NOW + 1000 - left)
    assert step(found, ALICE) == expected
    if expected is None:
        assert "too little time" in next_step(found, Facts(ALICE, 1)).why
        assert step(found, ALICE, shown=True) == "deliver"  # its key is public: nothing is lost by it


def test_delivering__too_late__requester_moves_on_and_the_maker_does_not():
    found = view(Stage.DELIVERING, **LATE)
    assert step(found, RUTH) == "lapse"
    assert step(found, BOB) == "lapse"
    assert step(found, ALICE) is None


def test_cure__key_is_published_only_if_that_was_asked_for():
    found = view(Stage.CURE)
    assert step(found, ALICE) is None
    assert "claim bond" in next_step(found, Facts(ALICE, 1)).why
    assert step(found, ALICE, cure=True) == "publish-key"


def test_cure__of_what_was_delivered__its_requester_publishes_the_key_if_asked_to():
    found = view(Stage.CURE, flags=DELIVERED)
    assert step(found, RUTH) is None
    assert "keeps half" in next_step(found, Facts(RUTH, 1)).why
    assert step(found, RUTH, cure=True) == "publish-key"
    assert step(view(Stage.CURE), RUTH, cure=True) is None  # he has no key
    assert step(replace(found, **LATE), RUTH, cure=True) == "lapse"


def test_window__finalized_after_it__by_who_gains():
    found = view(Stage.WINDOW)
    assert step(found, RUTH) is None
    assert step(replace(found, **LATE), RUTH) == "finalize"
    assert step(replace(found, **LATE), BOB) == "finalize"
    assert step(replace(found, **LATE), ALICE) is None  # his claim was false: the bond is lost by it
    assert step(replace(found, flags=PASSED | MET, **LATE), ALICE) == "finalize"


def test_receive__requester__once_it_is_delivered():
    found = view(Stage.WINDOW, flags=DELIVERED | PASSED)
    assert step(found, RUTH, received=False) == "receive"
    assert step(found, RUTH) is None
    assert step(view(Stage.WINDOW, flags=PASSED), RUTH, received=False) is None
    done = view(Stage.DONE, flags=KEY_PUBLIC, outcome=Outcome.PAID)
    assert step(done, RUTH, received=False) == "receive"
    assert not is_over(done, Facts(RUTH, 1, received=False))


def test_done__own_bond_is_released__then_it_is_over():
    owed = (entrant(ALICE, 1, CLAIMED | RELEASED, 9), entrant(BOB, 2, CLAIMED, 8))
    found = view(Stage.DONE, outcome=Outcome.PAID, entrants=owed)
    assert step(found, BOB) == "release"
    assert step(found, ALICE) is None
    assert is_over(found, Facts(ALICE, 1))
    assert not is_over(found, Facts(BOB, 1))


def test_strangers__do_nothing_unless_asked():
    found = view(Stage.CHOOSING)
    assert part_of(found, CAROL) == "anybody"
    assert step(found, CAROL) is None
    assert step(found, CAROL, asked=True) == "choose"


@pytest.mark.parametrize("stage", [one for one in Stage if one is not Stage.NONE])
@pytest.mark.parametrize("me", [RUTH, ALICE, BOB, CAROL])
@pytest.mark.parametrize("now", [NOW - 10, NOW + 1000, NOW + 1001, NOW + 10**6])
def test_every_stage__everybody__has_an_answer(stage, me, now):
    for phase in (Phase.DRAWING, Phase.COMMITTING, Phase.REVEALING):
        found = view(stage, now=now, panel=panel(phase))
        decision = next_step(found, Facts(me, 100))
        assert decision.step is None or part_of(found, me) != "anybody"
