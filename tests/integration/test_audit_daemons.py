"""Daemons audit the verdicts they see, and challenge wrong ones by themselves."""

from marketplace.node.evaluator import Evaluator
from marketplace.services import evaluate, truth
from marketplace.services.accounts import conservation
from marketplace.services.operators import list_seats
from marketplace.services.structs import Outcome, Phase, Stage
from tests.integration.audit_lies import attest, granted, lie_about, row_said_wrong, said
from tests.integration.audit_lies import truth as true_evidence
from tests.integration.contest_world import E
from tests.integration.test_followers import Daemons

BOND = 1_000 * E


def bonds(world, name):
    return sum(one.bond for one in list_seats(world[name], world[name].account))


def require_paid(world, bounty, daemons, liars, before):
    """Play on: alice had this much before she showed that her panel lied, is paid for that, and wins."""
    view = daemons.play(bounty)
    assert view.outcome is Outcome.PAID
    assert world.money("alice") == before + 3 * BOND // 4 + view.terms.reward + view.terms.claim_bond
    assert sum(2 * BOND - bonds(world, one.wallet.name) for one in liars) == 3 * BOND
    assert conservation(world["anybody"]).holds
    return " ".join(daemons.said["alice"])


def test_follow__panel_lies__its_maker_disproves_it_and_is_paid_in_the_end(world, monkeypatch):
    scored = []
    find = truth.find_truth
    monkeypatch.setattr(truth, "find_truth", lambda *args: scored.append(args[0].account) or find(*args))
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, row_said_wrong)
    liars = world.panel(bounty)
    before = world.money("alice")
    daemons = Daemons(world, "alice")
    daemons.turn()
    assert world.view(bounty).panel.number == 2
    said_by_alice = require_paid(world, bounty, daemons, liars, before)
    assert "it is disproved by row" in said_by_alice
    assert "that is right" in said_by_alice  # of the second panel
    assert scored.count(world["alice"].account) == 2  # once a verdict


def test_follow__no_time_left__is_not_filed(world):
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, row_said_wrong)
    view = world.view(bounty)
    world.chain.advance(view.deadline - view.now - 60)
    nonce = world.nonce("alice")
    daemons = Daemons(world, "alice")
    daemons.turn()
    assert world.nonce("alice") == nonce
    assert any("too little time" in one for one in daemons.said["alice"])


def test_operator__outvoted_by_liars__disproves_them(world):
    """A panel on which two places lie and one, who holds no other, does not."""
    bounty = granted(world, alice=world.good_model)
    view = world.view(bounty)
    places = {one.account: evaluate.own_places(one, view) for one in world.panel(bounty)}
    honest = next(one for one in world.panel(bounty) if len(places[one.account]) == 1)
    lie = said(world, row_said_wrong(true_evidence(world, bounty, world.good_model)))
    for one in world.panel(bounty):
        evaluate.commit(one, bounty, None if one is honest else lie)
    for one in world.panel(bounty):
        evaluate.reveal(one, bounty)
    assert world.view(bounty).stage is Stage.WINDOW
    liars = [one.wallet.name for one in world.panel(bounty) if one is not honest]
    before = world.money(honest.wallet.name)
    daemons = Daemons(world)
    daemons.turn("requester")
    assert world.view(bounty).panel.phase is Phase.DRAWING
    assert world.money(honest.wallet.name) == before + 2 * BOND // 4
    assert bonds(world, honest.wallet.name) == 2 * BOND
    assert sum(2 * BOND - bonds(world, name) for name in liars) == 2 * BOND
    told = [name for name, lines in daemons.said.items() if any("disproved" in one for one in lines)]
    assert told == [honest.wallet.name]
    assert isinstance(daemons.roles[told[0]], Evaluator)


def test_follow__right_verdict__costs_nothing(world):
    bounty = granted(world, alice=world.good_model)
    attest(world, bounty, None)
    daemons = Daemons(world, "alice")
    view = daemons.play(bounty)
    assert view.outcome is Outcome.PAID
    assert sum("that is right" in one for one in daemons.said["alice"]) == 1
    assert sum("that is right" in one for one in daemons.said["requester"]) == 1
