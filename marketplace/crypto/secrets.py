"""The market secret, from which every scalar of a wallet derives.

Nothing derived is ever stored: a wallet restored from its backup finds every key again from what
the chain says (chain, contract, id) and, for an artifact, the nonce in its header.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_utils import to_canonical_address

from marketplace.constants import (
    LABEL_PREFIX,
    LABEL_X25519,
    MARKET_SECRET_BYTES,
    SCALAR_DERIVATION_BYTES,
    SECP256K1_N,
)


class MarketSecret:
    """32 secret bytes of one wallet, made with it and backed up with it.

    Parameters
    ----------
    data : bytes of length 32

    Raises
    ------
    ValueError
        If the length is wrong.
    """

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        if len(data) != MARKET_SECRET_BYTES:
            raise ValueError(f"a market secret has {MARKET_SECRET_BYTES} bytes")
        self._data = bytes(data)

    def __repr__(self) -> str:
        return "MarketSecret(<hidden>)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a market secret is not serialised; use reveal() for a backup")

    @classmethod
    def generate(cls) -> MarketSecret:
        """Make a new one from the operating system's randomness."""
        return cls(os.urandom(MARKET_SECRET_BYTES))

    def reveal(self) -> bytes:
        """Return the 32 bytes, for a backup or the keystore only."""
        return self._data

    def scalar(self, label: str, chain_id: int, contract: str, id_bytes: bytes, extra: bytes = b"") -> int:
        """Derive the scalar of one purpose and one id.

        Parameters
        ----------
        label : str
            Purpose: one of the ``LABEL_*`` of `marketplace.constants`.
        chain_id : int
        contract : str
            Address of the contract in which it serves.
        id_bytes : bytes
            Id it serves: of the asset, submission, bounty or order, or the account's address.
        extra : bytes, optional
            For ``LABEL_K``, the artifact's nonce.

        Returns
        -------
        int
            In 1 .. n-1; the bias of the reduction is below 2**-127.

        References
        ----------
        HKDF, https://www.rfc-editor.org/rfc/rfc5869 ; 48 bytes as in
        https://www.rfc-editor.org/rfc/rfc9380#section-5 .
        """
        okm = self._expand(SCALAR_DERIVATION_BYTES, label, chain_id, contract, id_bytes, extra)
        return int.from_bytes(okm, "big") % (SECP256K1_N - 1) + 1

    def mac_key(self, label: str) -> bytes:
        """Derive the 32-byte key with which this wallet proves that it wrote something itself."""
        return self._expand(32, label, 0, "0x" + 40 * "0", b"", b"")

    def x25519_private(
        self, chain_id: int, contract: str, id_bytes: bytes, label: str = LABEL_X25519
    ) -> bytes:
        """Derive the X25519 private key with which grants are opened.

        Parameters
        ----------
        chain_id : int
        contract : str
            Address of the contract with which the public key is registered.
        id_bytes : bytes
            The account's address, 20 bytes.
        label : str, optional
            Purpose.

        Returns
        -------
        bytes of length 32
        """
        return self._expand(32, label, chain_id, contract, id_bytes, b"")

    def _expand(
        self, length: int, label: str, chain_id: int, contract: str, id_bytes: bytes, extra: bytes
    ) -> bytes:
        """HKDF-SHA256 with every field's length said, so that no two contexts share bytes."""
        if not label.startswith(LABEL_PREFIX) or len(label) > 255:
            raise ValueError(f"a label starts with {LABEL_PREFIX}")
        name = label.encode("ascii")
        info = b"".join(
            (
                bytes([len(name)]) + name,
                chain_id.to_bytes(32, "big"),
                to_canonical_address(contract),
                len(id_bytes).to_bytes(4, "big") + id_bytes,
                len(extra).to_bytes(4, "big") + extra,
            )
        )
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self._data)
