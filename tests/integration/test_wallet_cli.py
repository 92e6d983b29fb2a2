"""Wallets by hand: backup, restore, import, and what is refused."""

import json
from dataclasses import replace

import pytest
from eth_account import Account

from tests.integration.shell import Shell

PASSWORD = "correct horse"


@pytest.fixture
def shell(town, tmp_path):
    (tmp_path / "pw").write_text(PASSWORD)
    settings = replace(
        town.settings("w"), home=tmp_path / "home", password_file=tmp_path / "pw", wallet="ann"
    )
    return Shell(settings, None)


@pytest.fixture
def elsewhere(shell, tmp_path):
    """The same person on a new computer."""
    return Shell(replace(shell.settings, home=tmp_path / "other"), None)


def test_backup__restored_elsewhere__same_wallet_and_contracts(shell, elsewhere, tmp_path, town):
    made = shell.json("wallet", "new", "ann", "--light")
    out = tmp_path / "ann.backup"
    assert shell.json("wallet", "backup", "ann", "--out", out)["address"] == made["address"]
    assert out.stat().st_mode & 0o777 == 0o600
    found = elsewhere.json("wallet", "restore", "ann", "--from", out)
    assert found["address"] == made["address"]
    assert found["restored"] is True
    assert found["deployments"] == [str(town.deployment.chain_id)]
    assert elsewhere.json("wallet", "restore", "ann", "--from", out)["restored"] is False
    secret = elsewhere.settings.wallets_path / "ann.keystore.json"
    assert json.loads(secret.read_text()) == json.loads(
        (shell.settings.wallets_path / secret.name).read_text()
    )
    kept = elsewhere.settings.home / "deployments" / f"{town.deployment.chain_id}.json"
    assert json.loads(kept.read_text()) == json.loads(town.file.read_text())


def test_backup__refused__where_it_would_lose_something(shell, tmp_path):
    shell.ok("wallet", "new", "ann", "--light")
    out = tmp_path / "ann.backup"
    shell.ok("wallet", "backup", "--out", out)
    before = out.read_bytes()
    assert "exists already" in shell.fails("wallet", "backup", "--out", out)
    assert out.read_bytes() == before
    assert "can't be written" in shell.fails("wallet", "backup", "--out", tmp_path / "none" / "x")
    assert "no wallet 'eve'" in shell.fails("wallet", "backup", "eve", "--out", tmp_path / "x")
    (tmp_path / "bad").write_text("wrong")
    wrong = shell.fails("wallet", "backup", "--out", tmp_path / "x", password_file=tmp_path / "bad")
    assert "password" in wrong
    assert not (tmp_path / "x").exists()


def test_restore__refused__never_overwrites_another_wallet(shell, elsewhere, tmp_path):
    shell.ok("wallet", "new", "ann", "--light")
    out = tmp_path / "ann.backup"
    shell.ok("wallet", "backup", "--out", out)
    other = elsewhere.json("wallet", "new", "ann", "--light")["address"]
    assert "another wallet 'ann'" in elsewhere.fails("wallet", "restore", "ann", "--from", out)
    assert elsewhere.json("wallet", "show", "ann")["address"] == other
    assert elsewhere.json("wallet", "restore", "ann2", "--from", out)["restored"] is True
    assert "can't read" in elsewhere.fails("wallet", "restore", "b", "--from", tmp_path / "none")
    (tmp_path / "junk").write_text("{}")
    junk = elsewhere.fails("wallet", "restore", "b", "--from", tmp_path / "junk")
    assert "no backup" in junk
    assert "wallet backup wrote" in junk
    wallet = elsewhere.settings.wallets_path / "ann.keystore.json"
    assert "no backup" in elsewhere.fails("wallet", "restore", "b", "--from", wallet)


def test_import__keystore_of_another_program__same_account(shell, tmp_path):
    account = Account.create()
    (tmp_path / "geth.json").write_text(json.dumps(account.encrypt("old", iterations=1024)))
    (tmp_path / "old").write_text("old\n")
    given = ("--keystore", tmp_path / "geth.json", "--keystore-password-file", tmp_path / "old", "--light")
    result = shell.run("wallet", "import", "geth", *given, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["address"] == account.address
    assert "market secret is fresh" in result.stderr
    (tmp_path / "old").write_text("wrong")
    assert "does not open this keystore" in shell.fails("wallet", "import", "geth2", *given)
    own = shell.settings.wallets_path / "geth.keystore.json"
    again = ("--keystore", own, "--keystore-password-file", tmp_path / "pw")
    assert "would lose its market secret" in shell.fails("wallet", "import", "geth2", *again)
    both = shell.run("wallet", "import", "x", "--keystore", own, "--key-file", own)
    assert both.exit_code == 2


def test_import__key_at_the_prompt__is_not_shown(shell):
    key = "0x" + 63 * "1" + "2"
    result = shell.run("wallet", "import", "typed", "--light", answer=f"{key}\n")
    assert result.exit_code == 0
    assert key not in result.output
    assert "64 hexadecimal digits" in shell.run("wallet", "import", "b", "--light", answer="12\n").stderr


def test_import__no_key__is_said_before_a_password_is_asked_for(shell):
    said = shell.run(
        "wallet", "import", "typed", "--light", answer="hello\nlong enough\n", password_file=None
    )
    assert "not a private key" in said.stderr
    assert "Password" not in said.stderr


def test_new__answers_that_are_none__are_said(shell):
    asked = shell.run("wallet", "new", "Bad Name", "--light", answer="x\n", password_file=None)
    assert "not a wallet's name" in asked.stderr
    assert "Password" not in asked.stderr
    answers = "\nfirst\nsecond\nshort\nshort\n"
    asked = shell.run("wallet", "new", "ann", "--light", answer=answers, password_file=None)
    assert asked.exit_code == 0, asked.output
    assert "nothing was typed" in asked.stderr
    assert "not the same" in asked.stderr
    assert "5 characters is soon guessed" in asked.stderr
    assert "short" not in asked.output
    asked = shell.run("wallet", "new", "eve", "--light", answer="", password_file=None)
    assert "nothing was done" in asked.stderr
    assert "Warning" not in asked.stderr


def test_list__one_file_is_damaged__the_others_are_shown(shell):
    shell.ok("wallet", "new", "ann", "--light")
    shell.ok("wallet", "new", "eve", "--light")
    (shell.settings.wallets_path / "eve.keystore.json").write_text("{")
    result = shell.run("wallet", "list")
    assert result.exit_code == 1
    assert "ann" in result.stdout
    assert "'eve' is damaged" in result.stderr
    assert shell.ok("wallet", "show", "ann")
