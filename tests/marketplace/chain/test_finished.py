"""What a process died over: found by the next one, once; settled when it is final."""

from types import SimpleNamespace

import pytest

from marketplace.chain.finished import Unfinished
from marketplace.chain.journal import Journal
from marketplace.errors import TransactionFailed

NETWORK, ME = "31337:0x1", "0xMe"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


def process(path, receipts=(), confirmations=1, fails=False):
    """Return a new process's view of the journal, on a chain that has some receipts, at block 9."""
    journal, waited = Journal(path), []

    def wait(entry):
        waited.append(entry.intent)
        journal.settle(entry, "failed" if fails else "mined", block=9, gas_used=1)
        if fails:
            raise TransactionFailed("it reverted")

    sender = SimpleNamespace(
        journal=journal,
        node=SimpleNamespace(network=NETWORK, block=lambda: SimpleNamespace(number=9)),
        signer=SimpleNamespace(address=ME),
        limits=SimpleNamespace(confirmations=confirmations),
        wait=wait,
        receipt=lambda entry: {"blockNumber": 9} if entry.intent in receipts else None,
    )
    return Unfinished(lambda: sender), journal, waited


def sent(journal, intent, nonce=0):
    fields = {"nonce": nonce, "tx_hash": f"0x{nonce}", "raw": b"", "gas_limit": 1}
    return journal.record(network=NETWORK, sender=ME, intent=intent, **fields)


def pending(journal):
    return [entry.intent for entry in journal.pending(NETWORK, ME)]


def test_take__wish_of_a_process_that_died__is_the_same_one_until_it_is_told(path):
    first, *_ = process(path)
    first.begin("deposit:40:3")
    second, *_ = process(path)
    assert second.take("deposit:41") is None
    assert second.take("deposit:40") == "deposit:40:3"
    assert second.take("deposit:40") == "deposit:40:3"  # it was not final in time
    third, *_ = process(path)  # the second died as well, before it told of it
    assert third.take("deposit:40") == "deposit:40:3"
    third.told("deposit:40:3")
    assert third.take("deposit:40") is None
    assert process(path)[0].take("deposit:40") is None


def test_take__own_wish_that_was_not_final__is_the_same_one_until_it_is_told(path):
    """A daemon's turn after the one that gave up waiting: it must not deposit twice."""
    one, *_ = process(path)
    assert one.take("join") is None
    one.begin("join:0")
    assert one.take("join") == "join:0"
    one.told("join:0")
    assert one.take("join") is None
    assert process(path)[0].take("join") is None


def test_take__pending_transaction__is_what_was_wished(path):
    _, journal, _ = process(path)
    sent(journal, "withdraw:0x2:10:7")
    assert process(path)[0].take("withdraw:0x2:10") == "withdraw:0x2:10:7"


def test_take__another_account_or_chain__is_not_ours(path):
    one, *_ = process(path)
    one.begin("join:0")
    other = process(path)[0]
    other._sender().signer.address = "0xOther"
    assert other.take("join") is None


@pytest.mark.parametrize("fails", [False, True])
def test_settle__mined_meanwhile__nothing_waits_for_ever(path, fails):
    _, journal, _ = process(path)
    sent(journal, "order:0x1")
    sent(journal, "order:0x2", 1)
    one, journal, waited = process(path, receipts=["order:0x1"], fails=fails)
    one.settle()
    assert waited == ["order:0x1"]
    assert pending(journal) == ["order:0x2"]
    assert one.take("order") == "order:0x1"  # what was left when it began


def test_settle__not_deep_enough__waits(path):
    _, journal, _ = process(path)
    sent(journal, "order:0x1")
    one, journal, waited = process(path, receipts=["order:0x1"], confirmations=2)
    one.settle()
    assert (waited, pending(journal)) == ([], ["order:0x1"])
