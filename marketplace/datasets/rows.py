"""Hidden test rows: wire bytes, salted leaves, their root and the file that opens them."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from marketplace import merkle
from marketplace.constants import MAX_FEATURES, MAX_ROWS
from marketplace.errors import DataError

MAGIC = b"TSRR"
VERSION = 1
SALT_BYTES = 32
_HEAD = struct.Struct(">4sBHI")


@dataclass(frozen=True)
class TestRows:
    """Rows with their salts.

    Attributes
    ----------
    rows : list of bytes
        Each ``i64 label || i32 features``, big-endian.
    salts : list of bytes
        32 bytes each.
    """

    __test__ = False  # no test class, whatever pytest thinks of the name

    rows: list[bytes]
    salts: list[bytes]

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def root(self) -> bytes:
        """Return the root that a bounty pins."""
        return rows_root(self.rows, self.salts)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Return features (int32, shape (n, d)) and labels (int64, shape (n,))."""
        return unpack_rows(self.rows)


def pack_rows(features: np.ndarray, y: np.ndarray) -> list[bytes]:
    """Encode rows for the wire.

    Parameters
    ----------
    features : ndarray of int32, shape (n_rows, width)
    y : ndarray of int64, shape (n_rows,)

    Returns
    -------
    list of bytes
        Each 8 + 4 * width bytes.

    Raises
    ------
    ValueError
        If shapes or types disagree.
    """
    if features.ndim != 2 or features.dtype != np.int32 or y.shape != (len(features),):
        raise ValueError("features are int32 of shape (n, d), labels of shape (n,)")
    packed = np.empty(len(features), dtype=_layout(features.shape[1]))
    packed["y"], packed["x"] = y, features
    size, data = packed.dtype.itemsize, packed.tobytes()
    return [data[i * size : (i + 1) * size] for i in range(len(features))]


def unpack_rows(rows: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Decode rows of equal length into features (int32) and labels (int64).

    Every byte string of the right length is a row: any label, any features.

    Raises
    ------
    DataError
        If there is none, or lengths are not 8 + 4 * width.
    """
    if not rows:
        raise DataError("there are no rows")
    width, rest = divmod(len(rows[0]) - 8, 4)
    if rest or not 1 <= width <= MAX_FEATURES or any(len(row) != len(rows[0]) for row in rows):
        raise DataError("rows have not all 8 + 4 x width bytes")
    packed = np.frombuffer(b"".join(rows), dtype=_layout(width))
    return packed["x"].astype(np.int32).reshape(len(rows), width), packed["y"].astype(np.int64)


def make_salts(count: int) -> list[bytes]:
    """Draw one random salt a row."""
    return [secrets.token_bytes(SALT_BYTES) for _ in range(count)]


def row_leaf(i: int, salt: bytes, row: bytes) -> bytes:
    """Return the leaf of row ``i``: ``SHA-256(0x00 || u64 i || salt || row)``."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return sha256(b"\x00" + struct.pack(">Q", i) + salt + row).digest()


def rows_root(rows: Sequence[bytes], salts: Sequence[bytes]) -> bytes:
    """Return the Merkle root over the leaves of all rows."""
    pairs = enumerate(zip(salts, rows, strict=True))
    return merkle.root([row_leaf(i, salt, row) for i, (salt, row) in pairs])


def row_proof(test: TestRows, i: int) -> list[bytes]:
    """Return the siblings of row ``i``, bottom-up."""
    leaves = [row_leaf(j, s, r) for j, (s, r) in enumerate(zip(test.salts, test.rows, strict=True))]
    return merkle.proof(leaves, i)


def serialise_rows(test: TestRows) -> bytes:
    """Write the canonical rows file: head, then ``salt || row`` for each row."""
    features, _ = unpack_rows(test.rows)
    if len(test.salts) != test.count or not 1 <= test.count <= MAX_ROWS:
        raise ValueError("one salt a row, 1 to 2**24 rows")
    head = _HEAD.pack(MAGIC, VERSION, features.shape[1], test.count)
    return head + b"".join(part for pair in zip(test.salts, test.rows, strict=True) for part in pair)


def parse_rows(data: bytes) -> TestRows:
    """Read the canonical rows file.

    Raises
    ------
    DataError
        If a byte is missing or too many, or the head is not allowed.
    """
    if len(data) < _HEAD.size:
        raise DataError("the rows file is cut off in its head")
    magic, version, width, count = _HEAD.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise DataError("these bytes are not a rows file of version 1")
    if not 1 <= width <= MAX_FEATURES or not 1 <= count <= MAX_ROWS:
        raise DataError(f"a rows file of {count} rows with {width} features is not allowed")
    row = 8 + 4 * width
    size = SALT_BYTES + row
    if len(data) != _HEAD.size + count * size:
        raise DataError(
            f"the rows file has {len(data)} bytes, its head announces {_HEAD.size + count * size}"
        )
    starts = range(_HEAD.size, len(data), size)
    return TestRows(
        [data[at + SALT_BYTES : at + size] for at in starts], [data[at : at + SALT_BYTES] for at in starts]
    )


def _layout(width: int) -> np.dtype:
    return np.dtype([("y", ">i8"), ("x", ">i4", (width,))])
