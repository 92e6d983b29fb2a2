"""Panels.reveal

├── nobody reveals now → reverts Panels_WrongPhase
├── the deadline has passed → reverts Panels_AfterDeadline; at the deadline it counts
├── the commitments are not those of the log, in its order → reverts Panels_NotCommitments
├── the place is empty → reverts Panels_Twice
├── the place revealed before → it is passed over, the others count
├── this round does not know the verdict → reverts Panels_WrongVerdict
├── the score does not follow from the sums, or there is one where none belongs → reverts Panels_WrongScore
├── it is not what the place committed to → reverts Panels_NotCommitted
├── it is not signed by the seat's owner → reverts Panels_NotEvaluator
└── else, whoever sends it, it counts; the last one judges
"""

import pytest

from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_signing import bundle
from tests.contracts.contest_values import (
    BAD_ROWS,
    COMMITTING,
    JUDGED,
    LOCKING,
    NOTHING,
    ONE,
    REVEALING,
    ROWS_GOOD,
    SCORED,
    UNSCORABLE,
    WINDOW,
    ZERO,
    plain,
    scored,
)


def reveal(contest, *opened, commitments=None):
    commitments = contest.commitments if commitments is None else commitments
    return contest.panels.reveal(contest.terms, commitments, *bundle(opened), {"from": contest.requester})


def test_reveal__committing__reverts_wrong_phase(committing):
    with reverts_with("Panels_WrongPhase", committing.id, COMMITTING, REVEALING):
        reveal(committing)


def test_reveal__judged__reverts_wrong_phase(locking):
    with reverts_with("Panels_WrongPhase", locking.id, JUDGED, REVEALING):
        locking.reveal(0)


def test_reveal__at_the_deadline__counts(revealing):
    set_next(revealing.round["deadline"])
    revealing.reveal()
    assert revealing.stage == LOCKING


def test_reveal__after_the_deadline__reverts_after_deadline(revealing):
    deadline = revealing.round["deadline"]
    set_next(deadline + 1)
    with reverts_with("Panels_AfterDeadline", revealing.id, deadline + 1, deadline):
        revealing.reveal()


def test_reveal__commitments_out_of_order__reverts_not_commitments(revealing):
    for wrong in (revealing.commitments[::-1], revealing.commitments[:2], []):
        expected = revealing.panels.commitmentsOf(revealing.id)
        call = revealing.panels.reveal
        got = chained(wrong or revealing.commitments[:1])
        with reverts_with("Panels_NotCommitments", revealing.id, got, expected):
            call(revealing.terms, wrong, *bundle([revealing.opened[0]]), {"from": revealing.requester})


def chained(commitments):
    """Return the chained hash of commitments."""
    from eth_abi import encode
    from eth_utils import keccak

    value = ZERO
    for place, committed in commitments:
        value = keccak(encode(["bytes32", "uint256", "bytes32"], [value, place, committed]))
    return value


def test_reveal__empty_place__reverts_twice(revealing):
    for place in (3, 7, 255):
        with reverts_with("Panels_Twice", revealing.id, place):
            reveal(revealing, (place, *revealing.opened[0][1:]))


def test_reveal__same_place_twice__counts_once(revealing):
    tx = reveal(revealing, revealing.opened[0], revealing.opened[0])
    assert [event["place"] for event in tx.events["Revealed"]] == [0]
    tx = revealing.reveal(0)
    assert "Revealed" not in tx.events
    assert revealing.places("revealed") == [0]
    assert revealing.sitting["verdict"] == NOTHING  # one voice, however often it is heard


def test_reveal__revealed_before_and_opened_otherwise__reverts_not_committed(revealing):
    revealing.reveal(0)
    other, opened = revealing.prepare(0, scored(901))
    with reverts_with("Panels_NotCommitted", revealing.id, other, revealing.commitments[0][1]):
        reveal(revealing, opened)


def test_reveal__one_of_several_has_revealed_meanwhile__others_count(committing):
    for place in range(3):
        committing.commit(place, scored(700 + place))
    committing.reveal(1)  # front-run
    tx = committing.reveal(0, 1)
    assert [event["place"] for event in tx.events["Revealed"]] == [0]
    assert committing.sitting["groups"] == 1  # place 0 found something else than place 1
    committing.reveal()
    assert committing.round["number"] == 2


def committed_to(contest, attestation):
    """Let everybody commit to ``attestation``."""
    for place in range(3):
        contest.commit(place, attestation)
    return contest


@pytest.mark.parametrize("verdict", [NOTHING, ROWS_GOOD])
def test_reveal__verdict_about_rows_for_a_candidate__reverts_wrong_verdict(committing, verdict):
    committed_to(committing, plain(verdict))
    with reverts_with("Panels_WrongVerdict", committing.id, verdict):
        committing.reveal()


@pytest.mark.parametrize("attestation", [scored(900), plain(UNSCORABLE), plain(NOTHING)])
def test_reveal__verdict_about_a_model_for_rows__reverts_wrong_verdict(claiming, bob, attestation):
    claiming.claim_bad_rows(bob)
    claiming.choose()
    claiming.draw()
    committed_to(claiming, attestation)
    with reverts_with("Panels_WrongVerdict", claiming.id, attestation[0]):
        claiming.reveal()


