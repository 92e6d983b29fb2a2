"""Panels.draw of a fresh round, whose candidate had a silent seat replaced in the round before

├── too few seats can be drawn
│   ├── up to the deadline → reverts Panels_SeatsBusy
│   └── after it → as in a first draw: abandoned, everything back
├── fewer than two thirds of the seats are free
│   ├── up to the deadline → reverts Panels_SeatsBusy
│   └── after it → the draw has failed, though enough are free for the panel
└── a silent seat of this round is replaced in turn → enough free seats will do
"""

import pytest
from brownie import accounts

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import send
from tests.contracts.contest_values import (
    ABANDONED,
    COMMITTING,
    DRAWING,
    JUDGING,
    SEATS,
    TOO_FEW_SEATS,
    scored,
)

LIVE = SEATS - 1  # without the silent one


@pytest.fixture
def again(contest, bob):
    """Return a contest in its second round about bob: a silent seat of the first was replaced, no quorum."""
    contest.fast = True
    contest.ready({bob: 900})
    contest.choose()
    contest.draw()
    contest.commit(0, scored(700))
    contest.commit(2, scored(702))
    contest.money.silent(contest.signers(1)[0])
    contest.close_commits()
    contest.past_seed()
    send(contest.panels.draw, contest.terms, sender=bob)
    contest.commit(1, scored(701))
    contest.reveal()
    contest.fast = False
    assert contest.stage == JUDGING
    assert (contest.round["number"], contest.round["phase"]) == (2, DRAWING)
    return contest


def lock_free(house, count, but=()):
    """Make so many seats busy, none of ``but``, as other bounties' panels would; return them."""
    free = [i for i in range(SEATS) if house.operators.seatOf(i)["parts"] == 16 and i not in but]
    send(house.operators.lockSeats, free[:count], sender=accounts.at(house.panels.address, force=True))
    return free[:count]


def test_draw__fresh_round_too_few_seats__reverts_seats_busy(again):
    again.lose_seats(left=2)
    again.past_seed()
    with reverts_with("Panels_SeatsBusy", again.id, 2, 2):
        again.panels.draw(again.terms, {"from": again.requester})


def test_draw__fresh_round_too_few_seats_after_the_deadline__everything_back(again):
    again.fast = True
    again.lose_seats(left=2)
    again.past_seed()
    again.pass_phase()
    again.draw()
    assert again.stage == ABANDONED
    again.finalize()
    again.money.back()
    again.check_end(TOO_FEW_SEATS)


def test_draw__fresh_round_fewer_than_two_thirds_free__reverts_seats_busy_then_counts(house, again):
    busy = lock_free(house, 4)
    again.past_seed()
    with reverts_with("Panels_SeatsBusy", again.id, LIVE - 4, LIVE):
        again.panels.draw(again.terms, {"from": again.requester})
    send(house.operators.freeSeats, busy[:1], sender=accounts.at(house.panels.address, force=True))
    again.draw()
    assert again.round["phase"] == COMMITTING


def test_draw__fresh_round_fewer_than_two_thirds_free_after_the_deadline__abandoned(house, again):
    lock_free(house, 4)
    again.past_seed()
    again.pass_phase()
    tx = again.draw()
    assert (tx.events["DrawFailed"]["free"], tx.events["DrawFailed"]["live"]) == (LIVE - 4, LIVE)
    assert again.stage == ABANDONED


def test_draw__replacement_in_the_fresh_round__busy_seats_do_not_matter(house, again):
    again.fast = True
    again.draw()
    again.commit(0, scored(900))
    again.commit(2, scored(900))
    again.close_commits()
    lock_free(house, 4, but={again.seat(place) for place in again.places()})
    again.past_seed()
    send(again.panels.draw, again.terms, sender=again.requester)
    assert again.round["phase"] == COMMITTING
    assert again.places() == [0, 1, 2]
