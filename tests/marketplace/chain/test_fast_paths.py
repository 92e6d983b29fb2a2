"""What is done quickly gives what eth-account and web3.py give."""

import pytest
from eth_account import Account
from web3 import Web3

from marketplace.chain.artifacts import load_artifact
from marketplace.chain.encoding import encode_call
from marketplace.chain.signer import LocalSigner

HERE = Account.from_key(bytes([1]) * 32)
POINT = (1, 27)
ORDER = (2**255, b"\1" * 32, HERE.address, HERE.address, 2**127, 2**39, 3600)


@pytest.mark.parametrize("data", ["0x", "0x" + "00ff" * 200])
@pytest.mark.parametrize("to", [HERE.address, None])
@pytest.mark.parametrize("number", [0, 1, 127, 128, 2**64 - 1])
def test_sign__each_shape__are_the_bytes_of_eth_account(data, to, number):
    fields = {"chainId": 31337, "type": 2, "nonce": number, "gas": 21_000 + number, "value": number}
    fields |= {"maxFeePerGas": number + 1, "maxPriorityFeePerGas": number, "data": data}
    fields |= {"to": to} if to else {}
    raw = LocalSigner(HERE).sign_transaction(fields)
    assert raw == bytes(HERE.sign_transaction(fields).raw_transaction)
    assert Account.recover_transaction(raw) == HERE.address


def test_sign__other_fields__go_to_eth_account():
    fields = {
        "chainId": 1,
        "nonce": 0,
        "gas": 21_000,
        "value": 1,
        "gasPrice": 7,
        "data": "0x",
        "to": HERE.address,
    }
    assert LocalSigner(HERE).sign_transaction(fields) == bytes(HERE.sign_transaction(fields).raw_transaction)


@pytest.mark.parametrize(
    ("contract", "function", "args"),
    [
        ("Vault", "approve", (HERE.address, 2**128 - 1)),
        ("Vault", "multicall", ([b"\1\2", b""],)),
        ("Exchange", "settle", (2**255, ORDER, 2**200)),
        ("Exchange", "collect", ([(5, ORDER), (6, ORDER)],)),
        ("Assets", "flush", (1, (HERE.address, HERE.address, b"\2" * 32, [(7, 100), (8, 200)]))),
    ],
)
def test_encode__each_shape__are_the_bytes_of_web3(contract, function, args):
    web3 = Web3()
    theirs = web3.eth.contract(abi=load_artifact(contract).abi).encode_abi(function, args=args)
    assert encode_call(web3, contract, function, args) == theirs


@pytest.mark.parametrize("args", [(HERE.address, -1), (HERE.address, 2**300), ("0x12", 1), (1,), ({}, 1)])
def test_encode__what_does_not_fit__is_left_to_web3(args):
    assert encode_call(Web3(), "Vault", "approve", args) is None
