"""Many calls of one function: one is estimated, the others are tried with that, and each gets enough gas."""

import pytest
from eth_account import Account
from fakes import FakeNode

from marketplace.chain import ChainClient, Journal, Limits, LocalSigner
from marketplace.chain.batch import Wish, send_many
from marketplace.chain.calls import Call
from marketplace.chain.fees import signed_fields
from marketplace.errors import MarketplaceError

ALICE = LocalSigner(Account.from_key(bytes([1]) * 32))
BOB = "0x" + 39 * "0" + "b"
PANIC = "0x4e487b71" + f"{0x11:064x}"


class Costly(FakeNode):
    """Each call takes the gas that the last bytes of its data say; zero is refused."""

    def __init__(self):
        super().__init__()
        self.estimated, self.tried = [], []

    def needed(self, transaction):
        return int(transaction["data"][-8:], 16)

    def eth_estimateGas(self, transaction, *_):
        needed = self.needed(transaction)
        self.estimated.append(needed)
        self.revert = PANIC
        return hex(needed) if needed else self.reverted()

    def eth_call(self, transaction, *_):
        needed = self.needed(transaction)
        self.tried.append(needed)
        self.revert = PANIC
        return "0x" if needed and needed <= int(transaction["gas"], 16) else self.reverted()


@pytest.fixture
def node():
    return Costly()


@pytest.fixture
def client(node):
    return ChainClient(node, None, ALICE, Journal(None), limits=Limits(receipt_timeout_seconds=0.3))


def wishes(*needed, function="0x01020304"):
    return [Wish(f"{function} {i} {n}", Call(BOB, f"{function}{n:08x}")) for i, n in enumerate(needed)]


def gas(found):
    return [signed_fields(entry.raw)["gas"] for entry, _, _ in found]


def test_send_many__alike__one_is_estimated_and_all_have_a_margin(client, node):
    found = send_many(client._writer(), wishes(50_000, 50_900, 40_000))
    assert (node.estimated, node.tried) == ([50_000], [50_900, 40_000])
    assert all(one >= needed * 1.2 for one, needed in zip(gas(found), (50_000, 50_900, 40_000)))


def test_send_many__one_takes_far_more__is_estimated_too(client, node):
    found = send_many(client._writer(), wishes(50_000, 90_000, 50_001))
    assert node.estimated == [50_000, 90_000]
    assert gas(found)[1] >= 90_000 * 1.25


def test_send_many__other_functions__are_estimated_each(client, node):
    send_many(client._writer(), [*wishes(50_000), *wishes(90_000, function="0x05060708")])
    assert (node.estimated, node.tried) == ([50_000, 90_000], [])


@pytest.mark.parametrize("needed", [(0, 50_000, 50_001), (50_000, 0, 50_001)])
def test_send_many__one_is_refused__the_others_are_sent(client, node, needed):
    found = send_many(client._writer(), wishes(*needed))
    assert [isinstance(one, MarketplaceError) for one in found] == [not one for one in needed]
    assert len(node.sent) == 2
