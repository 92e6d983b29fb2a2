"""
census
├── nobody joined in a word since the cutoff: bits are counted (the fast path)
├── somebody did: places are looked at one by one (the slow path)
└── both: what a count of all seats gives, for any number of places and any cutoff
drawable
├── slashed, left, on a panel or never taken: nobody
├── joined at the cutoff or later: nobody
├── leaving at the cutoff of leaving or before: nobody
└── else: its owner
"""

import random

import brownie
import pytest

from tests.contracts import twin
from tests.contracts.goods import ZERO, at

LEAVE_DELAY = 28 * 3_600 + 3 * 86_400
FAR = 2**40


@pytest.fixture(scope="module")
def crowd(people, house, Operators):
    """Return seats in two words, half a minute apart, some slashed, left, taken again, or on a panel."""
    panels, who = people["dave"], people["grace"]
    operators = Operators.deploy(house.vault, panels, 16, {"from": people["deployer"]})
    house.vault.approve(operators, 2**256 - 1, {"from": who})
    joining = {"from": who.address, "to": operators.address, "data": operators.join.encode_input(b"\1" * 32)}
    for _ in range(108):
        # past Brownie: faster
        sent = brownie.web3.eth.send_transaction({**joining, "gas": 300_000, "gasPrice": 0})
    brownie.web3.eth.wait_for_transaction_receipt(sent)
    assert operators.count() == 108
    for place in (0, 5, 50, 103, 105):
        operators.slashSilent(place, {"from": panels})
    for place in (5, 103):
        operators.leave(place, {"from": who})
    at(operators.seatOf(107)[1] + 500)
    operators.join(b"\2" * 32, {"from": who})
    operators.lockSeats([1, 50, 102, 104], {"from": panels})
    return operators, [tuple(operators.seatOf(place)) for place in range(108)], {1, 50, 102, 104}


def test_census__any_places_and_cutoff__is_what_counting_gives(crowd):
    operators, seats, locked = crowd
    times = sorted({since for _, since, _, _ in seats})
    rolled = random.Random(3)
    cutoffs = [0, times[1], times[len(times) // 2], times[-1], times[-1] + 1, FAR]
    for cutoff in cutoffs:
        for count in [0, 1, 6, 103, 104, 105, 108, 300, rolled.randint(0, 108)]:
            assert operators.census(count, cutoff) == twin.census(seats, locked, count, cutoff)


def test_census__fast_path__looks_at_no_seat(crowd):
    operators, seats, _ = crowd
    newest = max(since for _, since, _, _ in seats)
    fast, slow = (operators.census.estimate_gas(108, cutoff) for cutoff in (newest + 1, newest))
    assert slow - fast > 100 * 2_000, "a seat is a storage slot"


def test_drawable__any_place_and_cutoff__is_the_owner_or_nobody(crowd):
    operators, seats, locked = crowd
    times = sorted({since for _, since, _, _ in seats})
    for place in [0, 1, 2, 5, 50, 102, 103, 104, 105, 107]:
        owner, since, _, parts = seats[place]
        for cutoff in (times[0], since, since + 1, FAR):
            free = parts == 16 and place not in locked and since < cutoff
            assert operators.drawable(place, cutoff, FAR) == (owner if free else ZERO)


def test_drawable__never_taken__is_nobody(house):
    assert house.operators.drawable(0, FAR, 0) == ZERO
    assert house.operators.drawable(4_095, FAR, 0) == ZERO


def test_drawable__leaving__depends_on_the_cutoff(house, seat, carol):
    assert house.operators.drawable(seat, FAR, FAR) == carol
    until = house.operators.announceLeave(seat, {"from": carol}).timestamp + LEAVE_DELAY
    assert house.operators.drawable(seat, FAR, until - 1) == carol
    assert house.operators.drawable(seat, FAR, until) == ZERO


def test_drawable__back_from_a_panel__is_the_owner(house, seat, panels, carol):
    house.operators.lockSeats([seat], {"from": panels})
    assert house.operators.drawable(seat, FAR, FAR) == ZERO
    house.operators.freeSeats([seat], {"from": panels})
    assert house.operators.drawable(seat, FAR, FAR) == carol


def test_drawable__slashed__is_nobody(house, seat, panels):
    house.operators.slashSilent(seat, {"from": panels})
    assert house.operators.drawable(seat, FAR, FAR) == ZERO


def test_drawable__left_and_taken_again__is_the_new_owner(house, join, seat, panels, carol, mallory):
    house.operators.slashSilent(seat, {"from": panels})
    house.operators.leave(seat, {"from": carol})
    since = join(mallory).timestamp
    assert house.operators.drawable(seat, since, FAR) == ZERO
    assert house.operators.drawable(seat, since + 1, FAR) == mallory
