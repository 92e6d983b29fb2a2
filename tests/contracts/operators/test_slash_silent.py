"""
slashSilent
├── the caller is not the panels' contract: reverts Operators_NotPanels
├── the bond is whole: a sixteenth is burned, the seat is not live any more
├── slashed before: another sixteenth
└── nothing is left: reverts
"""

import brownie
import pytest

from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.goods import ZERO

PART = SEAT_BOND // 16


def test_slash_silent__whole_bond__burns_a_sixteenth(house, seat, panels, carol):
    accounted = house.vault.accounted()
    tx = house.operators.slashSilent(seat, {"from": panels})
    assert house.operators.seatOf(seat)[3] == 15
    assert (house.operators.count(), house.operators.live()) == (1, 0)
    assert house.operators.census(1, 2**40) == (0, 0)
    assert house.vault.bucketOf(house.operators, int(carol.address, 16)) == 15 * PART
    assert house.vault.accounted() == accounted
    expected = {"seat": seat, "owner": carol, "challenger": ZERO, "burned": PART, "rewarded": 0}
    assert dict(tx.events["SeatSlashed"]) == expected


def test_slash_silent__twice__counts_the_seat_out_once(house, join, seat, panels, alice):
    join(alice)
    for _ in range(2):
        house.operators.slashSilent(seat, {"from": panels})
    assert house.operators.seatOf(seat)[3] == 14
    assert house.operators.live() == 1


def test_slash_silent__of_two_seats_of_one_owner__leaves_the_other_whole(house, join, seat, panels, carol):
    join(carol)
    house.operators.slashSilent(seat, {"from": panels})
    assert house.operators.seatOf(1)[3] == 16
    assert house.operators.census(2, 2**40) == (1, 1)


def test_slash_silent__nothing_left__reverts(house, join, seat, panels, carol, mallory):
    join(carol)
    house.operators.slashWhole(seat, mallory, {"from": panels})
    with brownie.reverts("Integer overflow"):
        house.operators.slashSilent(seat, {"from": panels})


@pytest.mark.parametrize("who", ["carol", "mallory", "referee", "deployer"])
def test_slash_silent__anybody_else__reverts_not_panels(house, people, seat, who):
    with reverts_with("Operators_NotPanels", people[who], house.panels):
        house.operators.slashSilent(seat, {"from": people[who]})
