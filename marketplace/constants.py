"""Numbers of the protocol, each with its unit and its source."""

from __future__ import annotations

# --- crypto -----------------------------------------------------------------------------------

SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of the group. SEC 2, section 2.4.1, https://www.secg.org/sec2-v2.pdf"""

LABEL_PREFIX = "tessera/v1/"
"""Every derived key and hash starts with it, so that no two purposes share bytes."""

LABEL_K = "tessera/v1/k"
"""Key scalar of an artifact; ``extra`` is the artifact's nonce."""

LABEL_W = "tessera/v1/w"
"""One-time scalar of a maker, by submission."""

LABEL_R = "tessera/v1/r"
"""Scalar of a requester, by bounty."""

LABEL_B = "tessera/v1/b"
"""One-time scalar of a buyer, by order."""

LABEL_P = "tessera/v1/p"
"""Scalar of a seller, by account."""

LABEL_X25519 = "tessera/v1/x25519"
"""Key with which an evaluator opens grants, by account."""

MARKET_SECRET_BYTES = 32
SCALAR_DERIVATION_BYTES = 48
"""HKDF output reduced to a scalar: 128 bits above n hide the bias (RFC 9380, section 5)."""

PIECE_BYTES = 4096
"""Unit of the envelope's tree: what one on-chain disproof carries in calldata (docs/envelope.md)."""

SEGMENT_BYTES = 65536
"""Bytes under one ChaCha20 nonce, 16 pieces: bounds the 32-bit block counter to 1024."""

NONCE_BYTES = 32
"""Random nonce of an artifact."""

SCRYPT_N = 2**18
"""Default scrypt cost of a wallet, as eth-account and geth: about 256 MiB and a second."""

SCRYPT_N_LIGHT = 2**12
"""scrypt cost of throw-away wallets of the demo and of tests (geth's light setting)."""
