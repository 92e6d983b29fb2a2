"""A data manager's hour: see first, choose columns, show samples, choose buyers, change, keep receipts."""

import json
import re

import mlcroissant
import pytest

from marketplace.errors import ContentMismatch, DataError
from marketplace.services import buy, buyers, catalog, previews, publish, sell
from marketplace.services.receipt_page import receipt_page
from marketplace.services.receipts import order_receipt
from marketplace.types import format_id
from tests.integration.shell import citizen

PERSON = citizen

COIN = 10**18


@pytest.fixture
def people(tmp_path):
    """A table with names in it, separated by semicolons."""
    path = tmp_path / "people.csv"
    first = ["Anna", "Peter", "Maria", "Thomas", "Laura", "David", "Julia", "Daniel"]
    rows = [f"{first[i % 8]};{20 + i % 60};{'fm'[i % 2]};{i % 7},5" for i in range(400)]
    path.write_text("Vorname;age;sex;score\n" + "\n".join(rows) + "\n")
    return path


def files_of(home):
    return sorted(str(path) for path in home.rglob("*") if path.is_file())


# --- seen first


def test_dry_run__whole_manifest_cost_and_lock__nothing_sent_or_stored(town, bob, people):
    before = (files_of(bob.settings.home), files_of(bob.settings.store), town.node.block().number)
    shown = bob.json("asset", "publish", people, "--price", "12", "--bond", "3", "--dry-run")
    assert (files_of(bob.settings.home), files_of(bob.settings.store), town.node.block().number) == before
    assert {one["column"] for one in shown["sensitive"]} == {"Vorname"}
    assert (shown["bond"], shown["from_wallet"], shown["transactions"]) == ("3", "3", 2)
    assert shown["singling"]["together"]["columns"] == ["age", "sex"]
    listed = bob.json("asset", "publish", people, "--price", "12", "--bond", "3", "--accept-sensitive")
    made = listed["manifest"]
    assert set(made) == set(shown["manifest"])
    same = set(made) - {"distribution", "url"}
    assert {key: made[key] for key in same} == {key: shown["manifest"][key] for key in same}
    text = bob.ok("asset", "publish", people, "--price", "12", "--dry-run")
    assert '"license": "LicenseRef-Proprietary"' in text
    assert "Vorname: looks like names" in text
    assert re.search(r"gas +about \d{2,3},\d{3}", text)


def test_dry_run__without_a_wallet__works(town, bob, people):
    shown = bob.json("asset", "publish", people, "--price", "1", "--dry-run", "--wallet", "nobody")
    assert shown["gas"] > 100_000


@pytest.mark.parametrize("bond", [0, 5])
def test_cost__estimate__is_near_what_is_paid(town, plan, bond):
    from dataclasses import replace

    from marketplace.services.costs import listing_cost

    seller, receipts = town.person("seller"), []
    plan = replace(plan, bond=bond * COIN)
    cost = listing_cost(seller, plan, seller.account)
    publish.publish(seller.watched(lambda step: receipts.append(step.receipt)), plan)
    assert len(receipts) == cost.transactions
    assert cost.gas == pytest.approx(sum(receipt.gas_used for receipt in receipts), rel=0.15)


# --- columns


def test_publish__columns_that_name_people__refused_unless_said(bob, people):
    said = bob.fails("asset", "publish", people, "--price", "1")
    assert 'columns that look like they name people: Vorname | hint: leave them out: --drop "Vorname"' in said
    answered = bob.run("asset", "publish", people, "--price", "1", answer="n\n")
    assert "Shall buyers see 1 column(s) that look like they name people?" in answered.stderr
    assert bob.json("asset", "list", "--mine") == []
    assert bob.run("asset", "publish", people, "--price", "1", answer="y\ny\n").exit_code == 0


def test_publish__dropped_column__is_in_no_byte_that_is_sold(bob, alice, people, tmp_path):
    before = people.read_bytes()
    asset = bob.json("asset", "publish", people, "--price", "1", "--drop", "Vorname")["asset"]
    assert people.read_bytes() == before
    order = alice.json("order", "create", asset)["order"]
    bob.ok("order", "settle")
    out = tmp_path / "bought.csv"
    received = alice.json("order", "receive", order, "--out", out)
    assert out.read_text().splitlines()[:2] == ["age,sex,score", "20,f,0.5"]
    rows = list(mlcroissant.Dataset(received["description"]).records("records"))
    assert len(rows) == 400
    assert rows[1] == {"records/age": 21, "records/sex": b"m", "records/score": 1.5}
    beside = tmp_path / "bought.croissant.json"
    kept = beside.read_bytes()
    beside.unlink()
    alice.ok("asset", "manifest", asset, "--beside", out)
    assert beside.read_bytes() == kept
    assert json.loads(alice.ok("asset", "manifest", asset))["version"] == "1.0.0"


