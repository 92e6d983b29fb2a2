"""Transactions are journalled before they are sent, and never paid for twice."""

import time

import pytest
from fakes import ALICE, BOB, FakeNode, make_client

from marketplace.chain import ChainClient, Journal
from marketplace.chain.journal_tables import DROPPED, FAILED, MINED, PENDING
from marketplace.errors import ChainError, ContractReverted, TransactionFailed

PANIC = "0x4e487b71" + f"{0x11:064x}"


def pay(client, intent="pay", value_wei=5):
    return client.transfer_wei(BOB, value_wei, intent=intent)


def statuses(client, journal):
    return [(e.intent, e.status) for e in journal.history(client.node.network, ALICE.address)]


def test_send__plain__is_mined_and_journalled(client, node, journal):
    receipt = pay(client)
    assert (receipt.gas_used, receipt.cost_wei, receipt.block) == (40_000, 80_000 * 10**9, 6)
    assert not receipt.reused
    assert statuses(client, journal) == [("pay", MINED)]
    assert (journal.path.stat().st_mode & 0o777) == 0o600


def test_send__node_still_sorts_its_transactions__waits(client, node):
    """What geth says of a transaction that is not in its list, while that list lags behind."""
    original, lagging = node.eth_getTransactionReceipt, [True, True]
    error = {"error": {"code": -32000, "message": "transaction indexing is in progress"}}
    node.eth_getTransactionReceipt = lambda found: error if lagging and lagging.pop() else original(found)
    assert pay(client).block == 6
    assert not lagging


@pytest.mark.parametrize(
    "words",
    [
        "insufficient funds for gas * price + value: balance 0",
        "tx fee (1.45 ether) exceeds the configured cap (1.00 ether)",
        "transaction underpriced: gas tip cap 0, minimum needed 1",
        "exceeds block gas limit",
    ],
)
def test_send__refused_for_good__does_not_block_what_follows(client, node, journal, words):
    node.send_error = words
    with pytest.raises(ChainError):
        pay(client)
    assert statuses(client, journal) == [("pay", DROPPED)]
    node.send_error = None
    assert not pay(client).reused


def test_send__before_sending__is_on_disk_already(client, node, journal):
    seen = []
    original = node.eth_sendRawTransaction
    node.eth_sendRawTransaction = lambda raw: seen.append(statuses(client, journal)) or original(raw)
    pay(client)
    assert seen == [[("pay", PENDING)]]


def test_send__same_intent_again__is_not_sent_twice(client, node):
    first = pay(client)
    second = pay(client)
    assert (second.tx_hash, second.reused) == (first.tx_hash, True)
    assert len(node.sent) == 1


def test_send__same_intent_from_another_process__is_not_sent_twice(client, node, journal):
    first = pay(client)
    assert pay(make_client(node, Journal(journal.path))).tx_hash == first.tx_hash
    assert len(node.sent) == 1


def test_send__same_intent_on_a_new_local_chain__is_sent(client, node, journal):
    pay(client)
    fresh = FakeNode()
    fresh.genesis = "0x" + 64 * "b"
    assert not pay(make_client(fresh, journal)).reused


def test_send__answer_lost__is_found_by_the_next_try(client, node, journal):
    node.lose = True
    with pytest.raises(ChainError, match="no node answers"):
        pay(client)
    assert statuses(client, journal) == [("pay", PENDING)]
    node.lose = False
    assert pay(client).reused
    assert len(node.receipts) == 1
    assert statuses(client, journal) == [("pay", MINED)]


def test_resume__crashed_between_journal_and_sending__sends_it(client, node, journal):
    original, node.eth_sendRawTransaction = node.eth_sendRawTransaction, None
    with pytest.raises(TypeError):
        pay(client)
    node.eth_sendRawTransaction = original
    receipts = make_client(node, Journal(journal.path)).resume()
    assert [r.tx_hash for r in receipts] == list(node.receipts)
    assert statuses(client, journal) == [("pay", MINED)]


def test_send__crashed_before_another__fills_the_gap_first(client, node, journal):
    original, node.eth_sendRawTransaction = node.eth_sendRawTransaction, None
    with pytest.raises(TypeError):
        pay(client, "first")
    node.eth_sendRawTransaction = original
    pay(make_client(node, Journal(journal.path)), "second")
    assert len(node.receipts) == 2
    assert [e.nonce for e in journal.history(client.node.network, ALICE.address)] == [0, 1]


def test_send__never_mined__stays_pending_and_is_followed_later(client, node, journal):
    node.mining = False
    with pytest.raises(TransactionFailed, match="was not final"):
        pay(client)
    node.mine()
    assert pay(client).reused
    assert statuses(client, journal) == [("pay", MINED)]


def test_send__reorganised_away__is_sent_again(client, node, journal):
    first = pay(client)
    node.receipts.clear()
    again = pay(client)
    assert (again.tx_hash, again.reused) == (first.tx_hash, True)
    assert node.sent == [first.tx_hash, first.tx_hash]
    assert statuses(client, journal) == [("pay", MINED)]


def test_send__estimate_reverts__nothing_is_signed(client, node, journal):
    node.revert = PANIC
    with pytest.raises(ContractReverted) as caught:
        pay(client)
    assert caught.value.name == "Panic"
    assert caught.value.args_by_name == {"code": 0x11, "reason": "arithmetic overflow or underflow"}
    assert (node.sent, statuses(client, journal)) == ([], [])


