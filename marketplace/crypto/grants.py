"""Grants: an artifact's key, sealed to several recipients in one small file.

HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The format
is in docs/envelope.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from eth_utils import is_hex_address, to_canonical_address, to_checksum_address

from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.constants import LABEL_GRANT, SECP256K1_N
from marketplace.errors import DataError, DecryptionError

MAX_RECIPIENTS = 1024
"""Far above a panel (3 to 15 seats); keeps a file below 300 KiB."""

MAX_GRANT_BYTES = 300_000
"""1024 entries of about 240 bytes each."""

_SEALED_BYTES = 32 + 32 + 16  # encapsulated key, k, tag
_TYPE = LABEL_GRANT.decode("ascii")
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def x25519_public(private: bytes) -> bytes:
    """Return the 32-byte public key to register for grants."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def make_grant(k: int, recipients: Mapping[str, bytes], context: bytes) -> bytes:
    """Seal a key to recipients.

    A recipient whose public key is unusable gets no entry (see `granted_addresses`), so that one
    bad registration can't keep the others from theirs.

    Parameters
    ----------
    k : int
        Key scalar, 1 .. n-1.
    recipients : mapping of str to bytes
        X25519 public keys of 32 bytes by address.
    context : bytes
        Chain, contract and purpose; the opener must give the same.

    Returns
    -------
    bytes
        Canonical JSON, to be published.

    Raises
    ------
    DataError
        If no recipient has a usable key.
    ValueError
        If ``k`` is out of range, or there are no or too many recipients.
    """
    if not 0 < k < SECP256K1_N:
        raise ValueError("a key scalar lies in 1 .. n-1")
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise ValueError(f"a grant has 1 to {MAX_RECIPIENTS} recipients")
    plain, grants = k.to_bytes(32, "big"), []
    for address in sorted(recipients, key=str.lower):
        try:
            public = X25519PublicKey.from_public_bytes(recipients[address])
            sealed = _SUITE.encrypt(plain, public, info=_info(address, context))
        except ValueError:
            continue
        grants.append({"address": address.lower(), "sealed": sealed.hex()})
    if not grants:
        raise DataError("no recipient has a usable X25519 key", "wait until evaluators register a key")
    return canonical_json({"grants": grants, "type": _TYPE})


def granted_addresses(data: bytes) -> list[str]:
    """Return the checksummed addresses that a grant file has an entry for.

    Raises
    ------
    DataError
        If it is not a grant file.
    """
    return [str(to_checksum_address(address)) for address in _parse(data)]


def open_grant(data: bytes, address: str, private: bytes, context: bytes) -> int:
    """Open one's own entry of a grant file.

    The caller then checks that the scalar belongs to the listed key point: a grant does not say
    who made it.

    Parameters
    ----------
    data : bytes
        From `make_grant`.
    address : str
        One's own.
    private : bytes of length 32
        X25519 private key.
    context : bytes
        As given to `make_grant`.

    Returns
    -------
    int
        Key scalar ``k``.

    Raises
    ------
    DataError
        If it is not a grant file.
    DecryptionError
        If no entry opens: none for this address, another key or context, or damage.
    """
    refusal = f"the grant has no entry that opens for {address}"
    sealed = _parse(data).get(address.lower())
    if sealed is None:
        raise DecryptionError(refusal)
    try:
        key = X25519PrivateKey.from_private_bytes(private)
        plain = _SUITE.decrypt(sealed, key, info=_info(address, context))
    except (InvalidTag, ValueError) as error:
        raise DecryptionError(refusal) from error
    k = int.from_bytes(plain, "big")
    if len(plain) != 32 or not 0 < k < SECP256K1_N:
        raise DecryptionError(refusal)
    return k


def _info(address: str, context: bytes) -> bytes:
    return LABEL_GRANT + to_canonical_address(address) + context


def _parse(data: bytes) -> dict[str, bytes]:
    """Return the sealed keys by lower-case address."""
    obj = parse_canonical_json(data, MAX_GRANT_BYTES)
    if not isinstance(obj, dict) or set(obj) != {"grants", "type"} or obj["type"] != _TYPE:
        raise DataError("this is not a grant file")
    if not isinstance(obj["grants"], list) or not 1 <= len(obj["grants"]) <= MAX_RECIPIENTS:
        raise DataError(f"a grant file has 1 to {MAX_RECIPIENTS} entries")
    entries = [_entry(item) for item in obj["grants"]]
    addresses = [address for address, _ in entries]
    if addresses != sorted(set(addresses)):
        raise DataError("the entries of a grant file are sorted by address, each once")
    return dict(entries)


def _entry(item: Any) -> tuple[str, bytes]:
    if not isinstance(item, dict) or set(item) != {"address", "sealed"}:
        raise DataError("an entry of the grant file has other fields than address and sealed")
    address, sealed = item["address"], item["sealed"]
    if not isinstance(address, str) or not is_hex_address(address) or address != address.lower():
        raise DataError("an entry of the grant file has no lower-case address")
    try:
        data = bytes.fromhex(sealed)
    except (TypeError, ValueError) as error:
        raise DataError(f"the entry of {address} is not hexadecimal") from error
    if len(data) != _SEALED_BYTES or data.hex() != sealed:
        raise DataError(f"the entry of {address} has not {_SEALED_BYTES} bytes in lower-case hex")
    return address, data