def test_publish__wrong_columns__are_said(bob, people):
    for args in (("--drop", "name"), ("--columns", "age,name"), ("--drop", "Vorname,age,sex,score")):
        said = bob.fails("asset", "publish", people, "--price", "1", *args)
        assert "no column" in said
    assert "keeps all its columns" in bob.fails(
        "asset", "publish", people, "--price", "1", "--as-is", "--drop", "age"
    )


def test_publish__file_that_can_not_be_sold__is_said_before_a_password_is_asked_for(bob, people):
    asked = bob.run(
        "asset", "publish", people, "--price", "1", "--drop", "name", answer="", password_file=None
    )
    assert "has no column 'name'" in asked.stderr
    assert "Password" not in asked.stderr


def test_publish__columns_that_name_none__is_not_all_of_them(town, bob, people):
    before = town.node.block().number
    for option in ("--columns", "--drop"):
        refused = bob.fails("asset", "publish", people, "--price", "1", "--accept-sensitive", option, "")
        assert f"{option} names no column" in refused
    assert town.node.block().number == before


def test_publish__for_nothing__price_and_bond_of_0_are_taken(bob, alice, people):
    asset = bob.json("asset", "publish", people, "--price", "0", "--drop", "Vorname")["asset"]
    shown = bob.json("asset", "show", asset)
    assert (shown["price"], shown["bond"]) == ("0", "0")
    order = alice.json("order", "create", asset)["order"]
    assert bob.json("order", "settle")["settled"] == [order]
    bond = bob.json("asset", "publish", people, "--price", "3", "--bond", "0", "--drop", "Vorname,age")
    assert bob.json("asset", "show", bond["asset"])["bond"] == "0"


# --- previews


@pytest.fixture
def seller(town):
    return town.person("seller")


@pytest.fixture
def listing(seller, plan):
    return catalog.load_asset(seller, publish.publish(seller, plan).asset_id)


@pytest.mark.parametrize("rows", [(1, 1), (1, 20), (700, 702), (2999, 3000), (3000, 3000)])
def test_preview__rows__are_in_what_it_shows(seller, listing, table, rows):
    data = previews.make_preview(seller, listing, rows=rows)
    found = previews.check_preview(seller, data)
    text = b"".join(part.plain for part in found.parts).decode()
    lines = table.read_text().splitlines()
    for line in lines[rows[0] : rows[1] + 1]:
        assert line in text
    whole = table.read_bytes()
    assert all(whole[part.start : part.start + len(part.plain)] == part.plain for part in found.parts)
    assert len(text) <= 2 * 4096
    assert found.is_current


