"""Bounties.finalize; its ends are in test_exits

├── the bounty is in no window → reverts Bounties_WrongStage
├── the window is open → reverts Bounties_BeforeDeadline
├── the submission is not the candidate's, or changed → reverts Bounties_NotCandidate
└── else, whoever calls, the verdict is carried out and its round freed, with one digest in the log
"""

from eth_abi import encode
from eth_utils import keccak

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import DELIVERING, DONE, IDLE, PAID, SCORED, WINDOW, ZERO


def finalize(contest, submission, who=None):
    return contest.bounties.finalize(
        contest.terms, submission, contest.rows, contest["datasets"], {"from": who or contest.requester}
    )


def test_finalize__delivering__reverts_wrong_stage(delivering, bob):
    with reverts_with("Bounties_WrongStage", delivering.id, DELIVERING, WINDOW):
        delivering.finalize(bob)


def test_finalize__twice__reverts_wrong_stage(over, bob):
    with reverts_with("Bounties_WrongStage", over.id, DONE, WINDOW):
        over.finalize(bob)


def test_finalize__at_the_end_of_the_window__reverts_before_deadline(delivered, bob):
    deadline = delivered.state["deadline"]
    set_next(deadline)
    with reverts_with("Bounties_BeforeDeadline", delivered.id, deadline, deadline):
        finalize(delivered, delivered.submissions[bob.address])


def test_finalize__anothers_submission__reverts_not_candidate(delivered, dave):
    with reverts_with("Bounties_NotCandidate", delivered.id, dave):
        delivered.finalize(dave)


def test_finalize__another_listing__reverts_not_candidate(delivered, bob):
    delivered.pass_deadline()
    with reverts_with("Bounties_NotCandidate", delivered.id, bob):
        finalize(delivered, delivered.submission(bob, listingHash=b"\1" * 32))


def test_finalize__by_a_stranger__paid_and_seats_free(delivered, bob, mallory):
    delivered.pass_deadline()
    tx = finalize(delivered, delivered.submissions[bob.address], mallory)
    ended = tx.events["BountyEnded"]
    digest = keccak(encode(["uint8", "uint64", "uint128[]", "bytes32"], [SCORED, 900_000_000, [900], ZERO]))
    assert (ended["maker"], ended["outcome"], ended["paid"]) == (bob, PAID, delivered["reward"])
    assert ended["back"] == delivered["deposit"]
    assert ended["attestation"] == "0x" + digest.hex()
    assert delivered.round["phase"] == IDLE
    assert "AssetRecorded" not in tx.events  # he asked for no listing
