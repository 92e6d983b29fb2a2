"""Bounties.openRows

├── the bounty is not in submitting → reverts Bounties_WrongStage
├── makers can still submit → reverts Bounties_BeforeDeadline
├── the rows stage is over → reverts Bounties_AfterDeadline; at its end it counts
├── nobody submitted → reverts Bounties_NoSubmission
├── the scalar is not k, or none → reverts Bounties_WrongKey
└── else k is in the log and claiming begins, whoever sends it
"""

import pytest
from brownie import ZERO_ADDRESS

from marketplace.crypto.points import Point
from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import CLAIMING, HOUR, SUBMITTING, point_address

SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def open_rows(contest, k, who=None):
    return contest.bounties.openRows(
        contest.terms, *contest.rows_proof, k, {"from": who or contest.requester}
    )


def test_open_rows__twice__reverts_wrong_stage(claiming):
    with reverts_with("Bounties_WrongStage", claiming.id, CLAIMING, SUBMITTING):
        open_rows(claiming, claiming.rows_key)


def test_open_rows__at_the_end_of_submitting__reverts_before_deadline(submitting):
    deadline = submitting.state["deadline"]
    set_next(deadline)
    with reverts_with("Bounties_BeforeDeadline", submitting.id, deadline, deadline):
        open_rows(submitting, submitting.rows_key)


def test_open_rows__at_the_end_of_the_rows_stage__counts(submitting):
    end = submitting.state["deadline"] + HOUR
    set_next(end)
    tx = open_rows(submitting, submitting.rows_key)
    assert tx.events["RowsOpened"]["k"] == submitting.rows_key
    assert (submitting.stage, submitting.state["deadline"]) == (CLAIMING, end + HOUR)


def test_open_rows__after_the_rows_stage__reverts_after_deadline(submitting):
    end = submitting.state["deadline"] + HOUR
    set_next(end + 1)
    with reverts_with("Bounties_AfterDeadline", submitting.id, end + 1, end):
        open_rows(submitting, submitting.rows_key)


def test_open_rows__nobody_submitted__reverts_no_submission(contest):
    contest.open()
    contest.pass_deadline()
    with reverts_with("Bounties_NoSubmission", contest.id, ZERO_ADDRESS):
        open_rows(contest, contest.rows_key)


@pytest.mark.parametrize("k", [0, SECP256K1_N, 2**256 - 1])
def test_open_rows__no_scalar__reverts_wrong_key(submitting, k):
    submitting.pass_deadline()
    with reverts_with("Bounties_WrongKey", submitting.id, ZERO_ADDRESS, point_address(submitting["key"])):
        open_rows(submitting, k)


def test_open_rows__k_plus_the_order__reverts_wrong_key(submitting):
    submitting.pass_deadline()
    expected = point_address(submitting["key"])
    k = submitting.rows_key + SECP256K1_N
    if k < 2**256:
        with reverts_with("Bounties_WrongKey", submitting.id, ZERO_ADDRESS, expected):
            open_rows(submitting, k)


def test_open_rows__negated_k__reverts_wrong_key(submitting):
    submitting.pass_deadline()
    k = SECP256K1_N - submitting.rows_key
    got = Point.from_scalar(k).address()
    with reverts_with("Bounties_WrongKey", submitting.id, got, point_address(submitting["key"])):
        open_rows(submitting, k)


def test_open_rows__stranger_who_has_k__counts(submitting, mallory):
    submitting.pass_deadline()
    open_rows(submitting, submitting.rows_key, mallory)
    assert submitting.stage == CLAIMING
