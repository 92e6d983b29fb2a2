"""Spending limits by hand, on a real chain: refused, kept through a kill, raised with the password only."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.integration.shell import Shell, citizen
from tests.integration.test_kill import Person

PERSON = citizen


def test_limit__per_command__refuses_before_anything_moves(alice, asset):
    assert alice.json("wallet", "limit", "--per-command", "9.5")["per_command"] == "9.5"
    said = alice.fails("order", "create", asset)
    assert "limit of a command is 9.5" in said
    assert "tessera wallet limit --per-command" in said
    assert alice.json("vault", "show")["wallet"] == "1000"
    assert "9.5" in alice.ok("wallet", "limit")
    alice.ok("wallet", "limit", "--per-command", "10")
    alice.ok("order", "create", asset)


def test_limit__per_day__counts_what_was_spent_before(alice, bob, asset):
    alice.ok("order", "create", asset)  # spent before there was a limit: it counts
    assert alice.json("wallet", "limit", "--per-day", "25")["spent"] == "10"
    alice.ok("order", "create", asset, "--again")
    assert "after 20 in this day" in alice.fails("order", "create", asset, "--again")
    alice.ok("vault", "deposit", "100")  # stays his own
    assert "limit of a day" in alice.fails("vault", "withdraw", "50", "--to", bob.address)
    alice.ok("vault", "withdraw", "50")
    alice.ok("vault", "withdraw", "5", "--to", bob.address)
    assert alice.json("wallet", "limit")["spent"] == "25"


def test_limit__raised__takes_the_password(alice, tmp_path):
    alice.ok("wallet", "limit", "--per-day", "5")
    (tmp_path / "wrong").write_text("wrong")
    other = {"password_file": tmp_path / "wrong"}
    assert "password" in alice.fails("wallet", "limit", "--per-day", "6", **other)
    assert "password" in alice.fails("wallet", "limit", "--per-day", "none", **other)
    alice.ok("wallet", "limit", "--per-day", "4", **other)
    assert alice.json("wallet", "limit")["per_day"] == "4"
    result = alice.run("wallet", "limit", "--per-day", "none", answer="n\n")
    assert result.exit_code == 1
    assert "spend more" in result.stderr
    assert alice.json("wallet", "limit", "--per-day", "none")["per_day"] is None
    assert alice.run("wallet", "limit", "--per-day", "lots").exit_code == 2


def test_setting__and_command__the_lower_holds(alice, asset):
    alice.ok("wallet", "limit", "--per-command", "5")
    assert "is 5" in alice.fails("order", "create", asset, max_spend_per_command="50")
    alice.ok("wallet", "limit", "--per-command", "50")
    assert "is 3" in alice.fails("order", "create", asset, max_spend_per_command="3")


def test_file__damaged__nothing_is_spent(alice, asset):
    alice.ok("wallet", "limit", "--per-command", "5")
    for text in ("{", "[]", "null", "{}", '{"per_command": 5, "per_day": null}', '{"per_day": "7"}'):
        (alice.settings.home / "limits" / f"{alice.address}.json").write_text(text)
        assert "can't be read" in alice.fails("order", "create", asset)


def test_limit__no_wallet__is_said(town):
    nobody = Shell(replace(town.settings("nobody"), wallet="none"), None)
    assert "no wallet to limit" in nobody.fails("wallet", "limit")


@pytest.mark.parametrize("moment", ["before sending", "after sending"])
def test_limit__killed_and_repeated__counts_once(town, asset, moment):
    alice = Person(town, "alice")
    shell = Shell(alice.settings, alice.address)
    shell.ok("vault", "deposit", "100")
    shell.ok("vault", "approve", "Exchange", "unlimited")  # so that the order is the first transaction
    shell.ok("wallet", "limit", "--per-day", "15")
    alice.killed("order", moment, asset)
    if moment == "after sending":
        assert shell.json("wallet", "limit")["spent"] == "10"
        assert "is open" in shell.fails("order", "create", asset)
        assert "limit of a day" in shell.fails("order", "create", asset, "--again")
    else:
        assert shell.json("wallet", "limit")["spent"] == "0"
        shell.ok("order", "create", asset)
    assert shell.json("wallet", "limit")["spent"] == "10"


def test_limit__two_commands_at_once__one_is_refused(town, alice, bob, table, tmp_path):
    """Two processes order two assets of 10 tokens, with 15 a day."""
    assets = []
    for number in range(2):
        path = tmp_path / f"t{number}.csv"
        path.write_text(table.read_text() + f"9999,{number},no\n")
        assets.append(bob.json("asset", "publish", path, "--price", "10", "--bond", "0")["asset"])
    alice.ok("vault", "deposit", "100")
    alice.ok("vault", "approve", "Exchange", "unlimited")
    alice.ok("wallet", "limit", "--per-day", "15")
    s = alice.settings
    common = [
        "--home", s.home, "--rpc-url", s.rpc_url, "--wallet", s.wallet, "--password-file", s.password_file,
        "--yes", "--json",
    ]  # fmt: skip
    environ = {
        "TESSERA_STORE": str(s.store),
        "TESSERA_DEPLOYMENT": str(s.deployment),
        "PATH": "/usr/bin:/bin",
    }
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "marketplace", "order", "create", one, *map(str, common)],
            env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for one in assets
    ]  # fmt: skip
    ended = [(*run.communicate(timeout=240), run.returncode) for run in runs]
    assert sorted(code for *_, code in ended) == [0, 1], ended
    refused = next(err for _, err, code in ended if code == 1)
    assert "limit of a day is 15" in refused
    assert json.loads(next(out for out, _, code in ended if code == 0))["order"]
    assert alice.json("wallet", "limit")["spent"] == "10"
