"""The sale, whole: list, order, settle, receive, collect, and every way out of it."""

from dataclasses import replace
from hashlib import sha256

import pytest

from marketplace.chain import TOKEN, ChainClient
from marketplace.constants import SECP256K1_N
from marketplace.crypto.pieces import Layout, content_root, leaf
from marketplace.crypto.points import Point
from marketplace.errors import ContentMismatch, ContentNotFound, ContractReverted, DataError, DecryptionError
from marketplace.merkle import Builder
from marketplace.services import accounts, balances, buy, catalog, publish, sell
from marketplace.services.artifacts import Stored
from marketplace.services.catalog import AssetState, OrderState
from marketplace.services.market import Market
from marketplace.services.structs import Parent
from marketplace.types import format_id

COIN = 10**18
DAY = 86_400


def sold(seller, buyer, listing):
    """Order and settle, and return the settled sale."""
    sale = buy.order(buyer, listing)
    sell.settle(seller, catalog.load_order(seller, sale.order_id))
    return catalog.load_order(buyer, sale.order_id)


def listed(seller, plan):
    return catalog.load_asset(seller, publish.publish(seller, plan).asset_id)


def free(market):
    return market.client.call("Vault", "balanceOf", market.account)


# --- the story


def test_sale__whole_story__file_equal_and_everybody_paid(town, alice, bob, plan, table, tmp_path):
    steps = []
    found = publish.publish(bob.watched(steps.append), plan)
    assert [step.what for step in steps][-1] == "list the asset"
    listing = catalog.find_asset(alice, format_id(found.asset_id)[:14])
    assert listing.terms == found.terms
    assert listing.state is AssetState.LISTED
    manifest = buy.check(alice, listing.terms)
    assert manifest.subject["records"] == 3000
    assert table.read_text().splitlines()[1] not in manifest.to_bytes().decode()

    sale = buy.order(alice, listing)
    assert sale.state is OrderState.OPEN
    assert balances.load_balances(alice).locked[0].amount == 10 * COIN
    assert [one.order_id for one in sell.open_sales(bob)] == [sale.order_id]
    sell.settle(bob, catalog.load_order(bob, sale.order_id))
    assert sell.open_sales(bob) == []
    buy.receive(alice, catalog.load_order(alice, sale.order_id), tmp_path / "bought.csv")
    assert (tmp_path / "bought.csv").read_bytes() == table.read_bytes()

    with pytest.raises(DataError, match="dispute window"):
        sell.collect(bob, [catalog.load_order(bob, sale.order_id)])
    town.advance(DAY + 1)
    sell.collect(bob, sell.matured_sales(bob))
    assert catalog.load_order(bob, sale.order_id).state is OrderState.COLLECTED
    sell.claim(bob, listing)
    assert free(bob) == 10 * COIN
    accounts.withdraw(bob, 10 * COIN)
    assert bob.client.call(TOKEN, "balanceOf", bob.account) == (1000 - 4 + 10) * COIN
    assert accounts.conservation(bob).holds


@pytest.fixture
def model_file(tmp_path):
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from marketplace.models import FeatureSpace, convert, encode_model

    rows = np.array([[0, 1], [1, 0], [2, 5], [7, 1]])
    fitted = LogisticRegression().fit(rows, [0, 0, 1, 1])
    path = tmp_path / "model.bin"
    path.write_bytes(encode_model(convert(fitted, FeatureSpace(("a", "b"), (1, 1), (1, 1)))))
    return path


def test_publish__integer_model__sold_like_a_dataset(alice, bob, model_file, tmp_path):
    plan = publish.plan_model(model_file, price=COIN)
    assert plan.manifest.public()["tessera:model"]["tessera:features"] == 2
    buy.receive(alice, sold(bob, alice, listed(bob, plan)), tmp_path / "bought.bin")
    assert (tmp_path / "bought.bin").read_bytes() == model_file.read_bytes()


def test_publish__scikit_learn_object__sold_in_a_skops_file(alice, bob, tmp_path):
    import numpy as np
    from sklearn.tree import DecisionTreeClassifier

    from marketplace.services.estimators import open_estimator, save_estimator

    rows, path = np.array([[0, 1], [1, 0], [2, 5], [7, 1]]), tmp_path / "tree.skops"
    fitted = DecisionTreeClassifier().fit(rows, [0, 0, 1, 1])
    save_estimator(fitted, path)
    plan = publish.plan_model(path, price=COIN)
    assert plan.manifest.public()["tessera:model"]["tessera:estimator"].endswith("DecisionTreeClassifier")
    assert plan.manifest.subject["needsTrust"] == "nothing more"
    buy.receive(alice, sold(bob, alice, listed(bob, plan)), tmp_path / "bought.skops")
    assert open_estimator(tmp_path / "bought.skops").predict(rows).tolist() == [0, 0, 1, 1]
    boast = replace(plan.manifest, subject={**plan.manifest.subject, "hash": 64 * "0"})
    sale = sold(bob, alice, listed(bob, replace(plan, manifest=boast)))
    with pytest.raises(DataError, match="another model than the manifest names"):
        buy.receive(alice, sale, tmp_path / "other.skops")


