"""Canonical bytes of integer models (docs/models.md): one encoding each, everything else refused."""

from __future__ import annotations

import struct
from hashlib import sha256

import numpy as np

from marketplace import merkle
from marketplace.constants import MAX_LINEAR_WEIGHTS, MAX_MODEL_BYTES, MAX_TREES
from marketplace.errors import DataError
from marketplace.models.linear import Head, LinearModel, Task
from marketplace.models.trees import RECORD, TreeModel, tree_roots

MAGIC = b"TSRM"
ZIP_MAGIC = b"PK\x03\x04"
VERSION = 1
SHAPE_LINEAR = 1
SHAPE_TREES = 2

_HEAD = struct.Struct(">4sBBBBHQ")
_COLUMNS = struct.Struct(">H")
_TREES = struct.Struct(">I")
_KEY = np.dtype([("feature", ">u2"), ("mode", "u1"), ("operand", ">i4")])

IntegerModel = LinearModel | TreeModel
"""Either shape."""


def encode_model(model: IntegerModel) -> bytes:
    """Encode a model as its canonical bytes.

    Parameters
    ----------
    model : LinearModel or TreeModel

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        If the model is outside the bounds of docs/models.md.
    """
    prefix = encode_prefix(model)
    if isinstance(model, LinearModel):
        columns = np.empty(len(model.feature), dtype=_columns(model.head.outputs))
        columns["feature"], columns["mode"] = model.feature, model.mode
        columns["operand"], columns["weights"] = model.operand, model.weights
        return prefix + columns.tobytes()
    records = np.empty(len(model.flags), dtype=RECORD)
    records["flags"], records["feature"], records["value"] = model.flags, model.feature, model.value
    data = prefix + model.counts.astype(">u4").tobytes() + records.tobytes()
    if len(data) > MAX_MODEL_BYTES:
        raise DataError(f"the model has {len(data)} bytes, at most {MAX_MODEL_BYTES} are allowed")
    return data


def encode_prefix(model: IntegerModel) -> bytes:
    """Encode head, count of columns or trees, and biases or bases."""
    head = model.head
    if isinstance(model, LinearModel):
        count, base, shape = _COLUMNS.pack(len(model.feature)), model.bias, SHAPE_LINEAR
    else:
        count, base, shape = _TREES.pack(len(model.counts)), model.bases, SHAPE_TREES
    fixed = _HEAD.pack(MAGIC, VERSION, shape, head.task, head.outputs, head.features, head.divisor)
    return fixed + count + base.astype(">i8").tobytes()


def decode_model(data: bytes) -> IntegerModel:
    """Decode canonical bytes; lengths are checked before anything is allocated.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    LinearModel or TreeModel
        Checked; `encode_model` gives the same bytes back.

    Raises
    ------
    DataError
        If they are not the canonical bytes of a model.
    """
    if len(data) > MAX_MODEL_BYTES:
        raise DataError(f"the model has {len(data)} bytes, at most {MAX_MODEL_BYTES} are allowed")
    if len(data) < _HEAD.size:
        raise DataError("the model is cut off in its head")
    magic, version, shape, task, outputs, features, divisor = _HEAD.unpack_from(data)
    if data.startswith(ZIP_MAGIC):
        raise DataError(
            "this is a skops file, not an integer model", "convert it first: tessera model convert"
        )
    if magic != MAGIC or version != VERSION:
        raise DataError(
            "these bytes are not a model of version 1", "give a file made by: tessera model convert"
        )
    if task not in (Task.CLASSIFY, Task.REGRESS):
        raise DataError(f"the model has the unknown task {task}")
    head = Head(Task(task), outputs, features, divisor)
    head.check()
    if shape == SHAPE_LINEAR:
        return _decode_linear(head, data)
    if shape == SHAPE_TREES:
        return _decode_trees(head, data)
    raise DataError(f"the model has the unknown shape {shape}")


def model_hash(model: IntegerModel) -> bytes:
    """Return the 32 bytes by which a contest knows the model.

    Linear: ``SHA-256(0x03 || canonical bytes)``. Trees: ``SHA-256(0x02 || prefix || root)``, the
    Merkle root over the roots of the trees.
    """
    if isinstance(model, LinearModel):
        return sha256(b"\x03" + encode_model(model)).digest()
    return sha256(b"\x02" + encode_prefix(model) + merkle.root(tree_roots(model))).digest()


def _columns(outputs: int) -> np.dtype:
    return np.dtype([*((n, _KEY[n]) for n in ("feature", "mode", "operand")), ("weights", ">i8", (outputs,))])


def _decode_linear(head: Head, data: bytes) -> LinearModel:
    (count,) = _unpack(_COLUMNS, data)
    if count * head.outputs > MAX_LINEAR_WEIGHTS:
        raise DataError(f"the model has {count} columns for {head.outputs} outputs, too many")
    dtype = _columns(head.outputs)
    at = _HEAD.size + _COLUMNS.size
    body = at + 8 * head.outputs
    _require_length(data, body + count * dtype.itemsize)
    columns = np.frombuffer(data, dtype, count, body)
    model = LinearModel(
        head,
        columns["feature"].astype(np.int32),
        columns["mode"].astype(np.uint8),
        columns["operand"].astype(np.int32),
        columns["weights"].astype(np.int64).reshape(count, head.outputs),
        np.frombuffer(data, ">i8", head.outputs, at).astype(np.int64),
    )
    model.check()
    return model


def _decode_trees(head: Head, data: bytes) -> TreeModel:
    (trees,) = _unpack(_TREES, data)
    if not 1 <= trees <= MAX_TREES:
        raise DataError(f"the model has {trees} trees, allowed are 1 to {MAX_TREES}")
    at = _HEAD.size + _TREES.size
    sizes = at + 8 * head.outputs
    body = sizes + 4 * trees
    if len(data) < body:
        raise DataError("the model is cut off before its trees")
    counts = np.frombuffer(data, ">u4", trees, sizes).astype(np.int64)
    _require_length(data, body + int(counts.sum()) * RECORD.itemsize)
    records = np.frombuffer(data, RECORD, int(counts.sum()), body)
    return TreeModel(
        head,
        np.frombuffer(data, ">i8", head.outputs, at).astype(np.int64),
        counts,
        records["flags"].copy(),
        records["feature"].astype(np.int32),
        records["value"].astype(np.int32),
    )


def _unpack(layout: struct.Struct, data: bytes) -> tuple[int, ...]:
    if len(data) < _HEAD.size + layout.size:
        raise DataError("the model is cut off in its head")
    return layout.unpack_from(data, _HEAD.size)


def _require_length(data: bytes, expected: int) -> None:
    if len(data) != expected:
        raise DataError(f"the model has {len(data)} bytes where its head announces {expected}")
