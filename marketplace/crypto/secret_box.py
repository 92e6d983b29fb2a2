"""The market secret under a password: scrypt and ChaCha20-Poly1305, bound to the address."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from eth_utils import to_canonical_address

from marketplace.constants import MARKET_SECRET_BYTES
from marketplace.crypto.secrets import MarketSecret

MAX_SCRYPT_N = 2**20
"""Refuse a file that asks for more: 1 GiB of memory at r = 8."""

_MAX_KEY_BYTES = 32
"""Length of the key that version 3 cuts in two: a file that asks for a gigabyte of it gets nothing."""

_BOUND = b"tessera/v1/market-secret"
_SCRYPT_R, _SCRYPT_P = 8, 1


def seal_secret(secret: MarketSecret, password: str, address: str, scrypt_n: int) -> dict[str, Any]:
    """Return the ``tessera`` member of a keystore file."""
    salt, nonce = os.urandom(32), os.urandom(12)
    key = _stretch(password, salt, scrypt_n)
    sealed = ChaCha20Poly1305(key).encrypt(nonce, secret.reveal(), _bound(address))
    return {
        "version": 1,
        "kdf": "scrypt",
        "n": scrypt_n,
        "salt": salt.hex(),
        "cipher": "chacha20-poly1305",
        "nonce": nonce.hex(),
        "secret": sealed.hex(),
    }


def _bound(address: str) -> bytes:
    return _BOUND + to_canonical_address(address)


def _stretch(password: str, salt: bytes, n: int) -> bytes:
    """Return a 32-byte key; memory is 128 * r * n bytes."""
    return hashlib.scrypt(
        password.encode("utf-8"),
        salt=salt,
        n=n,
        r=_SCRYPT_R,
        p=_SCRYPT_P,
        dklen=32,
        maxmem=256 * _SCRYPT_R * n + 2**20,
    )


def require_bounded(crypto: dict[str, Any]) -> None:
    """Refuse key-stretching costs that only serve to exhaust this machine."""
    params = crypto["kdfparams"]
    n, r, p, count, length = (params.get(name, 1) for name in ("n", "r", "p", "c", "dklen"))
    if not all(type(value) is int and value > 0 for value in (n, r, p, count, length)):
        raise ValueError("malformed cost of key stretching")
    if n * r > MAX_SCRYPT_N * _SCRYPT_R or p > 16 or count > 10_000_000 or length > _MAX_KEY_BYTES:
        raise ValueError("excessive cost of key stretching")


def open_secret(obj: dict[str, Any], password: str, address: str) -> MarketSecret:
    """Decrypt the ``tessera`` member of a keystore file.

    Raises
    ------
    InvalidTag, KeyError, TypeError, ValueError
        If the password is wrong or the object damaged; the keystore maps them.
    """
    if obj["version"] != 1 or obj["kdf"] != "scrypt" or obj["cipher"] != "chacha20-poly1305":
        raise ValueError("unknown version")
    n = obj["n"]
    if type(n) is not int or not 2 <= n <= MAX_SCRYPT_N or n & (n - 1):
        raise ValueError("excessive cost of key stretching")
    key = _stretch(password, bytes.fromhex(obj["salt"]), n)
    data = ChaCha20Poly1305(key).decrypt(
        bytes.fromhex(obj["nonce"]), bytes.fromhex(obj["secret"]), _bound(address)
    )
    if len(data) != MARKET_SECRET_BYTES:
        raise ValueError("wrong length")
    return MarketSecret(data)
