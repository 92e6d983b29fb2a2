"""Backups: whole, openable by the owner alone, and nobody else writes their notes."""

import json

import pytest
from eth_account import Account

from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.backup import make_backup, read_backup
from marketplace.crypto.keystore import Keystore, open_plain_keystore
from marketplace.errors import KeystoreError

NOTES = {"deployments": {"31337": {"chain_id": 31337, "seatBond": 160 * 10**18}}}


@pytest.fixture
def keystore(tmp_path):
    return Keystore(tmp_path / "wallets", SCRYPT_N_LIGHT)


@pytest.fixture
def wallet(keystore):
    return keystore.create("alice", "pw")


@pytest.fixture
def data(keystore, wallet):
    return make_backup(keystore.read("alice"), wallet, NOTES)


def changed(data, edit):
    obj = json.loads(data)
    edit(obj)
    return json.dumps(obj).encode()


def test_open__right_password__same_wallet_and_notes(data, wallet):
    again, notes = read_backup(data).open("other", "pw")
    assert (again.name, again.address) == ("other", wallet.address)
    assert again.account.key == wallet.account.key
    assert again.secret.reveal() == wallet.secret.reveal()
    assert notes == NOTES


def test_backup__file__no_secret_and_a_standard_keystore(data, wallet):
    assert wallet.secret.reveal().hex() not in data.decode()
    assert wallet.account.key.hex().removeprefix("0x") not in data.decode()
    assert bytes(Account.decrypt(json.loads(data), "pw")) == bytes(wallet.account.key)


def test_open__wrong_password__is_refused(data):
    with pytest.raises(KeystoreError, match="password"):
        read_backup(data).open("alice", "wrong")


@pytest.mark.parametrize(
    "edit",
    [
        lambda obj: obj["backup"]["notes"]["deployments"]["31337"].update(chain_id=1),
        lambda obj: obj["backup"]["notes"].clear(),
        lambda obj: obj["backup"].update(notes=None),
        lambda obj: obj["backup"].update(notes={"a": 0.5}),
        lambda obj: obj["backup"].update(mac="00" * 32),
        lambda obj: obj["backup"].update(mac=""),
        lambda obj: obj["backup"].pop("mac"),
    ],
)
def test_open__notes_of_somebody_else__are_refused(data, edit):
    with pytest.raises(KeystoreError, match="not written by its wallet"):
        read_backup(changed(data, edit)).open("alice", "pw")


def test_open__notes_of_another_wallet__are_refused(keystore, data):
    other = keystore.create("bob", "pw")
    member = json.loads(make_backup(keystore.read("bob"), other, NOTES))["backup"]
    with pytest.raises(KeystoreError, match="not written by its wallet"):
        read_backup(changed(data, lambda obj: obj.update(backup=member))).open("alice", "pw")


@pytest.mark.parametrize(
    "bad",
    [b"", b"{}", b"null", b"[" * 50_000, b"\xff", b'{"address": "0x12"}', b"{" + b" " * 2**20 + b"}"],
)
def test_read__no_backup__is_refused(bad):
    with pytest.raises(KeystoreError):
        read_backup(bad)


def test_read__a_wallet_file__is_not_a_backup(keystore, wallet):
    with pytest.raises(KeystoreError, match="no backup"):
        read_backup(keystore.path("alice").read_bytes())


@pytest.mark.parametrize("kdf", ["scrypt", "pbkdf2"])
def test_plain_keystore__of_eth_account__gives_the_key(kdf):
    account = Account.create()
    data = json.dumps(account.encrypt("pw", kdf=kdf, iterations=1024)).encode()
    assert open_plain_keystore(data, "pw") == bytes(account.key)
    with pytest.raises(KeystoreError, match="password"):
        open_plain_keystore(data, "wrong")


@pytest.mark.parametrize(
    "bad", [b"", b"null", b"{}", b'{"crypto": {}}', b'{"crypto": {"kdfparams": 3}}', b"\xff"]
)
def test_plain_keystore__none__is_refused(bad):
    with pytest.raises(KeystoreError, match="none"):
        open_plain_keystore(bad, "pw")
