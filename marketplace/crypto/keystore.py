"""Wallet files: an encrypted private key and market secret, one file a wallet.

A file is a standard Web3 Secret Storage V3 keystore (scrypt, AES-128-CTR), which geth, Foundry and
eth-account read, with one member more, ``tessera``: the market secret under ChaCha20-Poly1305, a
scrypt key of its own from the same password, and the address as associated data. One file, renamed
into place: a wallet is there whole or not at all.
"""

from __future__ import annotations

import builtins
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import is_hex_address, to_checksum_address

from marketplace.constants import SCRYPT_N
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.secret_box import MAX_SCRYPT_N, open_secret, require_bounded, seal_secret
from marketplace.crypto.secrets import MarketSecret
from marketplace.crypto.shield import shield_memory
from marketplace.errors import KeystoreError
from marketplace.foreign import read_bytes

SUFFIX = ".keystore.json"
MAX_FILE_BYTES = 65_536
"""A keystore has about a kilobyte; more is not one."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_WRONG = "the password does not open this wallet, or its file is damaged"
_VERSION = 3
_OWN_MEMBERS = ("tessera", "backup")
_DAMAGED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InvalidTag,
    LookupError,
    RuntimeError,  # NotImplementedError, RecursionError
    TypeError,
    ValueError,
)
"""What eth-account and its helpers raise for a wrong password or a file that is none."""


@dataclass(frozen=True, slots=True)
class WalletEntry:
    """A wallet as it shows without its password.

    Parameters
    ----------
    name : str
    address : str
        Checksummed.
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Wallet:
    """An unlocked wallet.

    Parameters
    ----------
    name : str
    account : LocalAccount
        Signs transactions and typed data (eth-account).
    secret : MarketSecret
        From which every scalar derives.
    """

    name: str
    account: LocalAccount = field(repr=False)
    secret: MarketSecret = field(repr=False)

    @property
    def address(self) -> str:
        """Checksummed address."""
        return str(self.account.address)


class Keystore:
    """A folder of wallets, mode 0700; each file 0600.

    Parameters
    ----------
    folder : Path
        Made when the first wallet is.
    scrypt_n : int, default 2**18
        Cost for new wallets; a power of two. `SCRYPT_N_LIGHT` is for throw-away ones.
    """

    def __init__(self, folder: Path, scrypt_n: int = SCRYPT_N) -> None:
        if scrypt_n < 2 or scrypt_n > MAX_SCRYPT_N or scrypt_n & (scrypt_n - 1):
            raise ValueError("scrypt_n is a power of two, at most 2**20")
        self.folder = Path(folder)
        self.scrypt_n = scrypt_n

    def create(self, name: str, password: str) -> Wallet:
        """Make a wallet with a fresh key and market secret.

        Parameters
        ----------
        name : str
            Lower-case letters, digits, ``-`` and ``_``; at most 32.
        password : str
            Not empty.

        Returns
        -------
        Wallet
            Unlocked; its file is on disk already.

        Raises
        ------
        KeystoreError
            If the name is taken or malformed, the password empty, or the folder not writable.
        """
        return self.import_key(name, os.urandom(32), password)

    def import_key(
        self, name: str, private_key: bytes | str, password: str, secret: MarketSecret | None = None
    ) -> Wallet:
        """Make a wallet of a private key that exists.

        Parameters
        ----------
        name : str
        private_key : bytes of length 32, or hexadecimal str
        password : str
        secret : MarketSecret, optional
            From a backup; fresh by default.

        Returns
        -------
        Wallet

        Raises
        ------
        KeystoreError
            As `create`, or if the key is none.
        """
        path = self.path(name)
        if not password:
            raise KeystoreError("an empty password protects nothing", "choose a password")
        if path.exists():
            raise _taken(name)
        shield_memory()
        account = Account.from_key(require_key(private_key))
        wallet = Wallet(name, account, secret or MarketSecret.generate())
        self._write(path, self._encrypt(wallet, password))
        return wallet

    def unlock(self, name: str, password: str) -> Wallet:
        """Open a wallet.

        Parameters
        ----------
        name : str
        password : str

        Returns
        -------
        Wallet

        Raises
        ------
        KeystoreError
            If there is no such wallet, the password is wrong, or the file damaged.
        """
        return open_keystore(self.read(name), name, password)

    def read(self, name: str) -> dict[str, Any]:
        """Return a wallet's file as the JSON object it is, still encrypted.

        Raises
        ------
        KeystoreError
            If there is no such wallet, or its file is damaged.
        """
        return self._read(self.path(name))

    def add(self, name: str, obj: dict[str, Any]) -> None:
        """Write the JSON object of a wallet that was opened before, from a backup; nothing is overwritten.

        Raises
        ------
        KeystoreError
            If the name is taken or malformed.
        """
        path = self.path(name)
        if path.exists():
            raise _taken(name)
        self._write(path, obj)

    def path(self, name: str) -> Path:
        """Return where the file of a wallet lies, or would.

        Raises
        ------
        KeystoreError
            If this is not a wallet's name.
        """
        if not _NAME.fullmatch(name):
            raise KeystoreError(
                f"{name!r} is not a wallet's name",
                "use up to 32 lower-case letters, digits, - and _, starting with a letter or digit",
            )
        return self.folder / (name + SUFFIX)

    def _encrypt(self, wallet: Wallet, password: str) -> dict[str, Any]:
        """Return the keystore's JSON object."""
        obj: dict[str, Any] = dict(wallet.account.encrypt(password, kdf="scrypt", iterations=self.scrypt_n))
        obj["tessera"] = seal_secret(wallet.secret, password, wallet.address, self.scrypt_n)
        return obj

    def _write(self, path: Path, obj: dict[str, Any]) -> None:
        try:
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.folder.chmod(0o700)
            with atomic_writer(path, replace=False) as sink:
                sink.write(json.dumps(obj, indent=1).encode("utf-8"))
        except FileExistsError as error:
            raise _taken(path.name.removesuffix(SUFFIX)) from error
        except OSError as error:
            raise KeystoreError(f"the wallet can't be written to {self.folder}: {error.strerror}") from error

    def _read(self, path: Path) -> dict[str, Any]:
        """Return the keystore's JSON object, with address, crypto and tessera in place."""
        name = path.name.removesuffix(SUFFIX)
        try:
            data = read_bytes(path, MAX_FILE_BYTES)
        except FileNotFoundError as error:
            raise KeystoreError(f"there is no wallet {name!r}", "see: tessera wallet list") from error
        except OSError as error:
            raise KeystoreError(f"wallet {name!r} can't be read: {error.strerror}") from error
        return parse_keystore(data, f"the file of wallet {name!r}")

    def list(self) -> builtins.list[WalletEntry]:
        """Return the wallets, by name.

        Raises
        ------
        KeystoreError
            If a file is damaged; it is named.
        """
        entries, damaged = self.list_usable()
        if damaged:
            raise damaged[0]
        return entries

    def list_usable(self) -> tuple[builtins.list[WalletEntry], builtins.list[KeystoreError]]:
        """Return the wallets whose files can be read, by name, and what is wrong with the others."""
        entries, damaged = [], []
        for path in sorted(self.folder.glob("*" + SUFFIX)):
            name = path.name.removesuffix(SUFFIX)
            if _NAME.fullmatch(name):
                try:
                    entries.append(WalletEntry(name, self.address(name)))
                except KeystoreError as error:
                    damaged.append(error)
        return entries, damaged

    def address(self, name: str) -> str:
        """Return the address of a wallet, checksummed; no password is needed.

        Raises
        ------
        KeystoreError
            If there is no such wallet, or its file is damaged.
        """
        return str(to_checksum_address(self.read(name)["address"]))


