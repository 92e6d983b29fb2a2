"""Who signs: the seam, and the signer that holds an unlocked account."""

from __future__ import annotations

from typing import Any, Protocol

from eth_account.signers.local import LocalAccount


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

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> str:
        """Checksummed address."""
        return str(self._account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Return the raw signed transaction of a complete EIP-1559 transaction."""
        return bytes(self._account.sign_transaction(transaction).raw_transaction)

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Return the 65-byte EIP-712 signature ``r || s || v`` of a full message."""
        return bytes(self._account.sign_typed_data(full_message=full_message).signature)
