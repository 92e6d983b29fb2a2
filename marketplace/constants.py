"""Numbers of the protocol, each with its unit and its source."""

from __future__ import annotations

# --- crypto -----------------------------------------------------------------------------------

SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of the group. SEC 2, section 2.4.1, https://www.secg.org/sec2-v2.pdf"""

BN254_R = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
"""Order of BN254's groups, and modulus of what circuits compute. EIP-197, https://eips.ethereum.org/EIPS/eip-197"""

BN254_P = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47
"""Modulus of the coordinates of BN254's points. EIP-196, https://eips.ethereum.org/EIPS/eip-196"""

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

LABEL_READER = "tessera/v1/reader"
"""Circuit key of a requester, by the salt of his proved bounty."""

LABEL_TABLE = "tessera/v1/table"
"""Salt of the commitment to test rows, by the same."""

LABEL_MODEL = "tessera/v1/model"
"""Salt of the commitment to a model, by pledge."""

LABEL_X25519 = "tessera/v1/x25519"
"""Key with which an evaluator opens grants, by account."""

LABEL_BACKUP = "tessera/v1/backup"
"""Key of the HMAC over a backup's public notes."""

LABEL_RECORD = "tessera/v1/record"
"""Key under which a wallet keeps in the store what it will need again, by submission."""

LABEL_DRAFT = "tessera/v1/draft"
"""Salt of a listing, by all that goes into it: a repeated one is the same one, also without its draft."""

MARKET_SECRET_BYTES = 32
SCALAR_DERIVATION_BYTES = 48
"""HKDF output reduced to a scalar: 128 bits above n hide the bias (RFC 9380, section 5)."""

PIECE_BYTES = 4096
"""Unit of the envelope's tree: what one on-chain disproof carries in calldata (docs/envelope.md)."""

SEGMENT_BYTES = 65536
"""Bytes under one ChaCha20 nonce, 16 pieces: bounds the 32-bit block counter to 1024."""

NONCE_BYTES = 32
"""Random nonce of an artifact."""

LABEL_PAYLOAD = b"tessera/v1/payload"
LABEL_SALT = b"tessera/v1/salt"
LABEL_PLAIN = b"tessera/v1/plain"
LABEL_CONTENT = b"tessera/v1/content"
LABEL_GRANT = b"tessera/v1/grant"
LABEL_PREVIEW = "tessera/v1/preview"

ENVELOPE_MAGIC = b"tessera/envelope"
ENVELOPE_VERSION = 1
HEADER_BYTES = 64
INDEX_ENTRY_BYTES = 64
"""Layout of an artifact (docs/envelope.md, "The artifact")."""

SCRYPT_N = 2**18
"""Default scrypt cost of a wallet, as eth-account and geth: about 256 MiB and a second."""

SCRYPT_N_LIGHT = 2**12
"""scrypt cost of throw-away wallets of the demo and of tests (geth's light setting)."""

# --- rows, models and scores (docs/models.md) ---------------------------------------------------

MISSING = -(2**31)
"""Feature value that stands for "not known": the one int32 that no scaled number takes."""

INT32_MAX = 2**31 - 1

SCORE_ONE = 10**9
"""Score of a perfect model; scores are uint64, higher is better."""

MAX_CLASSES = 16
"""Balanced accuracy has two 128-bit sums a class in every node of the evidence tree."""

MAX_FEATURES = 1024
"""Features of a row: one row is then at most 4,136 bytes of calldata in a dispute."""

MAX_ROWS = 2**24
"""Rows of a test set: keeps proofs at 24 levels and sums far below 128 bits."""

MAX_ERROR_BOUND = 2**32 - 1
"""Largest error a row can count (target units): its square still fits 64 bits."""

MAX_LINEAR_WEIGHTS = 4096
"""Columns x outputs of a linear model, which a dispute opens whole (about 40 KiB of calldata)."""

MAX_TREES = 65536
"""Trees of an ensemble: proofs of 16 levels, sums below 2**47."""

MAX_TREE_DEPTH = 64
"""Nodes above a leaf: one path is at most 64 x 39 bytes of calldata."""

MAX_MODEL_BYTES = 32 * 2**20
"""Longest canonical model: about 4.8 million tree nodes, checked in some 400 MiB of memory."""

MAX_CATEGORIES = 32
"""Values of a text column that become indicators; a column with more is left out."""

# --- files that others give (docs/architecture.md, "Foreign bytes") ------------------------------

MAX_RECORD_BYTES = 2**20
"""A small record: settings, a deployment, limits, a list of buyers. The largest written here has 20 KiB."""

MAX_SECRET_BYTES = 2**16
"""A password or a private key in a file; people's have a few hundred bytes at most."""