def require_key(private_key: bytes | str) -> bytes | str:
    """Return a private key as it is, without space around it; said before a password is asked for.

    Raises
    ------
    KeystoreError
        If it is none.
    """
    key = private_key.strip() if isinstance(private_key, str) else private_key
    try:
        Account.from_key(key)
    except Exception as error:  # eth-account raises its own and the standard ones
        raise KeystoreError("this is not a private key", "give 64 hexadecimal digits") from error
    return key


def parse_keystore(
    data: bytes,
    what: str,
    max_bytes: int = MAX_FILE_BYTES,
    hint: str = "use the copy that you backed up: tessera wallet restore",
) -> dict[str, Any]:
    """Read a wallet's file, with address, crypto and tessera in place.

    Parameters
    ----------
    data : bytes
    what : str
        How errors call it.
    max_bytes : int, optional
    hint : str, optional
        What to do about a damaged one.

    Raises
    ------
    KeystoreError
        If it is none.
    """
    try:
        obj = json.loads(data) if len(data) <= max_bytes else None
    except (ValueError, RecursionError) as error:
        raise KeystoreError(f"{what} is damaged", hint) from error
    if not isinstance(obj, dict) or not is_hex_address(obj.get("address")):
        raise KeystoreError(f"{what} is damaged", hint)
    if not isinstance(obj.get("crypto"), dict) or not isinstance(obj.get("tessera"), dict):
        raise KeystoreError(
            f"{what} is damaged or not from this program",
            "a plain keystore is taken by: tessera wallet import",
        )
    return obj


def open_keystore(obj: dict[str, Any], name: str, password: str) -> Wallet:
    """Decrypt what `parse_keystore` has read.

    Raises
    ------
    KeystoreError
        If the password is wrong, or the object damaged.
    """
    address = str(to_checksum_address(obj["address"]))
    shield_memory()
    try:
        account = _open_account(obj, password)
        if account.address != address:
            raise KeystoreError(_WRONG)
        secret = open_secret(obj["tessera"], password, address)
    except _DAMAGED as error:
        raise KeystoreError(_WRONG) from error
    return Wallet(name, account, secret)


def open_plain_keystore(data: bytes, password: str) -> bytes:
    """Decrypt the private key of a keystore of another program: geth, Foundry, Brownie, eth-account.

    Raises
    ------
    KeystoreError
        If it is no Web3 Secret Storage file, or the password is wrong.
    """
    try:
        obj = json.loads(data)
        account = _open_account(obj, password)
        named = obj.get("address")
        if is_hex_address(named) and to_checksum_address(named) != account.address:
            raise ValueError("it names another account than that of its key")
        return bytes(account.key)
    except _DAMAGED as error:
        raise KeystoreError(
            "the password does not open this keystore, or it is none",
            "give a Web3 Secret Storage file (version 3) and its password, or the private key itself",
        ) from error


def _open_account(obj: dict[str, Any], password: str) -> LocalAccount:
    # eth-keyfile reads names in any case, and other versions elsewhere: what it sees is what was checked.
    plain = _lower({key: value for key, value in obj.items() if key not in _OWN_MEMBERS})
    if plain["version"] != _VERSION:
        raise ValueError("another version of the format")
    require_bounded(plain["crypto"])
    account: LocalAccount = Account.from_key(Account.decrypt(plain, password))
    return account


def _lower(value: Any) -> Any:
    return {key.lower(): _lower(part) for key, part in value.items()} if isinstance(value, dict) else value


def _taken(name: str) -> KeystoreError:
    return KeystoreError(f"there is a wallet {name!r} already", "choose another name")
