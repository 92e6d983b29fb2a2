"""What nodes say to transactions that are sent together, and to gaps between them."""

import pytest
from fakes import ALICE, BOB, GWEI, FakeNode, history
from hexbytes import HexBytes

from marketplace.chain import ChainClient, Limits
from marketplace.chain.batch import Wish, send_many
from marketplace.chain.calls import Call
from marketplace.chain.fees import signed_fields
from marketplace.chain.journal_batch import Signed, record_many
from marketplace.chain.journal_tables import DROPPED, MINED, PENDING
from marketplace.chain.stuck import fill_gaps
from marketplace.errors import ChainError, NodeUnavailable


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


@pytest.fixture
def patient(node, journal, told):
    """A client that looks after what waits all the time."""
    limits = Limits(receipt_timeout_seconds=5, replace_after_seconds=0.01)
    return ChainClient(node, None, ALICE, journal, limits=limits, warn=told.append)


def test_send_many__old_one_is_refused_in_unknown_words__stops_no_other(patient, node, told):
    """Nethermind's and Besu's are in no list of ours."""
    first = patient.transfer_wei(BOB, 1, intent="first")
    node.receipts.clear()  # a reorg
    node.eth_getTransactionCount = lambda *_: hex(3 if len(node.receipts) == 3 else 0)
    original, answers = (
        node.eth_sendRawTransaction,
        [{"error": {"code": -32000, "message": "txpool is full"}}],
    )
    node.eth_sendRawTransaction = lambda raw: answers.pop() if answers else original(raw)
    found = send_many(patient._writer(), [Wish("first", Call(BOB, "0x", 1)), *wishes(2)])
    assert [before for _, _, before in found] == [True, False, False]
    assert found[0][0].tx_hash == first.tx_hash
    assert "txpool is full" in told[0]


@pytest.mark.parametrize("words", ["txpool is full", "nonce too high", "account limit exceeded"])
def test_resume__old_one_is_refused_in_unknown_words__the_next_is_sent(patient, node, journal, told, words):
    """Every command of the wallet begins with sending again what waits."""
    first = Signed("first", 0, "0x1", b"\1", 21_000)
    record_many(journal, patient.node.network, ALICE.address, [first])
    node.send_error = words
    patient._writer().resume_once()
    assert words in told[0]
    assert [one.status for one in history(patient, journal)] == [PENDING]


def test_resume__node_is_away__says_so(patient, node, journal):
    def gone(_raw):
        raise ConnectionError("gone")

    record_many(journal, patient.node.network, ALICE.address, [Signed("first", 0, "0x1", b"\1", 21_000)])
    node.eth_sendRawTransaction = gone
    with pytest.raises(NodeUnavailable):
        patient._writer().resume_once()


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
