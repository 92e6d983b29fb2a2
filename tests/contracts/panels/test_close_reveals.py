"""Panels.closeReveals

├── nobody reveals now → reverts Panels_WrongPhase
├── the deadline has not passed → reverts Panels_BeforeDeadline
└── else, whoever calls, the silent lose a sixteenth, are not replaced, and those who spoke are judged
"""

from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import COMMITTING, JUDGED, LOCKING, REVEALING


def close(contest, who=None):
    return contest.panels.closeReveals(contest.terms, {"from": who or contest.requester})


def test_close_reveals__committing__reverts_wrong_phase(committing):
    with reverts_with("Panels_WrongPhase", committing.id, COMMITTING, REVEALING):
        close(committing)


def test_close_reveals__judged__reverts_wrong_phase(locking):
    with reverts_with("Panels_WrongPhase", locking.id, JUDGED, REVEALING):
        close(locking)


def test_close_reveals__at_the_deadline__reverts_before_deadline(revealing):
    deadline = revealing.round["deadline"]
    set_next(deadline)
    with reverts_with("Panels_BeforeDeadline", revealing.id, deadline, deadline):
        close(revealing)


def test_close_reveals__one_silent__slashed_not_replaced(house, revealing, mallory):
    revealing.reveal(0, 2)
    seat = revealing.seat(1)
    revealing.pass_phase()
    tx = close(revealing, mallory)
    assert (tx.events["SeatSlashed"]["seat"], tx.events["SeatSlashed"]["burned"]) == (seat, SEAT_BOND // 16)
    assert not house.operators.isLocked(seat)
    assert revealing.stage == LOCKING
    assert revealing.places() == [0, 2]


def test_close_reveals__two_silent__no_quorum_all_free(house, revealing):
    revealing.reveal(0)
    seats = [revealing.seat(place) for place in range(3)]
    tx = revealing.close_reveals()
    assert len(tx.events["SeatSlashed"]) == 2
    assert not any(house.operators.isLocked(seat) for seat in seats)
    assert revealing.round["number"] == 2


def test_close_reveals__nobody_spoke__no_quorum(revealing):
    tx = revealing.close_reveals()
    assert len(tx.events["SeatSlashed"]) == 3
    assert revealing.round["number"] == 2
