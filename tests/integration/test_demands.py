"""Evidence that was hidden is demanded: opened down to the lie, or the verdict is void."""

from hashlib import sha256

import pytest

from marketplace.errors import ContractReverted, DataError
from marketplace.models import decode_model, model_hash
from marketplace.models.demands import Question, Subject, answer_model, first_question
from marketplace.services import contest, demands, submit
from marketplace.services.accounts import conservation
from marketplace.services.audit import audit
from marketplace.services.operators import list_seats
from marketplace.services.structs import Outcome, Phase, Stage, Turn, Verdict
from marketplace.services.turns import turns
from tests.integration.audit_lies import (
    HIDDEN,
    answer_of_liars,
    attest,
    granted,
    hand_in,
    judged,
    lie_about,
    row_said_wrong,
)
from tests.integration.audit_lies import truth as true_evidence
from tests.integration.contest_world import E
from tests.integration.test_followers import Daemons

BOND = 1_000 * E


def bonds(world, name):
    return sum(one.bond for one in list_seats(world[name], world[name].account))


def bucket(world, bounty):
    market = world["anybody"]
    return market.client.call("Vault", "bucketOf", market.address("Referee"), bounty)


def found_by(world, name, bounty):
    """Return what somebody who has the key finds: view, verdict and truth."""
    market, view = world[name], world.view(bounty)
    result = audit(market, view)
    return market, view, result.standing, result.truth


def open_by(world, name, bounty):
    market, view, standing, right = found_by(world, name, bounty)
    honest = demands.truth_of(view, standing, right)
    demands.open_demand(market, view, standing.finding, first_question(honest))
    return demands.own_demand(market, world.view(bounty))


def advance(world, name, bounty):
    """Do what is due of somebody's demand, as his daemon does; return what that was, or None."""
    market, view, standing, right = found_by(world, name, bounty)
    mine = demands.own_demand(market, view)
    plan = demands.plan_move(view, standing, mine, right)
    return None if plan is None else demands.take_move(market, view, standing, mine, plan)


def waive(world, bounty):
    """Let the requester post no lock: the window begins."""
    world.late(bounty)
    contest.lapse(world["anybody"], bounty)


def hidden_lie(world, model, how=row_said_wrong):
    bounty = granted(world, alice=model)
    told = true_evidence(world, bounty, model)
    lie = how(told)
    lie_about(world, bounty, model, lambda _: lie, digest=HIDDEN)
    return bounty, lie


def test_demand__nobody_answers__verdict_is_void_and_signers_pay(world):
    bounty, _ = hidden_lie(world, world.good_model)
    liars = world.panel(bounty)
    before = world.money("alice")
    one = open_by(world, "alice", bounty)
    bond = world.view(bounty).terms.reward // 16
    assert (one.turn, one.terms.bond, bucket(world, bounty)) == (Turn.ASKED, bond, bond)
    assert world.money("alice") == before - bond
    assert advance(world, "alice", bounty) is None
    world.chain.advance(one.deadline - world.view(bounty).now + 1)
    assert "void" in advance(world, "alice", bounty)
    view = world.view(bounty)
    assert (view.stage, view.panel.phase) == (Stage.JUDGING, Phase.DRAWING)
    assert world.money("alice") == before + 3 * BOND // 4
    assert sum(2 * BOND - bonds(world, liar.wallet.name) for liar in liars) == 3 * BOND
    assert bucket(world, bounty) == 0
    assert conservation(world["anybody"]).holds


@pytest.mark.parametrize("kind", ["linear", "trees"])
def test_demand__liars_answer__are_convicted_by_the_descent(world, kind):
    model = world.good_model if kind == "linear" else world.fair_model
    bounty, lie = hidden_lie(world, model)
    liars = world.panel(bounty)
    before = world.money("alice")
    open_by(world, "alice", bounty)
    for _ in range(6):
        mine = demands.own_demand(world["alice"], world.view(bounty))
        if mine is None:
            break
        if mine.turn is Turn.ASKED:
            data = answer_of_liars(lie, mine.question)
            liars[0].send(
                "answer", "Referee", "answer", demands.flat(mine.terms), data, intent=f"a{len(mine.given)}"
            )
        else:
            assert advance(world, "alice", bounty)
    assert world.view(bounty).panel.number == 2
    assert world.money("alice") == before + 3 * BOND // 4
    assert bucket(world, bounty) == 0
    assert conservation(world["anybody"]).holds


