"""Wallets as files: backed up, restored, taken over from other programs."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.chain import load_deployment
from marketplace.config import Settings, name_or_path
from marketplace.constants import MAX_RECORD_BYTES
from marketplace.crypto.backup import MAX_BACKUP_BYTES, make_backup, read_backup
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.keystore import Keystore, Wallet, open_plain_keystore
from marketplace.errors import ConfigError, KeystoreError
from marketplace.foreign import read_bytes, read_text

_OTHER = "choose another file name: a backup is never overwritten"


@dataclass(frozen=True)
class Restored:
    """What came of restoring.

    Parameters
    ----------
    wallet : Wallet
    fresh : bool
        False: the same wallet was here already.
    deployments : tuple of str
        Names under which contracts' addresses came with it that were not known here.
    """

    wallet: Wallet
    fresh: bool
    deployments: tuple[str, ...]


def backup(settings: Settings, name: str, password: str, path: Path) -> Wallet:
    """Write everything that can't be made again into one file, and read it back with the password.

    It has the wallet (private key and market secret, encrypted as it is) and the addresses of the
    contracts that are recorded here.

    Parameters
    ----------
    settings : Settings
    name : str
        Of the wallet.
    password : str
        Of the wallet; the backup has the same.
    path : Path
        Must not exist.

    Raises
    ------
    KeystoreError
        If the password is wrong, the file exists or can't be written, or does not read back.
    """
    keystore = Keystore(settings.wallets_path)
    wallet = keystore.unlock(name, password)
    data = make_backup(keystore.read(name), wallet, {"deployments": _deployments(settings)})
    try:
        with atomic_writer(path, replace=False) as sink:
            sink.write(data)
    except FileExistsError as error:
        raise KeystoreError(f"{path} exists already", _OTHER) from error
    except OSError as error:
        hint = "name a file in a folder that exists and can be written"
        raise KeystoreError(f"the backup can't be written to {path}: {error.strerror}", hint) from error
    again, _ = read_backup(read_wallet_file(path)).open(name, password)
    if (again.account.key, again.secret.reveal()) != (wallet.account.key, wallet.secret.reveal()):
        raise KeystoreError(f"{path} does not read back as it was written", "write it to another disk")
    return wallet


def restore(settings: Settings, name: str, data: bytes, password: str) -> Restored:
    """Put a wallet back from its backup, under any free name; nothing that is here is overwritten.

    Raises
    ------
    KeystoreError
        If the password is wrong, the file no backup, or another wallet has the name.
    """
    keystore, found = Keystore(settings.wallets_path), read_backup(data)
    wallet, notes = found.open(name, password)
    fresh = not keystore.path(name).exists()
    if fresh:
        keystore.add(name, found.keystore)
    elif keystore.read(name) != found.keystore:
        raise KeystoreError(
            f"there is another wallet {name!r} already: it was not touched",
            "restore under another name: tessera wallet restore OTHER --from FILE",
        )
    return Restored(wallet, fresh, tuple(_restore_deployments(settings, notes)))


def import_keystore(keystore: Keystore, name: str, data: bytes, old_password: str, password: str) -> Wallet:
    """Make a wallet of a keystore of geth, Foundry, Brownie or eth-account, with a fresh market secret.

    Raises
    ------
    KeystoreError
        If the password is wrong, the file none, or a wallet of this program: that has a market
        secret, which must not be lost.
    """
    if b'"tessera"' in data:
        raise KeystoreError(
            "this file is a wallet of Tessera: imported, it would lose its market secret",
            "take it over whole, from a backup: tessera wallet restore NAME --from FILE",
        )
    return keystore.import_key(name, open_plain_keystore(data, old_password), password)


def read_wallet_file(path: Path) -> bytes:
    """Read a backup or a keystore.

    Raises
    ------
    KeystoreError
        If it can't be read, or is far too long to be one.
    """
    try:
        return read_bytes(path, MAX_BACKUP_BYTES)
    except OSError as error:
        raise KeystoreError(f"can't read {path}: {error.strerror}", "check the path of the file") from error


def _deployments(settings: Settings) -> dict[str, Any]:
    """Return every usable record of contracts on this computer, by its name, as plain data."""
    paths = {path.stem: path for path in sorted(settings.deployments_path.glob("*.json"))}
    if settings.deployment is not None and settings.deployment.is_absolute():
        with contextlib.suppress(ConfigError):
            paths.setdefault(str(load_deployment(settings.deployment).chain_id), settings.deployment)
    found = {}
    for name, path in paths.items():
        with contextlib.suppress(ConfigError, OSError, ValueError):
            load_deployment(path)
            found[name] = json.loads(read_text(path, MAX_RECORD_BYTES))
    return found


def _restore_deployments(settings: Settings, notes: dict[str, Any]) -> list[str]:
    """Record contracts under names that are not taken here; return these names."""
    names = []
    for name, data in sorted(dict(notes.get("deployments") or {}).items()):
        path = settings.deployments_path / f"{name}.json"
        if name_or_path(name).is_absolute() or path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), atomic_writer(path, replace=False) as sink:
            sink.write(json.dumps(data, indent=2).encode())
            names.append(name)
    return names
