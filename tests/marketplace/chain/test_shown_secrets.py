"""Secrets: not shown first too late; given up while nobody has them, else sent to the end."""

import time

import pytest
from fakes import BOB, history, make_client

from marketplace.chain.batch import Wish, send_many
from marketplace.chain.calls import Call
from marketplace.chain.journal_tables import DROPPED, MINED, PENDING
from marketplace.chain.sender import Sender
from marketplace.errors import TransactionFailed

LATER, BEFORE = int(time.time()) + 3600, 1


def alone(client, until):
    """Send a secret by itself."""
    client.expire("secret", until)
    return client.transfer_wei(BOB, 5, intent="secret")


def with_others(client, until):
    """Send a secret with something else, which has no deadline."""
    found = send_many(
        client._writer(), [Wish("secret", Call(BOB, "0x", 5), until), Wish("other", Call(BOB, "0x", 6))]
    )
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


ways = pytest.mark.parametrize("send", [alone, with_others])


def status(client, journal):
    """Return what the journal holds of the secret."""
    return [one.status for one in history(client, journal) if one.intent == "secret"]


def lose(node):
    """Let a node forget what it waits with, as after a restart, and mine from now on."""
    node.pool.clear()
    node.mining = True


@ways
def test_send__too_late_when_it_is_ready__neither_journalled_nor_sent(client, node, journal, send):
    """Planning many takes minutes: what was in time when it was decided may not be now."""
    with pytest.raises(TransactionFailed, match="nothing was sent"):
        send(client, BEFORE)
    assert status(client, journal) == []
    assert [one.intent for one in history(client, journal)] == ["other"][: len(node.sent)]


def test_send__too_late_by_the_chain_alone__not_sent(client, node, journal):
    node.height = LATER  # a second a block
    with pytest.raises(TransactionFailed, match="nothing was sent"):
        alone(client, LATER)
    assert node.sent == []


@ways
def test_send__taken_by_a_node_that_lost_it__is_sent_again_though_it_is_late(client, node, journal, send):
    node.mining = False
    with pytest.raises(TransactionFailed, match="was not final"):
        send(client, LATER)
    lose(node)
    client.expire("secret", BEFORE)
    again = make_client(node, journal)
    assert again.was_sent("secret")
    again.resume()
    assert status(again, journal) == [MINED]


def test_send__refused_for_good_after_it_was_shown__may_be_sent_anew_though_it_is_late(client, node, journal):
    """It was mined and it reverted, for want of gas: everybody has read it."""
    node.status = 0
    with pytest.raises(TransactionFailed):
        alone(client, LATER)
    node.status = 1
    assert client.was_sent("secret")
    assert not alone(client, BEFORE).reused


def test_resend__mined_removed_and_killed__is_sent_again_though_it_is_late(
    client, node, journal, monkeypatch
):
    """A settlement that a reorg took out, in a process that dies just before it sends it again."""

    def kill(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(
        Sender, "note_shown", lambda *_: None, raising=False
    )  # as a journal of an older version
    first = alone(client, LATER)
    client.expire("secret", BEFORE)
    node.receipts.clear()
    with monkeypatch.context() as patch:
        patch.setattr(Sender, "broadcast", kill)
        with pytest.raises(KeyboardInterrupt):
            alone(make_client(node, journal), BEFORE)
    assert status(client, journal) == [PENDING]
    again = make_client(node, journal)
    assert again.was_sent("secret")
    assert [one.tx_hash for one in again.resume()] == [first.tx_hash]
    assert status(client, journal) == [MINED]


@ways
def test_wait__no_node_takes_it_until_it_is_late__says_why_it_is_given_up(node, journal, monkeypatch, send):
    """Not that somebody sends with the same key elsewhere: nobody does."""
    client = make_client(node, journal, replace_after_seconds=0.01, receipt_timeout_seconds=3)

    def kill(_raw):
        raise KeyboardInterrupt

    def refuse(_raw):
        client.expire("secret", BEFORE)
        return {"error": {"code": -32000, "message": "insufficient funds for gas * price + value"}}

    monkeypatch.setattr(node, "eth_sendRawTransaction", kill)
    with pytest.raises(KeyboardInterrupt):
        send(client, LATER)
    monkeypatch.setattr(node, "eth_sendRawTransaction", refuse)
    with pytest.raises(TransactionFailed, match="too little time is left"):
        send(client, LATER)
    assert status(client, journal) == [DROPPED]
