"""``tessera serve`` as a process: a whole sale, many orders at once, stopping, a second one."""

import json
import urllib.error
import urllib.request

import pytest

from marketplace.services import buy, catalog
from marketplace.services.market import Market
from tests.integration.daemons import WAIT_SECONDS, Daemon
from tests.integration.shell import citizen

PERSON = citizen

ORDERS = 12
COIN = 10**18


@pytest.fixture
def running():
    """Daemons that are ended with the test."""
    found = []

    def start(*args, **options):
        found.append(Daemon(*args, **options))
        return found[-1]

    yield start
    for one in found:
        one.kill()


def free(person):
    return float(person.json("vault", "show")["free"])


def test_serve__order__is_settled_collected_and_claimed(town, bob, alice, asset, table, tmp_path, running):
    order = alice.json("order", "create", asset)["order"]
    daemon = running(bob.settings, "serve", "--listen", "127.0.0.1:0")
    daemon.until_step("settle an order")
    alice.ok("order", "receive", order, "--out", tmp_path / "bought.csv")
    assert (tmp_path / "bought.csv").read_bytes() == table.read_bytes()
    town.advance(2 * 86_400)
    daemon.until_step("claim income")
    port = int(daemon.events()[0]["text"].rpartition(" ")[2])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=WAIT_SECONDS) as answer:
        assert json.load(answer)["status"] == "ok"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_SECONDS) as answer:
        text = answer.read().decode()
    assert 'tessera_steps_total{role="serve",step="settle an order"} 1.0' in text
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/else", timeout=WAIT_SECONDS)
    assert daemon.stop() == 0
    assert daemon.events()[-1]["event"] == "stop"
    assert free(bob) == 10
    assert daemon.steps() == ["settle an order", "collect income", "claim income"]


def test_serve__many_orders__one_pass_settles_all_and_leaves_who_is_not_accepted(town, bob, asset, running):
    buyers = [town.person("alice") for _ in range(ORDERS)]
    mallory = town.person("mallory")
    for buyer in (*buyers, mallory):
        buy.order(buyer, catalog.find_asset(buyer, asset))
    bob.ok("asset", "buyers", asset, "add", *(one.account for one in buyers))
    data = [json.loads(line) for line in bob.ok("serve", "--once", "--json").splitlines()]
    settled = [one for one in data if one.get("what") == "settle an order"]
    assert len({one["transaction"] for one in settled}) == ORDERS
    assert all(one["subject"].startswith("order 0x") for one in settled)
    (left,) = [one for one in data if one["event"] == "error"]
    assert mallory.account in left["error"]
    states = {s.order.buyer: s.state for s in catalog.list_orders(mallory, asset_id=int(asset, 16))}
    assert states.pop(mallory.account) is catalog.OrderState.OPEN
    assert set(states.values()) == {catalog.OrderState.SETTLED}


def test_serve__too_late__never_shows_its_key(town, bob, alice, asset):
    order = alice.json("order", "create", asset)["order"]
    town.advance(3600 - 100)
    assert "too little time" in bob.ok("serve", "--once")
    assert alice.json("order", "show", order)["state"] == "open"
    town.advance(101)
    bob.ok("serve", "--once")
    alice.ok("order", "refund", order)


def test_serve__second_one_of_a_wallet__is_refused(bob, asset, running):
    daemon = running(bob.settings, "serve")
    daemon.until(lambda: daemon.events())
    assert "does this" in bob.fails("serve", "--once")
    assert daemon.stop() == 0


def test_serve__journalled_and_killed__not_sent_after_the_deadline(town, bob, alice, asset):
    order = alice.json("order", "create", asset)["order"]
    code = (
        "import os; from marketplace.chain import batch; "
        "batch._broadcast = lambda *_: os.kill(os.getpid(), 9); "
        "from marketplace.cli import main; main()"
    )
    daemon = Daemon(bob.settings, "serve", "--once", code=code)
    assert daemon.process.wait(WAIT_SECONDS) == -9
    market = Market.connect(bob.settings)
    nonce = market.client.node.web3.eth.get_transaction_count(bob.address)
    town.advance(3600)
    bob.ok("serve", "--once")
    assert market.client.node.web3.eth.get_transaction_count(bob.address) == nonce
    alice.ok("order", "refund", order)
    second = alice.json("order", "create", asset)["order"]
    bob.ok("serve", "--once")
    assert alice.json("order", "show", second)["state"] == "settled"


def test_serve__settlement_removed_and_killed_before_it_is_sent_again__is_sent_to_the_last_moment(
    town, bob, alice, asset
):
    order = alice.json("order", "create", asset)["order"]
    snapshot = town.node.request("evm_snapshot")
    bob.ok("serve", "--once")
    town.node.request("evm_revert", snapshot)
    code = (
        "import os; from marketplace.chain.sender import Sender; "
        "Sender.broadcast = lambda *_, **__: os.kill(os.getpid(), 9); "
        "from marketplace.cli import main; main()"
    )
    daemon = Daemon(bob.settings, "serve", "--once", code=code)
    assert daemon.process.wait(WAIT_SECONDS) == -9
    town.local.advance(3600 - 60)
    assert alice.json("order", "show", order)["state"] == "open"
    bob.ok("serve", "--once")
    assert alice.json("order", "show", order)["state"] == "settled"


def test_serve__settlement_removed_by_a_reorg__is_sent_again(town, bob, alice, asset):
    order = alice.json("order", "create", asset)["order"]
    snapshot = town.node.request("evm_snapshot")
    bob.ok("serve", "--once")
    assert alice.json("order", "show", order)["state"] == "settled"
    town.node.request("evm_revert", snapshot)
    town.local.advance(3600 - 60)  # too late for a first time; but t is public
    assert alice.json("order", "show", order)["state"] == "open"
    bob.ok("serve", "--once")
    assert alice.json("order", "show", order)["state"] == "settled"
