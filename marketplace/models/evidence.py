"""Evidence of a score: a Merkle sum tree over the rows (docs/models.md)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from marketplace.constants import MAX_ROWS
from marketplace.errors import DataError
from marketplace.models.canonical import IntegerModel
from marketplace.models.lanes import hash_contributions
from marketplace.models.linear import linear_raw
from marketplace.models.metrics import add_up, check_metric, contributions, score_from_sums, sum_count
from marketplace.models.score import decide, fit_width, sum_trees, tree_blocks
from marketplace.models.trees import TreeModel

SALT_LABEL = b"tessera/v1/evidence"
ROOT_LABEL = b"tessera/v1/evidence-root"
MAGIC = b"TSRE"
VERSION = 1
HEAD = struct.Struct(">4sBBBBBQI")
"""Head of an evidence file."""


@dataclass(frozen=True)
class Evidence:
    """What an evaluator attests.

    Attributes
    ----------
    root : bytes of length 32
    sums : tuple of int
    count : int
        Rows.
    score : int
        0 to SCORE_ONE.
    file_bytes : bytes
        Canonical evidence file (clear; it is encrypted under a key from ``k``).
    leaves : list of bytes
        Leaf hashes, row by row.
    contributions : ndarray of uint64, shape (count, n_sums)
    """

    root: bytes
    sums: tuple[int, ...]
    count: int
    score: int
    file_bytes: bytes
    leaves: list[bytes] = field(repr=False)
    contributions: np.ndarray = field(repr=False)


def build_evidence(
    model: IntegerModel,
    rows: np.ndarray,
    y: np.ndarray,
    metric: int,
    classes: int,
    bound: int,
    k: bytes,
    submission_id: bytes,
) -> Evidence:
    """Score a model and commit to every row's result.

    Parameters
    ----------
    model : LinearModel or TreeModel
        If its width is not that of the rows, they are cut or filled up with the missing value.
    rows : ndarray of int32, shape (n_rows, n_features)
    y : ndarray of int64, shape (n_rows,)
    metric, classes, bound : int
        Terms of the bounty.
    k : bytes of length 32
        Key scalar of the model, big-endian: salts the leaves while the model is closed.
    submission_id : bytes of length 32

    Returns
    -------
    Evidence
        The same for everybody with the same rows, model and key.

    Raises
    ------
    DataError
        If the terms are not defined or the number of rows is out of bounds.
    """
    if len(k) != 32 or len(submission_id) != 32:
        raise ValueError("k and the submission id have 32 bytes each")
    metric = check_metric(metric, classes, bound)
    if not 1 <= len(rows) <= MAX_ROWS:
        raise DataError(f"a test set of {len(rows)} rows can't be scored, allowed are 1 to {MAX_ROWS}")
    raw, tree_hashes = _run(model, fit_width(rows, model.head.features))
    judged = contributions(metric, decide(model, raw), y, classes, bound)
    records = _records(raw, judged, tree_hashes)
    leaves = [
        sha256(b"\x00" + struct.pack(">Q", i) + evidence_salt(k, submission_id, i) + record).digest()
        for i, record in enumerate(records)
    ]
    root, sums = evidence_root(leaves, judged)
    used_classes = classes if sum_count(metric, classes) > 1 else 0
    trees = len(model.counts) if isinstance(model, TreeModel) else 0
    head = HEAD.pack(MAGIC, VERSION, metric, used_classes, model.head.outputs, bool(trees), len(rows), trees)
    score = score_from_sums(metric, sums, len(rows), classes, bound)
    return Evidence(root, tuple(sums), len(rows), score, head + b"".join(records), leaves, judged)


def evidence_salt(k: bytes, submission_id: bytes, i: int) -> bytes:
    """Return the salt of leaf ``i``: ``H(label || k || submission id || u64 i)``."""
    return sha256(SALT_LABEL + k + submission_id + struct.pack(">Q", i)).digest()


def evidence_root(leaves: Sequence[bytes], judged: np.ndarray) -> tuple[bytes, list[int]]:
    """Fold leaves into the evidence root.

    Parameters
    ----------
    leaves : sequence of bytes
    judged : ndarray of uint64, shape (n_leaves, n_sums)
        What each row contributes.

    Returns
    -------
    tuple of (bytes of length 32, list of int)
        Root and sums.
    """
    level = [
        (leaf, b"".join([_ONE, *(value.to_bytes(16, "big") for value in row)]))
        for leaf, row in zip(leaves, judged.tolist(), strict=True)
    ]
    counters: list[list[int]] = [[1, *row] for row in judged.tolist()]
    width = judged.shape[1]
    no_sums = bytes(8 + 16 * width)
    empty = bytes(32)
    while len(level) > 1:
        if len(level) % 2:
            level.append((empty, no_sums))
            counters.append([0] * (width + 1))
        parents = []
        counters = [
            [a + b for a, b in zip(left, right, strict=True)]
            for left, right in zip(counters[::2], counters[1::2], strict=True)
        ]
        for (left, ls), (right, rs), total in zip(level[::2], level[1::2], counters, strict=True):
            parents.append((sha256(b"\x01" + left + ls + right + rs).digest(), _pack_sums(total)))
        level = parents
        empty = sha256(b"\x01" + empty + no_sums + empty + no_sums).digest()
    top, packed = level[0]
    sums = counters[0][1:]
    if sums != add_up(judged):
        raise ArithmeticError("sums of the tree and of the rows differ")
    return sha256(ROOT_LABEL + packed + top).digest(), sums


_ONE = struct.pack(">Q", 1)


def _pack_sums(total: Sequence[int]) -> bytes:
    return b"".join([total[0].to_bytes(8, "big"), *(value.to_bytes(16, "big") for value in total[1:])])


def _run(model: IntegerModel, rows: np.ndarray) -> tuple[np.ndarray, list[bytes]]:
    """Compute raw outputs and, for trees, the hash of each row's packed contributions."""
    if not isinstance(model, TreeModel):
        return linear_raw(model, rows), []
    raw = np.empty((len(rows), model.head.outputs), dtype=np.int64)
    hashes: list[bytes] = []

    def make(values: np.ndarray) -> tuple[np.ndarray, list[bytes]]:
        return sum_trees(model, values), hash_contributions(values, model.head.outputs)

    for start, (sums, digests) in tree_blocks(model, rows, make):
        raw[start : start + len(sums)] = sums
        hashes.extend(digests)
    return raw, hashes


def _records(raw: np.ndarray, judged: np.ndarray, tree_hashes: list[bytes]) -> list[bytes]:
    """Encode raw outputs (i128), contributions (u128) and the trees' hash, row by row."""
    count, outputs = raw.shape
    words = np.zeros((count, 2 * (outputs + judged.shape[1])), dtype=">u8")
    words[:, 0 : 2 * outputs : 2] = (raw >> 63).view(np.uint64)
    words[:, 1 : 2 * outputs : 2] = raw.view(np.uint64)
    words[:, 2 * outputs + 1 :: 2] = judged
    size, data = words.shape[1] * 8, words.tobytes()
    parts = [data[i * size : (i + 1) * size] for i in range(count)]
    if not tree_hashes:
        return parts
    return [part + digest for part, digest in zip(parts, tree_hashes, strict=True)]
