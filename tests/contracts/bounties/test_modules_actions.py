"""Bounties.judged, drawFailed, exposeKey, voidVerdict: what only the panels and the referee may do

├── anybody else → reverts Bounties_NotPanels, Bounties_NotReferee
├── the bounty is not judged now → reverts Bounties_WrongStage
├── exposeKey: the key is public, what can't be scored needs no cure any more
└── voidVerdict
    ├── after the window → reverts Bounties_AfterDeadline; at its end it counts
    ├── the first and second → signers wait for Panels.collect, then a fresh panel judges
    └── the third → no verdict; the next round, or the end, collects if nobody did
"""

import pytest
from brownie import accounts

from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import (
    CURE,
    DELIVERED,
    DELIVERING,
    DRAWING,
    HALVED,
    HALVING,
    IDLE,
    JUDGED,
    JUDGING,
    KEY_PUBLIC,
    LOCKING,
    SCORED,
    UNSCORABLE,
    VOIDED,
    WINDOW,
    plain,
    scored,
)


@pytest.fixture
def panels(house):
    """Return the panels' contract as an account."""
    return accounts.at(house.panels.address, force=True)


def test_judged__not_the_panels__reverts_not_panels(drawing, house, people):
    for who in (people["alice"], people["bob"], people["mallory"], people["referee"]):
        with reverts_with("Bounties_NotPanels", who, house.panels):
            drawing.bounties.judged(drawing.id, drawing["schedule"], SCORED, 10**9, {"from": who})


def test_judged__nobody_judging__reverts_wrong_stage(locking, panels):
    with reverts_with("Bounties_WrongStage", locking.id, LOCKING, JUDGING):
        locking.bounties.judged(locking.id, locking["schedule"], SCORED, 10**9, {"from": panels})


def test_draw_failed__not_the_panels__reverts_not_panels(drawing, house, people):
    for who in (people["alice"], people["bob"], people["mallory"], people["referee"]):
        with reverts_with("Bounties_NotPanels", who, house.panels):
            drawing.bounties.drawFailed(drawing.id, {"from": who})


def test_draw_failed__nobody_judging__reverts_wrong_stage(locking, panels):
    with reverts_with("Bounties_WrongStage", locking.id, LOCKING, JUDGING):
        locking.bounties.drawFailed(locking.id, {"from": panels})


def test_void_verdict__not_the_referee__reverts_not_referee(delivered, house, people):
    for who in (
        people["alice"],
        people["bob"],
        people["mallory"],
        people["deployer"],
        delivered.evaluator(0),
    ):
        with reverts_with("Bounties_NotReferee", who, house.referee):
            delivered.bounties.voidVerdict(delivered.terms, who, {"from": who})


def test_expose_key__not_the_referee__reverts_not_referee(delivered, house, people):
    for who in (people["alice"], people["bob"], people["mallory"], delivered.evaluator(0)):
        with reverts_with("Bounties_NotReferee", who, house.referee):
            delivered.bounties.exposeKey(delivered.id, 7, {"from": who})


def test_expose_key__by_the_referee__is_public_and_needs_no_cure(delivered, house, mallory):
    before = delivered.state["flags"]
    assert before & KEY_PUBLIC == 0
    tx = delivered.bounties.exposeKey(delivered.id, 7, {"from": house.referee})
    assert dict(tx.events["KeyPublished"]) == {"bountyId": delivered.id, "k": 7}
    assert delivered.state["flags"] == before | KEY_PUBLIC
    delivered.void_and_collect(mallory)
    delivered.judge(plain(UNSCORABLE))
    assert delivered.stage == WINDOW


def test_void_verdict__locking__reverts_wrong_stage(locking, mallory):
    with reverts_with("Bounties_WrongStage", locking.id, LOCKING, WINDOW):
        locking.void(mallory)


def test_void_verdict__delivering__reverts_wrong_stage(delivering, mallory):
    with reverts_with("Bounties_WrongStage", delivering.id, DELIVERING, WINDOW):
        delivering.void(mallory)


