"""Sellers who cheat, and what becomes of it: through the command line, as a buyer meets them."""

from dataclasses import replace

import pytest

from marketplace.crypto.keystore import Keystore
from marketplace.services import accounts, buy, catalog
from marketplace.services.market import Market
from marketplace.services.two_faced import sell_another
from tests.integration.conftest import PASSWORD
from tests.integration.shell import Shell

DAY = 86_400


@pytest.fixture
def alice(town):
    return Shell(*town.citizen("alice"))


@pytest.fixture
def bob(town):
    return Shell(*town.citizen("bob"))


@pytest.fixture
def mallory(town):
    return Shell(*town.citizen("mallory"))


def market_of(shell):
    """Return the market of a citizen, for what no command does."""
    wallet = Keystore(shell.settings.wallets_path).unlock(shell.settings.wallet, PASSWORD)
    return Market.connect(shell.settings, wallet)


def publish(seller, table, bond="2"):
    return seller.json("asset", "publish", table, "--price", "10", "--bond", bond)["asset"]


def cheat(seller, asset, promised, given):
    """List another file than was promised."""
    market = market_of(seller)
    sell_another(market, catalog.find_asset(market, asset), promised, given)


def bought(buyer, seller, asset):
    order = buyer.json("order", "create", asset)["order"]
    seller.ok("order", "settle", order)
    return order


def free(shell):
    """Return a citizen's money in the vault, tokens."""
    return shell.json("vault", "show")["free"]


def books_balance(shell):
    assert accounts.conservation(market_of(shell)).holds


# --- a wrong file


def test_verify__wrong_file__is_refunded_and_punished(alice, bob, mallory, table, tmp_path):
    asset = publish(bob, table)
    promised = table.read_bytes()
    given = promised[:9000] + bytes(len(promised) - 9000)
    cheat(bob, asset, promised, given)
    order = bought(alice, bob, asset)

    told = alice.fails("order", "receive", order, "--out", tmp_path / "file")
    assert "the seller cheated" in told
    assert f"tessera order verify {order[:12]}" in told
    assert not (tmp_path / "file").exists()
    assert "not of" in mallory.fails("order", "verify", order)

    asked = alice.run("order", "verify", order, answer="n\n")
    assert asked.exit_code == 1
    said = " ".join(asked.stderr.split())
    assert "piece 2 (bytes 8,192 to 12,287)" in said
    assert "you get 10 tokens back, and 0.5" in said
    assert "it is possible until" in said
    assert "key becomes public" in said
    assert "asked on this computer's own node" in said
    assert "gas" in said

    shown = alice.json("order", "verify", order)
    assert (shown["piece"], shown["right"], shown["state"]) == (2, False, "reversed")
    assert (shown["refunded"], shown["reward"], shown["burned"]) == ("10", "0.5", "1.5")
    assert free(alice) == "10.5"
    again = alice.json("order", "verify", order)
    assert {**again, "piece": 2} == shown
    assert free(alice) == "10.5"
    assert "reversed" in alice.ok("order", "show", order)
    assert "retired" in alice.fails("order", "create", asset, "--again")
    books_balance(alice)


def test_verify__two_buyers__each_has_his_money_back(alice, bob, mallory, table):
    asset = publish(bob, table)
    cheat(bob, asset, table.read_bytes(), bytes(table.stat().st_size))
    orders = {buyer: bought(buyer, bob, asset) for buyer in (alice, mallory)}
    assert alice.json("order", "verify", orders[alice])["reward"] == "0.5"
    second = mallory.json("order", "verify", orders[mallory])
    assert (second["refunded"], second["reward"], second["burned"]) == ("10", "0", "0")
    assert (free(alice), free(mallory)) == ("10.5", "10")
    books_balance(alice)


def test_verify__right_file__says_so_and_sends_nothing(alice, bob, table):
    order = bought(alice, bob, publish(bob, table))
    assert alice.json("order", "verify", order)["right"] is True
    assert "the file is what was listed" in alice.ok("order", "verify", order)
    assert "settled" in alice.ok("order", "show", order)


