"""Daemons of a proved bounty: who opened it and who committed to a model leave the rest to them."""

import urllib.request
from dataclasses import dataclass, field, replace

import pytest

from marketplace.chain import save_deployment
from marketplace.errors import DataError
from marketplace.models import encode_model
from marketplace.node.patience import Patience
from marketplace.node.proof_follower import ProofFollower
from marketplace.node.report import Report
from marketplace.proving.toolchain import ProvingError
from marketplace.services import proof_submit
from marketplace.services.proof_models import to_linear, to_proved
from marketplace.services.proof_structs import Turn
from tests.integration.daemons import Daemon
from tests.integration.proved_world import BOND, REWARD
from tests.integration.test_proved_liars import send

MOST_TURNS = 10


@dataclass
class Proved:
    """Tools that give a proof which was made before."""

    world: object
    broken: bool = False
    meanwhile: object = lambda: None
    asked: list = field(default_factory=list)

    def prove(self, shape, inputs):
        self.asked.append(inputs)
        if self.broken:
            raise ProvingError("the proving tools are not installed")
        self.meanwhile()
        return self.world.proof


class Daemons:
    """The daemons of some, each of which takes turns until it finds nothing to do."""

    def __init__(self, world, *names, **options):
        self.world, self.tools, self.said, self.roles = world, Proved(world), {}, {}
        for name in names:
            self.start(name, **options.get(name, {}))

    def start(self, name, **options):
        lines = self.said.setdefault(name, [])
        report = Report("proved", lines.append)
        market = self.world[name].watched(report.sent)
        self.roles[name] = ProofFollower(market, report, Patience(0.001), tools=self.tools, **options)

    def turn(self):
        """Let everybody act until nobody does; return the number of steps."""
        done = 0
        for _ in range(MOST_TURNS):
            step = sum(role.turn() for role in self.roles.values())
            if not step:
                return done
            done += step
        raise AssertionError(f"they never end: {self.said}")

    def told(self, name, words):
        """Return how often a daemon said something."""
        return sum(words in line for line in self.said[name])


@pytest.fixture
def world(built_proved):
    return built_proved.fresh()


def turn_of(world, name):
    return world.view().pledge_of(world[name].account).turn


@pytest.mark.proving
def test_follow__whole_bounty__maker_is_paid_model_received_bonds_back(world, tmp_path):
    world.commit("alice", "bob")
    daemons = Daemons(world, "requester", "alice", requester={"out": tmp_path})
    assert daemons.turn() == 0
    assert daemons.told("requester", "makers may commit until") == 1
    world.end_commits()
    daemons.turn()
    daemons.start("bob")
    daemons.turn()
    assert world.gains() == {"alice": REWARD, "requester": -REWARD}
    assert world.view().closed
    assert {one.turn for one in world.view().pledges} == {Turn.DONE}
    (received,) = tmp_path.glob("model-0x*.bin")
    width = world.coarse.width
    assert received.read_bytes() == encode_model(to_linear(to_proved(world.good), width))
    assert daemons.told("requester", "receive the model") == 1
    assert daemons.told("bob", "make the proof") == 0
    assert len(daemons.tools.asked) == 1
    assert daemons.turn() == 0
    assert not any(daemons.told(name, "error") for name in daemons.said)


@pytest.mark.proving
def test_follow__another_has_announced__waits_and_is_paid_after_him(world):
    world.commit("alice", "mallory")
    daemons = Daemons(world, "requester", "alice")
    world.end_commits()
    world.hand_out()
    proof_submit.announce(world["mallory"], world.view())
    assert daemons.turn() == 0
    assert daemons.told("alice", "alone may prove until") == 1
    assert turn_of(world, "alice") is Turn.OPENED
    world.until(world.view().on_turn.until)
    daemons.turn()
    assert world.view().winner == world["alice"].account
    world.finish()
    assert world.gains() == {"alice": REWARD, "mallory": -BOND, "requester": -REWARD}


