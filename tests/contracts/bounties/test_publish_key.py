"""Bounties.publishKey

├── the bounty is not in the cure stage → reverts Bounties_WrongStage
├── the deadline has passed → reverts Bounties_AfterDeadline; at the deadline it counts
├── the submission is not the candidate's, or changed → reverts Bounties_NotCandidate
├── the scalar is not k → reverts Bounties_WrongKey
└── else, whoever sends it, k is in the log and a fresh panel without the last one's seats judges
"""

import pytest

from marketplace.crypto.points import Point
from tests.contracts.conftest import reverts_with
from tests.contracts.contest_chain import set_next
from tests.contracts.contest_values import (
    CURE,
    DRAWING,
    JUDGING,
    KEY_PUBLIC,
    UNSCORABLE,
    plain,
    point_address,
)


@pytest.fixture
def cure(drawing):
    """Return a contest whose panel could not score."""
    drawing.fast = True
    drawing.judge(plain(UNSCORABLE))
    drawing.fast = False
    return drawing


def test_publish_key__judging__reverts_wrong_stage(drawing, bob):
    with reverts_with("Bounties_WrongStage", drawing.id, JUDGING, CURE):
        drawing.publish(bob)


def test_publish_key__at_the_deadline__counts(cure, bob):
    set_next(cure.state["deadline"])
    cure.publish(bob)


def test_publish_key__after_the_deadline__reverts_after_deadline(cure, bob):
    deadline = cure.state["deadline"]
    set_next(deadline + 1)
    with reverts_with("Bounties_AfterDeadline", cure.id, deadline + 1, deadline):
        cure.publish(bob)


def test_publish_key__anothers_submission__reverts_not_candidate(cure, dave):
    with reverts_with("Bounties_NotCandidate", cure.id, dave):
        cure.publish(dave)


def test_publish_key__changed_submission__reverts_not_candidate(cure, bob):
    changed = cure.submission(bob, contentLength=1)
    with reverts_with("Bounties_NotCandidate", cure.id, bob):
        cure.bounties.publishKey(cure.terms, changed, cure.k(bob), {"from": bob})


def test_publish_key__another_scalar__reverts_wrong_key(cure, bob):
    k = cure.k(bob) + 1
    expected = point_address(cure.submissions[bob.address][6])
    with reverts_with("Bounties_WrongKey", cure.id, Point.from_scalar(k).address(), expected):
        cure.bounties.publishKey(cure.terms, cure.submissions[bob.address], k, {"from": bob})


def test_publish_key__by_a_stranger_who_has_it__fresh_panel(cure, bob, mallory):
    before = cure.last_panel
    tx = cure.publish(bob, who=mallory)
    assert tx.events["KeyPublished"]["k"] == cure.k(bob)
    assert cure.flag(KEY_PUBLIC)
    assert (cure.stage, cure.round["phase"], cure.round["number"]) == (JUDGING, DRAWING, 2)
    cure.draw()
    assert not set(before) & set(cure.signers())