def test_void_verdict__unscorable_while_k_is_private__reverts_wrong_stage(drawing, mallory):
    drawing.judge(plain(UNSCORABLE))
    with reverts_with("Bounties_WrongStage", drawing.id, CURE, WINDOW):
        drawing.void(mallory)


def test_void_verdict__after_the_window__reverts_after_deadline(delivered, mallory):
    deadline = delivered.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", delivered.id, deadline + 1, deadline):
        delivered.void(mallory)


def test_void_verdict__at_the_end_of_the_window__signers_wait_for_collect(delivered, house, mallory):
    set_next(delivered.state["deadline"])
    tx = delivered.void(mallory)
    assert tx.events["VerdictVoided"]["voids"] == 1
    assert "SeatSlashed" not in tx.events
    assert (delivered.stage, delivered.round["phase"], delivered.round["number"]) == (JUDGING, VOIDED, 1)
    assert all(house.operators.isLocked(delivered.seat(place)) for place in range(3))
    assert (
        house.panels.verdictOf(delivered.id) == house.panels.commitmentsOf(delivered.id) == "0x" + "00" * 32
    )
    delivered.check_money()


def test_collect__by_a_stranger__signers_lose_all_and_a_fresh_panel_is_drawn(delivered, people, mallory):
    panel = delivered.signers()
    delivered.void(mallory)
    tx = delivered.collect(people["erin"])
    assert (tx.events["PanelSlashed"]["number"], tx.events["PanelSlashed"]["challenger"]) == (1, mallory)
    assert len(tx.events["SeatSlashed"]) == 3
    assert tx.events["SeatSlashed"][0]["rewarded"] == SEAT_BOND // 4
    assert (delivered.stage, delivered.round["phase"], delivered.round["number"]) == (JUDGING, DRAWING, 2)
    delivered.money.voided(panel, mallory.address)
    delivered.check_money()


def test_collect__nothing_to_collect__reverts_wrong_phase(delivered, mallory):
    with reverts_with("Panels_WrongPhase", delivered.id, JUDGED, VOIDED):
        delivered.collect()
    delivered.void_and_collect(mallory)
    with reverts_with("Panels_WrongPhase", delivered.id, DRAWING, VOIDED):
        delivered.collect()


def test_collect__nobody_before_the_end__the_end_does_it(delivered, bob, mallory):
    for _ in range(2):
        panel = delivered.signers()
        delivered.void_and_collect(mallory)
        delivered.money.voided(panel, mallory.address)
        delivered.judge(scored(900))
    panel = delivered.signers()
    delivered.void(mallory)
    delivered.money.voided(panel, mallory.address)
    delivered.finalize(bob)
    delivered.money.halved(bob.address)
    delivered.check_end(HALVED)


def test_void_verdict__dissenter_of_a_false_verdict__keeps_his_bond(drawing, mallory):
    drawing.judge(scored(600), scored(600), scored(900))
    panel = drawing.signers(0, 1)
    drawing.void_and_collect(mallory)
    drawing.money.voided(panel, mallory.address)
    drawing.check_money()


def test_void_verdict__second_then_met_again__no_second_delivery(delivered, bob, mallory):
    for rounds in (2, 3):
        delivered.void_and_collect(mallory)
        delivered.judge(scored(900))
        assert (delivered.stage, delivered.round["number"]) == (WINDOW, rounds)
    assert delivered.flag(DELIVERED)


def test_void_verdict__third__no_verdict_and_no_attestation(delivered, bob, mallory):
    for _ in range(2):
        delivered.void_and_collect(mallory)
        delivered.judge(scored(900))
    delivered.void_and_collect(mallory)
    assert (delivered.stage, delivered.round["phase"]) == (HALVING, IDLE)
    with reverts_with("Bounties_WrongStage", delivered.id, HALVING, WINDOW):
        delivered.void(mallory)
    tx = delivered.finalize(bob)
    assert tx.events["BountyEnded"]["attestation"] == "0x" + "00" * 32