def test_preview__quoted_line_ends__are_inside_of_a_row(seller, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("id,note\n" + "".join(f'{i},"a\nb ""{i}"""\n' for i in range(1, 2000)))
    listing = catalog.load_asset(
        seller, publish.publish(seller, publish.plan_dataset(path, price=1, as_is=True)).asset_id
    )
    found = previews.check_preview(seller, previews.make_preview(seller, listing, rows=(1500, 1500)))
    assert b'1500,"a\nb ""1500"""' in b"".join(part.plain for part in found.parts)


@pytest.mark.parametrize("rows", [(0, 1), (5, 4), (3001, 3001), (2999, 3001)])
def test_preview__rows_that_are_not__are_said(seller, listing, rows):
    with pytest.raises(DataError, match=r"no such rows|has no row"):
        previews.make_preview(seller, listing, rows=rows)


def test_preview__pieces_that_are_not_or_of_another__are_refused(seller, bob, listing, town):
    for pieces in ([99], [-1], []):
        with pytest.raises(DataError, match="no such piece"):
            previews.make_preview(seller, listing, pieces=pieces)
    with pytest.raises(DataError, match="only the seller"):
        previews.make_preview(town.person("mallory"), listing, rows=(1, 2))


def test_check_preview__changed__is_refused(seller, listing):
    data = previews.make_preview(seller, listing, pieces=[0, 2])
    good = previews.check_preview(seller, data)
    assert [part.start for part in good.parts] == [0, 8192]
    obj = json.loads(data)
    for change in ("plain", "salt", "cipherHash", "nonce"):
        other = json.loads(data)
        other["previews"][0][change] = obj["previews"][1][change] if change != "nonce" else "00" * 32
        with pytest.raises(ContentMismatch):
            previews.check_preview(seller, json.dumps(other, sort_keys=True, separators=(",", ":")).encode())
    for bad in (b"{}", b"[]", data[:-1], data.replace(b"previews/v1", b"previews/v9")):
        with pytest.raises(DataError):
            previews.check_preview(seller, bad)


def test_check_preview__of_an_earlier_version__says_so(seller, listing, tmp_path):
    data = previews.make_preview(seller, listing, rows=(1, 2))
    newer = tmp_path / "newer.csv"
    newer.write_text("id,age\n1,2\n")
    publish.publish_version(seller, listing, publish.plan_dataset(newer, price=1))
    assert not previews.check_preview(seller, data).is_current


def test_preview__by_hand__shown_first_then_checked_by_anyone(bob, alice, people, tmp_path):
    asset = bob.json("asset", "publish", people, "--price", "1", "--drop", "Vorname")["asset"]
    out = tmp_path / "sample.json"
    answered = bob.run("asset", "preview", asset, "--rows", "1-3", "--out", out, answer="n\n")
    assert "20,f,0.5" in answered.stderr
    assert re.search(r"the \d{3} lines above, not only the 3 row\(s\) you asked for", answered.stderr)
    assert not out.exists()
    bob.ok("asset", "preview", asset, "--rows", "1-3", "--out", out)
    assert "verified: these are bytes of the file it sells" in alice.ok("asset", "check-preview", out)
    assert alice.json("asset", "check-preview", out)["parts"][0]["text"].startswith(
        "age,sex,score\n20,f,0.5\n"
    )
    assert "not a number" in bob.fails("asset", "preview", asset, "--rows", "a-b", "--out", out)
    assert bob.run("asset", "preview", asset, "--out", out).exit_code == 2


# --- accepted buyers


def test_buyers__list__is_honoured_and_said(town, bob, alice, people, tmp_path):
    asset = bob.json("asset", "publish", people, "--price", "1", "--drop", "Vorname", "--accepted-only")[
        "asset"
    ]
    ordered = alice.run("order", "create", asset, "--yes")
    assert "only to buyers he has accepted" in ordered.stderr
    order = bob.json("order", "list", "--sold")[0]["order"]
    assert "Hand over" not in bob.run("order", "settle", answer="n\n").stderr  # before it is asked
    said = bob.fails("order", "settle")
    assert f"the buyer {alice.address} is not on your list | hint: accept him" in said
    assert bob.json("asset", "buyers", asset, "add", alice.address)["accepted"] == [alice.address]
    assert bob.json("order", "settle")["settled"] == [order]
    assert bob.json("asset", "buyers", asset, "remove", alice.address)["accepted"] == []
    assert "not on the list" in bob.fails("asset", "buyers", asset, "remove", alice.address)
    assert alice.address not in json.dumps(alice.json("asset", "show", asset)["manifest"])
    assert "only the seller" in alice.fails("asset", "buyers", asset, "list")
    assert "not an address" in bob.fails("asset", "buyers", asset, "add", "0x12")
    assert bob.run("asset", "buyers", asset, "add").exit_code == 2
    bob.ok("asset", "buyers", asset, "clear")
    assert "nobody is" in bob.ok("asset", "buyers", asset, "list")


def test_buyers__list_that_the_manifest_does_not_say__holds_all_the_same(town, seller, listing):
    buyer = town.person("buyer")
    assert buyers.accepted_buyers(seller, listing.asset_id) is None
    buyers.accept_buyers(seller, listing.asset_id, [seller.account])
    sale = buy.order(buyer, listing)
    with pytest.raises(DataError, match="not on your list"):
        sell.settle(seller, sale)
    sell.settle(seller, sale, anyway=True)


def test_buyers__damaged_list__accepts_nobody(seller, listing, town):
    buyers.accept_buyers(seller, listing.asset_id, [])
    (path,) = (seller.folder / "buyers").iterdir()
    for content in ("", "[]", '{"accepted":[5]}', '{"accepted":"0x12"}'):
        path.write_text(content)
        with pytest.raises(DataError, match=r"can't be read|not an address"):
            sell.settle(seller, buy.order(town.person("buyer"), listing))
    buyers.clear_buyers(seller, listing.asset_id)
    assert buyers.accepted_buyers(seller, listing.asset_id) is None


# --- changes


def test_changes__reprice_version_unlist__said_before_and_shown_after(town, bob, alice, people, tmp_path):
    asset = bob.json("asset", "publish", people, "--price", "2", "--drop", "Vorname")["asset"]
    asked = bob.run("asset", "revise", asset, "--price", "3", answer="n\n").stderr
    assert "for 3 tokens instead of 2" in asked
    assert "orders that exist keep their price" in asked
    same = bob.run("asset", "revise", asset, "--price", "2", answer="y\n").stderr
    assert "the price already" in same
    assert "Go on?" not in same
    people.write_text(people.read_text() + "Eva;33;f;1,5\n")
    assert "name people: Vorname" in bob.fails("asset", "revise", asset, "--file", people)
    forgotten = bob.run("asset", "revise", asset, "--file", people, "--drop", "age", answer="n\n").stderr
    assert "columns that buyers did not see before: Vorname\n" in forgotten
    assert "columns that are gone: age\n" in forgotten
    assert "separator ';'" in forgotten
    changed = bob.json("asset", "revise", asset, "--file", people, "--drop", "Vorname", "--accepted-only")
    assert changed["version"] == "2.0.0"
    shown = alice.json("asset", "show", asset)["manifest"]
    assert (shown["version"], shown["tessera:buyers"]) == ("2.0.0", "accepted")
    assert shown["description"] == "A table of 401 rows and 3 columns."
    assert bob.run("asset", "revise", asset, "--description", "x").exit_code == 2
    alice.ok("order", "create", asset)
    asked = bob.run("asset", "unlist", asset, answer="n\n").stderr
    assert "open orders stay: 1" in asked
    assert "the bond of 2 tokens is free 25h later" in asked
    done = bob.json("asset", "unlist", asset)
    assert done["bond_free_after"] > town.node.block().timestamp
    assert "only the seller" in alice.fails("asset", "unlist", asset)
    for refused in (("unlist",), ("release-bond",), ("revise", "--price", "9")):
        said = bob.run("asset", refused[0], asset, *refused[1:], answer="y\n")
        assert said.exit_code == 1
        assert "Go on?" not in said.stderr  # what can't be done is not asked about
    assert "nothing to credit" in bob.ok("asset", "claim", asset)


# --- receipts


def test_receipt__sale_to_the_end__same_for_both_sides(town, bob, alice, people, tmp_path):
    asset = bob.json("asset", "publish", people, "--price", "2.5", "--drop", "Vorname")["asset"]
    order = alice.json("order", "create", asset)["order"]
    bob.ok("order", "settle")
    town.advance(90_000)
    bob.ok("order", "collect")
    found = alice.json("order", "receipt", order)
    assert found == bob.json("order", "receipt", order)
    assert (found["buyer"], found["seller"], found["price"]) == (alice.address, bob.address, "2.5")
    assert [step["what"].split(",")[0] for step in found["steps"]] == [
        "ordered",
        "key handed over",
        "income passed to the asset's holders",
    ]
    assert all(re.fullmatch("0x[0-9a-f]{64}", step["tx_hash"]) for step in found["steps"])
    page = tmp_path / "receipt.html"
    alice.ok("order", "receipt", order, "--html", page)
    text = page.read_text()
    for value in (order, alice.address, bob.address, found["content_root"], found["manifest_sha256"]):
        assert value in text
    assert "2.5 tokens" in alice.ok("order", "receipt", order)


def test_receipt__names_of_attackers__are_only_text(town, seller, tmp_path):
    name = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'{x}"
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    plan = publish.plan_dataset(path, price=1, name=name, description=name)
    listing = catalog.load_asset(seller, publish.publish(seller, plan).asset_id)
    buyer = town.person("buyer")
    sale = buy.order(buyer, listing)
    page = receipt_page(order_receipt(buyer, sale))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_receipt__manifest_not_at_hand__is_still_a_receipt(town, seller, listing):
    buyer = town.person("buyer")
    sale = buy.order(buyer, listing)
    town.advance(3700)
    buy.refund(buyer, catalog.load_order(buyer, sale.order_id))
    cid = catalog.read_manifest(buyer, listing.terms).stored.cid
    assert cid
    found = order_receipt(buyer, catalog.load_order(buyer, sale.order_id))
    assert found["state"] == "refunded"
    found["what"] = None
    assert "manifest not at hand" in receipt_page(found)
    assert format_id(sale.order_id) in receipt_page(found)
