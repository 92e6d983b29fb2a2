"""Bounties.submit

├── there is no such bounty, or it is past submitting → reverts Bounties_WrongStage
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── the submission names another maker → reverts Bounties_NotMaker
├── the caller owns a seat → reverts Bounties_OwnsSeat
├── the caller submitted before → reverts Bounties_Twice
├── 64 were taken → reverts Bounties_Full
├── a point is no point → reverts Bounties_BadPoint
├── the caller can't pay the fee → reverts Vault_TooLittle
└── else its hash and its place are kept, the fee is burned
"""

from types import SimpleNamespace

import pytest
from eth_utils import keccak

from marketplace.crypto.points import Point
from tests.contracts.conftest import FUNDS, SUBMISSION_FEE, reverts_with
from tests.contracts.contest_chain import send, set_next
from tests.contracts.contest_values import CLAIMING, SUBMITTING


def test_submit__no_such_bounty__reverts_wrong_stage(contest, bob):
    with reverts_with("Bounties_WrongStage", contest.id, 0, SUBMITTING):
        contest.submit(bob)


def test_submit__claiming__reverts_wrong_stage(claiming, erin):
    with reverts_with("Bounties_WrongStage", claiming.id, CLAIMING, SUBMITTING):
        claiming.submit(erin)


def test_submit__at_the_deadline__counts(submitting, erin):
    set_next(submitting.state["deadline"])
    submitting.submit(erin)
    assert submitting.state["submissions"] == 3


def test_submit__after_the_deadline__reverts_after_deadline(submitting, erin):
    deadline = submitting.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", submitting.id, deadline + 1, deadline):
        submitting.submit(erin)


def test_submit__anothers_submission__reverts_not_maker(submitting, erin, mallory):
    stolen = submitting.submission(erin)
    with reverts_with("Bounties_NotMaker", submitting.id, mallory, erin):
        submitting.bounties.submit(submitting.id, stolen, {"from": mallory})


def test_submit__owner_of_a_seat__reverts_owns_seat(submitting, evaluators):
    with reverts_with("Bounties_OwnsSeat", evaluators[3], 1):
        submitting.submit(evaluators[3])


def test_submit__twice__reverts_twice(submitting, bob):
    with reverts_with("Bounties_Twice", submitting.id, bob):
        submitting.submit(bob)


@pytest.mark.parametrize("field", ["key", "seal"])
def test_submit__no_point__reverts_bad_point(submitting, erin, field):
    with reverts_with("Bounties_BadPoint", 5, 1):
        submitting.submit(erin, **{field: (5, 1)})


def test_submit__no_money_for_the_fee__reverts_too_little(house, submitting, erin):
    house.vault.withdraw(FUNDS, erin, {"from": erin})
    with reverts_with("Vault_TooLittle", erin, 0, SUBMISSION_FEE):
        submitting.submit(erin)


def test_submit__requester_himself__is_taken(submitting, alice):
    submitting.submit(alice)
    assert submitting.bounties.entryOf(submitting.id, alice)["index"] == 3


def test_submit__in_order__kept_and_fee_burned(submitting, erin):
    tx = submitting.submit(erin)
    entry = submitting.bounties.entryOf(submitting.id, erin)
    assert (entry["index"], entry["score"], entry["flags"]) == (3, 0, 0)
    assert tx.events["ModelSubmitted"]["submissionId"] == submitting.submission_id(erin)
    assert tx.events["ModelSubmitted"]["submission"]["modelHash"] == "0x" + keccak(text=f"model {erin}").hex()
    submitting.check_money()


def test_submit__sixty_fourth_and_next__reverts_full(house, contest):
    contest.open()
    contest.fast = True
    fee = SUBMISSION_FEE
    calls = [house.vault.deposit.encode_input(fee), house.vault.approve.encode_input(house.bounties, fee)]
    makers = [SimpleNamespace(address=Point.from_scalar(1_000 + i).address()) for i in range(65)]
    for maker in makers:
        send(house.token.mint, maker.address, fee, sender=maker)
        send(house.token.approve, house.vault, fee, sender=maker)
        send(house.vault.multicall, calls, sender=maker)
        if maker is not makers[64]:
            contest.submit(maker)
    assert contest.state["submissions"] == 64
    with reverts_with("Bounties_Full", contest.id, 65, 64):
        late = contest.submission(makers[64])
        contest.bounties.submit.call(contest.id, late, {"from": makers[64].address})
