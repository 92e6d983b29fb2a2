"""Daemons on a bad day: node or store away, an answer lost, asked to end as they begin, a limit reached."""

import signal
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from marketplace.chain import ChainClient, Journal, Localnet, LocalSigner, Node
from marketplace.chain.sender import Limits
from marketplace.chain.spending import SpendingLimits
from marketplace.errors import SpendingLimitReached
from marketplace.node.follower import Follower
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from tests.integration.contest_world import World
from tests.integration.daemons import Daemon, Proxy
from tests.integration.shell import citizen

PERSON = citizen


@pytest.fixture
def proxy(town):
    found = Proxy(urlsplit(town.node.web3.provider.endpoint_uri).port)
    yield found
    found.close()


@pytest.fixture
def serving(bob, proxy):
    """The seller's daemon, which knows its node by the proxy only."""
    found = Daemon(replace(bob.settings, rpc_url=proxy.url), "serve")
    found.until(found.events)
    yield found
    found.kill()


def errors(daemon):
    return [one["text"] for one in daemon.events() if one["event"] == "error"]


def sent(town, person):
    return town.node.web3.eth.get_transaction_count(person.address)


def test_serve__node_away_and_back__waits_says_so_once_and_goes_on(alice, asset, proxy, serving):
    proxy.leave()
    order = alice.json("order", "create", asset)["order"]
    serving.until(lambda: errors(serving))
    time.sleep(5)
    assert len(errors(serving)) == 1
    assert "no node answers" in errors(serving)[0]
    proxy.come_back()
    serving.until_step("settle an order")
    assert alice.json("order", "show", order)["state"] == "settled"
    assert serving.stop() == 0


def test_serve__answer_to_its_transaction_lost__is_not_sent_twice(town, bob, alice, asset, proxy, serving):
    before = sent(town, bob)
    proxy.lose_the_next_answer()
    order = alice.json("order", "create", asset)["order"]
    serving.until(proxy.is_away)
    serving.until(lambda: errors(serving))
    proxy.come_back()
    serving.until(
        lambda: len(serving.events()) > 2 and alice.json("order", "show", order)["state"] == "settled"
    )
    time.sleep(3)
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
        daemon.until(lambda: errors(daemon))
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


def test_follow__limit_is_lower_than_the_bond__ends_and_has_sent_nothing(tmp_path):
    with Localnet(tmp_path / "localnet") as state:
        world = World(Node(state.url), tmp_path).build()
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
