"""EIP-712: what one signs, for others to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.exceptions import BadSignature
from eth_keys.exceptions import ValidationError as KeyValidationError
from eth_utils.exceptions import ValidationError

from marketplace.errors import ChainError
from marketplace.services.market import Market

DOMAIN_NAMES = {"Panels": "Tessera Panels", "Bounties": "Tessera Bounties"}


def members(text: str) -> list[dict[str, str]]:
    """Return the members of a struct from ``"type name, type name"``."""
    return [dict(zip(("type", "name"), item.split(), strict=True)) for item in text.split(", ")]


DOMAIN_FIELDS = members("string name, string version, uint256 chainId, address verifyingContract")


def typed_message(
    market: Market, contract: str, kind: str, fields: str, message: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a full EIP-712 message, bound to the chain and to a contract of the deployment."""
    return {
        "types": {"EIP712Domain": DOMAIN_FIELDS, kind: members(fields)},
        "primaryType": kind,
        "domain": {
            "name": DOMAIN_NAMES[contract],
            "version": "1",
            "chainId": market.chain_id,
            "verifyingContract": market.address(contract),
        },
        "message": dict(message),
    }


def sign(market: Market, message: dict[str, Any]) -> bytes:
    """Sign a message with this account; 65 bytes.

    Raises
    ------
    ChainError
        If there is no account that signs.
    """
    signer = market.client.signer
    if signer is None:
        raise ChainError("this needs an account that signs", "name a wallet with --wallet")
    return signer.sign_typed_data(message)


def signer_of(message: dict[str, Any], signature: bytes) -> str | None:
    """Return who signed a message; None if nobody can have."""
    try:
        return str(Account.recover_message(encode_typed_data(full_message=message), signature=signature))
    except (BadSignature, KeyValidationError, ValidationError, ValueError, LookupError):
        return None


def short_signature(signature: bytes) -> tuple[bytes, bytes]:
    """Return ``r`` and, with the parity in its highest bit, ``s``: the short form of EIP-2098."""
    parity = (signature[64] - 27) << 255
    s = int.from_bytes(signature[32:64], "big") | parity
    return signature[:32], s.to_bytes(32, "big")