def test_send__reverts_in_the_block__tells_why_and_may_be_tried_again(client, node, journal):
    node.status = 0
    original = node.eth_estimateGas
    node.eth_estimateGas = lambda *_: setattr(node, "revert", None) or original({})
    send = node.eth_sendRawTransaction
    node.eth_sendRawTransaction = lambda raw: setattr(node, "revert", PANIC) or send(raw)
    with pytest.raises(ContractReverted, match="Panic"):
        pay(client)
    assert statuses(client, journal) == [("pay", FAILED)]
    node.status = 1
    assert not pay(client).reused


def test_send__all_gas_used__says_so(client, node):
    node.status, node.gas_used = 0, 10**9
    with pytest.raises(TransactionFailed, match="ran out of gas"):
        pay(client)


def test_send__no_coin_for_gas__says_how_much(client, node, journal):
    node.balance = 1
    with pytest.raises(ChainError, match="coins for gas") as caught:
        pay(client)
    assert "faucet" in caught.value.hint
    assert statuses(client, journal) == []


def test_send__fees_above_the_limit__waits(node, journal):
    node.base_fee = 10**12
    with pytest.raises(ChainError, match="gwei a unit of gas, above 500"):
        pay(make_client(node, journal))


def test_send__nonce_was_taken_by_another_program__takes_the_next(client, node, journal):
    answers = iter(["nonce too low"])
    original = node.eth_sendRawTransaction

    def send(raw):
        node.send_error = next(answers, None)
        return original(raw)

    node.eth_sendRawTransaction = send
    pay(client)
    assert statuses(client, journal) == [("pay", DROPPED), ("pay", MINED)]


def test_send__node_refuses_for_good__is_dropped_and_may_be_tried_again(client, node, journal):
    node.send_error = "insufficient funds for gas * price + value"
    with pytest.raises(ChainError, match="not enough coin"):
        pay(client)
    node.send_error = None
    assert not pay(client).reused
    assert statuses(client, journal) == [("pay", DROPPED), ("pay", MINED)]


def test_wait__three_confirmations__waits_for_them(node, journal):
    client = make_client(node, journal, confirmations=3)
    with pytest.raises(TransactionFailed):
        pay(client)
    node.height += 2
    assert pay(client).reused


def test_client__signer_without_journal__is_a_mistake(node):
    with pytest.raises(ValueError):
        ChainClient(node, None, ALICE)


def test_send__client_only_reads__names_the_setting(node):
    with pytest.raises(ChainError, match="needs an account"):
        pay(ChainClient(node))


def test_journal__damaged_file__says_so(tmp_path):
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(ChainError, match="journal"):
        Journal(path)


def test_wait__nonce_used_but_the_node_still_sorts__is_not_given_up(node, journal):
    """Ours may be the one that used it: given up now, it would be made twice."""
    client = make_client(node, journal, replace_after_seconds=0.01, receipt_timeout_seconds=30)
    original, lagging = node.eth_getTransactionReceipt, [True] * 8
    error = {"error": {"code": -32000, "message": "transaction indexing is in progress"}}
    node.eth_getTransactionReceipt = lambda found: error if lagging and lagging.pop() else original(found)
    assert pay(client).block == 6
    assert statuses(client, journal) == [("pay", MINED)]


def test_send__refused_the_second_time__is_kept_as_others_may_have_it(client, node, journal):
    """What was sent once may lie in another node's pool: given up now, it could be made twice."""
    node.mining = False
    with pytest.raises(TransactionFailed, match="was not final"):
        pay(client)
    node.pool.clear()
    node.send_error = "insufficient funds for gas * price + value"
    again = make_client(node, journal)
    with pytest.raises(TransactionFailed, match="was not final"):
        pay(again)
    assert statuses(client, journal) == [("pay", PENDING)]
    node.send_error, node.mining = None, True
    assert pay(make_client(node, journal)).reused
    assert len(node.receipts) == 1


@pytest.mark.parametrize(
    ("chain", "later", "status"), [(31337, 0, DROPPED), (1, 6, PENDING), (1, 7, DROPPED)]
)
def test_resume__nonce_used_and_no_receipt__is_given_up_once_no_node_can_lag_so_far(
    node, journal, chain, later, status
):
    """The receipt may be asked of a node that is behind the one that counted: given up, it is paid twice."""
    node.chain_id = chain
    client = make_client(node, journal)
    node.mining = False
    with pytest.raises(TransactionFailed, match="was not final"):
        pay(client)
    node.height += 1
    used_in = node.height
    node.height += later
    node.eth_getTransactionCount = lambda _address, block: hex(
        block in ("latest", "pending") or int(block, 16) >= used_in
    )
    make_client(node, journal).resume()
    assert statuses(client, journal) == [("pay", status)]


def test_resume__several_are_never_mined__are_waited_for_together(node, journal):
    node.mining = False
    node.eth_getTransactionCount = lambda *_: "0x0"
    for number in range(5):
        with pytest.raises(TransactionFailed, match="was not final"):
            pay(make_client(node, journal), f"pay {number}")
    client = make_client(node, journal, receipt_timeout_seconds=1)
    began = time.monotonic()
    assert client.resume() == []
    assert 1 <= time.monotonic() - began < 4
