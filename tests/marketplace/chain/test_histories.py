"""What is said of how a transaction came about."""

import pytest
from test_renew import NEW, OLD, node, send  # noqa: F401

from marketplace.chain.batch import Planned
from marketplace.chain.calls import Call
from marketplace.chain.client import ChainClient


def test_history__sent_just_now_and_asked_again__says_which(client):
    assert send(client, OLD).history == ""
    assert send(client, OLD).history == " (sent before)"


def test_history__not_stale_after_a_reorg__was_sent_before(client, node):  # noqa: F811
    send(client, OLD)
    node.reorg()
    assert send(client, NEW).history == " (sent before)"


def test_history__renewed__says_what_happened(client, node):  # noqa: F811
    send(client, OLD)
    node.reorg(OLD)
    receipt = send(client, NEW)
    assert (receipt.reused, receipt.renewed) == (True, True)
    assert receipt.history == " (sent anew: a reorg had taken it out)"


def test_history__renewed_among_many__says_what_happened(client, node, monkeypatch):  # noqa: F811
    calls = iter([OLD, NEW])
    monkeypatch.setattr(ChainClient, "_encode", lambda *_: Call("0x" + 39 * "0" + "b", next(calls)))
    planned = [Planned("do", "Vault", "approve", ())]
    client.send_many(planned)
    node.reorg(OLD)
    (receipt,) = client.send_many(planned)
    assert receipt.renewed


@pytest.mark.parametrize(("renewed", "gas"), [(False, 0), (True, 7)])
def test_report__renewed__its_gas_counts(renewed, gas):
    from marketplace.chain import Receipt
    from marketplace.node.report import Report
    from marketplace.services.market import Step

    lines = []
    report = Report("serve", lines.append, as_json=False)
    receipt = Receipt("0x1", 1, "0x2", "0x3", 7, 1, (), reused=True, renewed=renewed)
    report.sent(Step("settle an order", "0x3", receipt, "order 1"))
    assert report.gas == gas
    assert ("sent anew" if renewed else "sent before") in lines[-1]
