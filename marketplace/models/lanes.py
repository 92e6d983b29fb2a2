"""What trees contribute to a row, packed and hashed as evidence commits to it (docs/models.md)."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

LANE_WORD = 8
"""Contributions of trees are padded to whole 32-byte words, 8 lanes each."""

CHUNK_TREES = 256
"""Of more trees, so many are hashed together: a dispute shows one chunk, not all lanes."""


def pack_contributions(values: np.ndarray) -> np.ndarray:
    """Pack what trees contribute, row by row, each biased by 2**31.

    Parameters
    ----------
    values : ndarray of int32, shape (n_trees, n_rows)

    Returns
    -------
    ndarray of big-endian uint32, shape (n_rows, lanes)
        ``lanes`` is the number of trees rounded up to a multiple of 8; the rest reads 2**31.
    """
    trees, count = values.shape
    lanes = -(-trees // LANE_WORD) * LANE_WORD
    packed = np.full((count, lanes), 2**31, dtype=">u4")
    packed[:, :trees] = values.T.view(np.uint32) ^ np.uint32(2**31)
    return packed


def pack_chunks(values: np.ndarray, outputs: int) -> list[bytes]:
    """List the chunks of more than `CHUNK_TREES` trees, row by row.

    Parameters
    ----------
    values : ndarray of int32, shape (n_trees, n_rows)
    outputs : int

    Returns
    -------
    list of bytes
        For each row: SHA-256 of each chunk's lanes, then its ``i64`` sum for each output.
    """
    size = 32 + 8 * outputs
    starts = range(0, len(values), CHUNK_TREES)
    listed = np.empty((values.shape[1], size * len(starts)), dtype=np.uint8)
    for number, first in enumerate(starts):
        chunk = values[first : first + CHUNK_TREES]
        digests = b"".join(sha256(row).digest() for row in pack_contributions(chunk))
        sums = [chunk[(o - first) % outputs :: outputs].sum(axis=0, dtype=np.int64) for o in range(outputs)]
        at = number * size
        listed[:, at : at + 32] = np.frombuffer(digests, np.uint8).reshape(-1, 32)
        listed[:, at + 32 : at + size] = np.stack(sums, axis=1).astype(">i8").view(np.uint8)
    return [row.tobytes() for row in listed]


def hash_contributions(values: np.ndarray, outputs: int) -> list[bytes]:
    """Return the hash that each row's record ends with.

    Parameters
    ----------
    values : ndarray of int32, shape (n_trees, n_rows)
    outputs : int

    Returns
    -------
    list of bytes
        Of the lanes; of more than `CHUNK_TREES` trees, of the list of chunks.
    """
    if len(values) > CHUNK_TREES:
        return [sha256(row).digest() for row in pack_chunks(values, outputs)]
    return [sha256(row).digest() for row in pack_contributions(values)]
