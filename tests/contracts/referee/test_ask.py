"""Referee.ask

├── by another, out of turn, too late → reverts
├── not below what was answered → reverts
├── after the last answer → reverts
└── else → asked
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_values import HOUR
from tests.contracts.referee.demanding import ANSWERED, ASKED, LANES, reverts_named


def test_ask__below__holds_the_window(asked):
    asked.answer()
    tx = asked.ask(asked.nodes(1, 7))
    assert (asked.state["turn"], tuple(asked.state["question"])) == (ASKED, (1, 1, 7, 0, 0))
    assert asked.state["deadline"] == tx.timestamp + HOUR
    assert asked.deadline == tx.timestamp + 2 * HOUR


def test_ask__row_at_once__is_below(asked):
    asked.answer()
    asked.ask(asked.leaf(99))
    assert asked.state["turn"] == ASKED


def test_ask__another__reverts_not_demander(asked, people):
    asked.answer()
    with reverts_with("Referee_NotDemander", asked.id, people["erin"], people["mallory"]):
        asked.ask(asked.leaf(0), who="erin")


def test_ask__before_the_answer__reverts_wrong_turn(asked):
    with reverts_with("Referee_WrongTurn", asked.id, ASKED, ANSWERED):
        asked.ask(asked.leaf(0))


def test_ask__too_late__reverts_after_deadline(asked):
    asked.answer()
    asked.late()
    with reverts_named("Referee_AfterDeadline"):
        asked.ask(asked.leaf(0))


def test_ask__not_below__reverts_not_below(case):
    case.demand(case.nodes(6, 0))
    case.answer()
    for other in (case.nodes(7, 0), case.nodes(6, 0), case.nodes(5, 2), case.leaf(64), (LANES, 0, 0, 0, 0)):
        with reverts_with("Referee_NotBelow", case.id):
            case.ask(other)


def test_ask__below_a_row__only_what_its_trees_contribute(case):
    case.demand(case.leaf(5))
    case.answer()
    for other in (case.leaf(5), case.leaf(6), case.nodes(1, 2), (LANES, 0, 6, 0, 0)):
        with reverts_with("Referee_NotBelow", case.id):
            case.ask(other)


def test_ask__after_eight_answers__reverts_all_answered(case):
    case.demand(case.nodes(7, 0))
    for level in range(6, -1, -1):
        case.answer()
        case.ask(case.nodes(level, 0) if level else case.leaf(0))
    case.answer()
    with reverts_with("Referee_AllAnswered", case.id, 8):
        case.ask(case.leaf(0))
