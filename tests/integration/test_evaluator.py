"""The evaluator's view after a contest in which one was silent, one did not reveal, and others were paid."""

import pytest

from marketplace.chain import Localnet, Node, deploy_all
from marketplace.cli.operator_views import evaluator_data
from marketplace.services import contest, evaluate, operators, request, submit
from marketplace.services.evaluator import DISPROVED, NO_COMMITMENT, NO_REVEAL, load_evaluator
from tests.integration import contest_world
from tests.integration.contest_world import E, World
from tests.integration.shell import citizen


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluators")
    with Localnet(folder / "localnet") as state:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(contest_world, "deploy_all", with_referee)
            world = World(Node(state.url), folder).build()
        yield world


def with_referee(client):
    """Deploy with an ordinary account, that of anybody, in the referee's place."""
    return deploy_all(client, parameters={"referee": client.account})


def seen(world, market):
    return load_evaluator(world["anybody"], market.account)


def to_panel(world):
    """A contest whose panel is drawn and has the key."""
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    submit.claim_score(world["alice"], bounty)
    world.close_claims(bounty)
    world.draw(bounty)
    return bounty


def test_view__from_seat_to_pay__says_what_is_due(world):
    bounty = to_panel(world)
    one = world.panel(bounty)[0]
    found = seen(world, one)
    assert (found.at_risk, found.earned, found.lost) == (2000 * E, 0, 0)
    assert found.on_panels == 1000 * E * len(found.sittings)
    assert {s.due for s in found.sittings} == {"commit, once the maker has granted its key"}
    assert {s.bounty_id for s in found.sittings} == {bounty}
    submit.grant_key(world["alice"], bounty)
    assert {s.due for s in seen(world, one).sittings} == {"commit"}
    evaluate.commit(one, bounty)
    assert {s.due for s in seen(world, one).sittings} == {""}
    world.commit(bounty)
    assert {s.due for s in seen(world, one).sittings} == {"reveal"}
    for other in world.panel(bounty):
        evaluate.reveal(other, bounty)
    before = world.money("carol"), world.money("requester")
    contest_end(world, bounty)
    paid = [seen(world, other) for other in {m.account: m for m in world.markets.values()}.values()]
    earned = {v.account: v.earned for v in paid if v.earned}
    assert sum(earned.values()) == 30 * E  # three places, ten tokens each
    assert before != (world.money("carol"), world.money("requester"))
    mine = seen(world, one)
    assert mine.on_panels == 0
    assert [e.bounty_id for e in mine.earnings] == [bounty]
    assert mine.earned == 10 * E * mine.earnings[0].attested


def contest_end(world, bounty):
    deliver(world, bounty)
    world.finish(bounty)


def deliver(world, bounty):
    request.lock_delivery(world["requester"], bounty)
    submit.deliver(world["alice"], bounty)


def test_slashes__verdict_disproved__names_the_challenger(world):
    bounty = to_panel(world)
    submit.grant_key(world["alice"], bounty)
    panel = world.commit(bounty)
    for one in panel:
        evaluate.reveal(one, bounty)
    deliver(world, bounty)
    challenger = world["mallory"].account
    arguments = (world.view(bounty).terms.ref(), challenger)
    world["anybody"].client.send("Bounties", "voidVerdict", *arguments, intent="void")
    assert not any(seen(world, one).slashes for one in panel)
    contest.collect(world["anybody"], bounty)
    for one in panel:
        found = seen(world, one)
        assert {s.reason for s in found.slashes} == {f"{DISPROVED} by {challenger}"}
        assert {s.bounty_id for s in found.slashes} == {bounty}
        assert found.lost == 1000 * E * len(found.slashes)  # whole bonds
        assert found.at_risk == 2000 * E - found.lost


def test_slashes__silent_and_unrevealed__each_has_its_reason(world):
    bounty = to_panel(world)
    submit.grant_key(world["alice"], bounty)
    panel = world.panel(bounty)
    silent, *others = panel
    for one in others:
        evaluate.commit(one, bounty)
    world.late(bounty)
    contest.close_commits(world["anybody"], bounty)
    found = seen(world, silent)
    assert {s.reason for s in found.slashes} == {NO_COMMITMENT}
    assert {s.bounty_id for s in found.slashes} == {bounty}
    assert found.lost == 1000 * E // 16 * len(found.slashes)
    assert found.at_risk == 2000 * E - found.lost
    broken = [s for s in found.seats if not s.whole]
    assert broken
    # a seat whose bond is not whole can be left at once
    assert operators.leave(silent, broken[0].seat) == 1000 * E - 1000 * E // 16
    world.draw(bounty)
    committed = world.panel(bounty)
    for one in committed:
        view = world.view(bounty)
        if set(evaluate.own_places(one, view)) - view.panel.committed:
            evaluate.commit(one, bounty)
    quiet = next(m for m in committed if m.account != silent.account)
    for one in committed:
        if one.account != quiet.account:
            evaluate.reveal(one, bounty)
    world.late(bounty)
    contest.close_reveals(world["anybody"], bounty)
    assert NO_REVEAL in {s.reason for s in seen(world, quiet).slashes}
    data = evaluator_data(seen(world, quiet))
    assert data["slashes"][0]["bounty"] == f"{bounty:#066x}"
    assert data["lost"] != "0"
    assert not any(DISPROVED in s.reason for s in seen(world, quiet).slashes)


def test_command__with_and_without_seats__one_view(town):
    carol = citizen(town, "carol", tokens=2500)
    empty = carol.ok("operator", "show")
    for words in ("0 tokens in 0 seat(s)", "no seat", "on no panel", "nothing earned", "never slashed"):
        assert words in empty
    seat = carol.json("operator", "join")["seat"]
    found = carol.json("operator", "show")
    assert (found["at_risk"], found["seats"][0]["seat"], found["panels"]) == ("1000", seat, [])
    assert "after announcing it" in carol.ok("operator", "show")
    at = carol.json("operator", "leave", seat)["leave_at"]
    assert carol.json("operator", "show")["seats"][0]["leave_at"] == at
    assert "from " in carol.ok("operator", "show")
    assert any(one["seat"] == seat for one in carol.json("operator", "show", "--all"))
    town.advance(5 * 86_400)
    assert carol.json("operator", "leave", seat)["bond"] == "1000"
