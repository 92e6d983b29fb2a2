"""The index and a node that is behind what a process saw before, or dead."""

import time
from dataclasses import replace

import pytest
import requests

from marketplace.chain import Node
from marketplace.chain.index import EventIndex
from marketplace.chain.index_check import compare_all
from marketplace.errors import ChainError, NodeUnavailable
from tests.indexing import DEPLOYMENT, MadeUpChain, deposited, fill

REAL = replace(DEPLOYMENT, chain_id=5)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("marketplace.chain.rpc.BEHIND_SECONDS", 0.1)


@pytest.fixture
def chain():
    chain = MadeUpChain()
    chain.eth_chainId = lambda: hex(5)
    chain.eth_blockNumber = lambda: hex(chain.top())
    fill(chain, 30)
    return chain


@pytest.fixture
def index(tmp_path):
    return EventIndex(tmp_path / "index.db", REAL)


def another_process(index):
    return EventIndex(index._where, index.deployment)


@pytest.mark.parametrize("height", [29, 25, 3])
def test_sync__new_process_and_node_is_behind__says_so(chain, index, height):
    for top in (10, 25, 30):
        chain.height = top
        index.sync(Node(chain))
    chain.height = height
    with pytest.raises(ChainError, match=f"is behind: it is at block {height}, and .* up to 30") as caught:
        another_process(index).sync(Node(chain))
    assert "TESSERA_RPC_URL" in caught.value.hint
    assert len(str(caught.value).splitlines()) == 1
    assert index.cursor().block == 30
    assert index.cursor().rollbacks == 0


def test_sync__node_catches_up_meanwhile__is_waited_for(chain, index, monkeypatch):
    index.sync(Node(chain))
    chain.height = 25
    monkeypatch.setattr(time, "sleep", lambda _: setattr(chain, "height", None))
    assert another_process(index).sync(Node(chain))[1] == 30


@pytest.mark.parametrize("depth", [1, 5, 20])
def test_sync__reorg_to_a_lower_head__rolls_back_in_a_new_process(chain, index, depth):
    for top in range(5, 31):
        chain.height = top
        index.sync(Node(chain))
    chain.height = None
    chain.drop(depth + 1)
    for number in range(depth):  # one block lower than before
        chain.mine(deposited(amount=1), salt=f"other {number}")
    cursor, newest = another_process(index).sync(Node(chain))
    assert (cursor.block, newest, cursor.rollbacks) == (29, 29, 1)


def test_sync__local_chain_is_wound_back_by_its_owner__is_followed(chain, tmp_path):
    del chain.eth_chainId
    index = EventIndex(tmp_path / "index.db", DEPLOYMENT)
    for top in (25, 30):
        chain.height = top
        index.sync(Node(chain))
    chain.height = 25
    assert another_process(index).sync(Node(chain))[1] == 25


def test_rebuild__chain_was_wound_back__begins_anew(chain, index):
    index.sync(Node(chain))
    chain.height = 25
    assert another_process(index).rebuild(Node(chain)).block == 25


class Broken(MadeUpChain):
    """Answers no question for logs, or none at all."""

    def __init__(self, error, whole):
        super().__init__()
        self.error, self.whole = error, whole

    def make_request(self, method, params):
        self.requests.append(method)
        if self.whole or method == "eth_getLogs":
            raise self.error
        return super().make_request(method, params)


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (requests.ConnectionError("refused"), ["eth_getLogs"]),
        (requests.Timeout("slow"), ["eth_getLogs", "eth_blockNumber"]),
    ],
)
def test_compare_all__node_is_dead__is_asked_once(chain, index, error, asked):
    cursor, _ = index.sync(Node(chain))
    dead = Broken(error, whole=True)
    with pytest.raises(NodeUnavailable):
        compare_all(index, Node(dead), cursor)
    assert dead.requests == asked


def test_compare_all__node_serves_short_ranges_only__is_asked_for_those(chain, index):
    cursor, _ = index.sync(Node(chain))
    chain.most_blocks = 3
    assert compare_all(index, Node(chain), cursor) == []
