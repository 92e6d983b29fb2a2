"""Panels.draw

├── there is no round to draw → reverts Panels_WrongPhase
├── the seed's block is not behind us → reverts Panels_NoSeedYet
├── the chain's history does not know the block → reverts Panels_NoBlockHash
├── the seed is too old in time (in blocks: tests/forge/Contests.t.sol) → it is set anew, the deadline stays
├── too few seats are free, or fewer than two thirds of them
│   ├── up to the deadline → reverts Panels_SeatsBusy
│   └── after it → the draw has failed (test_exits)
└── else, whoever calls, as late as he likes
    ├── the seats are those of the twin, locked, all different
    ├── seats that joined after the opening, or that leave soon, are not drawn
    ├── a later join changes nothing
    └── a redraw leaves out the last panel while enough others are free, and parties always
"""

from brownie import accounts, web3
from eth_abi import encode
from eth_utils import keccak

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import mine, rpc, send, set_next, sleep
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_values import (
    CLAIMING,
    COMMITTING,
    DAY,
    DRAWING,
    IDLE,
    SEED_DELAY,
    SEED_LIFE,
    UNSCORABLE,
    plain,
    scored,
)

HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935"


def twin(contest, count, skip=()):
    """Return the seats that the rule draws: the seed's numbers modulo the count, without repetition."""
    seed = bytes(web3.eth.get_block(contest.round["seedBlock"])["hash"])
    drawn, probe = [], 0
    while len(drawn) < contest["panelSize"]:
        number = keccak(encode(["bytes32", "uint256", "uint256"], [seed, contest.id, probe]))
        seat, probe = int.from_bytes(number, "big") % count, probe + 1
        if seat not in drawn and seat not in skip:
            drawn.append(seat)
    return drawn


def join(house, who):
    send(house.operators.join, b"\1" * 32, sender=who)


def slash(house, seats):
    """Kill seats as slashing them would."""
    panels = accounts.at(house.panels.address, force=True)
    for seat in seats:
        send(house.operators.slashSilent, seat, sender=panels)


def test_draw__nothing_to_draw__reverts_wrong_phase(claimed):
    assert claimed.stage == CLAIMING
    with reverts_with("Panels_WrongPhase", claimed.id, IDLE, DRAWING):
        claimed.panels.draw(claimed.terms, {"from": claimed.requester})


def test_draw__twice__reverts_wrong_phase(committing):
    with reverts_with("Panels_WrongPhase", committing.id, COMMITTING, DRAWING):
        committing.panels.draw(committing.terms, {"from": committing.requester})


def test_draw__other_terms__reverts_wrong_phase(house, drawing, alice):
    other = Contest(house, alice, salt=b"\1" * 32)
    with reverts_with("Panels_WrongPhase", other.id, IDLE, DRAWING):
        other.panels.draw(other.terms, {"from": alice})


def test_draw__in_the_seeds_block__reverts_no_seed_yet(drawing):
    seed = drawing.round["seedBlock"]
    mine(SEED_DELAY - 1)
    with reverts_with("Panels_NoSeedYet", drawing.id, seed, seed):
        drawing.panels.draw(drawing.terms, {"from": drawing.requester})


def test_draw__history_does_not_answer__reverts_no_block_hash(drawing):
    drawing.past_seed()
    rpc("anvil_setCode", HISTORY, "0x")
    with reverts_with("Panels_NoBlockHash", drawing.round["seedBlock"]):
        drawing.panels.draw(drawing.terms, {"from": drawing.requester})


def test_draw__seed_expired__set_anew_without_more_time(drawing):
    before = drawing.round
    drawing.past_seed()
    sleep(SEED_LIFE + 60)
    tx = drawing.panels.draw(drawing.terms, {"from": drawing.requester})
    after = drawing.round
    assert tx.events["SeedSet"]["seedBlock"] == after["seedBlock"] == tx.block_number + SEED_DELAY
    assert (after["phase"], after["deadline"]) == (DRAWING, before["deadline"])
    drawing.draw()
    assert drawing.round["phase"] == COMMITTING


def test_draw__end_of_the_seeds_life__counts(drawing):
    drawing.past_seed()
    set_next(drawing.round["mark"] + SEED_LIFE)
    drawing.panels.draw(drawing.terms, {"from": drawing.requester})
    assert drawing.round["phase"] == COMMITTING


def test_draw__too_few_free__reverts_seats_busy(house, drawing):
    slash(house, range(2, 12))
    drawing.past_seed()
    with reverts_with("Panels_SeatsBusy", drawing.id, 2, 2):
        drawing.panels.draw(drawing.terms, {"from": drawing.requester})


def test_draw__fewer_than_two_thirds_free__reverts_seats_busy_then_counts(house, drawing):
    panels = accounts.at(house.panels.address, force=True)
    send(house.operators.lockSeats, list(range(5)), sender=panels)
    drawing.past_seed()
    with reverts_with("Panels_SeatsBusy", drawing.id, 7, 12):
        drawing.panels.draw(drawing.terms, {"from": drawing.requester})
    send(house.operators.freeSeats, [0], sender=panels)
    drawing.draw()
    assert drawing.round["phase"] == COMMITTING


