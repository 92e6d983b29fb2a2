"""
leave
├── the caller does not own the seat, or left it before: reverts Operators_NotOwner
├── the seat sits on a panel, slashed or not: reverts Operators_Locked
├── the bond is whole
│   ├── not announced: reverts Operators_TooEarly
│   ├── a second early: reverts Operators_TooEarly
│   └── in time: pays the bond, frees the place
└── slashed: at once, pays what is left
"""

import pytest

from tests.contracts.conftest import FUNDS, SEAT_BOND, reverts_with
from tests.contracts.goods import ZERO, at

LEAVE_DELAY = 28 * 3_600 + 3 * 86_400


@pytest.fixture
def until(house, seat, carol):
    """Announce that carol leaves; return from when on she may."""
    return house.operators.announceLeave(seat, {"from": carol}).timestamp + LEAVE_DELAY


def test_leave__in_time__pays_the_bond(house, seat, carol, until):
    at(until)
    tx = house.operators.leave(seat, {"from": carol})
    assert house.vault.balanceOf(carol) == FUNDS
    assert house.operators.ownerOf(seat) == ZERO
    assert tuple(house.operators.seatOf(seat)) == (ZERO, 0, 0, 0)
    assert (house.operators.count(), house.operators.live()) == (1, 0)
    assert house.operators.seatsOf(carol) == 0
    assert house.operators.census(1, 2**40) == (0, 0)
    assert dict(tx.events["SeatLeft"]) == {"seat": seat, "owner": carol, "amount": SEAT_BOND}


def test_leave__a_second_early__reverts_too_early(house, seat, carol, until):
    at(until - 1)
    with reverts_with("Operators_TooEarly", seat, until - 1, until):
        house.operators.leave(seat, {"from": carol})


def test_leave__not_announced__reverts_too_early(house, seat, carol, chain):
    now = chain[-1].timestamp + LEAVE_DELAY * 2
    at(now)
    with reverts_with("Operators_TooEarly", seat, now, 0):
        house.operators.leave(seat, {"from": carol})


def test_leave__twice__reverts_not_owner(house, join, seat, carol, until):
    join(carol)  # a second bond lies in the same bucket
    at(until)
    house.operators.leave(seat, {"from": carol})
    with reverts_with("Operators_NotOwner", seat, carol, ZERO):
        house.operators.leave(seat, {"from": carol})


def test_leave__stranger__reverts_not_owner(house, seat, carol, mallory, until):
    at(until)
    with reverts_with("Operators_NotOwner", seat, mallory, carol):
        house.operators.leave(seat, {"from": mallory})


def test_leave__on_a_panel__reverts_locked(house, seat, panels, carol, until):
    house.operators.lockSeats([seat], {"from": panels})
    at(until)
    with reverts_with("Operators_Locked", seat):
        house.operators.leave(seat, {"from": carol})


def test_leave__slashed_and_still_on_a_panel__reverts_locked(house, seat, panels, carol):
    house.operators.lockSeats([seat], {"from": panels})
    house.operators.slashSilent(seat, {"from": panels})
    with reverts_with("Operators_Locked", seat):
        house.operators.leave(seat, {"from": carol})


def test_leave__slashed_for_silence__pays_the_rest_at_once(house, seat, panels, carol):
    house.operators.slashSilent(seat, {"from": panels})
    house.operators.leave(seat, {"from": carol})
    assert house.vault.balanceOf(carol) == FUNDS - SEAT_BOND // 16
    assert house.operators.live() == 0
    assert house.vault.bucketOf(house.operators, int(carol.address, 16)) == 0


def test_leave__slashed_whole__pays_nothing(house, seat, panels, carol, mallory):
    house.operators.slashWhole(seat, mallory, {"from": panels})
    house.operators.leave(seat, {"from": carol})
    assert house.vault.balanceOf(carol) == FUNDS - SEAT_BOND
    assert house.operators.ownerOf(seat) == ZERO