@pytest.mark.parametrize(
    ("attestation", "score"),
    [
        ((SCORED, 900_000_001, [900], ZERO, ZERO), 900_000_000),
        ((SCORED, 899_000_000, [900], ZERO, ZERO), 900_000_000),
        ((SCORED, ONE, [1_001], ZERO, ZERO), 0),
        ((SCORED, 0, [], ZERO, ZERO), 0),
        ((SCORED, 900_000_000, [900, 0], ZERO, ZERO), 0),
        ((UNSCORABLE, 1, [], ZERO, ZERO), 0),
        ((UNSCORABLE, 0, [0], ZERO, ZERO), 0),
        ((BAD_ROWS, 0, [], b"\1" * 32, ZERO), 0),
    ],
)
def test_reveal__score_and_sums_disagree__reverts_wrong_score(committing, attestation, score):
    committed_to(committing, attestation)
    with reverts_with("Panels_WrongScore", committing.id, attestation[1], score):
        committing.reveal()


@pytest.mark.parametrize(
    ("terms", "sums", "score"),
    [
        ({"metric": 2, "classes": 2}, [450, 200, 500, 500], 650_000_000),
        ({"metric": 2, "classes": 3}, [1, 0, 0, 3, 0, 997], 166_666_666),
        ({"metric": 3, "classes": 0, "errorBound": 10}, [2_500], 750_000_000),
        ({"metric": 4, "classes": 0, "errorBound": 10}, [1], 999_990_000),
    ],
)
def test_reveal__every_metric__score_follows_from_the_sums(house, evaluators, alice, bob, terms, sums, score):
    contest = Contest(house, alice, threshold=1, **terms)
    contest.fast = True
    contest.ready({bob: 1})
    contest.choose()
    contest.draw()
    committed_to(contest, (SCORED, score, sums, ZERO, ZERO))
    contest.reveal()
    assert contest.stage == LOCKING
    assert contest.sitting["score"] == score


def test_reveal__another_attestation__reverts_not_committed(revealing):
    other, opened = revealing.prepare(0, scored(901))
    with reverts_with("Panels_NotCommitted", revealing.id, other, revealing.commitments[0][1]):
        reveal(revealing, opened)


def test_reveal__another_evidence_file__reverts_not_committed(revealing):
    other, opened = revealing.prepare(0, scored(900, evidence=b"\1" * 32))
    with reverts_with("Panels_NotCommitted", revealing.id, other, revealing.commitments[0][1]):
        reveal(revealing, opened)


def test_reveal__signed_by_another__reverts_not_evaluator(committing):
    owner, liar = committing.evaluator(0), committing.evaluator(1)
    committing.commit(1, scored(900))
    committing.commit(2, scored(900))
    committed, opened = committing.prepare(0, scored(900), signer=liar)
    committing.commit_hash(0, committed)
    with reverts_with("Panels_NotEvaluator", committing.id, liar, owner):
        reveal(committing, opened)


def test_reveal__no_signature__reverts_not_evaluator(revealing):
    owner = revealing.evaluator(0)
    for signature in ((ZERO, ZERO), (b"\1" * 32, b"\xff" * 32), (b"\xff" * 32, b"\1" * 32)):
        with reverts_with("Panels_NotEvaluator", revealing.id, "0x" + "00" * 20, owner):
            reveal(revealing, (*revealing.opened[0][:3], *signature))


def test_reveal__one_by_one_by_a_stranger__last_one_judges(revealing, mallory):
    for place in (1, 0):
        revealing.reveal(place, who=mallory)
        assert revealing.round["phase"] == REVEALING
    tx = revealing.reveal(2, who=mallory)
    judged = tx.events["Judged"]
    assert (judged["verdict"], judged["score"], judged["seated"]) == (SCORED, 900_000_000, 7)
    assert tx.events["Revealed"]["evaluator"] == revealing.evaluator(2)
    assert revealing.stage == LOCKING


def test_reveal__other_evidence_files__equal_all_the_same(committing):
    for place in range(3):
        committing.commit(place, scored(900, evidence=bytes([place]) * 32))
    committing.reveal()
    assert committing.stage == LOCKING
    assert committing.sitting["groups"] == 0


def test_reveal__same_score_from_other_evidence__no_quorum(committing):
    for place in range(3):
        committing.commit(place, scored(900, root=bytes([place + 1]) * 32))
    committing.reveal()
    assert committing.round["number"] == 2


def test_reveal__dissenter_first__quorum_of_the_others(committing):
    committing.commit(0, scored(600))
    committing.commit(1, scored(900))
    committing.commit(2, scored(900))
    committing.reveal()
    assert committing.sitting["score"] == 900_000_000
    assert committing.stage == LOCKING


def test_reveal__score_one_row_worse_than_claimed__window(committing):
    committed_to(committing, scored(899))
    committing.reveal()
    assert committing.stage == WINDOW
