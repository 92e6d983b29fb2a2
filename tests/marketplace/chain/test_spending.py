"""The spending limit: counted in the journal, in one step with the transaction's entry."""

import sqlite3
import threading
import time

import pytest
from eth_account import Account
from fakes import FakeNode

from marketplace.chain import ChainClient, Journal, Limits, LocalSigner
from marketplace.chain.journal_tables import DROPPED, MINED
from marketplace.chain.spending import SpendingLimits
from marketplace.errors import SpendingLimitReached

ALICE = LocalSigner(Account.from_key(bytes([1]) * 32))
E = 10**18


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.db")


def entry(journal, number, spend, limits, sender="alice"):
    return journal.record(
        network="net", sender=sender, intent=f"i{number}", nonce=number, tx_hash=f"0x{number}", raw=b"",
        gas_limit=1, spend=spend, limits=limits,
    )  # fmt: skip


def test_day__sum_of_commands__is_held(journal):
    entry(journal, 1, 60 * E, SpendingLimits(per_day=100 * E))
    with pytest.raises(SpendingLimitReached, match="limit of a day is 100"):
        entry(journal, 2, 41 * E, SpendingLimits(per_day=100 * E))
    assert len(journal.history("net", "alice")) == 1
    entry(journal, 3, 40 * E, SpendingLimits(per_day=100 * E))
    entry(journal, 4, 0, SpendingLimits(per_day=100 * E))
    entry(journal, 5, 100 * E, SpendingLimits(per_day=100 * E), sender="bob")


def test_command__its_transactions__are_added_up(journal):
    limits = SpendingLimits(per_command=10 * E)
    entry(journal, 1, 6 * E, limits)
    with pytest.raises(SpendingLimitReached, match="after 6 in this command: the limit of a command is 10"):
        entry(journal, 2, 5 * E, limits)
    entry(journal, 2, 5 * E, SpendingLimits(per_command=10 * E))


def test_amounts__beyond_64_bits__are_exact(journal):
    limits = SpendingLimits(per_day=2**128)
    entry(journal, 1, 2**128 - 1, limits)
    with pytest.raises(SpendingLimitReached):
        entry(journal, 2, 2, limits)
    entry(journal, 2, 1, limits)


def test_day__a_day_later_or_never_mined__counts_no_more(journal):
    limits = SpendingLimits(per_day=10 * E)
    first = entry(journal, 1, 10 * E, limits)
    journal.settle(first, DROPPED)
    second = entry(journal, 2, 10 * E, limits)
    journal.settle(second, MINED, block=1, gas_used=1)
    with pytest.raises(SpendingLimitReached):
        entry(journal, 3, 1, limits)
    with sqlite3.connect(journal.path) as file:
        file.execute("UPDATE transactions SET created = created - 86401")
    entry(journal, 3, 10 * E, limits)


def test_day__entries_of_the_future__still_count(journal):
    """A clock that was set back does not give the money a second time."""
    entry(journal, 1, 10 * E, SpendingLimits(per_day=10 * E))
    with sqlite3.connect(journal.path) as file:
        file.execute("UPDATE transactions SET created = created + 864000")
    with pytest.raises(SpendingLimitReached):
        entry(journal, 2, 1, SpendingLimits(per_day=10 * E))


def test_day__another_process__sees_it(journal):
    entry(journal, 1, 10 * E, SpendingLimits(per_day=10 * E))
    journal.close()
    with pytest.raises(SpendingLimitReached):
        entry(Journal(journal.path), 2, 1, SpendingLimits(per_day=10 * E))


def test_two_at_once__sum_above_the_limit__one_is_refused(journal):
    """Each from its own connection, at the same time, many times."""
    outcomes, rounds, workers = [], 10, 4
    for number in range(rounds):
        barrier = threading.Barrier(workers)

        def spend(worker, number=number, barrier=barrier):
            mine = Journal(journal.path)
            barrier.wait()
            try:
                entry(mine, 10 * number + worker, 6 * E, SpendingLimits(per_day=10 * E), sender=f"s{number}")
                outcomes.append(True)
            except SpendingLimitReached:
                outcomes.append(False)
            mine.close()

        threads = [threading.Thread(target=spend, args=(worker,)) for worker in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes.count(True) == rounds
    assert outcomes.count(False) == rounds * (workers - 1)


def test_send__above_the_limit__nothing_is_broadcast(tmp_path):
    node, journal = FakeNode(), Journal(tmp_path / "journal.db")
    sent, original = [], node.eth_sendRawTransaction
    node.eth_sendRawTransaction = lambda raw: sent.append(raw) or original(raw)
    limits = Limits(receipt_timeout_seconds=0.05, spending=SpendingLimits(per_command=10 * E))
    client = ChainClient(node, None, ALICE, journal, limits=limits)
    sender = client._writer()
    from marketplace.chain.sender import Call

    call = Call("0x" + 39 * "0" + "b", "0x", 1)
    with pytest.raises(SpendingLimitReached):
        sender.submit(call, "much", spend=11 * E)
    assert sent == []
    assert journal.history(node_network(client), ALICE.address) == []
    sender.wait(sender.submit(call, "little", spend=9 * E))
    assert len(sent) == 1
    client.check_spending(1 * E)
    with pytest.raises(SpendingLimitReached):
        client.check_spending(2 * E)
    assert sender.find("little") is not None  # repeating it sends nothing, and is not refused


def node_network(client):
    return client.node.network


def test_journal__made_before_there_were_limits__is_taken_over(tmp_path):
    path = tmp_path / "journal.db"
    Journal(path).close()
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE spending")
    journal = Journal(path)
    entry(journal, 1, E, SpendingLimits(per_day=E))
    assert [one.amount for one in journal.spent("net", "alice")] == [E]
    assert journal.spent("net", "alice", mined=True) == []
    assert journal.spent("net", "alice")[0].created <= time.time()
