"""The follower's own memory: a contest that ended is left alone, until a reorg takes its end away."""

from types import SimpleNamespace

import pytest

from marketplace.chain.rpc import Block
from marketplace.node import follower
from marketplace.node.follower import Follower
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from marketplace.services.structs import Outcome, Stage
from tests.marketplace.node.contests import RUTH, view


@pytest.fixture
def blocks():
    return [Block(0, "0x0", 0), Block(1, "0x1", 1)]


@pytest.fixture
def asked(monkeypatch):
    """The contests that each turn looked at."""
    found = []

    def load_bounties(market, wanted):
        found.append(wanted)
        return [view(Stage.DONE, outcome=Outcome.NOBODY) for _ in wanted]

    monkeypatch.setattr(follower, "load_bounties", load_bounties)
    return found


@pytest.fixture
def role(blocks):
    node = SimpleNamespace(block=lambda number=None: blocks[-1 if number is None else number])
    client = SimpleNamespace(node=node, events=lambda *_, **__: ())
    market = SimpleNamespace(client=client, account=RUTH, chain_id=1)
    market.pinned = lambda block: SimpleNamespace(block=block)
    return Follower(market, Report("bounty", print), Patience(1), named=(1,))


def test_turn__ended__is_left_alone(role, asked, blocks):
    role.turn()
    blocks.append(Block(2, "0x2", 2))
    role.turn()
    assert asked == [[1], []]


def test_turn__reorg_after_the_end__is_looked_at_again(role, asked, blocks):
    role.turn()
    blocks[-1] = Block(1, "0xother", 1)
    role.turn()
    assert asked == [[1], [1]]


def test_turn__ended_in_a_block_that_came_while_reading__is_looked_at_again_after_a_reorg(
    role, blocks, monkeypatch
):
    asked = []

    def load_bounties(market, wanted):
        if len(blocks) == 2:
            blocks.append(Block(2, "0x2", 2))
        at = getattr(market, "block", blocks[-1])
        asked.append(wanted)
        done = at.hash == "0x2"
        return [view(Stage.DONE if done else Stage.CLAIMING, outcome=Outcome.NOBODY) for _ in wanted]

    monkeypatch.setattr(follower, "load_bounties", load_bounties)
    role.turn()
    blocks[-1] = Block(2, "0xother", 2)
    role.turn()
    assert asked == [[1], [1]]
