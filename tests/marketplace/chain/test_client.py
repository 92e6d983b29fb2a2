"""The client's own errors, deployment files and small helpers."""

import json
import os
import stat
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from fakes import FakeNode

from marketplace.chain import (
    TOKEN,
    ChainClient,
    Deployment,
    LocalChain,
    Localnet,
    LocalSigner,
    Node,
    Placed,
    load_deployment,
    new_intent,
    save_deployment,
    to_abi,
)
from marketplace.chain.deploy import create_address
from marketplace.chain.localnet import find_anvil
from marketplace.errors import ChainError, ConfigError

ADDRESS = "0x" + 39 * "0" + "1"
DEPLOYMENT = Deployment(5, ADDRESS, {"Vault": Placed(ADDRESS, 9)}, {"seatBond": 16})


def test_client__other_chain_than_the_deployment__is_refused():
    with pytest.raises(ChainError, match="wrong network: the contracts are on chain 5") as caught:
        ChainClient(FakeNode(chain_id=1), DEPLOYMENT)
    assert "TESSERA_RPC_URL" in caught.value.hint


def test_client__no_deployment__says_so():
    with pytest.raises(ChainError, match="no deployment"):
        ChainClient(FakeNode()).address("Vault")


def test_node__nobody_answers__keeps_the_key_in_the_address_secret(monkeypatch):
    node = Node("http://user:secret@node.example:99/v3/secret?key=secret")

    def refuse(*_, **__):
        raise ConnectionError("secret")

    monkeypatch.setattr(node.web3.provider, "make_request", refuse)
    with pytest.raises(ChainError) as caught:
        _ = node.chain_id
    assert str(caught.value) == "no node answers at http://node.example:99"


def test_at__newest__pins_that_block():
    node = FakeNode()
    with ChainClient(node).at() as now:
        node.height += 1
        assert now.block.number == 5
        assert now.block.timestamp == 1_700_000_005


def test_load_deployment__what_save_wrote__is_the_same(tmp_path):
    path = tmp_path / "deployments" / "5.json"
    save_deployment(DEPLOYMENT, path)
    assert load_deployment(path) == DEPLOYMENT
    assert DEPLOYMENT.address(TOKEN) == ADDRESS
    assert DEPLOYMENT.first_block(TOKEN) == 9


def test_save_deployment__power_is_cut__the_old_file_or_the_new_one_whole(tmp_path, monkeypatch):
    path, steps = tmp_path / "5.json", []
    fsync, replace = os.fsync, os.replace

    def synced(handle):
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def named(source, target):
        steps.append("name")
        assert Path(source).name != "5.json.tmp"  # two processes would write into one
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", named)
    save_deployment(DEPLOYMENT, path)
    assert steps == ["file", "name", "folder"]
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: {},
        lambda data: [],
        lambda data: {**data, "token": "0x1"},
        lambda data: {**data, "chain_id": "5"},
        lambda data: {**data, "contracts": {"Vault": {"address": "Vault", "block": 1}}},
        lambda data: {**data, "contracts": {"Vault": {"address": "0x" + 40 * "1", "block": -1}}},
    ],
)
def test_load_deployment__malformed__names_the_file(tmp_path, change):
    path = tmp_path / "5.json"
    save_deployment(DEPLOYMENT, path)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ConfigError, match=r"5\.json"):
        load_deployment(path)


def test_load_deployment__missing__tells_how_to_deploy(tmp_path):
    with pytest.raises(ConfigError, match="no deployment file") as caught:
        load_deployment(tmp_path / "5.json")
    assert "tessera deploy" in caught.value.hint


def test_address__unknown_contract__says_so():
    with pytest.raises(ConfigError, match="has no Exchange"):
        DEPLOYMENT.address("Exchange")


@pytest.mark.parametrize(
    ("nonce", "expected"),
    [
        # Source: https://ethereum.stackexchange.com/questions/760 (this deployer, first nonces).
        (0, "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"),
        (1, "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8"),
        (2, "0xf778B86FA74E846c4f0a1fBd1335FE81c00a0C91"),
    ],
)
def test_create_address__known_deployer__is_the_known_address(nonce, expected):
    assert create_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", nonce) == expected


def test_create_address__any_nonce__is_a_new_one():
    assert len({create_address(ADDRESS, nonce) for nonce in (0, 1, 127, 128, 255, 256, 65_536)}) == 7


@dataclass
class Point:
    x: int
    parity: int


class Kind(IntEnum):
    MODEL = 2


def test_to_abi__dataclasses_anywhere__become_tuples():
    assert to_abi([Point(1, 0), {"point": Point(2, 1)}, (Kind.MODEL, b"x")]) == [
        (1, 0),
        {"point": (2, 1)},
        (2, b"x"),
    ]


def test_new_intent__twice__differs():
    assert new_intent("deposit") != new_intent("deposit")


def test_sign_typed_data__local_signer__recovers_to_its_address():
    message = {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}],
            "Score": [{"name": "score", "type": "uint64"}],
        },
        "primaryType": "Score",
        "domain": {"name": "Tessera"},
        "message": {"score": 5},
    }
    signer = LocalSigner(Account.from_key(bytes([1]) * 32))
    signature = signer.sign_typed_data(message)
    assert len(signature) == 65
    signable = encode_typed_data(full_message=message)
    assert Account.recover_message(signable, signature=signature) == signer.address
    assert "0101" not in repr(signer)


def test_local_chain__real_chain__is_refused():
    node = FakeNode()
    node.web3_clientVersion = lambda: "Geth/v1.16"
    with pytest.raises(ChainError, match="local chain only"):
        LocalChain(Node(node))


def test_find_anvil__setting_names_no_program__says_so(tmp_path):
    with pytest.raises(ChainError, match="TESSERA_ANVIL"):
        find_anvil(tmp_path / "none")


def test_status__process_id_given_away_again__is_not_ours(tmp_path):
    (tmp_path / "localnet.json").write_text('{"pid": 1, "port": 8545, "chain_id": 31337}')
    assert Localnet(tmp_path).status() is None
    assert Localnet(tmp_path).stop() is False
