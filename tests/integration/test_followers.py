"""Followers and evaluators in one process: several makers, a false claim, a key that came too late."""

import pytest

from marketplace.node.evaluator import Evaluator
from marketplace.node.follower import Follower
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from marketplace.services import submit
from marketplace.services.structs import Outcome, Stage
from tests.integration.contest_world import EVALUATORS

E = 10**18
MOST_TURNS = 20


class Daemons:
    """Everybody's daemon, each of which takes turns until it finds nothing to do."""

    def __init__(self, world, *makers, **options):
        self.world, self.said, self.roles = world, {}, {}
        for name in ("requester", *makers):
            self.add(name, Follower, **options.get(name, {}))
        for name in EVALUATORS:
            self.add(name, Evaluator)

    def add(self, name, kind, **options):
        lines = self.said.setdefault(name, [])
        report = Report(name, lines.append)
        market = self.world[name].watched(report.sent)
        self.roles[name] = kind(market, report, Patience(0.001), once=True, **options)

    def turn(self, *away):
        """Let everybody act until nobody does; return the number of steps."""
        done = 0
        for _ in range(MOST_TURNS):
            step = sum(role.turn() for name, role in self.roles.items() if name not in away)
            if not step:
                return done
            done += step
        raise AssertionError("they never end")

    def play(self, bounty, *away):
        """Go on until all is paid, moving time on whenever nobody has anything to do."""
        for _ in range(40):
            self.turn(*away)
            view = self.world.view(bounty)
            if view.stage is Stage.DONE and not view.owed:
                return view
            self.world.late(bounty)
        raise AssertionError(f"it never ends: {view}\n{self.said}")


def in_bucket(world, bounty):
    market = world["anybody"]
    return market.client.call("Vault", "bucketOf", market.address("Bounties"), bounty)


def test_follow__three_makers_and_a_false_claim__the_best_true_one_is_paid(world, tmp_path):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model, bob=world.fair_model, mallory=world.bad_model)
    before = {name: world.money(name) for name in ("alice", "bob", "mallory")}
    daemons = Daemons(world, "alice", "bob", "mallory", requester={"out": tmp_path})
    world.late(bounty)
    daemons.turn("mallory")  # rows are opened, alice and bob claim
    submit.claim_score(world["mallory"], bounty, 10**9)
    view = daemons.play(bounty)
    gains = {name: world.money(name) - before[name] for name in before}
    assert view.outcome is Outcome.PAID
    assert gains["alice"] == view.terms.reward
    assert gains["bob"] == 0
    assert gains["mallory"] < 0
    assert in_bucket(world, bounty) == 0
    (received,) = tmp_path.glob("model-0x*.bin")
    assert received.read_bytes() == world.good_model


def test_follow__model_that_reaches_no_claim__says_so_and_claims_nothing(world):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model, mallory=world.bad_model)
    daemons = Daemons(world, "alice", "mallory")
    view = daemons.play(bounty)
    assert view.outcome is Outcome.PAID
    assert [one.claimed is None for one in view.entrants].count(True) == 1
    assert any("no claim" in line for line in daemons.said["mallory"])


@pytest.mark.parametrize("cure", [True, False])
def test_follow__daemon_away_while_the_panel_waits_for_the_key(world, cure):
    """Back again it publishes the key if its user said so; else it says what to do, and the bond is lost."""
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    before = world.money("alice")
    daemons = Daemons(world, "alice", alice={"cure": cure})
    world.late(bounty)
    daemons.turn()
    world.late(bounty)
    daemons.turn("alice")
    view = world.view(bounty)
    assert view.stage is Stage.JUDGING
    left = view.panel.deadline - view.now
    world.chain.advance(left - view.lengths["committing"] // 4 + 5)
    daemons.turn("alice")
    assert world.view(bounty).stage is Stage.CURE
    daemons.turn()
    said = " ".join(daemons.said["alice"])
    assert ("publish its key, or lose the claim bond" in said) is not cure
    view = daemons.play(bounty)
    assert (view.outcome is Outcome.PAID) is cure
    assert (world.money("alice") - before == view.terms.reward) is cure
    assert in_bucket(world, bounty) == 0
