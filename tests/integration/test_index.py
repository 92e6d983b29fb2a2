"""The event index on a real chain: the same events as before, reorgs, and what the command line shows."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from time import monotonic

import pytest

from marketplace.chain import ChainClient, LocalChain, Localnet, Node
from marketplace.chain.deployment import Placed
from marketplace.chain.index import EventIndex
from marketplace.chain.index_check import check_listings, check_sums
from marketplace.services import buy, catalog, publish, request, sell, submit
from marketplace.services.catalog import AssetState
from marketplace.services.history import history
from marketplace.services.market import Market
from marketplace.services.phrases import PHRASES
from marketplace.services.search import Query, fetch_manifests, search_assets
from marketplace.services.setup import deploy_to_localnet
from marketplace.services.structs import Outcome
from marketplace.types import format_id
from tests.integration.shell import citizen

COIN = 10**18
HANG_SECONDS = 120
LIBRARIES = ("BountyEnds", "Demands", "PanelEnds")  # they emit as the contract that calls them


def assert_same(deployment, index, node):
    """Compare every event, both ways, byte for byte; return their number."""
    plain = ChainClient(node, deployment)
    kept = ChainClient(node, deployment, index=index, warn=pytest.fail)
    total = 0
    for codec in index.schema.codecs.values():
        one, other = plain.events(codec.contract, codec.name), kept.events(codec.contract, codec.name)
        assert repr(one) == repr(other)
        total += len(one)
    cursor = index.cursor()
    assert total == cursor.events
    assert check_sums(index, cursor) == (total, [])
    assert check_listings(index, cursor) == []
    return total


def test_phrases__every_event_of_the_contracts__has_one(town):
    placed = {**town.deployment.contracts, "Proofs": Placed("0x" + 40 * "5", 1, "0x")}
    whole = replace(town.deployment, contracts=placed)
    codecs = EventIndex("sqlite://", whole).schema.codecs.values()
    shown = {f"{codec.contract}.{codec.name}" for codec in codecs if codec.contract not in LIBRARIES}
    assert {name for name in shown if not name.endswith(("EIP712DomainChanged", ".URI"))} == set(PHRASES)


# --- a whole story, with everything that others take back


def contest(world):
    """Run a contest to its end."""
    bounty_id = world.open()
    world.submit(bounty_id, alice=world.good_model, bob=world.fair_model)
    world.open_rows(bounty_id)
    for name in ("alice", "bob"):
        submit.claim_score(world[name], bounty_id)
    world.close_claims(bounty_id)
    world.judge(bounty_id)
    request.lock_delivery(world["requester"], bounty_id)
    submit.deliver(world["alice"], bounty_id)
    assert world.finish(bounty_id).outcome is Outcome.PAID
    return bounty_id


def test_events__whole_contest__are_byte_for_byte_those_of_the_node(built, tmp_path):
    world = built.fresh()
    index = EventIndex(tmp_path / "index.db", world.deployment)
    for market in world.markets.values():
        market.client.index = index
    bounty_id = contest(world)
    assert assert_same(world.deployment, index, world.node) > 60
    market = world["anybody"]
    happened = [entry.event.name for entry in history(market, format_id(bounty_id)[:12], kind="bounty")]
    assert happened[0] == "BountyOpened"
    assert {"ModelSubmitted", "Judged", "ModelDelivered", "BountyEnded", "Moved"} <= set(happened) | {"Moved"}
    money = [entry for entry in history(market, world["alice"].account) if entry.event.name == "Paid"]
    assert sum(entry.amounts["amount"] for entry in money) > 0
    # The snapshot of the next test takes all of it back.
    world.fresh()
    assert_same(world.deployment, index, world.node)
    assert index.cursor().rollbacks == 1


@pytest.mark.parametrize("depth", [1, 5, 20])
def test_sync__anvil_reorg__rolls_back(town, bob, table, tmp_path, depth):
    index = EventIndex(tmp_path / "index.db", town.deployment)
    for number in range(3):
        town.local.mine(7)
        plan = publish.plan_dataset(table, price=(number + 1) * COIN, bond=0)
        publish.publish(bob, plan, again=True)
    assert_same(town.deployment, index, town.node)
    before, height = index.cursor().events, town.node.block().number
    town.node.request("anvil_reorg", depth, [])
    assert town.node.block().number == height
    after = assert_same(town.deployment, index, town.node)
    assert index.cursor().rollbacks == 1
    assert after < before  # what the blocks held is gone


def test_connect__of_a_market__reads_the_index_and_keeps_it(town, bob, plan):
    found = publish.publish(bob, plan)
    assert [one.asset_id for one in catalog.list_assets(bob, bob.account)] == [found.asset_id]
    assert (bob.folder.parent / "index.db").exists()
    assert catalog.list_assets(bob, bob.account, states=[AssetState.RETIRED]) == []
    assert catalog.list_assets(bob, bob.account, limit=1, offset=1) == []
    settings = replace(town.settings("reader"), index_url="off")
    plain = Market.connect(settings)
    assert plain.client.index is None
    assert catalog.list_assets(plain) == catalog.list_assets(bob)
    assert catalog.list_assets(plain, limit=2, offset=1) == catalog.list_assets(bob, limit=2, offset=1)


def test_orders__through_index_and_node__are_the_same(town, alice, bob, plan):
    listing = catalog.load_asset(bob, publish.publish(bob, plan).asset_id)
    sale = buy.order(alice, listing)
    sell.settle(bob, sale)
    plain = Market.connect(replace(town.settings("plain"), index_url="off"))
    for filters in ({"seller": bob.account}, {"buyer": alice.account}, {"asset_id": listing.asset_id}, {}):
        assert catalog.list_orders(plain, **filters) == catalog.list_orders(alice, **filters)
    text = format_id(sale.order_id)[:20]
    assert catalog.find_order(plain, text) == catalog.find_order(alice, text)


def test_search__manifest_not_here_yet__is_found_when_it_comes(town, bob, plan, tmp_path):
    publish.publish(bob, plan)
    settings = replace(town.settings("stranger"), store=tmp_path / "empty")
    stranger = Market.connect(settings)
    seller = bob.account
    found = search_assets(stranger, Query(seller=seller))
    assert [(hit.name, hit.price) for hit in found.hits] == [(None, plan.price)]
    assert found.waiting > 0
    assert search_assets(stranger, Query("patients", seller=seller)).hits == ()
    shared = replace(stranger, store=bob.store)
    assert fetch_manifests(shared, again=True)[0] > 0
    assert [hit.name for hit in search_assets(shared, Query("pati", seller=seller)).hits] == ["patients"]


def test_search__store_that_hangs__does_not_block(town, bob, plan):
    class Hanging:
        def get(self, *_):
            Event().wait(HANG_SECONDS)
            yield b""

    publish.publish(bob, plan)
    market = replace(Market.connect(town.settings("patient")), store=Hanging())
    started = monotonic()
    found = search_assets(market, Query(seller=bob.account), 0.3)
    assert monotonic() - started < HANG_SECONDS / 2
    assert len(found.hits) == 1


# --- the command line


@pytest.fixture
def shell(town):
    return citizen(town, "carol")


def test_commands__search_history_index__show_what_happened(town, alice, bob, table, shell):
    plan = publish.plan_dataset(table, price=3 * COIN, name="Sepsis cohort", bond=0, licence="CC-BY-4.0")
    asset = publish.publish(bob, plan).asset_id
    sale = buy.order(alice, catalog.load_asset(alice, asset))
    sell.settle(bob, sale)
    found = json.loads(shell.ok("asset", "search", "sepsis", "--seller", bob.account, "--json"))
    assert [(one["asset"], one["price"], one["records"]) for one in found] == [(format_id(asset), "3", 3000)]
    assert "Sepsis cohort" in shell.ok("asset", "search", "SEP", "--max-price", "3", "--licence", "cc-by")
    assert "nothing is listed that fits" in shell.ok("asset", "search", "sepsis", "--state", "retired")
    for command in (("asset", "history", format_id(asset)[:16]), ("history", format_id(asset))):
        events = [one["event"] for one in json.loads(shell.ok(*command, "--json"))]
        assert events[0] == "AssetListed"
        assert {"OrderFunded", "OrderSettled"} <= set(events)
    order = json.loads(shell.ok("order", "history", format_id(sale.order_id), "--json"))
    assert [one["event"] for one in order] == ["OrderFunded", "OrderSettled"]
    assert order[0]["amounts"]["price"] == "3"
    assert order[0]["transaction"].startswith("0x")
    assert order[0]["time"] <= order[1]["time"]
    sold = json.loads(shell.ok("history", bob.account, "--event", "orderSettled", "--json"))
    assert [one["arguments"]["orderId"] for one in sold] == [format_id(sale.order_id)]
    vault = shell.ok("vault", "history", alice.account)
    assert "deposited into the vault" in vault
    assert "nothing happened that fits" in shell.ok("operator", "history", alice.account)
    tomorrow = datetime.fromtimestamp(town.node.block().timestamp + 86_400, UTC).isoformat()[:19]
    assert "nothing happened that fits" in shell.ok("history", bob.account, "--since", tomorrow)
    assert "sound" in shell.ok("index", "status", "--check")
    assert "up to block" in shell.ok("index", "sync")
    assert "read again" in shell.ok("index", "rebuild")


def test_commands__wrong_input__say_what_is_wrong(shell):
    assert "there is no asset" in shell.fails("asset", "history", "0x" + 15 * "0")
    assert "nothing on this market" in shell.fails("history", "zzz")
    assert "not an address" in shell.fails("history", "0x" + 40 * "g")
    assert "not an address" in shell.fails("asset", "search", "--seller", "bob")
    off = {"index_url": "off"}
    assert "TESSERA_INDEX_URL" in shell.fails("asset", "search", "x", **off)
    assert "TESSERA_INDEX_URL" in shell.fails("index", "status", **off)
    wrong = {"index_url": "postgresql://u:planted-secret@127.0.0.1:1/x"}
    assert "planted-secret" not in shell.fails("index", "status", **wrong)
    result = shell.run("asset", "list", **wrong)
    assert result.exit_code == 0
    assert result.stderr.count("warning: ") == 1
    assert "planted-secret" not in result.output
    shown = shell.fails("asset", "list", index_url="mysql://u:planted-secret@h/x")
    assert "planted-secret" not in shown
    assert "TESSERA_INDEX_URL" in shown


def test_index__edited_by_hand__is_found_and_mended(town, bob, plan, shell):
    publish.publish(bob, plan)
    shell.ok("index", "sync")
    with sqlite3.connect(shell.settings.home / "index.db") as database:
        database.execute("DELETE FROM tessera_events WHERE id = (SELECT max(id) FROM tessera_events)")
    assert "not what the chain says" in shell.fails("index", "status", "--check")
    shell.ok("index", "rebuild")
    assert "sound" in shell.ok("index", "status", "--check")


def test_localnet__started_anew__is_noticed(tmp_path):
    path = tmp_path / "index.db"
    seen = []
    for name in ("one", "two"):
        with Localnet(tmp_path / name) as state:
            node = Node(state.url)
            deployment = deploy_to_localnet(node)
            LocalChain(node).mine(3)
            index = EventIndex(path, deployment)
            assert_same(deployment, index, node)
            seen.append(index.cursor().source)
            index.close()
    assert seen == [1, 2]
