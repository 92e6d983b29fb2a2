"""What is due in a proved bounty, for whom, and what it waits for."""

from dataclasses import replace

import pytest

from marketplace.crypto.points import Point
from marketplace.services.proof_structs import Commitment, ProofTerms, Turn
from marketplace.services.proof_turns import is_over, turns_of, waits_for
from marketplace.services.proofs import PledgeView, ProofView

RUTH, ALICE, BOB = ("0x" + digit * 40 for digit in "123")
G = Point.from_scalar(1)
TERMS = ProofTerms(RUTH, b"", 100, 2, 2, 0, 1, 170, 100, 100, 100, 0, b"", b"", G, G, 0, 0)
EARLY, OPENING, PROVING, LATE = 1_050, 1_150, 1_250, 9_999


def pledge(turn, maker=ALICE, until=0):
    t = None if turn in (Turn.COMMITTED, Turn.DECLINED, Turn.VINDICATED) else 5
    return PledgeView(maker, Commitment(1, G, BOB), turn, t, until)


def view(now, *pledges, winner=None, closed=False):
    owed = sum(one.turn in (Turn.COMMITTED, Turn.VINDICATED) for one in pledges)
    return ProofView(1, TERMS, 1_000, now, pledges, winner, (), closed, owed)


WON = pledge(Turn.DONE, BOB)


def steps(found, who):
    return [str(one.step) for one in turns_of(found, who)]


@pytest.mark.parametrize(
    ("found", "ruths", "alices"),
    [
        (view(EARLY, pledge(Turn.COMMITTED)), [], []),
        (view(LATE), ["close"], []),
        (view(OPENING, pledge(Turn.COMMITTED)), ["rows"], []),
        (view(OPENING, pledge(Turn.OPENED), pledge(Turn.COMMITTED, BOB)), ["rows"], []),
        (view(PROVING, pledge(Turn.OPENED), pledge(Turn.COMMITTED, BOB)), [], ["prove"]),
        (view(PROVING, pledge(Turn.COMMITTED)), [], ["release"]),
        (view(OPENING, pledge(Turn.OPENED)), [], ["prove"]),
        (view(OPENING, pledge(Turn.ANNOUNCED, until=1_900)), [], ["prove"]),
        (view(2_000, pledge(Turn.ANNOUNCED, until=1_900)), [], []),
        (view(OPENING, pledge(Turn.OPENED), pledge(Turn.ANNOUNCED, BOB, until=1_900)), [], []),
        (view(OPENING, pledge(Turn.DECLINED)), [], ["vindicate"]),
        (view(LATE, pledge(Turn.DECLINED)), ["close"], []),
        (view(OPENING, pledge(Turn.VINDICATED)), [], ["release"]),
        (view(LATE, pledge(Turn.OPENED)), ["close"], []),
        (view(OPENING, pledge(Turn.OPENED), WON, winner=BOB), ["receive", "close"], ["release"]),
        (view(LATE, pledge(Turn.DONE), winner=ALICE, closed=True), ["receive"], []),
    ],
)  # fmt: skip
def test_turns__by_stage_and_pledge__are_whose_they_are(found, ruths, alices):
    assert (steps(found, RUTH), steps(found, ALICE)) == (ruths, alices)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (view(EARLY, pledge(Turn.COMMITTED)), "makers may commit until"),
        (view(OPENING, pledge(Turn.COMMITTED)), "the requester may hand out the rows until"),
        (view(PROVING, pledge(Turn.OPENED)), "the first to prove is paid, until"),
        (view(PROVING, pledge(Turn.ANNOUNCED, until=1_900)), f"{ALICE} alone may prove until"),
        (view(PROVING, pledge(Turn.VINDICATED)), "what is left can be taken back after"),
        (view(PROVING, pledge(Turn.DONE, until=1_900), winner=ALICE), ""),
        (view(LATE, pledge(Turn.OPENED), closed=True), ""),
    ],
)
def test_waits_for__by_stage__says_what_comes_next(found, said):
    assert waits_for(found).startswith(said)
    assert bool(waits_for(found)) is bool(said)


def test_is_over__closed_and_own_pledges_done():
    ended = view(LATE, pledge(Turn.DONE), pledge(Turn.OPENED, BOB), closed=True)
    assert is_over(ended, ALICE)
    assert is_over(ended, RUTH)
    assert not is_over(ended, BOB)
    assert not is_over(replace(ended, closed=False), ALICE)
