"""Grants: those who are named open them, nobody else, and nobody blocks the others."""

import json

import pytest

from marketplace.codec import canonical_json
from marketplace.constants import SECP256K1_N
from marketplace.crypto.grants import granted_addresses, make_grant, open_grant, x25519_public
from marketplace.errors import DataError, DecryptionError

CAROL, DAVE = "0x" + "cA" * 20, "0x" + "11" * 20
CAROL_KEY, DAVE_KEY = bytes([1]) * 32, bytes([2]) * 32
CONTEXT = b"chain, bounties, submission"
RECIPIENTS = {CAROL: x25519_public(CAROL_KEY), DAVE: x25519_public(DAVE_KEY)}


@pytest.fixture
def grant():
    return make_grant(42, RECIPIENTS, CONTEXT)


def test_open_grant__each_recipient__gets_the_key(grant):
    assert open_grant(grant, CAROL, CAROL_KEY, CONTEXT) == 42
    assert open_grant(grant, DAVE.upper().replace("X", "x"), DAVE_KEY, CONTEXT) == 42
    assert [address.lower() for address in granted_addresses(grant)] == [DAVE.lower(), CAROL.lower()]


@pytest.mark.parametrize(
    ("address", "private", "context"),
    [
        (CAROL, DAVE_KEY, CONTEXT),
        (DAVE, CAROL_KEY, CONTEXT),
        (CAROL, CAROL_KEY, b"another submission"),
        ("0x" + "22" * 20, CAROL_KEY, CONTEXT),
    ],
)
def test_open_grant__not_meant_for_him__decryption_error(grant, address, private, context):
    with pytest.raises(DecryptionError):
        open_grant(grant, address, private, context)


def test_open_grant__entry_moved_to_another_address__decryption_error(grant):
    entries = json.loads(grant)["grants"]
    moved = [{"address": entries[0]["address"], "sealed": entries[1]["sealed"]}]
    data = canonical_json({"grants": moved, "type": "tessera/v1/grant"})
    with pytest.raises(DecryptionError):
        open_grant(data, DAVE, CAROL_KEY, CONTEXT)


def test_make_grant__low_order_key__left_out_and_others_served():
    data = make_grant(42, {**RECIPIENTS, "0x" + "33" * 20: bytes(32), "0x" + "44" * 20: b"short"}, CONTEXT)
    assert len(granted_addresses(data)) == 2
    assert open_grant(data, CAROL, CAROL_KEY, CONTEXT) == 42
    with pytest.raises(DataError):
        make_grant(42, {CAROL: bytes(32)}, CONTEXT)


@pytest.mark.parametrize("k", [0, SECP256K1_N])
def test_make_grant__not_a_scalar__value_error(k):
    with pytest.raises(ValueError):
        make_grant(k, RECIPIENTS, CONTEXT)


def test_make_grant__nobody__value_error():
    with pytest.raises(ValueError):
        make_grant(1, {}, CONTEXT)


def test_open_grant__malformed_file__data_error(grant):
    entries = json.loads(grant)["grants"]
    sealed = entries[0]["sealed"]
    for bad in (
        [],
        "text",
        entries[::-1],
        [entries[0], entries[0]],
        [{"address": entries[0]["address"]}],
        [{"address": CAROL, "sealed": sealed}],
        [{"address": 5, "sealed": sealed}],
        [{"address": DAVE, "sealed": sealed[2:]}],
        [{"address": DAVE, "sealed": "zz"}],
        [{"address": DAVE, "sealed": None}],
    ):
        with pytest.raises(DataError):
            open_grant(canonical_json({"grants": bad, "type": "tessera/v1/grant"}), DAVE, DAVE_KEY, CONTEXT)
    for data in (b"", b"[]", b'{"grants":[],"type":"x"}', grant + b" "):
        with pytest.raises(DataError):
            open_grant(data, DAVE, DAVE_KEY, CONTEXT)
