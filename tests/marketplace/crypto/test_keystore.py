"""Wallet files: standard, private, never half written."""

import json
import os
import signal
import subprocess
import sys

import pytest
from eth_account import Account

from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import SUFFIX, Keystore
from marketplace.crypto.secrets import MarketSecret
from marketplace.errors import KeystoreError


@pytest.fixture
def keystore(tmp_path):
    return Keystore(tmp_path / "wallets", SCRYPT_N_LIGHT)


def file_of(keystore, name):
    return keystore.folder / (name + SUFFIX)


def change(keystore, name, edit):
    obj = json.loads(file_of(keystore, name).read_text())
    edit(obj)
    file_of(keystore, name).write_text(json.dumps(obj))


def test_unlock__right_password__same_wallet(keystore):
    made = keystore.create("alice", "pässword")
    again = keystore.unlock("alice", "pässword")
    assert again.address == made.address
    assert again.account.key == made.account.key
    assert again.secret.reveal() == made.secret.reveal()
    assert [(entry.name, entry.address) for entry in keystore.list()] == [("alice", made.address)]


def test_create__file__standard_v3_keystore(keystore):
    made = keystore.create("alice", "pw")
    obj = json.loads(file_of(keystore, "alice").read_text())
    assert obj["version"] == 3
    assert obj["crypto"]["kdf"] == "scrypt"
    assert bytes(Account.decrypt(obj, "pw")) == bytes(made.account.key)


def test_create__file_and_folder__for_the_owner_only(keystore):
    keystore.create("alice", "pw")
    assert keystore.folder.stat().st_mode & 0o777 == 0o700
    assert file_of(keystore, "alice").stat().st_mode & 0o777 == 0o600
    assert os.listdir(keystore.folder) == ["alice" + SUFFIX]


def test_create__content__no_secret_in_clear(keystore):
    made = keystore.create("alice", "pw")
    text = file_of(keystore, "alice").read_text().lower()
    assert made.secret.reveal().hex() not in text
    assert made.account.key.hex().removeprefix("0x") not in text
    assert made.secret.reveal().hex() not in repr(made)
    assert made.account.key.hex() not in repr(made)


def test_import_key__backup__restores_both(keystore):
    secret = MarketSecret(bytes([7]) * 32)
    made = keystore.import_key("bob", "0x" + "11" * 32, "pw", secret)
    assert made.address == Account.from_key("0x" + "11" * 32).address
    assert keystore.unlock("bob", "pw").secret.reveal() == bytes([7]) * 32


def test_create__name_taken__refused_and_kept(keystore):
    made = keystore.create("alice", "pw")
    with pytest.raises(KeystoreError, match="already"):
        keystore.create("alice", "other")
    assert keystore.unlock("alice", "pw").address == made.address


@pytest.mark.parametrize("name", ["", "Alice", "../alice", "a/b", ".hidden", "a" * 33, "a\0", "é", "alice\n"])
def test_create__bad_name__keystore_error(keystore, name):
    with pytest.raises(KeystoreError):
        keystore.create(name, "pw")


@pytest.mark.parametrize("key", [b"", bytes(32), b"\xff" * 32, "0xzz", "11" * 31])
def test_import_key__no_key__keystore_error(keystore, key):
    with pytest.raises(KeystoreError):
        keystore.import_key("bob", key, "pw")


def test_create__empty_password__keystore_error(keystore):
    with pytest.raises(KeystoreError):
        keystore.create("alice", "")


def test_unlock__wrong_password_or_name__keystore_error(keystore):
    keystore.create("alice", "pw")
    with pytest.raises(KeystoreError, match="password"):
        keystore.unlock("alice", "Pw")
    with pytest.raises(KeystoreError, match="no wallet"):
        keystore.unlock("bob", "pw")


@pytest.mark.parametrize(
    "edit",
    [
        lambda o: o["crypto"].update(ciphertext="00" * 32),
        lambda o: o["crypto"].update(kdf="none"),
        lambda o: o["crypto"]["kdfparams"].update(n=2**30),
        lambda o: o["crypto"]["kdfparams"].update(n="x"),
        lambda o: o["crypto"].pop("kdfparams"),
        lambda o: o["crypto"].update(kdfparams=5),
        lambda o: o.update(crypto=5),
        lambda o: o.update(version=2),
        lambda o: o.update(address="11" * 20),
        lambda o: o.update(address=None),
        lambda o: o.pop("tessera"),
        lambda o: o["tessera"].update(n=2**30),
        lambda o: o["tessera"].update(version=9),
        lambda o: o["tessera"].update(secret="00" * 48),
        lambda o: o["tessera"].update(secret=5),
        lambda o: o["tessera"].pop("salt"),
        lambda o: o["tessera"].update(nonce="00"),
    ],
)
def test_unlock__damaged_file__keystore_error(keystore, edit):
    keystore.create("alice", "pw")
    change(keystore, "alice", edit)
    with pytest.raises(KeystoreError):
        keystore.unlock("alice", "pw")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b" " * 70_000, b"[" * 60_000])
def test_unlock__not_a_keystore__keystore_error(keystore, content):
    keystore.create("alice", "pw")
    file_of(keystore, "alice").write_bytes(content)
    with pytest.raises(KeystoreError):
        keystore.unlock("alice", "pw")
    with pytest.raises(KeystoreError):
        keystore.list()


def test_unlock__secret_of_another_wallet__keystore_error(keystore):
    keystore.create("alice", "pw")
    keystore.create("bob", "pw")
    taken = json.loads(file_of(keystore, "bob").read_text())["tessera"]
    change(keystore, "alice", lambda o: o.update(tessera=taken))
    with pytest.raises(KeystoreError):
        keystore.unlock("alice", "pw")


def test_list__no_folder__empty(keystore):
    assert keystore.list() == []


def test_create__folder_is_a_file__keystore_error(tmp_path):
    (tmp_path / "wallets").write_text("x")
    with pytest.raises(KeystoreError):
        Keystore(tmp_path / "wallets", SCRYPT_N_LIGHT).create("alice", "pw")


@pytest.mark.parametrize("n", [0, 1, 3, 2**21])
def test_keystore__cost_not_a_power_of_two_in_bounds__value_error(tmp_path, n):
    with pytest.raises(ValueError):
        Keystore(tmp_path, n)


def test_create__killed_at_any_moment__every_wallet_opens(tmp_path):
    program = (
        "import sys\nfrom pathlib import Path\nfrom marketplace.crypto.keystore import Keystore\n"
        "store = Keystore(Path(sys.argv[1]), 2)\n"
        "for i in range(10**6):\n    store.create(f'w{i}', 'pw')\n    print(i, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    last = [process.stdout.readline() for _ in range(20)][-1]
    process.send_signal(signal.SIGKILL)
    last = ([last, *process.stdout.read().split("\n")[:-1]])[-1]
    process.wait()
    store = Keystore(tmp_path, 2)
    names = {entry.name for entry in store.list()}
    assert {f"w{i}" for i in range(int(last) + 1)} <= names
    assert all(store.unlock(name, "pw") for name in names)
