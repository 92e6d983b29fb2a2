"""Panels.commitMany

├── nobody commits now → reverts Panels_WrongPhase
├── the deadline has passed → reverts Panels_AfterDeadline; at the deadline it counts
├── the place is empty, its seat's owner did not sign, or for another bounty, candidate, round, place, seat,
│   hash, chain or contract → reverts Panels_NotEvaluator
├── a place has committed meanwhile → it is passed over, the others commit
└── else, whoever sends it, all are chained; the last one begins revealing
"""

import pytest
from brownie import ZERO_ADDRESS

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_signing import signed_commitment
from tests.contracts.contest_values import COMMITTING, DRAWING, LOCKING, REVEALING, scored


def relay(contest, *signed, who=None):
    return contest.panels.commitMany(contest.id, list(signed), {"from": who or contest.requester})


def prepared(contest, *places):
    """Let places sign commitments to 900 rows, and remember what opens them."""
    found = []
    for place in places:
        hidden, contest.opened[place] = contest.prepare(place, scored(900))
        contest.commitments.append((place, hidden))
        found.append(signed_commitment(contest, place, hidden))
    return found


def test_commit_many__drawing__reverts_wrong_phase(drawing):
    with reverts_with("Panels_WrongPhase", drawing.id, DRAWING, COMMITTING):
        relay(drawing)


def test_commit_many__revealing__reverts_wrong_phase(revealing):
    with reverts_with("Panels_WrongPhase", revealing.id, REVEALING, COMMITTING):
        relay(revealing, signed_commitment(revealing, 0, b"\1" * 32))


def test_commit_many__at_the_deadline__counts(committing):
    signed = prepared(committing, 0, 1, 2)
    set_next(committing.round["deadline"])
    relay(committing, *signed)


def test_commit_many__after_the_deadline__reverts_after_deadline(committing):
    signed = prepared(committing, 0)
    deadline = committing.round["deadline"]
    set_next(deadline + 1)
    with reverts_with("Panels_AfterDeadline", committing.id, deadline + 1, deadline):
        relay(committing, *signed)


@pytest.mark.parametrize(
    "changes",
    [
        {"bountyId": 1},
        {"candidate": 2},
        {"round": 2},
        {"place": 1},
        {"seat": 4_000},
        {"hash": b"\2" * 32},
        {"chainId": 1},
        {"verifyingContract": "0x" + "11" * 20},
        {"name": "Tessera Bounties"},
        {"version": "2"},
    ],
)
def test_commit_many__signed_for_something_else__reverts_not_evaluator(committing, changes):
    with pytest.raises(Exception, match="Panels_NotEvaluator"):
        relay(committing, signed_commitment(committing, 0, b"\1" * 32, changes=changes))
    assert committing.places("committed") == []


def test_commit_many__signed_by_another_evaluator__reverts_not_evaluator(committing):
    owner, other = committing.evaluator(0), committing.evaluator(1)
    signed = signed_commitment(committing, 0, b"\1" * 32, signer=other)
    with reverts_with("Panels_NotEvaluator", committing.id, other, owner):
        relay(committing, signed)


def test_commit_many__no_signature__reverts_not_evaluator(committing):
    owner = committing.evaluator(0)
    with reverts_with("Panels_NotEvaluator", committing.id, ZERO_ADDRESS, owner):
        relay(committing, (0, b"\1" * 32, b"\0" * 32, b"\0" * 32))


def test_commit_many__empty_place__reverts_not_evaluator(committing):
    for place in (3, 7, 255):
        with reverts_with("Panels_NotEvaluator", committing.id, ZERO_ADDRESS, ZERO_ADDRESS):
            relay(committing, (place, b"\1" * 32, b"\0" * 32, b"\0" * 32))


def test_commit_many__one_has_committed_meanwhile__passed_over(committing, mallory):
    first, second, third = prepared(committing, 0, 1, 2)
    relay(committing, second, who=mallory)  # front-run
    committing.commitments.sort(key=lambda one: (one[0] != 1, one[0]))
    tx = relay(committing, first, second, third)
    assert [event["place"] for event in tx.events["Committed"]] == [0, 2]
    committing.reveal()
    assert committing.stage == LOCKING


def test_commit_many__same_place_twice__counts_once(committing):
    (signed,) = prepared(committing, 0)
    tx = relay(committing, signed, signed)
    assert len(tx.events["Committed"]) == 1


def test_commit_many__some_by_themselves__chained_in_the_order_of_the_log(committing):
    committing.commit(2, scored(900))
    relay(committing, *prepared(committing, 0, 1))
    assert committing.round["phase"] == REVEALING
    committing.reveal()
    assert committing.stage == LOCKING


def test_commit_many__of_a_seat_that_was_replaced__reverts_not_evaluator(committing):
    old = signed_commitment(committing, 0, b"\1" * 32)
    gone = committing.seat(0)
    committing.commit(1, scored(900))
    committing.commit(2, scored(900))
    committing.close_commits()
    committing.past_seed()
    committing.panels.draw(committing.terms, {"from": committing.requester})
    if committing.seat(0) != gone:
        with pytest.raises(Exception, match="Panels_NotEvaluator"):
            relay(committing, old)
    assert committing.places("committed") == [1, 2]


def test_commit_many__by_a_stranger__evaluators_in_the_log(committing, mallory):
    tx = relay(committing, *prepared(committing, 0, 1, 2), who=mallory)
    names = [event["evaluator"] for event in tx.events["Committed"]]
    assert names == [committing.evaluator(place) for place in range(3)]
    assert committing.round["phase"] == REVEALING
