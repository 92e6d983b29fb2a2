"""What a reorg took out and would be refused now is sent anew, once, and never where that could cost more."""

import time

import pytest
from fakes import BOB, FakeNode, history

from marketplace.chain.batch import Wish, send_many
from marketplace.chain.fees import signed_fields
from marketplace.chain.journal_tables import MINED
from marketplace.chain.sender import Call
from marketplace.errors import ContractReverted

PANIC = "0x4e487b71" + f"{0x11:064x}"
OLD, NEW, OTHER = "0x0a", "0x0b", "0x0c"


class PickyNode(FakeNode):
    """Refuses calls with some data; ``raws`` are what it was sent."""

    def __init__(self):
        super().__init__()
        self.refused, self.raws, self.known = set(), [], False

    def eth_call(self, transaction, *_):
        self.revert = PANIC
        return self.reverted() if transaction["data"] in self.refused else "0x"

    def eth_estimateGas(self, transaction, *_):
        refused = self.eth_call(transaction)
        return refused if isinstance(refused, dict) else hex(self.estimate)

    def eth_sendRawTransaction(self, raw):
        self.raws.append(bytes.fromhex(raw[2:]) if isinstance(raw, str) else bytes(raw))
        return super().eth_sendRawTransaction(raw)

    def eth_getTransactionByHash(self, found):
        answer = super().eth_getTransactionByHash(found)
        return {"hash": found} if answer is None and self.known else answer

    def data(self):
        """Return nonce and data of all that was sent, in order."""
        return [(one["nonce"], one["data"]) for one in map(signed_fields, self.raws)]

    def reorg(self, *refused):
        """Lose every block; refuse some data from now on."""
        self.receipts.clear()
        self.raws.clear()
        self.refused = set(refused)


@pytest.fixture
def node():
    return PickyNode()


def send(client, data, intent="do", spend=0):
    return client.wait(client._submit(lambda: Call(BOB, data), intent, spend))


def test_send__stale_after_a_reorg__goes_anew_with_its_nonce_in_one_entry(client, node, journal):
    send(client, OLD)
    node.reorg(OLD)
    assert send(client, NEW).reused
    assert node.data() == [(0, NEW)]
    (entry,) = history(client, journal)
    assert (entry.status, entry.tx_hash) == (MINED, node.sent[-1])
    assert len(journal.versions(entry)[entry.id]) == 2


def test_send__stale_but_mined_after_all__counts(client, node, journal):
    """Another node had it still; both have one nonce."""
    old = send(client, OLD)
    receipts = dict(node.receipts)
    node.reorg(OLD)
    node.mining = False
    submitted = client._submit(lambda: Call(BOB, NEW), "do")
    node.pool.clear()
    node.receipts.update(receipts)
    assert client.wait(submitted).tx_hash == old.tx_hash
    assert [(one.status, one.tx_hash) for one in history(client, journal)] == [(MINED, old.tx_hash)]


def test_send__not_stale__is_sent_again_as_it_was(client, node):
    send(client, OLD)
    node.reorg()
    send(client, NEW)
    assert node.data() == [(0, OLD)]


def test_send__refused_then_and_now__costs_nothing_and_may_come_later(client, node, journal):
    old = send(client, OLD)
    node.reorg(OLD, NEW)
    with pytest.raises(ContractReverted, match="Panic"):
        send(client, NEW)
    assert (node.raws, [one.status for one in history(client, journal)]) == ([], [MINED])
    node.refused.clear()
    assert send(client, NEW).tx_hash == old.tx_hash


def test_send__others_come_before_it__is_sent_again_as_it_was(client, node):
    send(client, OTHER, "before")
    send(client, OLD)
    node.reorg(OLD, NEW)
    node.mining = False
    client._submit(lambda: Call(BOB, NEW), "do")
    assert node.data() == [(1, OLD)]


def test_send__node_has_it__is_not_sent_anew(client, node):
    send(client, OLD)
    node.reorg(OLD)
    node.known = True
    send(client, NEW)
    assert node.data() == [(0, OLD)]


@pytest.mark.parametrize(("seconds", "sent"), [(-1, OLD), (1000, NEW)])
def test_send__it_shows_a_secret__is_sent_anew_only_in_time(client, node, seconds, sent):
    send(client, OLD)
    client.expire("do", int(time.time()) + seconds)
    node.reorg(OLD)
    send(client, NEW)
    assert node.data() == [(0, sent)]


def test_send__it_spends__is_sent_again_as_it_was(client, node):
    send(client, OLD, spend=5)
    node.reorg(OLD)
    send(client, NEW, spend=50)
    assert node.data() == [(0, OLD)]


@pytest.mark.parametrize("call", [Call(BOB, NEW, 7), Call("0x" + 39 * "0" + "c", NEW)])
def test_send__another_is_called_or_paid__is_sent_again_as_it_was(client, node, call):
    send(client, OLD)
    node.reorg(OLD)
    client.wait(client._submit(lambda: call, "do"))
    assert node.data() == [(0, OLD)]


def test_send_many__one_is_stale_and_one_refused__the_others_go_on(client, node):
    names = ["stale", "refused", "sound"]
    data = ["0x01", "0x02", "0x03"]
    send_many(client._writer(), [Wish(name, Call(BOB, one)) for name, one in zip(names, data)])
    node.reorg("0x01", "0x02")
    wishes = [Wish(name, Call(BOB, one)) for name, one in zip(names, ["0x11", "0x02", "0x03"])]
    _, refused, _ = send_many(client._writer(), wishes)
    assert isinstance(refused, ContractReverted)
    assert node.data() == [(0, "0x11"), (2, "0x03")]


def test_send_many__refused_at_its_turn__is_told_and_stops_no_other(client, node, journal):
    send_many(client._writer(), [Wish("refused", Call(BOB, OLD))])
    node.reorg(OLD)
    refused, _ = send_many(
        client._writer(), [Wish("refused", Call(BOB, OLD)), Wish("other", Call(BOB, OTHER))]
    )
    assert isinstance(refused, ContractReverted)
    assert node.data() == [(0, OTHER)]
    assert [(one.intent, one.status) for one in history(client, journal)] == [
        ("refused", MINED),
        ("other", MINED),
    ]
