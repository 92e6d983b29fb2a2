"""A daemon that runs while the blocks that hold what it did are removed: it does it again, and once."""

import signal

import pytest

from marketplace.services import demands
from marketplace.services.accounts import conservation
from marketplace.services.structs import Outcome, Phase, Stage
from tests.integration.contest_world import E
from tests.integration.daemons import Daemon
from tests.integration.test_audit_cli import shell
from tests.integration.test_demands import bucket, hidden_lie
from tests.integration.test_followers import Daemons

__all__ = ["shell"]
BOND = 1_000 * E
OTHERS = 1
"""Empty blocks that come in place of those that are removed."""


@pytest.fixture
def follow(shell):
    """Return a function that starts somebody's daemon."""
    started = []

    def start(name):
        started.append(Daemon(shell(name).settings, "bounty", "follow"))
        return started[-1]

    yield start
    for one in started:
        one.kill()


class Undone:
    """Lets a daemon act, takes its blocks away while it runs, and lets it act again."""

    def __init__(self, world, daemon):
        self.world, self.daemon, self.blocks = world, daemon, []

    def twice(self, done, begin):
        """Let something begin while the daemon stands still; undo what it does then, and see it again."""
        node, process = self.world.node, self.daemon.process
        process.send_signal(signal.SIGSTOP)
        begin()
        low, snapshot = node.block().number, node.request("evm_snapshot")
        process.send_signal(signal.SIGCONT)
        self.daemon.until(done)
        self.blocks.append(node.block().number - low)
        assert node.request("evm_revert", snapshot)
        for _ in range(OTHERS):
            node.request("evm_mine")
        assert not done()
        self.daemon.until(done)


def test_follow__its_blocks_are_removed_while_it_runs__ends_right_and_does_nothing_twice(world, follow):
    bounty, _ = hidden_lie(world, world.good_model)
    before, nonce, alice = world.money("alice"), world.nonce("alice"), follow("alice")
    undone = Undone(world, alice)

    def live():
        return demands.live_demands(world["anybody"], world.view(bounty))

    def is_granted():
        view = world.view(bounty)
        return view.panel.number == 2 and view.panel.phase is Phase.COMMITTING and view.panel.granted

    def is_at(stage):
        return lambda: world.view(bounty).stage is stage

    undone.twice(live, begin=lambda: None)
    (one,) = live()
    undone.twice(is_granted, begin=lambda: world.chain.advance(one.deadline - world.view(bounty).now + 1))
    others = Daemons(world)
    undone.twice(is_at(Stage.WINDOW), begin=others.turn)
    others.turn()
    undone.twice(is_at(Stage.DONE), begin=lambda: world.late(bounty))
    assert all(undone.blocks), undone.blocks
    view = world.view(bounty)
    assert view.outcome is Outcome.PAID
    assert world.money("alice") == before + 3 * BOND // 4 + view.terms.reward + view.terms.claim_bond
    assert (len(demands.load_demands(world["anybody"], bounty)), bucket(world, bounty)) == (1, 0)
    assert alice.stop() == 0
    assert "Traceback" not in alice.text()
    acts = {one["what"] for one in alice.events() if "transaction" in one}
    assert world.nonce("alice") - nonce == len(acts), alice.text()  # each of them is on the chain once
    assert conservation(world["anybody"]).holds
