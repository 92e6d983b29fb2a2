"""
join
├── the bond was not approved, or is not there: reverts as the Vault does
├── a place was left: the last one left is taken first
├── nobody left: a new place is taken
└── else: the bond is locked, the seat is live and free
the constructor refuses a bond that can't be split into sixteenths: reverts Operators_BadBond
"""

import pytest

from tests.contracts.conftest import FUNDS, SEAT_BOND, reverts_with
from tests.contracts.goods import at
from tests.contracts.operators.conftest import KEY


def test_join__first__takes_a_live_seat(house, join, carol):
    tx = join(carol)
    assert tuple(house.operators.seatOf(0)) == (carol, tx.timestamp, 0, 16)
    assert house.operators.ownerOf(0) == carol
    assert not house.operators.isLocked(0)
    assert (house.operators.count(), house.operators.live()) == (1, 1)
    assert house.operators.seatsOf(carol) == 1
    assert house.vault.balanceOf(carol) == FUNDS - SEAT_BOND
    assert house.vault.bucketOf(house.operators, int(carol.address, 16)) == SEAT_BOND
    event = tx.events["SeatJoined"]
    assert (event["seat"], event["owner"], bytes(event["sealKey"])) == (0, carol, KEY)


def test_join__twice__takes_two_seats(house, join, carol):
    join(carol)
    join(carol)
    assert house.operators.seatsOf(carol) == house.operators.live() == 2
    assert house.vault.bucketOf(house.operators, int(carol.address, 16)) == 2 * SEAT_BOND


def test_join__places_were_left__takes_the_last_one_first(house, people, join, panels, alice, bob, carol):
    for who in (alice, bob, carol):
        join(who)
    for place, who in ((0, alice), (2, carol)):
        house.operators.slashSilent(place, {"from": panels})
        house.operators.leave(place, {"from": who})
    assert [join(people[name]).events["SeatJoined"]["seat"] for name in ("dave", "erin", "frank")] == [
        2,
        0,
        3,
    ]
    assert (house.operators.count(), house.operators.live()) == (4, 4)
    assert [house.operators.ownerOf(place) for place in range(4)] == [
        people["erin"],
        bob,
        people["dave"],
        people["frank"],
    ]


def test_join__a_left_place__is_as_young_as_its_owner(house, join, seat, panels, carol, mallory):
    born = house.operators.seatOf(seat)[1]
    house.operators.slashSilent(seat, {"from": panels})
    house.operators.leave(seat, {"from": carol})
    at(born + 1_000)
    join(mallory)
    assert tuple(house.operators.seatOf(seat)) == (mallory, born + 1_000, 0, 16)
    assert house.operators.census(1, born + 1_000) == (0, 0)
    assert house.operators.census(1, born + 1_001) == (1, 1)


def test_join__bond_not_approved__reverts(house, join, mallory):
    house.vault.approve(house.operators, SEAT_BOND - 1, {"from": mallory})
    with reverts_with("Vault_NotApproved", mallory, house.operators, SEAT_BOND - 1, SEAT_BOND):
        join(mallory)


def test_join__bond_not_there__reverts(house, join, mallory):
    house.vault.withdraw(FUNDS - 1, mallory, {"from": mallory})
    with reverts_with("Vault_TooLittle", mallory, 1, SEAT_BOND):
        join(mallory)


@pytest.mark.parametrize("bond", [0, 15, 17])
def test_constructor__bond_not_of_sixteenths__reverts_bad_bond(house, people, bond, Operators):
    with reverts_with("Operators_BadBond", bond):
        Operators.deploy(house.vault, people["dave"], bond, {"from": people["deployer"]})
