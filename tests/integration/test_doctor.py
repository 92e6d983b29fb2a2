"""The doctor on a real chain: healthy, and each fault by itself, with what to do about it."""

import json
import sqlite3
from dataclasses import replace

import pytest

from marketplace.chain import Journal, load_deployment, save_deployment
from marketplace.chain.code_check import foreign_code
from marketplace.services.doctor.chain import HISTORY_CONTRACT
from tests.integration.shell import Shell, citizen

PERSON = citizen


@pytest.fixture
def alice(town):
    settings, address = town.citizen("alice")
    settings.home.chmod(0o700)
    settings.password_file.chmod(0o600)
    return Shell(settings, address)


def examined(shell, **changes):
    """Return the findings by part and state; the exit code says whether one is wrong."""
    result = shell.run("doctor", "--json", **changes)
    found = json.loads(result.stdout)
    bad = [one for one in found if one["state"] == "wrong"]
    assert result.exit_code == (1 if bad else 0), result.output
    assert all(one["do"] for one in found if one["state"] != "ok")
    assert "Traceback" not in result.output
    if bad:
        assert result.stderr.splitlines()[-2].startswith("error: ")
        assert result.stderr.splitlines()[-1] == f"hint: {bad[0]['do']}"
    return found


def wrong(shell, **changes):
    """Return the one thing that is wrong, as text."""
    bad = [one for one in examined(shell, **changes) if one["state"] == "wrong"]
    assert len(bad) == 1, bad
    return f"{bad[0]['part']}: {bad[0]['says']} | {bad[0]['do']}"


def noted(shell, part, **changes):
    return " ".join(
        f"{one['says']} | {one['do']}" for one in examined(shell, **changes) if one["part"] == part
    )


def test_healthy__nothing_is_wrong_and_nothing_left_behind(alice, town):
    before = sorted(p for p in town.folder.joinpath("store").rglob("*") if p.is_file())
    found = examined(alice)
    assert [one for one in found if one["state"] == "wrong"] == []
    parts = {one["part"] for one in found}
    assert parts >= {"program", "anvil", "settings", "home", "wallet", "limits", "node", "clock", "contracts"}
    assert parts >= {"referee", "store", "journal", "gas", "money"}
    assert sorted(p for p in town.folder.joinpath("store").rglob("*") if p.is_file()) == before
    shown = alice.ok("doctor")
    assert "what to do" in shown
    assert "as shipped" in shown


def test_files__others_can_read_them__is_wrong(alice):
    wallet = alice.settings.wallets_path / f"{alice.settings.wallet}.keystore.json"
    wallet.chmod(0o644)
    assert f"chmod 600 {wallet}" in wrong(alice)
    wallet.chmod(0o600)
    alice.settings.home.chmod(0o777)
    assert "others can write" in wrong(alice)
    alice.settings.home.chmod(0o700)
    alice.settings.password_file.chmod(0o640)
    assert "password file" in wrong(alice)


def test_wallet__damaged_or_missing__is_said(alice):
    wallet = alice.settings.wallets_path / f"{alice.settings.wallet}.keystore.json"
    text = wallet.read_text()
    wallet.write_text("{")
    found = examined(alice)
    assert any(one["part"] == "wallet" and "damaged" in one["says"] for one in found)
    wallet.write_text(text)
    assert "there are alice-" in noted(alice, "wallet", wallet="nobody")
    assert "cheap to crack" in noted(alice, "wallet")


def test_limits__damaged__is_wrong(alice):
    alice.ok("wallet", "limit", "--per-day", "5")
    assert "5 tokens a day" in noted(alice, "limits")
    (alice.settings.home / "limits" / f"{alice.address}.json").write_text("no")
    assert "limits" in wrong(alice)


def test_node__absent__the_rest_is_still_examined(alice):
    assert "no node answers" in wrong(alice, rpc_url="http://127.0.0.1:9")
    parts = {one["part"] for one in examined(alice, rpc_url="http://127.0.0.1:9")}
    assert "store" in parts
    assert "money" not in parts


