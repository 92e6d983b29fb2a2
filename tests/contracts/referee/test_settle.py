"""Referee.settle

├── the verdict can still be voided → reverts
├── settled before → reverts
├── the verdict stands → an eighth for each answer of maker or signer; the rest burned
├── the last question was not answered → the rest back
└── the verdict is void → all back
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_values import CHOOSING, DONE
from tests.contracts.referee.demanding import ANSWERED, BOND, CLOSED, Case, reverts_named


def test_settle__in_the_window__reverts_before_deadline(asked):
    asked.answer()
    asked.late()
    with reverts_named("Referee_BeforeDeadline"):
        asked.late(asked.deadline - 100)
        asked.settle()


def test_settle__verdict_stands__pays_maker_and_signer_not_a_stranger(asked):
    signer = asked.contest.evaluator(0)
    vault = asked.contest.vault
    before = (
        vault.balanceOf(asked.people["bob"]),
        vault.balanceOf(signer),
        vault.balanceOf(asked.people["judy"]),
    )
    mallory = asked.free("mallory")
    asked.answer("bob")
    asked.ask(asked.nodes(1, 0))
    asked.answer(signer)
    asked.ask(asked.leaf(1))
    asked.answer("judy")
    asked.late(asked.deadline)
    tx = asked.settle()
    after = (
        vault.balanceOf(asked.people["bob"]),
        vault.balanceOf(signer),
        vault.balanceOf(asked.people["judy"]),
    )
    assert [b - a for a, b in zip(before, after)] == [BOND // 8, BOND // 8, 0]
    assert (asked.bucket, asked.free("mallory")) == (0, mallory)
    assert tx.events["Burned"]["amount"] == BOND - BOND // 4
    assert tuple(tx.events["DemandSettled"].values())[2:] == (BOND // 4, 0)


def test_settle__last_question_unanswered_but_not_enforced__rest_goes_back(asked):
    before = asked.free("mallory")
    asked.answer("bob")
    asked.ask(asked.leaf(1))
    asked.late(asked.deadline)
    asked.settle()
    assert asked.free("mallory") == before + BOND - BOND // 8
    assert asked.bucket == 0


def test_settle__twice__reverts_wrong_turn(asked):
    asked.answer()
    asked.late(asked.deadline)
    asked.settle()
    with reverts_with("Referee_WrongTurn", asked.id, CLOSED, ANSWERED):
        asked.settle()


def test_settle__voided_by_another_demand__all_back(case):
    case.demand(case.nodes(7, 0))
    case.answer("bob")
    answered, before = case.terms, case.free("mallory")
    case.demand(case.nodes(7, 0), who="alice")
    case.late()
    case.enforce()
    case.referee.settle(answered, {"from": case.people["carol"]})
    assert case.free("mallory") == before + BOND
    assert case.bucket == 0


def test_settle__paid_and_over__answers_are_paid(asked):
    asked.answer("bob")
    asked.late(asked.deadline)
    asked.contest.finalize(asked.people["bob"])
    assert asked.contest.stage == DONE
    before = asked.free("bob")
    asked.settle()
    assert asked.free("bob") == before + BOND // 8


def test_settle__false_claim_that_stood_and_the_next_candidate__answers_are_paid(contest, people, house):
    """The claim lost its bond: it was told to be false, and that stood."""
    case = Case(contest, people, told=80)
    house.vault.approve(house.referee, 2**256 - 1, {"from": people["mallory"]})
    case.demand(case.nodes(7, 0))
    case.answer("bob")
    before = case.free("mallory"), case.free("bob")
    case.late(case.deadline)
    case.contest.finalize(people["bob"])
    assert case.contest.stage == CHOOSING
    case.contest.choose()
    case.settle()
    assert case.free("mallory") == before[0]
    assert case.bucket == 0
