"""Whom a step that anybody may take costs his bond: daemons and sweeps leave it to others."""

from dataclasses import replace

import pytest

from marketplace.node.following import Facts, next_step
from marketplace.services.bounties import DELIVERED, KEY_PUBLIC, MET, PASSED
from marketplace.services.contest import forfeits
from marketplace.services.locks.contests import step_now
from marketplace.services.structs import Stage, Verdict
from tests.marketplace.node.contests import ALICE, BOB, CAROL, NOW, RUTH, view

LATE = NOW + 1001
CASES = [
    # stage, flags, verdict, the step, and whether it costs Alice, whose claim is judged, her bond
    (Stage.WINDOW, 0, Verdict.SCORED, "finalize", True),
    (Stage.WINDOW, PASSED, Verdict.SCORED, "finalize", True),  # judged again after the delivery
    (Stage.WINDOW, KEY_PUBLIC, Verdict.UNSCORABLE, "finalize", True),  # cured, and no better for it
    (Stage.WINDOW, MET, Verdict.SCORED, "finalize", False),
    (Stage.WINDOW, KEY_PUBLIC | MET, Verdict.SCORED, "finalize", False),
    (Stage.WINDOW, 0, Verdict.BAD_ROWS, "finalize", False),
    (Stage.HALVING, DELIVERED, Verdict.NONE, "finalize", False),
    (Stage.CURE, 0, Verdict.NONE, "lapse", True),
    (Stage.CURE, DELIVERED, Verdict.NONE, "lapse", False),  # half of the reward is hers
    (Stage.DELIVERING, MET, Verdict.SCORED, "lapse", True),
    (Stage.LOCKING, MET, Verdict.SCORED, "lapse", False),
]


@pytest.mark.parametrize(("stage", "flags", "verdict", "step", "costs"), CASES)
def test_forfeits__each_end__daemon_and_sweep_agree(stage, flags, verdict, step, costs):
    found = view(stage, flags=flags, verdict=verdict, now=LATE)
    assert forfeits(found, ALICE, step) == costs
    expected = None if costs else step
    assert next_step(found, Facts(ALICE, 100)).step == expected
    assert step_now(found, ALICE, 100) == (expected or "")
    assert next_step(found, Facts(BOB, 100)).step == step
    assert not any(forfeits(found, one, step) for one in (RUTH, BOB, CAROL))


@pytest.mark.parametrize(("verdict", "costs"), [(Verdict.SCORED, True), (Verdict.BAD_ROWS, False)])
def test_forfeits__claim_that_rows_are_bad__is_its_makers(verdict, costs):
    found = replace(view(Stage.WINDOW, verdict=verdict, now=LATE), candidate=None, rows_claimer=BOB)
    assert forfeits(found, BOB, "finalize") == costs
    assert next_step(found, Facts(BOB, 100)).step == (None if costs else "finalize")
    assert next_step(found, Facts(ALICE, 100)).step == "finalize"


@pytest.mark.parametrize("stage", [Stage.LOCKING, Stage.SUBMITTING])
def test_lapse__of_the_requesters_own_silence__is_left_to_others(stage):
    found = view(stage, now=LATE + 10**6)
    assert next_step(found, Facts(RUTH, 100)).step is None
    assert next_step(found, Facts(ALICE, 100)).step == "lapse"
