"""Audits of contests: what is checked with the key and without; lies are found, filed and paid for."""

from dataclasses import replace
from hashlib import sha256

import pytest

from marketplace.errors import DataError
from marketplace.models.disputes import NodeDispute, RowDispute, Withheld
from marketplace.services import challenges, contest, disproof
from marketplace.services.accounts import conservation
from marketplace.services.audit import Result, audit
from marketplace.services.structs import Outcome, Phase, Stage, Verdict
from tests.integration.audit_lies import (
    attest,
    delivered,
    granted,
    hand_in,
    judged,
    lie_about,
    other_sums,
    row_said_right,
    row_said_wrong,
)
from tests.integration.contest_world import E

BOND = 1_000 * E


def by(world, name, bounty):
    market = world[name]
    return audit(market, world.view(bounty))


def file(world, name, found, filing):
    """File a challenge; it takes no more gas than was foretold, nor much less."""
    steps = []
    voided = disproof.file_dispute(world[name].watched(steps.append), found)
    gas = sum(one.receipt.gas_used for one in steps)
    assert 0.8 * filing.gas < gas <= filing.gas
    return voided


def results(found):
    return {one.what: one.result for one in found.checks}


def test_audit__rows_closed__says_when(world):
    bounty = world.open()
    with pytest.raises(DataError, match="not open yet"):
        by(world, "alice", bounty)


def test_audit__honest_panel__is_right_for_who_holds_the_key(world):
    bounty = granted(world, alice=world.good_model)
    attest(world, bounty, None)
    delivered(world, bounty)
    for name in ("alice", "requester"):
        found = by(world, name, bounty)
        assert found.is_right is True, found.checks
        assert found.found is None
        assert set(results(found).values()) == {Result.RIGHT}
        with pytest.raises(DataError, match="nothing is wrong"):
            disproof.plan_filing(world[name], found)
    stranger = by(world, "bob", bounty)
    assert stranger.is_right is None
    assert results(stranger)["score"] is Result.OPEN
    with pytest.raises(DataError, match="without the model's key"):
        disproof.plan_filing(world["bob"], stranger)
    reader = replace(world["bob"], wallet=None)
    assert audit(reader, world.view(bounty)).is_right is None
    view = world.finish(bounty)
    assert audit(world["alice"], view).is_right is True  # of a contest that is over, too


def test_audit__score_too_low__the_maker_disproves_it_and_is_paid(world):
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, row_said_wrong)
    assert world.view(bounty).stage is Stage.WINDOW
    found = by(world, "alice", bounty)
    assert isinstance(found.found, RowDispute)
    assert found.is_right is False
    filing = disproof.plan_filing(world["alice"], found)
    assert (filing.reward, filing.burned) == (3 * BOND // 4, 9 * BOND // 4)
    assert "the whole model" in filing.public
    before, nonce = world.money("alice"), world.nonce("alice")
    voided = file(world, "alice", found, filing)
    assert (voided.challenger, voided.reward, voided.burned) == (
        world["alice"].account,
        filing.reward,
        filing.burned,
    )
    assert world.money("alice") == before + filing.reward
    assert world.nonce("alice") == nonce + 3
    assert world.view(bounty).panel.phase is Phase.DRAWING
    world.chain.mine(5)
    assert world.judge(bounty).stage is Stage.LOCKING
    delivered(world, bounty)
    assert by(world, "requester", bounty).is_right is True
    world.finish(bounty)
    assert conservation(world["anybody"]).holds


def test_audit__score_too_high_of_trees__the_requester_disproves_it(world):
    bounty = granted(world, bob=world.fair_model)
    lie_about(world, bounty, world.fair_model, row_said_right)
    delivered(world, bounty)
    found = by(world, "requester", bounty)
    assert isinstance(found.found, RowDispute)
    filing = disproof.plan_filing(world["requester"], found)
    assert "the whole model" not in filing.public
    before = world.money("requester")
    file(world, "requester", found, filing)
    assert world.money("requester") == before + filing.reward
    world.chain.mine(5)
    view = world.judge(bounty)
    assert view.stage is Stage.WINDOW  # what was claimed is true, and delivered already
    assert world.finish(bounty).outcome is Outcome.PAID
    assert conservation(world["anybody"]).holds


def test_audit__other_sums_than_the_root__need_no_file(world):
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, other_sums, digest=b"\1" * 32)
    found = by(world, "alice", bounty)
    assert isinstance(found.found, NodeDispute)
    filing = disproof.plan_filing(world["alice"], found)
    assert "nothing of the model" in filing.public
    assert file(world, "alice", found, filing).is_collected


def test_audit__hidden_evidence__is_withheld_and_says_so(world):
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, row_said_wrong, digest=b"\1" * 32)
    found = by(world, "alice", bounty)
    assert isinstance(found.found, Withheld)
    assert found.is_right is False
    with pytest.raises(DataError, match="nothing that is published shows it") as refused:
        disproof.plan_filing(world["alice"], found)
    assert "publishes that evidence" in refused.value.hint


def test_audit__killed_after_each_step__goes_on_where_it_was(world):
    bounty = granted(world, alice=world.good_model)
    attestation = lie_about(world, bounty, world.good_model, row_said_wrong)
    found = by(world, "alice", bounty)
    alice = world["alice"]
    dispute = disproof.require_disputable(alice, found)
    challenges.file_challenge(alice, bounty, attestation, dispute)
    nonce = world.nonce("alice")
    view = world.view(bounty)
    assert (view.stage, view.panel.phase) == (Stage.JUDGING, Phase.VOIDED)
    assert not disproof.load_voided(alice, bounty).is_collected
    assert disproof.collect_voided(alice, bounty).is_collected
    assert disproof.collect_voided(alice, bounty).is_collected
    assert world.nonce("alice") == nonce + 1


def test_audit__window_over__can_not_be_filed(world):
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, row_said_wrong)
    world.late(bounty)
    found = by(world, "alice", bounty)
    with pytest.raises(DataError, match="not in its window"):
        disproof.file_dispute(world["alice"], found)
    contest.finalize(world["anybody"], bounty)


def test_audit__bytes_that_are_no_model__void_their_score(world):
    """A maker and a panel agree on a file that no client takes for a model: its requester shows that."""
    mallory, bounty = world["mallory"], world.open()
    data = world.good_model + b"\0"
    hand_in(world, bounty, data, sha256(b"\3" + data).digest())
    judged(world, bounty, world.good_model)
    found = by(world, "requester", bounty)
    assert found.is_right is False
    assert found.found.why == "its bytes are no canonical linear model"
    assert disproof.harms_itself(mallory, by(world, "mallory", bounty))
    assert disproof.file_dispute(world["requester"], found).is_collected
    world.chain.mine(5)
    assert world.judge(bounty, grant=False).verdict is Verdict.UNSCORABLE