def test_verify__window_over__says_when_it_ended(town, alice, bob, table):
    asset = publish(bob, table)
    cheat(bob, asset, table.read_bytes(), bytes(table.stat().st_size))
    order = bought(alice, bob, asset)
    town.advance(DAY + 1)
    told = alice.fails("order", "verify", order)
    assert "the dispute window of order" in told
    assert "the sale stands" in told
    bob.ok("order", "collect", order)
    assert "the sale stands" in alice.fails("order", "verify", order)


def test_verify__node_of_another__is_not_asked_beforehand(town, alice, bob, table, monkeypatch):
    asset = publish(bob, table)
    cheat(bob, asset, table.read_bytes(), bytes(table.stat().st_size))
    order = bought(alice, bob, asset)
    from marketplace.chain import rpc

    monkeypatch.setattr(rpc, "_LOOPBACK", ())
    asked = alice.run("order", "verify", order, answer="n\n")
    said = " ".join(asked.stderr.split())
    assert "was not asked beforehand" in said
    assert "would see the key" in said


# --- a truncated file, no file, no key


def test_truncated_file__promised_whole__is_refunded(alice, bob, table):
    """The ciphertext has the promised length; behind the middle there is nothing in it."""
    asset, promised = publish(bob, table), table.read_bytes()
    cheat(bob, asset, promised, promised[: len(promised) // 2].ljust(len(promised), b"\0"))
    order = bought(alice, bob, asset)
    shown = alice.json("order", "verify", order)
    assert shown["piece"] == len(promised) // 2 // 4096
    assert free(alice) == "10.5"


def test_truncated_artifact__is_not_ordered(alice, bob, table):
    """The store's copy ends early: nothing is paid for what was never published."""
    asset = publish(bob, table)
    market = market_of(bob)
    manifest = catalog.read_manifest(market, catalog.find_asset(market, asset).terms)
    whole = b"".join(market.store.get(manifest.stored.cid))
    short = replace(manifest.stored, cid=market.store.add(whole[:-64]))
    other = manifest.with_artifact(short, manifest.nonce)
    listing = catalog.find_asset(market, asset)
    digest = market.store.add(other.to_bytes()).digest
    terms = replace(listing.terms, manifest=digest)
    market.send("list", "Assets", "revise", listing.asset_id, listing.terms, terms, intent="cut")
    assert "bytes" in alice.fails("order", "create", asset)
    assert alice.json("order", "list", "--bought") == []


def test_never_published__is_not_ordered(alice, bob, table, tmp_path):
    asset = publish(bob, table)
    elsewhere = Shell(replace(alice.settings, store=tmp_path / "empty"), alice.address)
    elsewhere.fails("order", "create", asset)
    assert alice.json("order", "list", "--bought") == []


def test_wrong_key__can_not_be_settled_and_comes_back(town, alice, bob, table):
    asset = publish(bob, table)
    order = alice.json("order", "create", asset)["order"]
    market = market_of(bob)
    sale = catalog.find_order(market, order)
    with pytest.raises(Exception, match="Exchange_WrongKey"):
        market.send("settle", "Exchange", "settle", sale.order_id, sale.order, 12345, intent="wrong")
    assert "was not handed over" in alice.fails("order", "verify", order)
    town.advance(DAY + 1)
    alice.ok("order", "refund", order)
    assert free(alice) == "10"
    assert "refunded" in alice.fails("order", "verify", order)


def test_services__as_the_package_offers_them(alice, bob, table):
    import marketplace

    asset = publish(bob, table)
    cheat(bob, asset, table.read_bytes(), bytes(table.stat().st_size))
    order = bought(alice, bob, asset)
    market = market_of(alice)
    sale = buy.load_order(market, int(order, 16))
    proof = marketplace.verify_file(market, sale)
    assert marketplace.recourse(market, sale, proof).gas < 500_000
    assert marketplace.dispute_file(market, sale, proof).refund == sale.order.price
