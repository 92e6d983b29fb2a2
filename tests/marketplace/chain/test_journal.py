"""The journal's file, when several processes want it at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from marketplace.chain import Journal
from marketplace.chain.fees import Fees
from marketplace.chain.journal import Taken
from marketplace.chain.journal_batch import Signed, record_many
from marketplace.chain.journal_tables import DROPPED, MINED


def test_journal__opened_first_by_many_at_once__is_made_once(tmp_path):
    for attempt in range(5):
        path, together = tmp_path / str(attempt) / "journal.db", threading.Barrier(8)

        def make(path=path, together=together):
            together.wait()
            Journal(path).close()

        with ThreadPoolExecutor(8) as pool:
            for made in [pool.submit(make) for _ in range(8)]:
                made.result()


def write(journal, intent, nonce=0, tx_hash="0x01", **more):
    names = {"network": "1:0x", "sender": "0xa", "raw": b"1", "gas_limit": 21_000}
    return journal.record(intent=intent, nonce=nonce, tx_hash=tx_hash, **names, **more)


def test_record__the_bytes_of_another_intent__are_refused():
    """Two processes that do the same at once would else take one transaction for both."""
    journal = Journal(None)
    journal.settle(write(journal, "first"), MINED, block=1, gas_used=1)
    with pytest.raises(Taken):
        write(journal, "second")
    signed = [Signed("third", 1, "0x02", b"2", 21_000), Signed("second", 0, "0x01", b"1", 21_000)]
    with pytest.raises(Taken):
        record_many(journal, "1:0x", "0xa", signed)
    assert [one.intent for one in journal.history("1:0x", "0xa")] == ["first"]


def test_record__bytes_that_were_dropped__may_be_written_again():
    journal = Journal(None)
    journal.settle(write(journal, "first"), DROPPED)
    assert write(journal, "first").id == 2


def test_replace__each_version__stays_known_and_the_mined_one_is_the_entry():
    journal = Journal(None)
    first = write(journal, "pay")
    second = journal.replace(first, "0x02", b"2")
    third = journal.replace(second, "0x03", b"3")
    assert set(journal.versions(third)[1]) == {"0x01", "0x02", "0x03"}
    journal.settle(replace(third, tx_hash="0x02", raw=b"2"), MINED, block=1, gas_used=1)
    found = journal.again(first)
    assert (found.tx_hash, found.raw, found.status) == ("0x02", b"2", MINED)
    assert len(journal.versions(found)[1]) == 3


def test_replace__another_process_was_quicker__is_refused():
    journal = Journal(None)
    first = write(journal, "pay")
    journal.replace(first, "0x02", b"2")
    with pytest.raises(Taken):
        journal.replace(first, "0x03", b"3")
    journal.settle(journal.again(first), MINED, block=1, gas_used=1)
    with pytest.raises(Taken):
        journal.replace(journal.again(first), "0x03", b"3")


@pytest.mark.parametrize(
    ("old", "asked", "most", "new"),
    [
        (Fees(30, 10), (5, 1), 1000, Fees(33, 11)),  # at least 10 % on both
        (Fees(30, 10), (100, 1), 1000, Fees(211, 11)),
        (Fees(30, 10), (100, 40), 1000, Fees(240, 40)),
        (Fees(30, 10), (100, 40), 200, Fees(200, 40)),
        (Fees(30, 10), (100, 40), 90, None),  # no block would take it
        (Fees(30, 10), (5, 1), 32, None),  # no node would replace it
        (Fees(31, 0), (0, 0), 1000, Fees(35, 1)),
    ],
)
def test_raised__asked_and_most__is_what_replaces(old, asked, most, new):
    assert old.raised(*asked, most) == new
