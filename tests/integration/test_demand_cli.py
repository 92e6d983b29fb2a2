"""Demands as their users type them: ``bounty audit``, ``answer``, ``settle``, ``show``."""

from marketplace.models.demands import first_question
from marketplace.services import demands
from marketplace.services.structs import Phase
from tests.integration.audit_lies import attest, granted
from tests.integration.contest_world import E
from tests.integration.test_audit_cli import name_of, shell
from tests.integration.test_demands import bucket, found_by, hidden_lie, waive

__all__ = ["shell"]
BOND = 1000 * E // 16


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


def test_settle__killed_when_the_verdict_was_void__has_the_signers_pay_when_typed_again(world, shell):
    """As `test_sweep.py` found."""
    bounty, _ = hidden_lie(world, world.good_model)
    alice, bob, before = shell("alice"), shell("bob"), world.money("alice")
    alice.ok("bounty", "audit", name_of(bounty))
    late(world, bounty)
    mine = demands.own_demand(world["alice"], world.view(bounty))
    demands.enforce(world["bob"], world.view(bounty), mine)
    assert world.view(bounty).panel.phase is Phase.VOIDED
    assert "Slash who signed the void verdict" in bob.run("bounty", "settle", name_of(bounty)).output
    assert "its signers pay" in bob.ok("bounty", "settle", name_of(bounty))
    assert world.view(bounty).panel.phase is Phase.DRAWING
    assert world.money("alice") == before + 750 * E
    assert "no demand" in bob.fails("bounty", "settle", name_of(bounty))


def test_audit__void_before_the_bond_was_paid_out__takes_it_back(world, shell):
    """Killed after its challenge, or overtaken by another's: the signers had paid, the bond stayed behind."""
    bounty, _ = hidden_lie(world, world.good_model)
    alice, one, before = shell("alice"), name_of(bounty), world.money("alice")
    alice.ok("bounty", "audit", one)
    _, view, standing, right = found_by(world, "alice", bounty)
    question, mallory = first_question(demands.truth_of(view, standing, right)), world["mallory"]
    demands.open_demand(mallory, view, standing.finding, question)
    hers = demands.own_demand(mallory, world.view(bounty))
    world.chain.advance(hers.deadline - world.view(bounty).now + 1)
    demands.enforce(mallory, world.view(bounty), hers)
    assert bucket(world, bounty) == BOND
    assert "take the bond of your demand back" in alice.run("bounty", "audit", one, answer="n\n").output
    assert bucket(world, bounty) == BOND
    assert "the bond of your demand is paid out" in alice.ok("bounty", "audit", one)
    assert (world.money("alice"), bucket(world, bounty)) == (before, 0)
    assert "your demand" not in alice.ok("bounty", "audit", one)
