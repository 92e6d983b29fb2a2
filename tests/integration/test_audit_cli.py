"""``tessera bounty audit`` as its user types it."""

import shutil
import signal
import subprocess
import sys

import pytest

from marketplace.chain import save_deployment
from marketplace.config import Settings
from tests.integration.audit_lies import attest, granted, lie_about, row_said_wrong
from tests.integration.contest_world import E
from tests.integration.daemons import environment
from tests.integration.deaths import code
from tests.integration.shell import Shell

DEATHS, MOST_POINTS = 6, 60
"""Processes that may die, and about how many points one has from its start to its end."""


@pytest.fixture
def shell(world, tmp_path):
    """Return a function that gives somebody of the world his command line."""

    def found(name):
        home = tmp_path / name
        (home / "wallets").mkdir(parents=True)
        shutil.copy(world.folder / "wallets" / f"{name}.keystore.json", home / "wallets")
        (home / "password").write_text("password\n")
        save_deployment(world.deployment, home / "deployment.json")
        settings = Settings(
            home=home,
            rpc_url=world.node.web3.provider.endpoint_uri,
            store=world.folder / str(world.tests) / "store",
            deployment=home / "deployment.json",
            wallet=name,
            password_file=home / "password",
        )
        return Shell(settings, world[name].account)

    return found


def name_of(bounty):
    return f"{bounty:#066x}"


def test_audit__wrong_score__asked_filed_and_paid(world, shell):
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, row_said_wrong)
    alice, one = shell("alice"), name_of(bounty)
    told = alice.json("bounty", "audit", one, "--dry-run")
    assert told["right"] is False
    assert told["recomputed"] > told["score"]
    assert told["voided"] is None
    assert "the whole model" in told["challenge"]["public"]
    assert "leave out --dry-run" in alice.ok("bounty", "audit", one, "--dry-run")
    refused = alice.run("bounty", "audit", one, answer="n\n")
    assert refused.exit_code == 1
    for words in ("Disprove it: row ", "you get 750 tokens", "becomes public: the whole model", "Go on?"):
        assert words in refused.output
    before = world.money("alice")
    done = alice.ok("bounty", "audit", one)
    assert "is void" in done
    assert world.money("alice") == before + 750 * E
    again = alice.json("bounty", "audit", one)  # nothing is sent twice
    assert again["voided"]["collected"] is True
    assert world.money("alice") == before + 750 * E


def test_audit__right_score__says_what_was_checked(world, shell):
    bounty = granted(world, alice=world.good_model)
    attest(world, bounty, None)
    one = name_of(bounty)
    assert "the verdict is right" in shell("alice").ok("bounty", "audit", one)
    stranger = shell("bob").ok("bounty", "audit", one)
    assert "not checked  score" in stranger
    assert "as far as this could be checked" in stranger


def test_audit__too_early__one_line_and_a_hint(world, shell):
    bounty = world.open()
    assert "not open yet" in shell("alice").fails("bounty", "audit", name_of(bounty))


def test_audit__killed_again_and_again__pays_once(world, shell, chance):
    """Each process dies at a point of its own; typed again, the command ends with what one run sends."""
    bounty = granted(world, alice=world.good_model)
    lie_about(world, bounty, world.good_model, row_said_wrong)
    alice, before, nonce = shell("alice"), world.money("alice"), world.nonce("alice")
    command = [sys.executable, "-c", "", "bounty", "audit", name_of(bounty), "--yes"]
    kills = 0
    for _ in range(DEATHS):
        command[2] = code(chance.randint(1, MOST_POINTS))
        done = subprocess.run(
            command, env=environment(alice.settings), capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        kills += done.returncode != 0
    assert kills
    told = alice.json("bounty", "audit", name_of(bounty))
    assert told["voided"]["collected"] is True
    assert world.money("alice") == before + 750 * E
    assert world.nonce("alice") == nonce + 3
