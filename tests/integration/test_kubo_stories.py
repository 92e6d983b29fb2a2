"""A whole sale and a whole contest, everybody on an IPFS node, the buyer of the sale with a gateway alone."""

from dataclasses import replace

import pytest

from marketplace.chain import Localnet, Node
from marketplace.errors import ContentNotFound, StorageError
from marketplace.services import buy, catalog, publish, request, sell, submit
from marketplace.services.accounts import conservation
from marketplace.services.market import Market
from marketplace.services.structs import Outcome, Verdict
from marketplace.storage import GatewayStore, KuboStore
from tests.integration.contest_world import World

pytestmark = pytest.mark.kubo

DAY = 86_400


def on(town, person, store, **changes):
    """Return the market of somebody whose settings name another store."""
    settings = replace(town.settings(person.wallet.name), store=store, **changes)
    return Market.connect(settings, person.wallet)


def test_sale__seller_on_a_node_buyer_behind_a_gateway__file_equal(
    town, alice, bob, kubo, plan, table, tmp_path
):
    seller = on(town, bob, f"kubo:{kubo.api}")
    buyer = on(town, alice, f"gateway:http://127.0.0.1:1,{kubo.gateway}", home=tmp_path / "buyer")
    assert isinstance(seller.store, KuboStore)
    assert isinstance(buyer.store, GatewayStore)

    found = publish.publish(seller, plan)
    listing = catalog.load_asset(buyer, found.asset_id)
    manifest = catalog.read_manifest(buyer, listing.terms)
    artifact = manifest.stored.cid
    bob.store.add(manifest.to_bytes())  # for the look at all manifests when the town is left
    assert {str(artifact), str(seller.store.add(manifest.to_bytes()))} <= kubo.pins

    sale = buy.order(buyer, listing)
    sell.settle(seller, catalog.load_order(seller, sale.order_id))
    # What he checked before he paid is in his cache: the node may go.
    buyer.store.urls = ["http://127.0.0.1:1"]
    buy.receive(buyer, catalog.load_order(buyer, sale.order_id), tmp_path / "bought.csv")
    assert (tmp_path / "bought.csv").read_bytes() == table.read_bytes()
    town.advance(DAY + 1)
    sell.collect(seller, sell.matured_sales(seller))
    assert conservation(seller).holds

    seller.store.unpin(artifact)
    kubo.run("repo", "gc", "-q")
    assert not seller.store.has(artifact)
    with pytest.raises(ContentNotFound):
        buy.check(on(town, alice, f"gateway:{kubo.gateway}", home=tmp_path / "late"), listing.terms)


def test_publish__behind_a_gateway__is_refused_before_anything_is_sent(town, bob, kubo, plan):
    seller = on(town, bob, f"gateway:{kubo.gateway}")
    nonce = town.node.web3.eth.get_transaction_count(bob.account)
    with pytest.raises(StorageError, match="nothing can be written") as caught:
        publish.publish(seller, plan)
    assert "kubo:" in caught.value.hint
    assert town.node.web3.eth.get_transaction_count(bob.account) == nonce


def test_order__seller_dropped_the_artifact__buyer_does_not_pay(town, alice, bob, kubo, plan):
    seller = on(town, bob, f"kubo:{kubo.api}")
    buyer = on(town, alice, f"kubo:{kubo.api}")
    listing = catalog.load_asset(seller, publish.publish(seller, plan).asset_id)
    manifest = catalog.read_manifest(buyer, listing.terms)
    bob.store.add(manifest.to_bytes())
    seller.store.unpin(manifest.stored.cid)
    kubo.run("repo", "gc", "-q")
    before = buyer.client.call("Vault", "balanceOf", buyer.account)
    with pytest.raises(ContentNotFound):
        buy.order(buyer, listing)
    assert buyer.client.call("Vault", "balanceOf", buyer.account) == before


@pytest.fixture(scope="module")
def world(tmp_path_factory, kubo):
    with Localnet(tmp_path_factory.mktemp("localnet")) as state:
        world = World(Node(state.url), tmp_path_factory.mktemp("world"))
        world.open_store = lambda _: KuboStore(kubo.api)
        yield world.build().fresh()


def test_contest__everybody_on_nodes__best_is_paid_and_delivered(world, kubo, tmp_path):
    stores = {id(market.store) for market in world.markets.values()}
    assert len(stores) == len(world.markets)
    bounty_id = world.open()
    world.submit(bounty_id, bob=world.fair_model, alice=world.good_model)
    world.open_rows(bounty_id)
    for name in ("alice", "bob"):
        submit.claim_score(world[name], bounty_id)
    world.close_claims(bounty_id)
    assert world.judge(bounty_id).verdict is Verdict.SCORED
    assert world.view(bounty_id).candidate.maker == world["alice"].account
    request.lock_delivery(world["requester"], bounty_id)
    assert submit.deliver(world["alice"], bounty_id) == "delivered"
    request.receive_model(world["requester"], bounty_id, tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == world.good_model
    assert world.finish(bounty_id).outcome is Outcome.PAID
    assert conservation(world["anybody"]).holds
