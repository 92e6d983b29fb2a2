"""Referee.enforce

├── answered, or in time → reverts
├── another bounty, another verdict → reverts
└── else → the verdict is void, the demander its challenger, his bond back
"""

from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.contest_values import JUDGING, VOIDED
from tests.contracts.referee.demanding import ANSWERED, ASKED, BOND_AT, CLOSED, reverts_named


def test_enforce__nobody_answered__voids_and_pays(asked):
    bond, before = asked.terms[BOND_AT], asked.free("mallory")
    asked.late()
    tx = asked.enforce()
    assert asked.contest.stage == JUDGING
    assert asked.contest.round["phase"] == VOIDED
    assert asked.state["turn"] == CLOSED
    assert tx.events["VerdictVoided"]["challenger"] == asked.people["mallory"]
    assert asked.bucket == 0
    assert asked.free("mallory") == before + bond
    asked.contest.collect()
    assert asked.free("mallory") == before + bond + 3 * SEAT_BOND // 4


def test_enforce__in_time__reverts_before_deadline(asked):
    with reverts_named("Referee_BeforeDeadline"):
        asked.enforce()


def test_enforce__answered__reverts_wrong_turn(asked):
    asked.answer()
    asked.late()
    with reverts_with("Referee_WrongTurn", asked.id, ANSWERED, ASKED):
        asked.enforce()


def test_enforce__twice__reverts_wrong_turn(asked):
    asked.late()
    asked.enforce()
    with reverts_with("Referee_WrongTurn", asked.id, CLOSED, ASKED):
        asked.enforce()


def test_enforce__window_over__reverts_and_the_bond_goes_back(asked):
    bond, before = asked.terms[BOND_AT], asked.free("mallory")
    asked.late(asked.deadline)
    with reverts_named("Bounties_AfterDeadline"):
        asked.enforce()
    asked.settle()
    assert asked.free("mallory") == before + bond


def test_enforce__terms_of_another_bounty__reverts_not_demanded(asked):
    asked.late()
    core, _ = asked.contest.terms
    with reverts_named("Referee_NotDemanded"):
        asked.referee.enforce((core, b"\1" * 32), asked.terms, {"from": asked.people["carol"]})


def test_enforce__a_later_verdict__reverts_other_verdict(case):
    case.demand(case.nodes(7, 0))
    first, first_id = case.terms, case.id
    case.demand(case.nodes(7, 0), who="alice")
    case.late()
    case.enforce()
    case.contest.collect()
    with reverts_with("Referee_OtherVerdict", case.contest.id, 2, 1):
        case.referee.enforce(case.contest.terms, first, {"from": case.people["carol"]})
    before = case.free("mallory")
    case.referee.settle(first, {"from": case.people["carol"]})
    assert case.free("mallory") == before + first[BOND_AT]
    assert case.bucket == 0
    assert case.referee.demandOf(first_id)["turn"] == CLOSED
