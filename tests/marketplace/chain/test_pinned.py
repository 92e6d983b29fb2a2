"""Reads that belong together are of one block, whatever comes meanwhile."""

import pytest
from eth_utils import to_checksum_address
from fakes import FakeNode

from marketplace.chain import ChainClient
from marketplace.errors import IndexUnavailable
from tests.indexing import DEPLOYMENT


class Moving(FakeNode):
    """A chain on which a block comes with every request; ``asked`` are the blocks of reads."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def make_request(self, method, params):
        self.height += 1
        return super().make_request(method, params)

    def eth_call(self, transaction, block):
        self.asked.append(block)
        return "0x" + 64 * "0"

    def eth_getBalance(self, address, block):
        self.asked.append(block)
        return "0x1"

    def eth_getLogs(self, wanted):
        self.asked.append(wanted["toBlock"])
        return []


@pytest.fixture
def node():
    return Moving()


def read(client):
    who = to_checksum_address(DEPLOYMENT.address("Vault"))
    client.call("Vault", "balanceOf", who)
    client.node.balance_wei(who)
    client.events("Vault", "Deposited")
    with client.at() as now:
        now.call("Vault", "balanceOf", who)
    return client.node.block().number


def test_pinned__blocks_come__every_read_is_of_one(node):
    client = ChainClient(node, DEPLOYMENT).pinned()
    assert {hex(read(client)), *node.asked} == {node.asked[0]}
    assert node.asked[0].startswith("0x")
    assert client.at(3).block.number == 3


def test_pinned__index_fails__the_client_it_came_from_does_without_it_too(node):
    told = []
    client = ChainClient(node, DEPLOYMENT, warn=told.append)
    client.index = object()

    def fails(_index):
        raise IndexUnavailable("it is broken")

    for _ in range(2):
        client.pinned().with_index(fails)
    assert len(told) == 1


def test_pinned__the_client_it_came_from__goes_on(node):
    client = ChainClient(node, DEPLOYMENT)
    pinned = client.pinned()
    assert read(client) > read(pinned)
    assert node.asked[0] == "latest"