def test_demand__of_what_is_right__is_answered_and_paid_for(world):
    bounty = granted(world, alice=world.good_model)
    attest(world, bounty, None)
    waive(world, bounty)
    market, view, standing, right = found_by(world, "alice", bounty)
    honest = demands.truth_of(view, standing, right)
    mallory = world["mallory"]
    demands.open_demand(mallory, view, standing.finding, first_question(honest))
    (one,) = demands.live_demands(mallory, world.view(bounty))
    before = world.money("alice")
    demands.give_answer(market, world.view(bounty), standing, one, right)
    one = demands.own_demand(mallory, world.view(bounty))
    assert one.turn is Turn.ANSWERED
    with pytest.raises(ContractReverted, match="Referee_BeforeDeadline"):
        demands.settle(mallory, one)
    demands.ask(mallory, one, Question(Subject.LEAF, 0, 3))
    one = demands.own_demand(mallory, world.view(bounty))
    demands.give_answer(market, world.view(bounty), standing, one, right)
    world.chain.advance(world.view(bounty).deadline - world.view(bounty).now + 1)
    demands.settle(world["anybody"], one)
    assert world.money("alice") == before + 2 * (one.terms.bond // 8)
    assert bucket(world, bounty) == 0
    assert world.finish(bounty).outcome is Outcome.PAID
    assert conservation(world["anybody"]).holds


def nothing(world, model_hash, file):
    """Let mallory hand in a hash with a file that is not of it, and a panel score that all the same."""
    bounty = world.open()
    hand_in(world, bounty, file, model_hash)
    judged(world, bounty, world.good_model)
    return bounty


def test_demand__hash_of_nothing__void_and_at_most_half_is_paid(world):
    """A maker and a panel agree on the hash of nothing; the requester is delivered rubbish."""
    bounty = nothing(world, sha256(b"nobody has hashed this").digest(), world.fair_model)
    before = world.money("requester")
    daemons = Daemons(world)
    daemons.turn()
    (one,) = demands.live_demands(world["anybody"], world.view(bounty))
    assert (one.terms.demander, one.question.subject) == (world["requester"].account, Subject.MODEL)
    world.chain.advance(one.deadline - world.view(bounty).now + 1)
    daemons.turn()
    assert world.view(bounty).panel.number == 2
    assert world.money("requester") == before + 3 * BOND // 4
    assert bucket(world, bounty) == 0
    while world.view(bounty).stage is not Stage.DONE:
        world.late(bounty)
        daemons.turn()
    assert world.view(bounty).outcome is Outcome.HALVED  # it was delivered, and nobody can score it
    assert conservation(world["anybody"]).holds


def nearly_late(world, bounty):
    """Come to the end of the committing stage, where what can't be opened is called unscorable."""
    view = world.view(bounty)
    world.chain.advance(view.panel.deadline - view.now - 60)


def test_publish_key__by_the_requester__takes_the_half_from_who_delivered_rubbish(world):
    """The same, but the requester shows the key that was delivered to him: it is a false claim then."""
    bounty = nothing(world, sha256(b"nobody has hashed this").digest(), world.fair_model)
    before = world.money("requester")
    daemons = Daemons(world)
    daemons.turn()
    (one,) = demands.live_demands(world["anybody"], world.view(bounty))
    world.chain.advance(one.deadline - world.view(bounty).now + 1)
    daemons.turn()
    nearly_late(world, bounty)
    daemons.turn()  # the fresh panel was not granted the key
    assert world.view(bounty).stage is Stage.CURE
    with pytest.raises(DataError, match="the candidate is the submission of"):
        submit.publish_key(world["anybody"], bounty)
    (turn,) = turns(world.view(bounty), world["requester"].account, {})
    assert turn.command.startswith("tessera bounty publish-key")
    assert "or its maker keeps half" in " ".join(daemons.said["requester"])
    daemons = Daemons(world, requester={"cure": True})
    daemons.turn()
    assert "publish the model's key" in " ".join(daemons.said["requester"])
    nearly_late(world, bounty)
    daemons.turn()  # the next finds no model of that hash
    view = world.view(bounty)
    assert (view.stage, view.verdict) == (Stage.WINDOW, Verdict.UNSCORABLE)
    while world.view(bounty).stage is not Stage.DONE:
        world.late(bounty)
        daemons.turn()
    view = world.view(bounty)
    assert view.outcome is Outcome.NOBODY
    assert world.money("requester") >= before + view.terms.reward
    assert conservation(world["anybody"]).holds


def test_demand__model_that_there_is__is_shown_whole_or_on_eight_ways(world):
    """What was delivered is another model than the one of the hash; that one exists, and is shown."""
    for model, file, answers in (
        (world.good_model, world.fair_model, 1),
        (world.fair_model, world.good_model, 8),
    ):
        world.fresh()
        known = decode_model(model)
        bounty = nothing(world, model_hash(known), file)
        daemons = Daemons(world)
        for _ in range(answers):
            daemons.turn()
            (one,) = demands.live_demands(world["anybody"], world.view(bounty))
            assert one.turn is Turn.ASKED
            data = answer_model(known, one.question)
            world["mallory"].send(
                "show",
                "Referee",
                "answer",
                demands.flat(one.terms),
                data,
                intent=f"s{answers}{len(one.given)}",
            )
        daemons.turn()
        (one,) = demands.live_demands(world["anybody"], world.view(bounty))
        assert (one.turn, len(one.given)) == (Turn.ANSWERED, answers)
        assert len({given.question for given in one.given}) == answers
