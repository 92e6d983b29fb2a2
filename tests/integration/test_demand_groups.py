"""Demands where one round comes to two verdicts: with the model's key public, a liar's, then another."""

import pytest

from marketplace.errors import ContractReverted
from marketplace.services import contest, demands
from marketplace.services.accounts import conservation
from marketplace.services.structs import Outcome, Phase, Stage, Turn
from marketplace.services.truth import find_standing
from tests.integration.audit_lies import HIDDEN, answer_of_liars, row_said_wrong, said, truth
from tests.integration.contest_world import E
from tests.integration.test_demands import bucket, found_by, open_by
from tests.integration.test_public_key import attest_alone, public

BOND = 1_000 * E


def two_verdicts(world):
    """Return a contest whose verdict is a hidden lie, which a group of right ones follows; lie and groups."""
    bounty, panel = public(world)
    liar, honest, *others = sorted(panel, key=lambda one: (-len(one[1]), min(one[1])))
    lie = row_said_wrong(truth(world, bounty, world.good_model))
    told = said(world, lie, HIDDEN)
    view = attest_alone(world, bounty, [liar, honest, *others], told, None)
    assert set(find_standing(world["anybody"], view).signers) == set(liar[1])
    return bounty, lie, liar, honest


def demanded_twice(world, bounty, lie, liar):
    """Let alice and mallory demand the hidden; the liar answers mallory, and alice has the verdict void."""
    unanswered, answered = (open_by(world, name, bounty) for name in ("alice", "mallory"))
    assert answered.terms.bond == 2 * unanswered.terms.bond
    world.chain.advance(unanswered.deadline - world.view(bounty).now - 60)
    data = (demands.flat(answered.terms), answer_of_liars(lie, answered.question))
    liar.send("lie", "Referee", "answer", *data, intent="lie")
    world.chain.advance(unanswered.deadline - world.view(bounty).now + 1)
    demands.enforce(world["alice"], world.view(bounty), unanswered)
    contest.collect(world["alice"], bounty)
    return answered


def demand_of_a_stranger(world, bounty):
    """Let bob demand what is right, as alice answers it; return it."""
    mine = open_by(world, "bob", bounty)
    market, view, standing, right = found_by(world, "alice", bounty)
    demands.give_answer(market, view, standing, mine, right)
    return demands.own_demand(world["bob"], world.view(bounty))


@pytest.mark.parametrize("when", ["at once", "in the end"])
def test_demand__its_verdict_gives_way_to_another_of_the_round__bonds_go_where_they_belong(world, when):
    bounty, lie, (liar, lies), (_, rights) = two_verdicts(world)
    number = world.view(bounty).panel.number
    names = ("alice", "mallory", "bob", liar.wallet.name)
    before = {name: world.money(name) for name in names}
    gone = demanded_twice(world, bounty, lie, liar)
    view = world.view(bounty)
    assert (view.stage, view.panel.phase, view.panel.number) == (Stage.WINDOW, Phase.JUDGED, number)
    assert set(find_standing(world["anybody"], view).signers) == set(rights)
    (gone,) = (one for one in demands.load_demands(world["bob"], bounty) if one.terms == gone.terms)
    assert (gone.turn, bucket(world, bounty)) == (Turn.ANSWERED, gone.terms.bond)
    assert demands.live_demands(world["bob"], view) == ()
    assert demands.voided_bonds(world["mallory"], view) == demands.settleable(world["bob"], view) == (gone,)
    with pytest.raises(ContractReverted, match="Referee_OtherVerdict"):
        demands.ask(world["mallory"], gone, gone.question)
    if when == "at once":
        demands.settle(world["anybody"], gone)
        assert (world.money("mallory"), bucket(world, bounty)) == (before["mallory"], 0)
    bond = view.terms.reward // 16
    assert demands.bond_of(world["bob"], view) == bond  # counted anew
    assert demands.opens_until(world["bob"], view) == view.deadline
    right = demand_of_a_stranger(world, bounty)
    assert right.terms.bond == bond
    with pytest.raises(ContractReverted, match="Referee_BeforeDeadline"):
        demands.settle(world["anybody"], right)
    assert world.finish(bounty).outcome is Outcome.PAID
    for one in demands.settleable(world["anybody"], world.view(bounty)):
        demands.settle(world["anybody"], one)
    gains = {name: world.money(name) - before[name] for name in names}
    reward = view.terms.reward + view.terms.claim_bond + len(lies) * BOND // 4 + bond // 8
    assert gains == {"alice": reward, "mallory": 0, "bob": -bond, liar.wallet.name: 0}
    assert bucket(world, bounty) == 0
    assert conservation(world["anybody"]).holds