def test_draw__after_the_deadline_with_enough_seats__counts(drawing):
    drawing.past_seed()
    drawing.pass_phase()
    drawing.draw()
    assert drawing.round["phase"] == COMMITTING


def test_draw__by_a_stranger__seats_of_the_twin_locked(house, drawing, mallory):
    drawing.past_seed()
    expected = twin(drawing, 12)
    tx = drawing.draw(who=mallory)
    assert [drawing.seat(place) for place in range(3)] == expected
    assert all(house.operators.isLocked(seat) for seat in expected)
    assert tx.events["SeatsDrawn"]["phase"] == COMMITTING
    assert drawing.round["deadline"] == tx.timestamp + 3_600


def test_draw__seven_places__all_different(house, evaluators, alice, bob, people):
    for name in ("heidi", "ivan", "judy"):
        for _ in range(3):
            join(house, people[name])
    sleep(10)
    contest = Contest(house, alice, panelSize=7, quorum=4, claimBond=170 * 10**18)
    contest.fast = True
    contest.ready({bob: 900})
    contest.choose()
    contest.past_seed()
    expected = twin(contest, 21)
    contest.draw()
    assert [contest.seat(place) for place in range(7)] == expected


def test_draw__joined_after_the_opening__not_drawn(house, claimed, people):
    for _ in range(30):
        join(house, people["mallory"])
    claimed.choose()
    claimed.past_seed()
    expected = twin(claimed, 42, skip=range(12, 42))
    claimed.draw()
    assert [claimed.seat(place) for place in range(3)] == expected


def test_draw__joined_after_the_seed__nothing_changes(house, drawing, people):
    drawing.past_seed()
    expected = twin(drawing, 12)
    for _ in range(3):
        join(house, people["mallory"])
    drawing.draw()
    assert [drawing.seat(place) for place in range(3)] == expected


def test_draw__announced_after_the_seed__nothing_changes(house, drawing):
    drawing.past_seed()
    expected = twin(drawing, 12)
    for seat in expected:
        send(house.operators.announceLeave, seat, sender=accounts.at(house.operators.ownerOf(seat)))
    drawing.draw()
    assert [drawing.seat(place) for place in range(3)] == expected


def test_draw__leaving_before_the_seed_dies__not_drawn(house, claimed):
    for seat in range(4):
        send(house.operators.announceLeave, seat, sender=accounts.at(house.operators.ownerOf(seat)))
    sleep(3 * DAY + 3_600)
    claimed.choose()
    claimed.past_seed()
    expected = twin(claimed, 12, skip=range(4))
    claimed.draw()
    assert [claimed.seat(place) for place in range(3)] == expected


def test_draw__another_bountys_panel__its_seats_are_not_drawn(house, committing, alice, bob):
    busy = {committing.seat(place) for place in range(3)}
    other = Contest(house, alice, salt=b"\1" * 32)
    other.fast = True
    other.ready({bob: 900})
    other.choose()
    other.draw()
    assert not busy & {other.seat(place) for place in range(3)}


def test_draw__no_quorum__last_panel_left_out(drawing):
    drawing.judge(scored(700), scored(701), scored(702))
    before = set(drawing.last_panel)
    drawing.draw()
    assert not before & set(drawing.signers())


def test_draw__no_quorum_and_too_few_others__last_panel_again(house, drawing):
    drawing.judge(scored(700), scored(701), scored(702))
    last = [seat for seat in range(12) if house.operators.ownerOf(seat) in drawing.last_panel]
    slash(house, [seat for seat in range(12) if seat not in last])
    drawing.draw()
    assert sorted(drawing.seat(place) for place in range(3)) == last


def test_draw__redraw__seats_a_day_older_than_the_seed_count_and_parties_are_skipped(
    house, drawing, dave, mallory
):
    drawing.judge(plain(UNSCORABLE))
    old = [seat for seat in range(12) if house.operators.ownerOf(seat) not in drawing.last_panel]
    for _ in range(3):
        join(house, mallory)
    for _ in range(20):
        join(house, dave)  # a maker, who may join after he submitted
    maker = accounts.at(drawing.order[0])
    drawing.publish(maker)
    drawing.past_seed()
    sleep(SEED_LIFE + 60)
    send(drawing.panels.draw, drawing.terms, sender=drawing.requester)  # set anew, a day after they joined
    slash(house, old[2:])
    for seat in range(12):
        if seat not in old and house.operators.seatOf(seat)["parts"] == 16:
            slash(house, [seat])
    drawing.draw()
    owners = set(drawing.signers())
    assert drawing.round["phase"] == COMMITTING
    assert dave.address not in owners
    assert mallory.address in owners
