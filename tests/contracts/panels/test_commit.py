"""Panels.commit

├── nobody commits now → reverts Panels_WrongPhase
├── the deadline has passed → reverts Panels_AfterDeadline; at the deadline it counts
├── the place is empty, or the caller does not own its seat → reverts Panels_NotEvaluator
├── the place committed before → reverts Panels_Twice
└── else it is chained; the last one begins revealing
"""

from brownie import ZERO_ADDRESS
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import COMMITTING, DRAWING, HOUR, REVEALING, scored


def commit(contest, place, who, value=b"\1" * 32):
    return contest.panels.commit(contest.id, place, value, {"from": who})


def test_commit__drawing__reverts_wrong_phase(drawing, evaluators):
    with reverts_with("Panels_WrongPhase", drawing.id, DRAWING, COMMITTING):
        commit(drawing, 0, evaluators[0])


def test_commit__revealing__reverts_wrong_phase(revealing):
    with reverts_with("Panels_WrongPhase", revealing.id, REVEALING, COMMITTING):
        commit(revealing, 0, revealing.evaluator(0))


def test_commit__at_the_deadline__counts(committing):
    set_next(committing.round["deadline"])
    commit(committing, 0, committing.evaluator(0))


def test_commit__after_the_deadline__reverts_after_deadline(committing):
    deadline = committing.round["deadline"]
    set_next(deadline + 1)
    with reverts_with("Panels_AfterDeadline", committing.id, deadline + 1, deadline):
        commit(committing, 0, committing.evaluator(0))


def test_commit__not_the_seats_owner__reverts_not_evaluator(committing, people):
    owner = committing.evaluator(0)
    for who in (
        people["alice"],
        people["bob"],
        people["mallory"],
        people["referee"],
        committing.evaluator(1),
    ):
        with reverts_with("Panels_NotEvaluator", committing.id, who, owner):
            commit(committing, 0, who)


def test_commit__empty_place__reverts_not_evaluator(committing):
    owner = committing.evaluator(0)
    for place in (3, 7, 256, 2**256 - 1):
        with reverts_with("Panels_NotEvaluator", committing.id, owner, ZERO_ADDRESS):
            commit(committing, place, owner)


def test_commit__twice__reverts_twice(committing):
    commit(committing, 0, committing.evaluator(0))
    with reverts_with("Panels_Twice", committing.id, 0):
        commit(committing, 0, committing.evaluator(0))


def test_commit__in_any_order__chained(committing):
    chained = b"\0" * 32
    for place in (2, 0):
        commit(committing, place, committing.evaluator(place), bytes([place]) * 32)
        words = encode(["bytes32", "uint256", "bytes32"], [chained, place, bytes([place]) * 32])
        chained = keccak(words)
    assert committing.panels.commitmentsOf(committing.id) == "0x" + chained.hex()
    assert committing.places("committed") == [0, 2]


def test_commit__last_one__revealing_begins_early(committing):
    for place in range(3):
        tx = committing.commit(place, scored(900))
    assert committing.round["phase"] == REVEALING
    assert committing.round["deadline"] == tx.timestamp + HOUR
