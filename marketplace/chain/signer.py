"""Who signs: the seam, and the signer that holds an unlocked account."""

from __future__ import annotations

from typing import Any, Protocol

import rlp
from coincurve import PrivateKey
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

_BEFORE = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")
_FIELDS = {*_BEFORE, "type", "value", "data"}
"""Of an EIP-1559 transaction; in the order in which they are signed: https://eips.ethereum.org/EIPS/eip-1559"""


class Signer(Protocol):
    """Signs for one address. The key may be in this process, in another, or offline."""

    @property
    def address(self) -> str:
        """Checksummed address."""

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Return the raw signed transaction of a complete EIP-1559 transaction."""

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Return the 65-byte EIP-712 signature ``r || s || v`` of a full message."""


class LocalSigner:
    """Sign with an account whose key is in this process.

    Parameters
    ----------
    account : eth_account.signers.local.LocalAccount
    """

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self._key = PrivateKey(bytes(account.key))

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> str:
        """Checksummed address."""
        return str(self._account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Return the raw signed transaction of a complete EIP-1559 transaction."""
        if not _FIELDS <= transaction.keys() <= _FIELDS | {"to"} or transaction["type"] != 2:
            return bytes(self._account.sign_transaction(transaction).raw_transaction)
        return self._sign_quickly(transaction)

    def _sign_quickly(self, transaction: dict[str, Any]) -> bytes:
        """Sign what `Sender` makes without eth-account's checks of each field, which take longest."""
        target = transaction.get("to")
        parts: list[Any] = [_number(transaction[name]) for name in _BEFORE]
        parts += [bytes.fromhex(target[2:]) if target else b"", _number(transaction["value"])]
        parts += [bytes.fromhex(transaction["data"][2:]), []]
        signed = self._key.sign_recoverable(keccak(b"\x02" + _encode(parts)), hasher=None)
        parts += [part.lstrip(b"\0") for part in (signed[64:], signed[:32], signed[32:64])]
        return b"\x02" + _encode(parts)

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Return the 65-byte EIP-712 signature ``r || s || v`` of a full message."""
        return bytes(self._account.sign_typed_data(full_message=full_message).signature)


def _number(value: int) -> bytes:
    """Return a number as RLP has it: no leading zeros."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _encode(parts: list[Any]) -> bytes:
    return bytes(rlp.encode(parts, infer_serializer=False))
