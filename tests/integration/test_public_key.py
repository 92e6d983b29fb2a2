"""With the model's key public the largest group that nobody disproves is the verdict."""

from marketplace.services import contest, evaluate, submit
from marketplace.services.accounts import conservation
from marketplace.services.operators import list_seats
from marketplace.services.structs import Outcome, Phase, Stage, Verdict
from marketplace.services.truth import find_standing
from tests.integration.audit_lies import row_said_wrong, said, truth
from tests.integration.contest_world import E
from tests.integration.test_contest import judging
from tests.integration.test_followers import Daemons

BOND = 1_000 * E


def public(world):
    """Return a contest whose candidate, alice, granted nothing and published her key, and its panel."""
    bounty = judging(world, alice=world.good_model)
    world.judge(bounty, grant=False)
    submit.publish_key(world["alice"], bounty)
    world.draw(bounty)
    view = world.view(bounty)
    panel = {one.account: (one, evaluate.own_places(one, view)) for one in world.panel(bounty)}
    return bounty, sorted(panel.values(), key=lambda pair: min(pair[1]))


def attest_alone(world, bounty, panel, *told):
    """Let the owners of the lowest places attest (None: the truth); the others commit, and never reveal."""
    for i, (one, _) in enumerate(panel):
        evaluate.commit(one, bounty, told[i] if i < len(told) else None)
    for one, _ in panel[: len(told)]:
        evaluate.reveal(one, bounty)
    view = world.view(bounty)
    if view.stage is Stage.JUDGING:
        world.late(bounty)
        assert contest.advance(world["anybody"], bounty) == "close-reveals"
    return world.view(bounty)


def bonds(one):
    return sum(seat.bond for seat in list_seats(one, one.account))


def test_judge__one_alone__is_the_verdict_and_paid(world):
    bounty, panel = public(world)
    view = attest_alone(world, bounty, panel, None)
    assert (view.stage, view.verdict) == (Stage.WINDOW, Verdict.SCORED)
    _, places = panel[0]
    assert set(find_standing(world["anybody"], view).signers) == set(places)
    assert world.finish(bounty).outcome is Outcome.PAID
    over = world.view(bounty)
    assert set(find_standing(world["anybody"], over).signers) == set(places)
    assert conservation(world["anybody"]).holds


def test_follow__lone_liar_with_k_public__is_disproved_and_the_honest_one_is_heard(world):
    bounty, panel = public(world)
    (liar, lies), (_, rights) = panel[:2]
    before = bonds(liar)
    lie = said(world, row_said_wrong(truth(world, bounty, world.good_model)))
    view = attest_alone(world, bounty, panel, lie, None)
    number = view.panel.number
    if len(lies) >= len(rights):
        assert set(find_standing(world["anybody"], view).signers) == set(lies)
    daemons = Daemons(world, "alice")
    daemons.turn()
    view = world.view(bounty)
    assert (view.stage, view.panel.phase, view.panel.number) == (Stage.WINDOW, Phase.JUDGED, number)
    if len(lies) >= len(rights):
        assert before - bonds(liar) == len(lies) * BOND
        assert any("it is disproved by" in line for lines in daemons.said.values() for line in lines)
    assert set(find_standing(world["anybody"], view).signers) == set(rights)
    view = daemons.play(bounty)
    assert view.outcome is Outcome.PAID
    assert set(find_standing(world["anybody"], view).signers) == set(rights)
    assert conservation(world["anybody"]).holds


def test_follow__lone_liar_and_nobody_else__a_fresh_panel_is_drawn(world):
    bounty, panel = public(world)
    lie = said(world, row_said_wrong(truth(world, bounty, world.good_model)))
    number = attest_alone(world, bounty, panel, lie).panel.number
    daemons = Daemons(world, "alice")
    daemons.turn()
    view = world.view(bounty)
    assert view.panel.number == number + 1
    assert daemons.play(bounty).outcome is Outcome.PAID
