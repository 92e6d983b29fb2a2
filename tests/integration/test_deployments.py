"""Deployments by name, and their sources: compiled again, they are the very bytes that were sent."""

import hashlib
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from marketplace import config
from marketplace.chain import load_deployment
from marketplace.chain.artifacts import linked_bytecode
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from tests.integration.conftest import PASSWORD
from tests.integration.shell import Shell

REPOSITORY = Path(__file__).parents[2]
KEPT = REPOSITORY / "build" / "solc"
KEY = bytes(31) + b"\x07"
"""Deploys, with nonce 0: addresses, and so what is compiled, are the same in every run."""

AGAIN = ("Exchange", "BountyRules", "Bounties")
"""Compiled again: with arguments, a library, and one linked to libraries. All would take a minute more."""

COMPILE = """
const fs = require("fs"), solc = require(process.argv[1]);
fs.writeFileSync(process.argv[3], solc.compile(fs.readFileSync(process.argv[2], "utf8")));
"""
"""The compiler alone: no file but the input is read, no setting but the input's counts."""


@pytest.fixture(scope="module")
def shell(town):
    settings, _ = town.citizen("deployer")
    settings = replace(settings, deployment=Path("rehearsal"), wallet="fixed")
    address = Keystore(settings.wallets_path, SCRYPT_N_LIGHT).import_key("fixed", KEY, PASSWORD).address
    assert address == Account.from_key(KEY).address
    town.fund(address)
    return Shell(settings, address)


@pytest.fixture(scope="module")
def deployment(shell):
    shell.ok("deploy", "--seat-bond", "160", "--name", "rehearsal")
    return load_deployment(shell.settings.home / "deployments" / "rehearsal.json")