def test_contracts__missing_other_or_foreign__is_wrong(alice, town, tmp_path):
    assert "no deployment file" in wrong(alice, deployment=tmp_path / "none.json")
    town_file = load_deployment(town.file)
    swapped = {**town_file.contracts, "Vault": town_file.contracts["Exchange"]}
    save_deployment(replace(town_file, contracts=swapped), tmp_path / "swapped.json")
    assert "contracts" in wrong(alice, deployment=tmp_path / "swapped.json")
    assert foreign_code(town.node, town.deployment) == []
    address = town.deployment.address("Panels")
    code = bytes(town.node.web3.eth.get_code(address))
    changed = bytearray(code)
    changed[-80] ^= 1
    town.node.request("anvil_setCode", address, "0x" + changed.hex())
    try:
        assert "other code than this version ships: Panels" in wrong(alice)
    finally:
        town.node.request("anvil_setCode", address, "0x" + code.hex())


def test_history_contract__missing__is_wrong(alice, town):
    code = town.node.web3.eth.get_code(HISTORY_CONTRACT)
    town.node.request("anvil_setCode", HISTORY_CONTRACT, "0x")
    try:
        assert "EIP-2935" in wrong(alice)
    finally:
        town.node.request("anvil_setCode", HISTORY_CONTRACT, "0x" + bytes(code).hex())


def test_store__not_writable_or_absent__is_wrong(alice, tmp_path):
    (tmp_path / "file").write_text("")
    assert "store" in wrong(alice, store=tmp_path / "file" / "store")
    assert "store" in wrong(alice, store="kubo:http://127.0.0.1:9")
    assert "store" in wrong(alice, store="gateway:http://127.0.0.1:9")


def test_listings__file_not_in_the_store__is_wrong(bob, table, tmp_path):
    bob.settings.home.chmod(0o700)
    bob.settings.password_file.chmod(0o600)
    assert noted(bob, "listings") == ""  # nothing is for sale
    asset = bob.json("asset", "publish", table, "--price", "1")["asset"]
    assert "1 for sale" in noted(bob, "listings")
    lost = wrong(bob, store=tmp_path / "empty")
    assert f"1 of 1 that you sell are not in the store: {asset[:12]}" in lost
    assert "copy of the store" in lost


@pytest.mark.kubo
def test_store__of_a_real_node_and_its_gateway__is_examined(alice, kubo):
    before = kubo.pins
    assert "written, read, verified" in noted(alice, "store", store=f"kubo:{kubo.api}")
    assert kubo.pins == before
    assert "answers; read only" in noted(alice, "store", store=f"gateway:{kubo.gateway}")


def test_index__changed_by_hand_or_off__is_said(alice, bob, table):
    bob.ok("asset", "publish", table, "--price", "10", "--bond", "0")
    alice.ok("asset", "list")
    assert "as the chain says" in noted(alice, "index")
    assert "off: " in noted(alice, "index", index_url="off")
    with sqlite3.connect(alice.settings.home / "index.db") as file:
        (name,) = file.execute("SELECT name FROM sqlite_master WHERE name LIKE '%events%' LIMIT 1").fetchone()
        file.execute(f"DELETE FROM {name} WHERE rowid = (SELECT max(rowid) FROM {name})")
    assert any(one["part"] == "index" and one["state"] == "wrong" for one in examined(alice))


def test_journal__transaction_under_way__is_noted(alice, town):
    Journal(alice.settings.journal_path).record(
        network=town.node.network, sender=alice.address, intent="order:0x12", nonce=7, tx_hash="0x1", raw=b"",
        gas_limit=1,
    )  # fmt: skip
    assert f"transaction 7 of {alice.settings.wallet} is not finished: order" in noted(alice, "journal")


def test_money__none_for_gas__is_wrong(town):
    poor = citizen(town, "poor", tokens=0)
    poor.settings.home.chmod(0o700)
    poor.settings.password_file.chmod(0o600)
    town.local.set_balance(poor.address, 0)
    assert "no coin for gas" in wrong(poor)


def test_money__stuck_or_open_to_all__is_noted(town, alice, bob, table):
    asset = bob.json("asset", "publish", table, "--price", "10", "--bond", "0")["asset"]
    alice.ok("vault", "approve", "Exchange", "unlimited")
    assert "Exchange may lock everything" in noted(alice, "money")
    order = alice.json("order", "create", asset)["order"]
    second = alice.json("order", "create", asset, "--again")["order"]
    bob.ok("order", "settle", second)
    town.advance(100_000)
    assert f"tessera order refund {order[:14]}" in noted(alice, "locks")
    bob.settings.password_file.chmod(0o600)
    bob.settings.home.chmod(0o700)
    assert "10 tokens could be freed: your part of 1 sale" in noted(bob, "locks")
