"""The command line on a real chain: the story by hand, and what it says when something is wrong."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from marketplace.chain import Placed, save_deployment
from marketplace.cli import cli
from marketplace.types import Cid
from tests.integration.shell import Shell, citizen

PERSON = citizen

NO_ID = "0x" + "0" * 15
"""Beginning of an id that no hash has, but for one in 2**60."""


def test_story__by_hand__bought_file_is_the_sold_one(town, alice, bob, table, tmp_path):
    shown = bob.ok("asset", "publish", table, "--price", "12.5", "--name", "Patients", "--dry-run")
    assert "Patients" in shown
    assert bob.json("asset", "list", "--mine") == []
    asset = bob.json("asset", "publish", table, "--price", "12.5", "--name", "Patients")["asset"]
    assert "Patients" in alice.ok("asset", "list")
    assert "12.5 tokens" in alice.ok("asset", "show", asset[:14])
    order = alice.json("order", "create", asset[:14])["order"]
    assert "12.5" in alice.ok("vault", "show")
    assert bob.json("order", "settle")["settled"] == [order]
    assert bob.json("order", "settle")["settled"] == []
    out = tmp_path / "bought.csv"
    alice.ok("order", "receive", order[:14], "--out", out)
    assert out.read_bytes() == table.read_bytes()
    assert bob.json("order", "collect")["collected"] == []
    town.advance(90_000)
    assert bob.json("order", "collect")["amount"] == "12.5"
    assert bob.json("asset", "claim", asset)["claimed"] == "12.5"
    assert bob.json("vault", "withdraw", "12.5")["withdrawn"] == "12.5"
    assert bob.json("order", "show", order)["state"] == "collected"
    assert bob.json("vault", "check")["holds"] is True
    bob.ok("asset", "transfer", asset, alice.address, "100")
    assert alice.json("asset", "show", asset)["income"]["shares"] == 100
    bob.ok("asset", "revise", asset, "--price", "20")
    assert alice.json("asset", "show", asset)["price"] == "20"
    bob.ok("asset", "flush", asset)
    bob.ok("asset", "unlist", asset)
    town.advance(90_000 + 3600)
    assert bob.json("asset", "release-bond", asset)["released"] == "12.5"


def test_refund__after_the_deadline__by_hand(town, alice, bob, asset):
    order = alice.json("order", "create", asset)["order"]
    assert "has time until" in bob.fails("order", "refund", order)
    town.advance(3700)
    assert "expired" in alice.ok("order", "list", "--bought", "--open")
    assert bob.json("order", "refund", order)["to"] == alice.address
    assert alice.json("vault", "show")["free"] == "10"


def test_storage__add_get_verify__round_trip(alice, table, tmp_path):
    cid = alice.json("storage", "add", table)["cid"]
    assert alice.json("storage", "cid", table)["cid"] == cid
    alice.ok("storage", "get", cid, "--out", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == table.read_bytes()
    assert alice.json("storage", "verify", cid)["bytes"] == table.stat().st_size
    absent = str(Cid(0x55, bytes(32)))
    assert "is not in" in alice.fails("storage", "get", absent)
    assert "CID" in alice.fails("storage", "verify", "Qm123")


def test_vault__deposit_approve__shown(alice):
    alice.ok("vault", "deposit", "5")
    alice.ok("vault", "approve", "Exchange", "unlimited")
    shown = alice.json("vault", "show")
    assert (shown["free"], shown["wallet"]) == ("5", "995")
    assert shown["caps"]["Exchange"] == "unlimited"


def test_deploy__with_the_same_token__records_the_contracts(town, alice, tmp_path):
    file = tmp_path / "again.json"
    found = json.loads(
        alice.ok("deploy", "--token", town.deployment.token, "--seat-bond", "160", "--json", deployment=file)
    )
    assert found["token"] == town.deployment.token
    assert json.loads(file.read_text())["parameters"]["seatBond"] == 160 * 10**18
    assert "no contract" in alice.fails("deploy", "--token", "0x" + 40 * "1", deployment=file)


def test_wallet__new_import_list_show__by_hand(town, tmp_path):
    (tmp_path / "pw").write_text("secret\n")
    (tmp_path / "key").write_text("0x" + 64 * "1")
    shell = Shell(replace(town.settings("w"), home=tmp_path / "home", password_file=tmp_path / "pw"), None)
    made = shell.json("wallet", "new", "one", "--light")
    shell.ok("wallet", "import", "two", "--key-file", tmp_path / "key", "--light")
    assert [entry["name"] for entry in shell.json("wallet", "list")] == ["one", "two"]
    assert made["address"] in shell.ok("wallet", "show", "one")
    assert "already" in shell.fails("wallet", "new", "one", "--light")
    assert "no wallet 'three'" in shell.fails("wallet", "show", "three")
    result = shell.run("wallet", "new", "four", "--light", answer="a\nb\na\na\n", password_file=None)
    assert result.exit_code == 0
    assert "secret" not in result.output


def test_settle__one_order_with_a_poisoned_lock__others_are_settled(town, alice, bob, asset):
    from marketplace.crypto.points import Point
    from marketplace.services import accounts, catalog

    mallory = town.person("mallory")
    listing = catalog.find_asset(mallory, asset)
    accounts.ensure_funds(mallory, "Exchange", listing.terms.price)
    point = Point.from_scalar(99)
    arguments = (bytes(32), listing.asset_id, listing.terms, point, point.address())
    mallory.send("order", "Exchange", "order", *arguments, intent="poison")
    order = alice.json("order", "create", asset)["order"]
    assert bob.json("order", "settle")["settled"] == [order]
    assert "another key" in bob.fails("order", "settle")


# --- bad input: one line, one hint, exit 1, nothing lost


def test_password__wrong__is_said(alice, asset, tmp_path):
    (tmp_path / "pw").write_text("wrong")
    assert "password" in alice.fails("order", "create", asset, password_file=tmp_path / "pw")
    (tmp_path / "pw").write_text("")
    assert "is empty" in alice.fails("order", "create", asset, password_file=tmp_path / "pw")
    assert "can't be read" in alice.fails("order", "create", asset, password_file=tmp_path / "none")
    assert "no wallet 'nobody'" in alice.fails("order", "create", asset, wallet="nobody")


def test_money__missing__is_said_before_asking(town, asset):
    poor = citizen(town, "poor", tokens=3)
    said = poor.fails("order", "create", asset)
    assert "not enough money" in said
    assert "faucet" in said
    assert poor.json("vault", "show")["wallet"] == "3"


def test_node__absent_or_of_another_network__is_said(town, alice, tmp_path):
    assert "no node answers" in alice.fails("asset", "list", rpc_url="http://127.0.0.1:9")
    assert "deployment" in alice.fails("asset", "list", deployment=tmp_path / "none.json")
    save_deployment(replace(town.deployment, chain_id=5), tmp_path / "other.json")
    assert "wrong network" in alice.fails("asset", "list", deployment=tmp_path / "other.json")
    gone = {**town.deployment.contracts, "Vault": Placed("0x" + 40 * "1", 0)}
    save_deployment(replace(town.deployment, contracts=gone), tmp_path / "gone.json")
    assert "wrong network" in alice.fails("asset", "list", deployment=tmp_path / "gone.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n3\n", "line 3"),
        ("a,b\n", "no rows"),
        ("\x00\x01\x02", "not a text table"),
    ],
)
def test_publish__table_that_cannot_be_used__is_said(bob, tmp_path, text, said):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    assert said in bob.fails("asset", "publish", path, "--price", "1")
    assert bob.json("vault", "show")["wallet"] == "1000"


def test_publish__what_cannot_be__is_said(bob, table, tmp_path):
    price = ("--price", "1")
    assert "can't read" in bob.fails("asset", "publish", tmp_path / "none.csv", *price)
    assert "SPDX" in bob.fails("asset", "publish", table, *price, "--licence", "my own")
    assert "not a use" in bob.fails("asset", "publish", table, *price, "--use", "anything")
    assert "no asset" in bob.fails("asset", "publish", table, *price, "--parent", f"{NO_ID}:100")
    assert "not a parent" in bob.fails("asset", "publish", table, *price, "--parent", NO_ID)
    before = bob.json("vault", "show")
    for option in ("--settle-window", "--dispute-window"):
        assert "the contract takes 10m to 30d" in bob.fails("asset", "publish", table, *price, option, "5s")
    assert bob.json("vault", "show") == before  # refused before money moved


def test_ids__unknown__are_said(alice, asset):
    assert "there is no asset 0xdead" in alice.fails("asset", "show", "0xdeadbeef")
    assert "there is no asset nonsense" in alice.fails("order", "create", "nonsense")
    assert "there is no order 0xdead" in alice.fails("order", "show", "0xdeadbeef")


def test_turn__not_yours__is_said(alice, bob, asset, tmp_path):
    assert "only the seller" in alice.fails("asset", "revise", asset, "--price", "1")
    assert "only the seller" in alice.fails("asset", "unlist", asset)
    assert "not unlisted" in alice.fails("asset", "release-bond", asset)
    order = alice.json("order", "create", asset)["order"]
    assert "ordered already" in alice.fails("order", "create", asset)
    assert "only the seller" in alice.fails("order", "settle", order)
    assert "not handed over" in alice.fails("order", "receive", order, "--out", tmp_path / "x")
    assert "not of" in bob.fails("order", "receive", order, "--out", tmp_path / "x")
    assert "not settled" in bob.fails("order", "collect", order)
    bob.ok("order", "settle", order)
    assert "not open" in bob.fails("order", "settle", order)
    assert "dispute window" in bob.fails("order", "collect", order)
    assert "nothing to refund" in alice.fails("order", "refund", order)
    assert "0 tokens of" in alice.fails("vault", "withdraw", "1")
    assert "nothing to move" in alice.fails("vault", "withdraw", "0")
    assert "nothing to move" in alice.fails("vault", "deposit", "0")


def test_confirm__answered_no__does_nothing(alice, asset):
    for answer in ("n\n", ""):
        result = alice.run("order", "create", asset, answer=answer)
        assert result.exit_code == 1
        assert "Lock 10 tokens of" in result.stderr
        assert "error: not confirmed: nothing was done" in result.stderr
    assert alice.json("order", "list", "--bought") == []


@pytest.mark.parametrize(
    "args",
    [
        ("asset", "publish", "x.csv"),
        ("vault", "deposit", "ten"),
        ("vault", "approve", "Nobody", "1"),
        ("asset", "revise", NO_ID),
        ("localnet", "advance", "soon"),
        ("nonsense",),
    ],
)
def test_usage__wrong__exits_2(alice, args):
    result = alice.run(*args)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_localnet__start_to_stop__one_command_gives_a_market(tmp_path):
    environ = {"TESSERA_HOME": str(tmp_path), "TESSERA_PASSWORD_FILE": str(tmp_path / "pw")}
    (tmp_path / "pw").write_text("pw")
    runner = CliRunner(env=environ)

    def run(*args):
        result = runner.invoke(cli, [*args, "--yes", "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    try:
        started = run("localnet", "start")
        assert run("localnet", "start")["contracts"] == started["contracts"]
        address = run("wallet", "new", "--light")["address"]
        assert run("localnet", "faucet", "--tokens", "7")["wallet"] == "7"
        before = run("localnet", "status")["time"]
        assert run("localnet", "advance", "2h")["time"] >= before + 7200
        assert run("vault", "show")["account"] == address
        assert run("asset", "list") == []
    finally:
        assert run("localnet", "stop") == {"stopped": True}
    assert run("localnet", "status") == {"running": False}


SLOW = {"cryptography", "numpy", "pandas", "requests", "rich", "sklearn", "sqlalchemy", "web3"}
"""What takes tenths of a second to import, or seconds."""


def test_help__no_command__imports_nothing_slow():
    """So it comes quickly, which can't be measured while other tests want the processor."""
    command = [sys.executable, "-X", "importtime", "-m", "marketplace", "--help"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert {"click", "marketplace"} <= imported
    assert not SLOW & imported
