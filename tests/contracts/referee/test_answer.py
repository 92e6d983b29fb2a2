"""Referee.answer

├── not asked, answered before, too late → reverts
├── another length, count, sum, padding, root → reverts
└── else → the demander's turn; who signed, or made the model, is remembered
"""

import pytest

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_values import HOUR
from tests.contracts.referee.demanding import ANSWERED, ASKED, BOND_AT, reverts_named

STEP = 56


def test_answer__nodes__is_taken_and_the_demander_may_go_on(asked):
    tx = asked.answer("bob")
    state = asked.state
    assert (state["turn"], state["answers"], state["deadline"]) == (ANSWERED, 1, tx.timestamp + HOUR)
    assert asked.deadline >= tx.timestamp + HOUR
    event = tx.events["DemandAnswered"]
    assert event["who"] == asked.people["bob"]
    assert bytes(event["data"]) == asked.shown(asked.nodes(7, 0))


def test_answer__every_node_and_row__is_taken(asked):
    asked.answer()
    asked.ask(asked.nodes(1, 49))
    asked.answer()
    asked.ask(asked.leaf(99))
    asked.answer()
    assert asked.state["answers"] == 3


def test_answer__node_above_the_end_of_the_rows__has_padding(case):
    case.demand(case.nodes(6, 1))
    case.answer()
    assert case.state["turn"] == ANSWERED


def test_answer__by_a_stranger__counts(asked):
    asked.answer("judy")
    assert asked.state["turn"] == ANSWERED


def test_answer__twice__reverts_wrong_turn(asked):
    asked.answer()
    with reverts_with("Referee_WrongTurn", asked.id, ANSWERED, ASKED):
        asked.answer(question=asked.nodes(7, 0))


def test_answer__at_the_deadline__counts_and_later_reverts(asked):
    asked.late()
    with reverts_named("Referee_AfterDeadline"):
        asked.answer()


def test_answer__terms_of_no_demand__reverts_not_demanded(asked):
    terms = (*asked.terms[:BOND_AT], asked.terms[BOND_AT] + 1, *asked.terms[BOND_AT + 1 :])
    with reverts_named("Referee_NotDemanded"):
        asked.referee.answer(terms, asked.shown(asked.nodes(7, 0)), {"from": asked.people["bob"]})


@pytest.mark.parametrize(
    ("name", "at", "error"),
    [
        ("a hash", 0, "Referee_NotEvidence"),
        ("a count", 39, "Referee_NotAnswer"),
        ("a sum", 55, "Referee_DoesNotAdd"),
        ("padding", 63 * STEP, "Referee_NotAnswer"),
        ("a sum beyond the rows", 63 * STEP + 55, "Referee_NotAnswer"),
        ("the entry of the node", 64 * STEP + 23, "Referee_DoesNotAdd"),
    ],
)
def test_answer__one_byte_changed__reverts(asked, name, at, error):
    data = bytearray(asked.shown(asked.nodes(7, 0)))
    data[at] ^= 1
    with reverts_named(error):
        asked.answer(data=bytes(data))


def test_answer__another_length__reverts_wrong_length(asked):
    data = asked.shown(asked.nodes(7, 0))
    for wrong in (data[:-1], data + b"\0", b""):
        with reverts_named("Referee_WrongLength"):
            asked.answer(data=wrong)


def test_answer__leaf_of_another_row__reverts_not_evidence(case):
    case.demand(case.leaf(3))
    with reverts_named("Referee_NotEvidence"):
        case.answer(data=case.shown(case.leaf(4)))


def test_answer__leaf_longer_than_any_record__reverts_wrong_length(case):
    case.demand(case.leaf(3))
    with reverts_named("Referee_WrongLength"):
        case.answer(data=case.shown(case.leaf(3)) + bytes(800))


def test_answer__root_that_says_other_sums__can_not_be_answered(contest, people, house):
    from tests.contracts.referee.demanding import Case

    case = Case(contest, people, told=89)
    house.vault.approve(house.referee, 2**256 - 1, {"from": people["mallory"]})
    case.demand(case.nodes(7, 0))
    with reverts_named("Referee_DoesNotAdd"):
        case.answer()
