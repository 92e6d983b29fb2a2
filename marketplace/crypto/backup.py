"""Backups: the wallet's own encrypted file, with public notes that the wallet vouches for.

A backup is the wallet's file with one member more, ``backup``: notes such as the addresses of the
contracts, and an HMAC of them under a key from the market secret. So whoever changes the notes of a
backup that lies about somewhere can't send its owner to contracts of his own.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from eth_utils import to_checksum_address

from marketplace.codec import canonical_json
from marketplace.constants import LABEL_BACKUP
from marketplace.crypto.keystore import Wallet, open_keystore, parse_keystore
from marketplace.errors import KeystoreError

MAX_BACKUP_BYTES = 2**20
VERSION = 1
_OTHER_COPY = "name a file that tessera wallet backup wrote, or another copy of it"
_HINT = "take another copy of the backup, and tell whoever kept this one"


@dataclass(frozen=True)
class Backup:
    """A backup, still encrypted.

    Parameters
    ----------
    address : str
        Checksummed.
    keystore : dict
        The wallet's file.
    member : dict
        The notes with their HMAC.
    """

    address: str
    keystore: dict[str, Any]
    member: dict[str, Any]

    def open(self, name: str, password: str) -> tuple[Wallet, dict[str, Any]]:
        """Decrypt the wallet and check that it wrote the notes; return both.

        Raises
        ------
        KeystoreError
            If the password is wrong, the file damaged, or somebody else wrote the notes.
        """
        wallet = open_keystore(self.keystore, name, password)
        notes = self.member.get("notes")
        try:
            expected = _mac(wallet, notes) if isinstance(notes, dict) else b""
            got = bytes.fromhex(str(self.member.get("mac")))
        except (TypeError, ValueError, KeystoreError):
            expected, got = b"", b"\0"
        if not expected or not hmac.compare_digest(expected, got):
            raise KeystoreError("the notes of this backup were not written by its wallet", _HINT)
        return wallet, dict(notes or {})


def make_backup(keystore: dict[str, Any], wallet: Wallet, notes: dict[str, Any]) -> bytes:
    """Return the file of a backup.

    Parameters
    ----------
    keystore : dict
        The wallet's file as it is; its encryption is kept.
    wallet : Wallet
        The same, unlocked.
    notes : dict
        Public; plain data as `canonical_json` takes it.
    """
    member = {"version": VERSION, "notes": notes, "mac": _mac(wallet, notes).hex()}
    return json.dumps({**keystore, "backup": member}, indent=1).encode("utf-8")


def read_backup(data: bytes) -> Backup:
    """Read the file of a backup.

    Raises
    ------
    KeystoreError
        If it is none.
    """
    obj = parse_keystore(data, "this file is no backup of a wallet, or it", MAX_BACKUP_BYTES, _OTHER_COPY)
    member = obj.pop("backup", None)
    address = str(to_checksum_address(obj["address"]))
    if not isinstance(member, dict) or member.get("version") != VERSION:
        raise KeystoreError(
            "this is no backup of a wallet", "make one with: tessera wallet backup NAME --out FILE"
        )
    return Backup(address, obj, member)


def _mac(wallet: Wallet, notes: dict[str, Any]) -> bytes:
    key = wallet.secret.mac_key(LABEL_BACKUP)
    return hmac.digest(key, canonical_json({"address": wallet.address, "notes": notes}), "sha256")