@pytest.mark.proving
def test_follow__another_is_faster_while_it_proves__waits_without_an_error(world):
    world.commit("alice", "mallory")
    world.end_commits()
    world.hand_out()
    daemons = Daemons(world, "alice")
    daemons.tools.meanwhile = lambda: proof_submit.announce(world["mallory"], world.view())
    daemons.turn()
    assert turn_of(world, "mallory") is Turn.ANNOUNCED
    assert turn_of(world, "alice") is Turn.OPENED
    assert not daemons.told("alice", "error")
    world.until(world.view().on_turn.until)
    daemons.turn()
    assert world.view().winner == world["alice"].account
    assert len(daemons.tools.asked) == 1


def undo(*_):
    raise DataError("your announcement has 1 of 3 confirmations: a reorg may undo it")


@pytest.mark.proving
def test_follow__announcement_is_not_deep__the_proof_is_not_made_twice(world, monkeypatch):
    world.served("alice")
    daemons = Daemons(world, "alice")
    with monkeypatch.context() as patched:
        patched.setattr(proof_submit, "require_deep", undo)
        assert daemons.turn() == 0
        assert daemons.told("alice", "a reorg may undo it") == 1
        assert turn_of(world, "alice") is Turn.ANNOUNCED
    daemons.turn()
    assert len(daemons.tools.asked) == 1
    assert world.view().winner == world["alice"].account


@pytest.mark.proving
def test_follow__model_not_good_enough__says_so_once_and_announces_nothing(world):
    world.commit("mallory", model=world.bad)
    daemons = Daemons(world, "requester", "mallory")
    world.end_commits()
    daemons.turn()
    daemons.turn()
    assert turn_of(world, "mallory") is Turn.OPENED
    assert daemons.told("mallory", "no proof: the model is wrong on") == 1
    assert daemons.tools.asked == []
    world.until(world.view().proving_until)
    daemons.turn()
    assert world.view().closed
    assert turn_of(world, "mallory") is Turn.OPENED, "its own bond is burned by others"
    world.finish()
    assert world.gains() == {"mallory": -BOND}


@pytest.mark.proving
def test_follow__tools_or_model_missing__is_said_and_tried_again(world):
    world.commit("alice")
    daemons = Daemons(world, "alice")
    world.end_commits()
    world.hand_out()
    (kept,) = world["alice"].workspace().glob("committed-*.bin")
    away = kept.rename(kept.with_suffix(".away"))
    assert daemons.turn() == 0
    assert daemons.told("alice", "the model you have committed to is not in") == 1
    away.rename(kept)
    daemons.tools.broken = True
    assert daemons.turn() == 0
    assert daemons.told("alice", "the proving tools are not installed") == 1
    assert turn_of(world, "alice") is Turn.OPENED, "nothing is announced without a proof"
    daemons.tools.broken = False
    daemons.turn()
    assert world.view().winner == world["alice"].account


@pytest.mark.proving
def test_follow__declined_and_forgotten_makers__have_two_bonds(world):
    world.commit("alice", "bob")
    daemons = Daemons(world, "alice", "bob")
    world.end_commits()
    send(world["requester"], "decline", world.terms, world["alice"].account)
    daemons.turn()
    assert world.gains() == {"alice": BOND, "requester": -REWARD - 3 * BOND, "bob": -BOND}
    world.until(world.view().opening_until)
    daemons.turn()
    world.until(world.view().proving_until)
    daemons.start("requester")
    daemons.turn()
    world.finish()
    assert world.gains() == {"alice": BOND, "bob": BOND, "requester": -2 * BOND}


@pytest.mark.proving
def test_follow__nobody_commits__all_comes_back(world):
    daemons = Daemons(world, "requester")
    world.end_commits()
    assert daemons.turn() == 1
    assert (world.view().closed, world.gains()) == (True, {})


def test_follow__as_a_process__answers_and_ends_on_sigterm(town, tmp_path):
    settings, _ = town.citizen("somebody")
    save_deployment(town.proofs, tmp_path / "proofs.json")
    settings = replace(settings, deployment=tmp_path / "proofs.json")
    daemon = Daemon(settings, "proved", "follow", extra=("--listen", "127.0.0.1:0"))
    daemon.until_begun()
    (start,) = (one for one in daemon.events() if one["event"] == "start")
    port = int(start["text"].rsplit(" ", 1)[1])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        assert b"tessera_block" in answer.read()
    assert daemon.stop() == 0, daemon.text()
    assert [one["event"] for one in daemon.events()] == ["start", "stop"]
