"""
challengeLinear, challengeTrees, challengeNode
├── nothing was committed, or by another: reverts Referee_NotCommitted
├── the finding is not that of the panel, or no score: reverts Referee_NotVerdict
├── the submission is not that of the candidate: reverts Referee_NotCandidate
├── the model of the row is another: reverts Referee_NotModel
├── the row is none of the contest's: reverts Referee_NotRow
├── row or node does not lead to the evidence: reverts Referee_NotEvidence
├── the row is right: reverts Referee_RowRight
├── the node is right: reverts Referee_NodeRight
├── the window is over: reverts Bounties_AfterDeadline
├── it was disproved already: reverts Referee_NotVerdict
└── row or node is wrong: the verdict is void, and its signers' bonds pay the challenger a quarter
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from marketplace.models.disputes import NodeDispute, NodeProof, find_in_tree
from tests.contracts.conftest import SEAT_BOND, reverts_with
from tests.contracts.contest_values import JUDGING, UNSCORABLE, WINDOW
from tests.contracts.referee.judged import judged, named, world_of
from tests.integration.score_lies import lies
from tests.integration.score_worlds import random_linear, random_trees


@dataclass(frozen=True)
class Kind:
    """A function that decides challenges of a score."""

    model: Callable
    lie: str
    right: Callable
    """Return a challenge of what is right in a world."""
    event: str
    refused: str
    """The error when it is right."""


def few_trees(rng):
    """Return a model of a few trees."""
    return random_trees(rng, 1, 6)


def right_node(world):
    """Return a challenge of a node that is right."""
    return NodeDispute(NodeProof(1, 0, world.tree.preimage(1, 0), world.tree.path(1, 0)), "")


ROW, NODE = ("RowDisproved", "Referee_RowRight"), ("NodeDisproved", "Referee_NodeRight")
OUTPUT = "raw output, contributions following"
LINEAR = Kind(random_linear, OUTPUT, lambda world: world.row(0), *ROW)
TREES = Kind(few_trees, "tree", lambda world: world.row(0, 0), *ROW)
KINDS = {
    "challengeLinear": LINEAR,
    "challengeTrees": TREES,
    "challengeNode": Kind(random_linear, "count of a node", right_node, *NODE),
}


@pytest.fixture(params=KINDS)
def kind(request):
    """Return each function in turn."""
    return KINDS[request.param]


@pytest.fixture
def true(kind, house, evaluators, alice, bob):
    """Return a contest whose panel told the truth."""
    world, _ = world_of(kind.model)
    return judged(house, alice, bob, world)


@pytest.fixture
def false(kind, house, evaluators, alice, bob):
    """Return a contest whose panel told one lie, all above it following, and the dispute that shows it."""
    world, rng = world_of(kind.model)
    lie = dict(lies(world, rng))[kind.lie]
    shown = find_in_tree(lie.attested, lie.tree, lie.told, lie.rows, lie.model, opened=lie.opened)
    return judged(house, alice, bob, lie), shown


def test_challenge__wrong__voids_and_slashes(house, mallory, kind, false):
    contest, dispute = false
    lie, panel = contest.contest, contest.contest.last_panel
    before = house.vault.balanceOf(mallory)
    tx = contest.challenge(dispute, mallory)
    assert tx.events[kind.event]["bountyId"] == lie.id
    assert tx.events[kind.event]["index"] == dispute.proof.index
    assert tx.events["VerdictVoided"]["challenger"] == mallory
    assert lie.stage == JUDGING
    lie.collect(mallory)
    assert house.vault.balanceOf(mallory) == before + len(panel) * (SEAT_BOND // 4)
    assert all(house.vault.bucketOf(house.operators, int(who, 16)) == 0 for who in panel)


def test_challenge__of_what_is_right__reverts_row_or_node_right(mallory, kind, true):
    dispute = kind.right(true.world)
    where = [dispute.proof.index]
    if isinstance(dispute, NodeDispute):
        where.insert(0, dispute.proof.level)
    with reverts_with(kind.refused, *where):
        true.challenge(dispute, mallory)
    assert true.contest.stage == WINDOW


def test_challenge__not_committed_or_by_another__reverts_not_committed(alice, mallory, false):
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


def test_challenge__of_another_finding__reverts_not_verdict(mallory, false):
    contest, dispute = false
    finding = contest.case()[-1]
    others = (UNSCORABLE, *finding[1:]), (finding[0], finding[1] + 1, *finding[2:]), (*finding[:3], b"x" * 32)
    for other in others:
        with named("Referee_NotVerdict"):
            contest.challenge(dispute, mallory, finding=other)
    with named("Referee_NotVerdict"):  # of a bounty that there is not
        contest.challenge(dispute, mallory, datasets=b"x" * 32)


def test_challenge__of_another_submission__reverts_not_candidate(mallory, false):
    contest, dispute = false
    submission = list(contest.case()[-2])
    submission[4] = b"x" * 32
    with reverts_with("Referee_NotCandidate", contest.contest.id, submission[0]):
        contest.challenge(dispute, mallory, submission=tuple(submission))


def test_challenge__proof_of_something_else__is_refused(mallory, kind, false):
    contest, dispute = false
    proof = dispute.proof
    path = replace(proof, path=proof.path[:-1] + bytes([proof.path[-1] ^ 1]))
    wrong = [("Referee_NotEvidence", replace(dispute, proof=path))]
    if not isinstance(dispute, NodeDispute):
        wrong.append(("Referee_NotRow", replace(dispute, proof=replace(proof, row_salt=b"x" * 32))))
    if kind is LINEAR:
        wrong.append(("Referee_NotModel", replace(dispute, model=dispute.model + b"x")))
    if kind is TREES:
        model = replace(dispute.model, prefix=dispute.model.prefix + b"x")
        wrong.append(("Referee_NotModel", replace(dispute, model=model)))
    for name, other in wrong:
        with named(name):
            contest.challenge(other, mallory)


def test_challenge__window_over__reverts_after_deadline(mallory, false):
    contest, dispute = false
    contest.contest.pass_deadline()
    with named("Bounties_AfterDeadline"):
        contest.challenge(dispute, mallory)
