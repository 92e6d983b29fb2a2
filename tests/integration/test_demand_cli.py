"""Demands as their users type them: ``bounty audit``, ``answer``, ``settle``, ``show``."""

import signal
import subprocess
import sys

from marketplace.models.demands import first_question
from marketplace.services import demands
from tests.integration.audit_lies import attest, granted
from tests.integration.contest_world import E
from tests.integration.daemons import environment
from tests.integration.deaths import code
from tests.integration.test_audit_cli import name_of, shell
from tests.integration.test_demands import bucket, found_by, hidden_lie, waive

__all__ = ["shell"]
BOND = 1000 * E // 16
KILLED_AT = (2, 5, 8, 11, 14, 18)
"""Points of its way at which the command dies, one run after the other."""


def late(world, bounty):
    """Pass the deadline of the demand's turn."""
    (one,) = demands.live_demands(world["anybody"], world.view(bounty))
    world.chain.advance(one.deadline - world.view(bounty).now + 1)


def test_audit__hidden_evidence__is_demanded_and_voided(world, shell):
    bounty, _ = hidden_lie(world, world.good_model)
    alice, one = shell("alice"), name_of(bounty)
    told = alice.json("bounty", "audit", one, "--dry-run")
    assert (told["right"], told["voided"]) == (False, None)
    assert told["demand"]["bond"] == "62.5"
    assert "leave out --dry-run" in alice.ok("bounty", "audit", one, "--dry-run")
    refused = alice.run("bounty", "audit", one, answer="n\n")
    assert refused.exit_code == 1
    for words in (
        "Demand what is below node 0",
        "62.5 tokens of yours are locked",
        "you get 750 tokens",
        "Go on?",
    ):
        assert words in refused.output
    assert world.view(bounty).panel.number == 1
    before = world.money("alice")
    assert "an answer is due until" in alice.ok("bounty", "audit", one)
    assert world.money("alice") == before - BOND
    assert "an answer is due until" in alice.ok("bounty", "audit", one)  # it waits, and asks nothing
    assert world.money("alice") == before - BOND
    assert "demand of" in alice.ok("bounty", "show", one)
    assert "bond of your demand" in alice.ok("vault", "show")
    late(world, bounty)
    assert "nobody answered what was demanded" in alice.ok("bounty", "audit", one)
    assert world.money("alice") == before + 750 * E
    assert alice.json("bounty", "show", one)["demands"] == []


def test_answer__by_hand__is_paid_after_the_window(world, shell):
    bounty = granted(world, alice=world.good_model)
    attest(world, bounty, None)
    waive(world, bounty)
    _, view, standing, right = found_by(world, "alice", bounty)
    question = first_question(demands.truth_of(view, standing, right))
    alice, one = shell("alice"), name_of(bounty)
    assert "nothing is demanded" in alice.fails("bounty", "answer", one)
    demands.open_demand(world["mallory"], view, standing.finding, question)
    assert "becomes public" in alice.run("bounty", "answer", one, answer="n\n").output
    assert "answered" in alice.ok("bounty", "answer", one)
    assert "nothing is demanded" in alice.fails("bounty", "answer", one)
    assert "no demand" in alice.fails("bounty", "settle", one)
    before = world.money("alice")
    world.chain.advance(world.view(bounty).deadline - world.view(bounty).now + 1)
    assert "bonds paid out: 1" in alice.ok("bounty", "settle", one)
    assert world.money("alice") == before + BOND // 8
    assert bucket(world, bounty) == 0


def test_settle__nobody_answered__anybody_voids_the_verdict(world, shell):
    bounty, _ = hidden_lie(world, world.good_model)
    shell("alice").ok("bounty", "audit", name_of(bounty))
    late(world, bounty)
    assert "the verdict is void" in shell("bob").ok("bounty", "settle", name_of(bounty))
    assert bucket(world, bounty) == 0


def test_audit__killed_while_it_demands__locks_one_bond(world, shell):
    """Each process dies at a point of its own; typed again, the command ends with what one run sends."""
    bounty, _ = hidden_lie(world, world.good_model)
    alice, before = shell("alice"), world.money("alice")
    command = [sys.executable, "-c", "", "bounty", "audit", name_of(bounty), "--yes"]
    kills = 0
    for point in KILLED_AT:
        command[2] = code(point)
        done = subprocess.run(
            command, env=environment(alice.settings), capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        kills += done.returncode != 0
    assert kills
    alice.ok("bounty", "audit", name_of(bounty))
    assert len(demands.load_demands(world["anybody"], bounty)) == 1
    assert world.money("alice") == before - BOND == before - bucket(world, bounty)
