"""Panels.closeCommits

├── nobody commits now → reverts Panels_WrongPhase
├── the deadline has not passed → reverts Panels_BeforeDeadline
└── else, whoever calls, the silent lose a sixteenth and their place
    ├── the first and second time of a candidate → they are replaced
    └── the third → on with those there are; with nobody at all, no quorum
"""

from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import COMMITTING, DRAWING, LOCKING, REVEALING, scored


def close(contest, who=None):
    return contest.panels.closeCommits(contest.terms, {"from": who or contest.requester})


def redraw(contest):
    contest.past_seed()
    contest.panels.draw(contest.terms, {"from": contest.requester})


def test_close_commits__drawing__reverts_wrong_phase(drawing):
    with reverts_with("Panels_WrongPhase", drawing.id, DRAWING, COMMITTING):
        close(drawing)


def test_close_commits__all_committed__reverts_wrong_phase(revealing):
    with reverts_with("Panels_WrongPhase", revealing.id, REVEALING, COMMITTING):
        close(revealing)


def test_close_commits__at_the_deadline__reverts_before_deadline(committing):
    deadline = committing.round["deadline"]
    set_next(deadline)
    with reverts_with("Panels_BeforeDeadline", committing.id, deadline, deadline):
        close(committing)


def test_close_commits__by_a_stranger__silent_seat_slashed_and_freed(house, committing, mallory):
    committing.commit(0, scored(900))
    committing.commit(1, scored(900))
    seat, owner = committing.seat(2), committing.evaluator(2)
    committing.pass_phase()
    tx = close(committing, mallory)
    slashed = tx.events["SeatSlashed"]
    assert (slashed["seat"], slashed["burned"], slashed["rewarded"]) == (seat, SEAT_BOND // 16, 0)
    assert not house.operators.isLocked(seat)
    assert house.operators.drawable(seat, 2**40, 0) == "0x" + "00" * 20
    assert committing.round["phase"] == DRAWING
    assert committing.places() == [0, 1]
    redraw(committing)
    assert committing.evaluator(2) != owner
    committing.commit(2, scored(900))
    committing.reveal()
    assert committing.stage == LOCKING


def test_close_commits__third_time__on_with_those_there_are(committing):
    committing.commit(0, scored(900))
    for _ in range(2):
        committing.close_commits()
        redraw(committing)
        assert committing.round["phase"] == COMMITTING
    committing.commit(1, scored(900))
    committing.close_commits()
    assert committing.round["phase"] == REVEALING
    committing.reveal()
    assert committing.stage == LOCKING


def test_close_commits__third_time_too_few_for_a_quorum__fresh_panel(committing):
    committing.commit(0, scored(900))
    for _ in range(2):
        committing.close_commits()
        redraw(committing)
    committing.close_commits()
    committing.reveal()
    assert (committing.round["phase"], committing.round["number"]) == (DRAWING, 2)


def test_close_commits__fresh_panel_of_the_same_candidate__no_more_replacements(committing):
    for _ in range(2):
        committing.close_commits()
        redraw(committing)
    committing.close_commits()
    assert committing.round["number"] == 2
    committing.draw()
    committing.commit(0, scored(900))
    committing.commit(1, scored(900))
    committing.close_commits()
    assert committing.round["phase"] == REVEALING
