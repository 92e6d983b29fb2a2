"""
announceLeave
├── the caller does not own the seat: reverts Operators_NotOwner
├── nobody owns it: reverts Operators_NotOwner
├── announced before: reverts Operators_Announced
└── else: the time from which he may leave is fixed, the seat stays live
"""

from tests.contracts.conftest import reverts_with
from tests.contracts.goods import ZERO

LEAVE_DELAY = 28 * 3_600 + 3 * 86_400


def test_announce_leave__by_its_owner__fixes_the_time(house, seat, carol):
    tx = house.operators.announceLeave(seat, {"from": carol})
    until = tx.timestamp + LEAVE_DELAY
    assert house.operators.seatOf(seat)[2] == until
    assert house.operators.live() == 1
    assert dict(tx.events["SeatLeaving"]) == {"seat": seat, "owner": carol, "leaveAt": until}


def test_announce_leave__twice__reverts_announced(house, seat, carol):
    until = house.operators.announceLeave(seat, {"from": carol}).timestamp + LEAVE_DELAY
    with reverts_with("Operators_Announced", seat, until):
        house.operators.announceLeave(seat, {"from": carol})


def test_announce_leave__stranger__reverts_not_owner(house, seat, carol, mallory):
    with reverts_with("Operators_NotOwner", seat, mallory, carol):
        house.operators.announceLeave(seat, {"from": mallory})


def test_announce_leave__free_place__reverts_not_owner(house, mallory):
    with reverts_with("Operators_NotOwner", 9, mallory, ZERO):
        house.operators.announceLeave(9, {"from": mallory})


def test_announce_leave__on_a_panel__is_announced(house, seat, panels, carol):
    house.operators.lockSeats([seat], {"from": panels})
    house.operators.announceLeave(seat, {"from": carol})
    assert house.operators.seatOf(seat)[2] != 0
