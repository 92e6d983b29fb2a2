"""Daemons demand what is hidden, answer what is demanded of them, and go on by themselves."""

from marketplace.models.demands import Question, Subject, first_question
from marketplace.node.evaluator import Evaluator
from marketplace.services import demands
from marketplace.services.accounts import conservation
from marketplace.services.structs import Outcome, Stage, Turn
from marketplace.services.truth import find_standing
from tests.integration.audit_lies import HIDDEN, attest, granted, lie_about, row_said_right
from tests.integration.test_audit_daemons import require_paid
from tests.integration.test_demands import bucket, found_by, hidden_lie
from tests.integration.test_followers import Daemons


def live(world, bounty):
    return demands.live_demands(world["anybody"], world.view(bounty))


def late(world, bounty):
    """Pass the deadline of the first demand's turn."""
    (one, *_) = live(world, bounty)
    world.chain.advance(max(1, one.deadline - world.view(bounty).now + 1))


def test_follow__hidden_evidence__is_demanded_and_the_verdict_void(world):
    bounty, _ = hidden_lie(world, world.good_model)
    liars = world.panel(bounty)
    before = world.money("alice")
    daemons = Daemons(world, "alice")
    daemons.turn()
    (one,) = live(world, bounty)
    assert (one.terms.demander, one.turn) == (world["alice"].account, Turn.ASKED)
    nonce = world.nonce("alice")
    daemons.turn()
    assert world.nonce("alice") == nonce  # it waits
    late(world, bounty)
    daemons.turn()
    assert world.view(bounty).panel.number == 2
    said = require_paid(world, bounty, daemons, liars, before)
    assert "answered in time, or the verdict is void" in said
    assert "nobody answered what was demanded" in said
    assert bucket(world, bounty) == 0


def test_follow__score_too_high__the_requester_demands_it(world):
    bounty = granted(world, alice=world.fair_model)
    lie_about(world, bounty, world.fair_model, row_said_right, digest=HIDDEN)
    daemons = Daemons(world, "alice")
    daemons.turn()
    asked = live(world, bounty)
    assert world["requester"].account in [one.terms.demander for one in asked]
    late(world, bounty)
    daemons.turn()
    assert world.view(bounty).panel.number == 2
    assert bucket(world, bounty) == 0  # the bonds of all that demanded it
    assert conservation(world["anybody"]).holds


def demanded(world):
    """Return a contest with a right verdict of which mallory demands something, and the others' daemons."""
    bounty = granted(world, alice=world.good_model)
    attest(world, bounty, None)
    daemons = Daemons(world, "alice")
    while world.view(bounty).stage is not Stage.WINDOW:
        daemons.turn()
    _, view, standing, right = found_by(world, "alice", bounty)
    question = first_question(demands.truth_of(view, standing, right))
    demands.open_demand(world["mallory"], view, standing.finding, question)
    return bounty, daemons


def test_daemons__demand_of_what_is_right__is_answered_and_paid(world):
    bounty, daemons = demanded(world)
    mallory = world["mallory"]
    before = world.money("mallory")
    daemons.turn()
    (one,) = live(world, bounty)
    assert one.turn is Turn.ANSWERED
    demands.ask(mallory, one, Question(Subject.LEAF, 0, 5))
    daemons.turn()
    (one,) = live(world, bounty)
    assert (one.turn, len(one.given)) == (Turn.ANSWERED, 2)
    assert daemons.play(bounty).outcome is Outcome.PAID
    assert world.money("mallory") == before
    assert bucket(world, bounty) == 0
    assert conservation(world["anybody"]).holds


def test_operator__maker_away__a_signer_answers(world):
    bounty, daemons = demanded(world)
    standing = find_standing(world["anybody"], world.view(bounty))
    daemons.turn("alice", "requester")
    (one,) = live(world, bounty)
    assert one.given[0].who in standing.signers.values()
    assert isinstance(daemons.roles[world.by_address(one.given[0].who).wallet.name], Evaluator)
    said = " ".join(line for lines in daemons.said.values() for line in lines)
    assert "answer a demand" in said
