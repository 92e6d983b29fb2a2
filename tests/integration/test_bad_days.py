"""Daemons on a bad day: node or store away, an answer lost, asked to end as they begin, a limit reached."""

import signal
import time
from dataclasses import replace

import pytest

from marketplace.chain import ChainClient, Journal, LocalSigner
from marketplace.chain.sender import Limits
from marketplace.chain.spending import SpendingLimits
from marketplace.errors import SpendingLimitReached
from marketplace.node.follower import Follower
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from tests.integration.daemons import WAIT_SECONDS, Daemon
from tests.integration.faulty_node import FaultyNode, down, half_json, lost_once_then_down
from tests.integration.shell import citizen

PERSON = citizen


MANY = 3
"""Requests that fail, or turns that pass, while nothing may happen."""


@pytest.fixture
def line(town):
    found = FaultyNode(town.node.web3.provider.endpoint_uri)
    yield found
    found.stop()


@pytest.fixture
def serving(bob, line):
    """The seller's daemon, which knows its node by that line only; it has begun unless a fault has."""
    found = Daemon(replace(bob.settings, rpc_url=line.url), "serve")
    found.until_begun()
    yield found
    found.kill()


def let_turns_pass(daemon, line):
    """Wait until it has looked some times: each look is two requests at the least."""
    before = line.answered
    daemon.until(lambda: line.answered >= before + 2 * MANY)


def sent(town, person):
    return town.node.web3.eth.get_transaction_count(person.address)


def test_serve__node_away_and_back__waits_says_so_once_and_goes_on(alice, asset, line, serving):
    line.strike(down, 1)
    order = alice.json("order", "create", asset)["order"]
    serving.until(lambda: serving.errors() and line.struck >= MANY)
    assert len(serving.errors()) == 1
    assert "no node answers" in serving.errors()[0]
    line.heal()
    serving.until_step("settle an order")
    assert alice.json("order", "show", order)["state"] == "settled"
    assert serving.stop() == 0


@pytest.mark.parametrize("fault", [down, half_json], ids=lambda one: one.__name__)
def test_serve__node_is_not_well_when_it_is_started__waits_says_so_once_and_begins(
    bob, alice, asset, line, fault
):
    order = alice.json("order", "create", asset)["order"]
    line.strike(fault, 1)
    settings = replace(bob.settings, rpc_url=line.url)
    daemon, at_once = Daemon(settings, "serve"), Daemon(settings, "serve", "--once")
    try:
        daemon.until(lambda: daemon.errors() and line.struck >= MANY)
        assert len(daemon.events()) == 1
        assert at_once.process.wait(WAIT_SECONDS) == 1
        line.heal()
        daemon.until_step("settle an order")
        assert alice.json("order", "show", order)["state"] == "settled"
        assert daemon.stop() == 0
    finally:
        daemon.kill()


def test_serve__asked_to_end_while_it_waits_for_a_node__ends_at_once(bob, line):
    line.strike(down, 1)
    daemon = Daemon(replace(bob.settings, rpc_url=line.url), "serve")
    daemon.until(daemon.errors)
    assert daemon.stop() == 0
    nobody = Daemon(replace(bob.settings, rpc_url=line.url, wallet="nobody"), "serve")
    assert nobody.process.wait(WAIT_SECONDS) == 1
    assert "no wallet 'nobody'" in nobody.text()


def test_serve__answer_to_its_transaction_lost__is_not_sent_twice(town, bob, alice, asset, line, serving):
    before = sent(town, bob)
    line.strike(lost_once_then_down, 1)
    order = alice.json("order", "create", asset)["order"]
    serving.until(lambda: line.fault is down)
    serving.until(serving.errors)
    line.heal()
    assert alice.json("order", "show", order)["state"] == "settled"
    let_turns_pass(serving, line)
    assert serving.stop() == 0
    assert sent(town, bob) == before + 1
    bob.ok("serve", "--once")
    assert sent(town, bob) == before + 1


def test_serve__store_away_and_back__goes_on(town, bob, alice, asset, tmp_path):
    link, order = tmp_path / "store", alice.json("order", "create", asset)["order"]
    away = tmp_path / "nothing"
    away.mkdir()
    link.symlink_to(away)
    daemon = Daemon(replace(bob.settings, store=link), "serve")
    try:
        daemon.until(daemon.errors)
        assert alice.json("order", "show", order)["state"] == "open"
        link.unlink()
        link.symlink_to(town.folder / "store")
        daemon.until_step("settle an order")
        assert daemon.stop() == 0
    finally:
        daemon.kill()


def test_serve__asked_to_end_while_it_begins__ends_and_has_done_nothing(town, bob, asset, chance):
    """Before Python comes to our first line the signal itself ends it: -15, clean for systemd."""
    before, codes = sent(town, bob), set()
    for _ in range(4):
        daemon = Daemon(bob.settings, "serve")
        time.sleep(chance.uniform(0, 3))
        codes.add(daemon.stop(signal.SIGTERM))
        assert "Traceback" not in daemon.text()
    assert codes <= {0, -15}
    assert sent(town, bob) == before


def test_follow__limit_is_lower_than_the_bond__ends_and_has_sent_nothing(world):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    market, lines = world["alice"], []
    limits = Limits(spending=SpendingLimits(per_command=1))
    signer = LocalSigner(market.wallet.account)
    client = ChainClient(world.node, world.deployment, signer, Journal(None), limits=limits)
    report = Report("follow", lines.append)
    limited = replace(market, client=client).watched(report.sent)
    before = world.nonce("alice"), world.money("alice")
    with pytest.raises(SpendingLimitReached):
        Follower(limited, report, Patience(0.001), once=True).turn()
    assert (world.nonce("alice"), world.money("alice")) == before
    assert client._writer().waiting() == []
