"""Secrets of a contest that were journalled and never sent: after their deadline nobody sees them."""

import pytest

from marketplace.chain.journal_tables import DROPPED, PENDING
from marketplace.chain.sender import Sender
from marketplace.services import request, submit
from marketplace.services.structs import Stage


def newest(market):
    client = market.client
    return client._writer().journal.history(client.node.network, market.account)[-1]


def dies(market, work, bounty, monkeypatch):
    """Do a step in a process that is killed when its transaction is journalled, and not sent yet."""

    def kill(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Sender, "broadcast", kill)
        with pytest.raises(KeyboardInterrupt):
            work(market, bounty)
    assert newest(market).status == PENDING


def keeps_its_secret(market):
    """Go on as the next process of this account does."""
    assert market.client.resume() == []
    entry = newest(market)
    assert entry.status == DROPPED
    assert not market.client._writer().has(entry.tx_hash)


def test_open_rows__killed_before_sending__not_shown_after_the_contest_lapsed(world, monkeypatch):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.late(bounty)
    requester = world["requester"]
    dies(requester, request.open_rows, bounty, monkeypatch)
    view = world.view(bounty)
    world.chain.advance(view.rows_deadline - view.now + 1)
    keeps_its_secret(requester)
    assert world.view(bounty).rows_key is None


def test_publish_key__killed_before_sending__not_shown_after_its_deadline(world, monkeypatch):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    submit.claim_score(world["alice"], bounty)
    world.close_claims(bounty)
    assert world.judge(bounty, grant=False).stage is Stage.CURE
    dies(world["alice"], submit.publish_key, bounty, monkeypatch)
    world.late(bounty)
    keeps_its_secret(world["alice"])


def test_open_rows__killed_before_sending__goes_on_in_time(world, monkeypatch):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.late(bounty)
    dies(world["requester"], request.open_rows, bounty, monkeypatch)
    assert len(world["requester"].client.resume()) == 1
    assert world.view(bounty).rows_key is not None
