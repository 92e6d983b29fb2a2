"""
slashWhole
├── the caller is not the panels' contract: reverts Operators_NotPanels
├── the bond is whole, or a part of it is gone: a quarter of the rest is paid, the others are burned
└── nothing is left: nothing moves
"""

import pytest

from tests.contracts.conftest import FUNDS, SEAT_BOND, reverts_with


def test_slash_whole__whole_bond__pays_a_quarter(house, seat, panels, carol, alice):
    accounted = house.vault.accounted()
    tx = house.operators.slashWhole(seat, alice, {"from": panels})
    assert tuple(house.operators.seatOf(seat))[3] == 0
    assert house.operators.ownerOf(seat) == carol
    assert house.operators.live() == 0
    assert house.vault.balanceOf(alice) == FUNDS + SEAT_BOND // 4
    assert house.vault.bucketOf(house.operators, int(carol.address, 16)) == 0
    assert house.vault.accounted() == accounted
    event = tx.events["SeatSlashed"]
    assert (event["challenger"], event["burned"], event["rewarded"]) == (
        alice,
        SEAT_BOND * 3 // 4,
        SEAT_BOND // 4,
    )


def test_slash_whole__part_is_gone__takes_the_rest(house, seat, panels, carol, alice):
    house.operators.slashSilent(seat, {"from": panels})
    house.operators.slashWhole(seat, alice, {"from": panels})
    assert house.vault.balanceOf(alice) == FUNDS + SEAT_BOND * 15 // 64
    assert house.vault.bucketOf(house.operators, int(carol.address, 16)) == 0
    assert house.operators.live() == 0


def test_slash_whole__twice__takes_it_once(house, join, seat, panels, carol, alice):
    join(carol)  # a second bond lies in the same bucket
    for _ in range(2):
        house.operators.slashWhole(seat, alice, {"from": panels})
    assert house.vault.balanceOf(alice) == FUNDS + SEAT_BOND // 4
    assert house.vault.bucketOf(house.operators, int(carol.address, 16)) == SEAT_BOND
    assert house.operators.live() == 1


@pytest.mark.parametrize("who", ["carol", "mallory", "referee", "deployer"])
def test_slash_whole__anybody_else__reverts_not_panels(house, people, seat, who):
    with reverts_with("Operators_NotPanels", people[who], house.panels):
        house.operators.slashWhole(seat, people[who], {"from": people[who]})
