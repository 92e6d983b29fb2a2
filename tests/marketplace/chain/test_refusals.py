"""What nodes say to transactions that are sent together, and to gaps between them."""

import pytest
from fakes import ALICE, BOB, GWEI, FakeNode, history
from hexbytes import HexBytes

from marketplace.chain import ChainClient, Limits
from marketplace.chain.batch import Wish, send_many
from marketplace.chain.calls import Call
from marketplace.chain.fees import signed_fields
from marketplace.chain.journal_tables import DROPPED, MINED, PENDING
from marketplace.chain.stuck import fill_gaps
from marketplace.errors import ChainError


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(node, journal, told):
    limits = Limits(receipt_timeout_seconds=0.3, max_fee_gwei=10)
    return ChainClient(node, None, ALICE, journal, limits=limits, warn=told.append)


def wishes(count):
    return [Wish(f"pay {number}", Call(BOB, "0x", 1)) for number in range(count)]


def refuse_once(node, message, *, arrives):
    """Answer the first transaction with an error; ``arrives``: it is taken, and mined, all the same."""
    original, seen = node.eth_sendRawTransaction, []
    node.eth_getTransactionCount = lambda *_: hex(
        len({signed_fields(HexBytes(raw))["nonce"] for raw in seen})
    )

    def answer(raw):
        seen.append(raw)
        if len(seen) > 1:
            return original(raw)
        if arrives:
            original(raw)
        return {"error": {"code": -32000, "message": message}}

    node.eth_sendRawTransaction = answer
    return seen


def test_send_many__answer_gets_lost_and_receipt_comes_late__is_waited_for(journal):
    """A node behind the same address counts its nonce already, and has no receipt yet."""
    node = FakeNode(chain_id=1)
    client = ChainClient(node, None, ALICE, journal, limits=Limits(receipt_timeout_seconds=1))
    refuse_once(node, "upstream timed out", arrives=True)
    node.eth_getTransactionCount = lambda _, block: hex(len(node.receipts) if block == "latest" else 0)
    original, asked = node.eth_getTransactionReceipt, []

    def late(found):
        asked.append(found)
        return original(found) if len(asked) > 3 else None

    node.eth_getTransactionReceipt = late
    ((entry, _, _),) = send_many(client._writer(), wishes(1))
    assert (entry.nonce, len(node.receipts)) == (0, 1)
    assert [one.status for one in history(client, journal)] == [MINED]


def test_send_many__nonce_was_used_elsewhere__gets_the_next_one(client, node, journal):
    seen = refuse_once(node, "nonce too low", arrives=False)
    found = send_many(client._writer(), wishes(2))
    assert [entry.nonce for entry, _, _ in found] == [2, 1]
    assert sorted((one.nonce, one.status) for one in history(client, journal)) == [
        (0, DROPPED),
        (1, MINED),
        (2, MINED),
    ]
    assert len(seen) == 3


def test_send_many__refused_for_sure__is_not_sent_again(client, node, journal):
    seen = refuse_once(node, "intrinsic gas too low", arrives=False)
    refused, (entry, _, _) = send_many(client._writer(), wishes(2))
    assert isinstance(refused, ChainError)
    assert "intrinsic gas too low" in str(refused)
    assert (entry.nonce, len(seen)) == (1, 2)


def test_send_many__nothing_is_known_of_it__stays_pending(client, node, journal):
    node.send_error = "upstream timed out"
    (refused,) = send_many(client._writer(), wishes(1))
    assert isinstance(refused, ChainError)
    assert [one.status for one in history(client, journal)] == [PENDING]


def leave_a_gap(client, node):
    """Journal and send a transaction with a nonce above the next one."""
    sender = client._writer()
    node.mining = False
    node.eth_getTransactionCount = lambda *_: "0x0"
    entry = sender.record(sender.prepare(Call(BOB, "0x", 1)), "later", 1)
    sender.broadcast(entry, fresh=True)
    return sender


def test_fill_gaps__fees_above_the_limit__says_so_and_sends_nothing(client, node, told):
    sender = leave_a_gap(client, node)
    node.base_fee = 50 * GWEI
    fill_gaps(sender)
    assert len(node.sent) == 1
    assert "nonce 0 was left out" in told[-1]
    assert "TESSERA_MAX_FEE_GWEI" in told[-1]


def test_fill_gaps__not_taken__says_so(client, node, told):
    sender = leave_a_gap(client, node)
    node.send_error = "insufficient funds for gas"
    fill_gaps(sender)
    assert "was not taken" in told[-1]


def test_fill_gaps__fees_are_fine__an_empty_transaction_takes_it(client, node, told):
    sender = leave_a_gap(client, node)
    fill_gaps(sender)
    filled = signed_fields(next(one.raw for one in sender.waiting() if one.nonce == 0))
    assert (filled["to"], filled["value"], filled["data"]) == (ALICE.address, 0, "0x")
