"""Panels.draw at its limits: draws of several calls, the most seats there can be

├── most seats are not drawable → several calls, each goes on where the one before ended
│   ├── the panel comes together in the end → its seats are those of the twin
│   └── nobody else is drawable
│       ├── up to the deadline, or as long as there is something to look at → draw goes on
│       └── after both → the draw has failed; the seats that were drawn are free again
└── 4,080 seats and more → the count of looks stops at 65,535: enough to give up
"""

import pytest
from brownie import accounts, web3
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import rpc, send, sleep
from tests.contracts.contest_values import (
    ABANDONED,
    DAY,
    DRAWING,
    HOUR,
    SEATS,
    TOO_FEW_SEATS,
)

PROBES_A_CALL, PROBES_A_SEAT, MOST_PROBES = 256, 16, 2**16 - 1


def looks(contest, count, drawable):
    """Yield which look finds which seat: the seed's numbers modulo the count, those that can be drawn."""
    seed = bytes(web3.eth.get_block(contest.round["seedBlock"])["hash"])
    seen = set()
    for probe in range(100_000):
        number = keccak(encode(["bytes32", "uint256", "uint256"], [seed, contest.id, probe]))
        seat = int.from_bytes(number, "big") % count
        if seat in drawable and seat not in seen:
            seen.add(seat)
            yield probe, seat


def draw_once(contest):
    send(contest.panels.draw, contest.terms, sender=contest.requester)


def pretend_places(house, count):
    """Make it so many places; those past the twelve were left by their owners."""
    value = int(rpc("eth_getStorageAt", house.operators.address, "0x0", "latest"), 16)
    assert value & 0xFFFF == SEATS  # Registry.count
    value = (value & ~0xFFFF) | count
    rpc("anvil_setStorageAt", house.operators.address, "0x" + "0" * 64, f"0x{value:064x}")
    assert house.operators.count() == count


def leaving(house, seats):
    """Let the owners of ``seats`` announce so early that no draw may take them; they are live and free."""
    for seat in seats:
        send(house.operators.announceLeave, seat, sender=accounts.at(house.operators.ownerOf(seat)))
    sleep(3 * DAY + HOUR)


def test_draw__twelve_seats_on_4090_places__goes_on_where_it_ended(house, claimed):
    pretend_places(house, 4_090)
    claimed.choose()
    claimed.past_seed()
    found = list(zip(range(3), looks(claimed, 4_090, set(range(SEATS)))))
    calls, seats = 0, [seat for _, (_, seat) in found]
    while claimed.round["phase"] == DRAWING:
        draw_once(claimed)
        calls += 1
        known = [seat for _, (probe, seat) in found if probe < calls * PROBES_A_CALL]
        assert [claimed.seat(place) for place in claimed.places()] == known
        assert [seat for seat in range(SEATS) if house.operators.isLocked(seat)] == sorted(known)
    last = found[-1][1][0]
    assert calls == last // PROBES_A_CALL + 1 > 1
    assert claimed.round["probes"] == last + 1
    assert [claimed.seat(place) for place in range(3)] == seats


@pytest.mark.parametrize(
    ("places", "most"), [(SEATS, PROBES_A_SEAT * SEATS + PROBES_A_CALL), (4_090, MOST_PROBES)]
)
def test_draw__looked_in_vain_long_enough__fails_after_the_deadline_and_frees(house, claimed, places, most):
    if places != SEATS:
        pretend_places(house, places)
    leaving(house, range(2, SEATS))
    claimed.fast = True
    claimed.choose()
    claimed.past_seed()
    calls = -(-most // PROBES_A_CALL)
    for _ in range(calls):
        draw_once(claimed)
    assert claimed.round["probes"] == min(calls * PROBES_A_CALL, MOST_PROBES) >= most
    assert sorted(claimed.seat(place) for place in claimed.places()) == [0, 1]
    draw_once(claimed)  # the deadline has not passed: no exit
    assert claimed.round["phase"] == DRAWING
    claimed.pass_phase()
    draw_once(claimed)
    assert claimed.stage == ABANDONED
    claimed.finalize()
    claimed.money.back()
    claimed.check_end(TOO_FEW_SEATS)


def test_draw__deadline_passed_and_not_looked_long_enough__goes_on(house, claimed):
    leaving(house, range(2, SEATS))
    claimed.choose()
    claimed.past_seed()
    claimed.pass_phase()
    draw_once(claimed)
    assert (claimed.round["phase"], claimed.round["probes"]) == (DRAWING, PROBES_A_CALL)
    draw_once(claimed)
    assert claimed.round["phase"] == DRAWING
    draw_once(claimed)
    assert claimed.stage == ABANDONED


def test_draw_and_grant__not_complete_in_one_call__reverts_other_seats(house, claimed, bob):
    leaving(house, range(2, SEATS))
    claimed.choose()
    claimed.past_seed()
    seats = claimed.panels.draw.call(claimed.terms, {"from": bob})[0]
    with reverts_with("Panels_OtherSeats", claimed.id, seats, seats):
        claimed.panels.drawAndGrant(claimed.terms, seats, b"\1" * 32, {"from": bob})
    assert claimed.places() == []
