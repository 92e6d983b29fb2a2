"""
challengeTrees
├── nothing was committed, or by another: reverts Referee_NotCommitted
├── the finding is not that of the panel, or no score: reverts Referee_NotVerdict
├── the submission is not that of the candidate: reverts Referee_NotCandidate
├── the model is another: reverts Referee_NotModel
├── the row is none of the contest's: reverts Referee_NotRow
├── the row does not lead to the evidence: reverts Referee_NotEvidence
├── the row is right: reverts Referee_RowRight
├── the window is over: reverts Bounties_AfterDeadline
├── it was disproved already: reverts Referee_NotVerdict
└── the row is wrong: the verdict is void, and its signers' bonds pay the challenger a quarter
"""

from dataclasses import replace

import pytest

from marketplace.models.disputes import find_in_tree
from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.contest_values import JUDGING, UNSCORABLE, WINDOW
from tests.contracts.referee.judged import judged, named, world_of
from tests.integration.score_lies import lies
from tests.integration.score_worlds import random_trees


def few_trees(rng):
    """Return a model of a few trees."""
    return random_trees(rng, 1, 6)


def lied(world, rng):
    """Return the world with one lie, and all above it following."""
    found = dict(lies(world, rng))
    return found["tree"]


def shown(lie):
    """Return the dispute that shows the lie."""
    return find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model, opened=lie.opened)


@pytest.fixture
def true(house, evaluators, alice, bob):
    """Return a contest whose panel told the truth, and its world."""
    world, rng = world_of(few_trees)
    return judged(house, alice, bob, world), rng


@pytest.fixture
def false(house, evaluators, alice, bob):
    """Return a contest whose panel lied, and the dispute that shows it."""
    world, rng = world_of(few_trees)
    lie = lied(world, rng)
    return judged(house, alice, bob, lie), shown(lie)


def right(world):
    """Return a challenge of what is right."""
    return world.row(0, 0)


def test_challenge_trees__wrong_row__voids_and_slashes(house, mallory, false):
    contest, dispute = false
    lie, panel = contest.contest, contest.contest.last_panel
    before = house.vault.balanceOf(mallory)
    tx = contest.challenge(dispute, mallory)
    assert tx.events["RowDisproved"]["bountyId"] == lie.id
    assert tx.events["RowDisproved"]["index"] == dispute.proof.index
    assert tx.events["VerdictVoided"]["challenger"] == mallory
    assert lie.stage == JUDGING
    lie.collect(mallory)
    assert house.vault.balanceOf(mallory) == before + len(panel) * (SEAT_BOND // 4)
    assert all(house.vault.bucketOf(house.operators, int(who, 16)) == 0 for who in panel)


def test_challenge_trees__of_what_is_right__reverts_row_right(mallory, true):
    contest, _ = true
    dispute = right(contest.world)
    where = (dispute.proof.index,)
    with reverts_with("Referee_RowRight", *where):
        contest.challenge(dispute, mallory)
    assert contest.contest.stage == WINDOW


def test_challenge_trees__not_committed_or_by_another__reverts_not_committed(alice, mallory, false):
    contest, dispute = false
    function, arguments = contest.call(dispute)
    with named("Referee_NotCommitted"):
        function(*arguments, {"from": mallory})
    with named("Referee_NotCommitted"):
        contest.challenge(dispute, mallory, committed_by=alice)
    contest.challenge(dispute, mallory)
    with named("Referee_NotCommitted"):  # forgotten once it was used
        function(*arguments, {"from": mallory})
    with named("Referee_NotVerdict"):  # there is none any more
        contest.challenge(dispute, mallory)


def test_challenge_trees__of_another_finding__reverts_not_verdict(mallory, false):
    contest, dispute = false
    finding = contest.case()[-1]
    others = (UNSCORABLE, *finding[1:]), (finding[0], finding[1] + 1, *finding[2:]), (*finding[:3], b"x" * 32)
    for other in others:
        with named("Referee_NotVerdict"):
            contest.challenge(dispute, mallory, finding=other)
    with named("Referee_NotVerdict"):  # of a bounty that there is not
        contest.challenge(dispute, mallory, datasets=b"x" * 32)


def test_challenge_trees__of_another_submission__reverts_not_candidate(mallory, false):
    contest, dispute = false
    submission = list(contest.case()[-2])
    submission[4] = b"x" * 32
    with reverts_with("Referee_NotCandidate", contest.contest.id, submission[0]):
        contest.challenge(dispute, mallory, submission=tuple(submission))


def test_challenge_trees__proof_of_something_else__is_refused(mallory, false):
    contest, dispute = false
    proof = dispute.proof
    wrong = {
        "Referee_NotEvidence": replace(proof, path=proof.path[:-1] + bytes([proof.path[-1] ^ 1])),
        "Referee_NotRow": replace(proof, row_salt=b"x" * 32),
    }
    for name, other in wrong.items():
        with named(name):
            contest.challenge(replace(dispute, proof=other), mallory)
    model = replace(dispute.model, prefix=dispute.model.prefix + b"x")
    with named("Referee_NotModel"):
        contest.challenge(replace(dispute, model=model), mallory)


def test_challenge_trees__window_over__reverts_after_deadline(mallory, false):
    contest, dispute = false
    contest.contest.pass_deadline()
    with named("Bounties_AfterDeadline"):
        contest.challenge(dispute, mallory)