def test_receive__another_model_than_named__is_said(alice, bob, model_file, tmp_path):
    plan = publish.plan_model(model_file, price=COIN)
    boast = replace(plan.manifest, subject={**plan.manifest.subject, "hash": 64 * "0"})
    sale = sold(bob, alice, listed(bob, replace(plan, manifest=boast)))
    with pytest.raises(DataError, match="another model than the manifest names"):
        buy.receive(alice, sale, tmp_path / "bought.bin")


def test_plan_model__not_a_model__is_refused(table):
    with pytest.raises(DataError):
        publish.plan_model(table, price=COIN)


# --- publishing


def test_publish__again_after_success__lists_once(bob, plan):
    first = publish.publish(bob, plan)
    second = publish.publish(bob, plan)
    assert second.receipt is None
    assert second.asset_id == first.asset_id
    assert len(catalog.list_assets(bob, bob.account)) == 1
    assert publish.publish(bob, plan, again=True).asset_id != first.asset_id


def test_publish__killed_before_sending__goes_on_with_the_same_asset(bob, plan, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Market, "send", kill)
        with pytest.raises(Killed):
            publish.publish(bob, replace(plan, bond=0))
    drafts = {path: path.read_bytes() for path in (bob.folder / "drafts").iterdir()}
    found = publish.publish(bob, replace(plan, bond=0))
    assert {path: path.read_bytes() for path in (bob.folder / "drafts").iterdir()} == drafts
    assert found.receipt is not None
    assert len(catalog.list_assets(bob, bob.account)) == 1


