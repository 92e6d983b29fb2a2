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
from marketplace.errors import KeystoreError

SUFFIX = ".keystore.json"
MAX_FILE_BYTES = 65_536
"""A keystore has about a kilobyte; more is not one."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_WRONG = "the password does not open this wallet, or its file is damaged"


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
        path = self._path(name)
        if not password:
            raise KeystoreError("an empty password protects nothing", "choose a password")
        if path.exists():
            raise _taken(name)
        try:
            account = Account.from_key(private_key)
        except Exception as error:  # eth-account raises its own and the standard ones
            raise KeystoreError("this is not a private key", "give 64 hexadecimal digits") from error
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
        obj = self._read(self._path(name))
        address = str(to_checksum_address(obj["address"]))
        try:
            require_bounded(obj["crypto"])
            account = Account.from_key(
                Account.decrypt({k: v for k, v in obj.items() if k != "tessera"}, password)
            )
            if account.address != address:
                raise KeystoreError(_WRONG)
            secret = open_secret(obj["tessera"], password, address)
        except (AttributeError, InvalidTag, KeyError, NotImplementedError, TypeError, ValueError) as error:
            raise KeystoreError(_WRONG) from error
        return Wallet(name, account, secret)

    def _path(self, name: str) -> Path:
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
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
            with path.open("rb") as source:
                data = source.read(MAX_FILE_BYTES + 1)
        except FileNotFoundError as error:
            raise KeystoreError(f"there is no wallet {name!r}", "see: tessera wallet list") from error
        except OSError as error:
            raise KeystoreError(f"wallet {name!r} can't be read: {error.strerror}") from error
        try:
            obj = json.loads(data) if len(data) <= MAX_FILE_BYTES else None
        except (ValueError, RecursionError) as error:
            raise KeystoreError(f"the file of wallet {name!r} is damaged") from error
        if not isinstance(obj, dict) or not is_hex_address(obj.get("address")):
            raise KeystoreError(f"the file of wallet {name!r} is damaged")
        if not isinstance(obj.get("crypto"), dict) or not isinstance(obj.get("tessera"), dict):
            raise KeystoreError(f"the file of wallet {name!r} is damaged or not from this program")
        return obj

    def list(self) -> builtins.list[WalletEntry]:
        """Return the wallets, by name.

        Raises
        ------
        KeystoreError
            If a file is damaged; it is named.
        """
        entries = []
        for path in sorted(self.folder.glob("*" + SUFFIX)):
            name = path.name.removesuffix(SUFFIX)
            if _NAME.fullmatch(name):
                entries.append(WalletEntry(name, str(to_checksum_address(self._read(path)["address"]))))
        return entries


def _taken(name: str) -> KeystoreError:
    return KeystoreError(f"there is a wallet {name!r} already", "choose another name")