@pytest.fixture(scope="module")
def written(shell, deployment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources") / "here"
    shell.ok("deploy", "sources", "rehearsal", "--out", folder)
    index = json.loads((folder / "verification.json").read_text())
    return folder, {one["name"]: one for one in index["contracts"]}


def compiled(path):
    """Compile a standard JSON input and keep the output by its hash."""
    lock = (REPOSITORY / "package-lock.json").read_bytes()
    kept = KEPT / f"again-{hashlib.sha256(path.read_bytes() + lock).hexdigest()[:32]}.json"
    if not kept.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        own = REPOSITORY / ".venv" / "bin" / "node"
        node = str(own) if own.exists() else shutil.which("node")
        part = kept.with_suffix(f".{path.stem}")
        words = [node, "--stack-size=4000", "-e", COMPILE, REPOSITORY / "node_modules" / "solc", path, part]
        subprocess.run([str(word) for word in words], check=True)
        part.replace(kept)
    return json.loads(kept.read_text())


def masked(code, references):
    """Return runtime code with the bytes of immutables zeroed."""
    found = bytearray(code)
    for places in references.values():
        for place in places:
            found[place["start"] : place["start"] + place["length"]] = bytes(place["length"])
    return bytes(found)


def test_sources__compiled_again__are_what_was_deployed(town, written):
    """Creation code with its arguments equals the transaction's data, metadata included, byte for byte.

    At the address lies the same code but for immutables, which the constructor fills in.
    """
    folder, entries = written
    eth = town.node.web3.eth
    with ThreadPoolExecutor(2) as pool:
        outputs = dict(zip(AGAIN, pool.map(lambda name: compiled(folder / f"{name}.input.json"), AGAIN)))
    for name, output in outputs.items():
        entry = entries[name]
        assert [e for e in output.get("errors", []) if e["severity"] == "error"] == [], name
        path, _, contract = entry["contract"].partition(":")
        evm = output["contracts"][path][contract]["evm"]
        sent = eth.get_transaction(entry["transaction"])
        assert bytes(sent["input"]).hex() == evm["bytecode"]["object"] + entry["constructor_arguments"], name
        assert eth.get_transaction_receipt(entry["transaction"])["contractAddress"] == entry["address"]
        runtime, code = evm["deployedBytecode"], eth.get_code(entry["address"])
        references = runtime["immutableReferences"]
        again = bytes.fromhex(runtime["object"])
        assert masked(code, references) == masked(again, references), name


def test_sources__of_every_contract__belong_to_what_was_deployed(town, deployment, written):
    """The others' sources are those of the artifacts (tests/test_artifacts.py), and these were deployed."""
    _, entries = written
    assert set(entries) == set(deployment.contracts)
    addresses = {name: placed.address for name, placed in deployment.contracts.items()}
    for name, entry in entries.items():
        sent = town.node.web3.eth.get_transaction(entry["transaction"])
        expected = linked_bytecode(name, addresses) + entry["constructor_arguments"]
        assert "0x" + bytes(sent["input"]).hex() == expected, name


def test_sources__requests__name_the_same_thing(written):
    folder, entries = written
    for name, entry in entries.items():
        standard = json.loads((folder / entry["standard_input"]).read_text())
        body = json.loads((folder / entry["sourcify"]).read_text())
        assert set(body) == {
            "stdJsonInput",
            "compilerVersion",
            "contractIdentifier",
            "creationTransactionHash",
        }
        assert body["stdJsonInput"] == standard
        assert body["contractIdentifier"] == entry["contract"] == entry["etherscan"]["contractname"]
        assert body["creationTransactionHash"] == entry["transaction"]
        assert entry["etherscan"]["compilerversion"] == f"v{body['compilerVersion']}"
        assert entry["contract"].endswith(f":{name}")
    libraries = json.loads((folder / "Bounties.input.json").read_text())["settings"]["libraries"]
    assert {name: at for found in libraries.values() for name, at in found.items()} == entries["Bounties"][
        "libraries"
    ]


def test_sources__wheel_without_the_repository__are_shipped():
    from importlib import resources

    assert (resources.files("marketplace.chain") / "sources.json.gz").is_file()


def test_deployment__by_name__is_used_and_listed(shell, deployment):
    assert shell.json("vault", "show")["account"] == shell.address
    assert [one["name"] for one in shell.json("deploy", "list")].count("rehearsal") == 1
    shown = shell.json("deploy", "show", "rehearsal")
    assert shown["contracts"]["Vault"]["address"] == deployment.address("Vault")
    assert shown["parameters"]["seatBond"] == 160 * 10**18
    assert shell.json("deploy", "show") == shown  # the setting names it
    assert deployment.address("Vault") in shell.ok("deploy", "show")
    assert "there is no deployment file" in shell.fails("deploy", "show", "nowhere")


def test_deployment__again_under_its_name__earlier_record_is_kept(town, tmp_path):
    settings, address = town.citizen("again")
    shell = Shell(replace(settings, deployment=Path("twice")), address)
    first = shell.json("deploy", "--token", town.deployment.token)["contracts"]["Vault"]
    said = shell.run("deploy", "--token", town.deployment.token, answer="y\n")
    assert "twice.json is taken" in said.stderr
    second = load_deployment(settings.home / "deployments" / "twice.json")
    assert load_deployment(settings.home / "deployments" / "twice-1.json").address("Vault") == first
    assert second.address("Vault") != first
    assert shell.run("deploy", "--name", "Not a name").exit_code == 2


def test_deployment__of_the_repository__is_found_by_chain_id(town, tmp_path, monkeypatch):
    shared = tmp_path / "repository" / "deployments"
    shared.mkdir(parents=True)
    monkeypatch.setattr(config, "SHARED_DEPLOYMENTS", shared)
    settings = replace(town.settings("reader"), home=tmp_path / "home", deployment=None)
    (shared / "31337.json").write_bytes(town.file.read_bytes())
    own = tmp_path / "home" / "deployments" / "31337.json"
    assert settings.deployment_path(31337) == own  # beside an installed package, any folder may lie
    (tmp_path / "repository" / "pyproject.toml").touch()
    assert settings.deployment_path(31337) == shared / "31337.json"
    assert settings.own_deployment_path(31337) == own
    own.parent.mkdir(parents=True)
    own.write_bytes(town.file.read_bytes())
    assert settings.deployment_path(31337) == own