def test_publish__killed_after_sending__does_not_list_twice(bob, plan, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    accounts.ensure_funds(bob, "Assets", plan.bond)
    with monkeypatch.context() as patch:
        patch.setattr(ChainClient, "wait", kill)
        with pytest.raises(Killed):
            publish.publish(bob, plan)
    publish.publish(bob, plan)
    assert len(catalog.list_assets(bob, bob.account)) == 1


def test_publish__file_changed_since_it_was_read__is_refused(bob, plan, table):
    table.write_text(table.read_text() + "9,9,no\n")
    with pytest.raises(DataError, match="changed while it was read"):
        publish.publish(bob, plan)


# --- what a buyer is protected from


def test_order__damaged_ciphertext__is_refused_before_money_moves(alice, bob, plan):
    found = publish.publish(bob, plan)
    listing = catalog.load_asset(alice, found.asset_id)
    path = alice.store.block_path(found.manifest.stored.cid)
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    with pytest.raises(ContentMismatch):
        buy.order(alice, listing)
    path.unlink()
    with pytest.raises(ContentNotFound):
        buy.order(alice, listing)
    assert alice.client.call(TOKEN, "balanceOf", alice.account) == 1000 * COIN
    assert catalog.list_orders(alice, buyer=alice.account) == []


def test_order__second_of_the_same_terms__only_if_wanted(alice, bob, plan):
    listing = listed(bob, plan)
    first = buy.order(alice, listing)
    with pytest.raises(DataError, match="ordered already"):
        buy.order(alice, listing)
    assert buy.order(alice, listing, again=True).order_id != first.order_id


def test_order__killed_after_sending__is_the_same_order_when_repeated(alice, bob, plan, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    listing = listed(bob, plan)
    accounts.ensure_funds(alice, "Exchange", listing.terms.price)
    alice.client.node.request("evm_setAutomine", False)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(ChainClient, "wait", kill)
            with pytest.raises(Killed):
                buy.order(alice, listing)
            with pytest.raises(Killed):
                buy.order(alice, listing)
    finally:
        alice.client.node.request("evm_setAutomine", True)
        alice.client.node.request("evm_mine")
    assert len(catalog.list_orders(alice, buyer=alice.account)) == 1


def test_order__price_changed_meanwhile__is_refused_by_the_contract(alice, bob, plan):
    seen = listed(bob, plan)
    sell.reprice(bob, seen, 20 * COIN)
    with pytest.raises(ContractReverted) as caught:
        buy.order(alice, seen)
    assert caught.value.name == "Exchange_NotOffered"


def test_reprice__there_and_back__each_takes_effect(bob, plan):
    listing = listed(bob, plan)
    for price in (20 * COIN, 10 * COIN, 20 * COIN):
        sell.reprice(bob, catalog.load_asset(bob, listing.asset_id), price)
        assert catalog.load_asset(bob, listing.asset_id).terms.price == price


def test_publish_version__open_order__gets_what_its_buyer_saw(alice, bob, plan, table, tmp_path):
    listing = listed(bob, plan)
    sale = buy.order(alice, listing)
    newer = tmp_path / "newer.csv"
    newer.write_text("id,age\n1,2\n")
    publish.publish_version(bob, listing, publish.plan_dataset(newer, price=12 * COIN))
    now = catalog.load_asset(bob, listing.asset_id)
    assert now.terms.key != listing.terms.key
    sell.settle(bob, catalog.load_order(bob, sale.order_id))
    buy.receive(alice, catalog.load_order(alice, sale.order_id), tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == table.read_bytes()
    buy.receive(alice, sold(bob, alice, now), tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == newer.read_bytes()


def test_receive__wrong_file_under_the_right_key__names_the_piece(alice, bob, plan, tmp_path):
    """The ciphertext is what was listed, but piece 2 does not open to what its leaf commits to."""
    draft = publish.publish(bob, plan)
    stored, nonce = draft.manifest.stored, draft.manifest.nonce
    layout = Layout(stored.length)
    data = bytearray(b"".join(bob.store.get(stored.cid)))
    data[64 + 2 * 4096] ^= 1
    piece = data[64 + 2 * 4096 : 64 + 3 * 4096]
    entry = layout.index_offset + 2 * 64
    data[entry + 32 : entry + 64] = sha256(piece).digest()
    tree = Builder()
    for i in range(layout.pieces):
        start = layout.index_offset + 64 * i
        tree.add(leaf(i, bytes(data[start : start + 64])))
    root = content_root(nonce, stored.length, tree.root())
    wrong = Stored(bob.store.add(bytes(data)), root, stored.length, sha256(data).digest())
    manifest = draft.manifest.with_artifact(wrong, nonce)
    digest = bob.store.add(manifest.to_bytes()).digest
    terms = replace(draft.terms, content_root=root, manifest=digest)
    salt = bytes(31) + b"\x01"
    accounts.ensure_funds(bob, "Assets", terms.bond)
    receipt = bob.send("list", "Assets", "list", salt, terms, [], intent="cheat")
    listing = catalog.load_asset(alice, receipt.event("AssetListed")["assetId"])

    sale = buy.order(alice, listing)
    k = bob.artifact_key("Assets", draft.asset_id, nonce)
    h = buy._blinding(alice, sale.order_id, terms)
    t = (k + h) % SECP256K1_N
    bob.send("settle", "Exchange", "settle", sale.order_id, sale.order, t, intent="cheat-settle")
    with pytest.raises(DecryptionError, match="piece 2 of") as caught:
        buy.receive(alice, catalog.load_order(alice, sale.order_id), tmp_path / "file")
    assert f"tessera order verify {format_id(sale.order_id)[:12]}" in caught.value.hint
    assert not (tmp_path / "file").exists()


def test_receive__by_another__is_refused(alice, bob, mallory, plan, tmp_path):
    sale = sold(bob, alice, listed(bob, plan))
    with pytest.raises(DataError, match="not of"):
        buy.receive(mallory, catalog.load_order(mallory, sale.order_id), tmp_path / "file")


# --- what a seller is protected from


def test_settle__wrong_scalar__reverts(alice, bob, plan):
    sale = buy.order(alice, listed(bob, plan))
    with pytest.raises(ContractReverted) as caught:
        bob.send("settle", "Exchange", "settle", sale.order_id, sale.order, 12345, intent="wrong")
    assert caught.value.name == "Exchange_WrongKey"


def test_settle__poisoned_lock__is_left_and_refunded(town, alice, bob, mallory, plan):
    listing = listed(bob, plan)
    accounts.ensure_funds(mallory, "Exchange", listing.terms.price)
    point = Point.from_scalar(99)
    arguments = (bytes(32), listing.asset_id, listing.terms, point, point.address())
    receipt = mallory.send("order", "Exchange", "order", *arguments, intent="poison")
    sale = catalog.load_order(bob, receipt.event("OrderFunded")["orderId"])
    with pytest.raises(DataError, match="another key"):
        sell.settle(bob, sale)
    town.advance(plan.settle_window + 1)
    buy.refund(alice, catalog.load_order(alice, sale.order_id))
    assert free(mallory) == 10 * COIN


def test_settle__close_to_the_deadline__keeps_the_key(town, alice, bob, plan):
    sale = buy.order(alice, listed(bob, plan))
    town.advance(plan.settle_window - 60)
    with pytest.raises(DataError, match="too few to publish its key safely"):
        sell.settle(bob, catalog.load_order(bob, sale.order_id))


def test_settle__by_another__is_refused(alice, bob, mallory, plan):
    sale = buy.order(alice, listed(bob, plan))
    with pytest.raises(DataError, match="only the seller"):
        sell.settle(mallory, catalog.load_order(mallory, sale.order_id))


# --- ways out


def test_refund__after_the_deadline__by_anybody(town, alice, bob, mallory, plan):
    sale = buy.order(alice, listed(bob, plan))
    with pytest.raises(DataError, match="has time until"):
        buy.refund(mallory, sale)
    town.advance(plan.settle_window + 1)
    buy.refund(mallory, catalog.load_order(mallory, sale.order_id))
    assert free(alice) == 10 * COIN
    assert catalog.load_order(bob, sale.order_id).state is OrderState.REFUNDED
    with pytest.raises(DataError, match="nothing to refund"):
        buy.refund(mallory, catalog.load_order(mallory, sale.order_id))


def test_unlist__then_wait__bond_comes_back(town, alice, bob, plan):
    listing = listed(bob, plan)
    sell.unlist(bob, listing)
    listing = catalog.load_asset(bob, listing.asset_id)
    with pytest.raises(DataError, match="is unlisted"):
        buy.order(alice, listing)
    with pytest.raises(DataError, match="the bond is free after"):
        sell.release_bond(bob, listing)
    town.advance(plan.settle_window + plan.dispute_window + 1)
    sell.release_bond(alice, listing)
    assert free(bob) == 4 * COIN
    assert catalog.load_asset(bob, listing.asset_id).state is AssetState.RETIRED


# --- income


def test_collect__income_of_a_child__flows_to_its_parents(town, alice, bob, plan, tmp_path):
    maker = town.person("maker")
    parent = listed(bob, plan)
    path = tmp_path / "derived.csv"
    path.write_text("a,b\n1,2\n")
    child = listed(
        maker, publish.plan_dataset(path, price=20 * COIN, bond=0, parents=(Parent(parent.asset_id, 2500),))
    )
    sold(maker, alice, child)
    town.advance(DAY + 1)
    sell.collect(maker, sell.matured_sales(maker))
    sell.claim(maker, child)
    assert len(sell.flush_up(alice, child)) == 1
    sell.claim(bob, parent)
    assert (free(maker), free(bob)) == (15 * COIN, 5 * COIN)
    assert accounts.conservation(bob).holds


def test_transfer__half_of_the_shares__income_follows_the_holder(town, alice, bob, plan):
    carol = town.person("carol", tokens=0)
    listing = listed(bob, plan)
    sold(bob, alice, listing)
    town.advance(DAY + 1)
    sell.collect(bob, sell.matured_sales(bob))
    sell.transfer(bob, listing, carol.account, 5000)  # what was earned until now is bob's
    assert free(bob) == 10 * COIN
    sold(bob, town.person("dave"), listing)
    town.advance(DAY + 1)
    sell.collect(bob, sell.matured_sales(bob))
    assert catalog.load_income(carol, listing, carol.account).claimable == 5 * COIN
    sell.claim(carol, listing)
    assert free(carol) == 5 * COIN
    with pytest.raises(DataError, match="5000 of 10000 shares"):
        sell.transfer(bob, listing, carol.account, 5001)


# --- money


def test_ensure_funds__enough_in_the_vault__sends_nothing(alice):
    accounts.deposit(alice, 5 * COIN)
    accounts.approve(alice, "Exchange", 5 * COIN)
    assert accounts.ensure_funds(alice, "Exchange", 5 * COIN) is None
    assert accounts.ensure_funds(alice, "Exchange", 6 * COIN) is not None
    assert free(alice) == 6 * COIN


def test_ensure_funds__no_money__says_how_much_is_missing(town):
    poor = town.person("poor", tokens=2)
    with pytest.raises(DataError, match="has 2 tokens in its wallet beside 0 free in the vault, 5 more"):
        accounts.ensure_funds(poor, "Exchange", 5 * COIN)


def test_deposit__twice_the_same__counts_twice(alice):
    accounts.deposit(alice, COIN)
    accounts.deposit(alice, COIN)
    assert free(alice) == 2 * COIN


def test_conservation__donated_tokens__are_told_apart(town, alice):
    town.local.mint(town.deployment.token, alice.address("Vault"), 3)
    found = accounts.conservation(alice)
    assert found.donated >= 3
    assert found.holds


def test_pick__prefix_of_several__asks_for_more():
    with pytest.raises(DataError, match="2 assets have an id that begins with 0x1"):
        catalog.pick("0x1", [1 << 252, (1 << 252) + 1], "asset")
    with pytest.raises(DataError, match="there is no asset 0x2"):
        catalog.pick("0x2", [1 << 252], "asset")
