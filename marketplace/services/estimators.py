"""Models of one's own as files: integer models, and whole scikit-learn objects without pickle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from marketplace.crypto.files import read_file, write_file
from marketplace.models import IntegerModel, decode_model, encode_model
from marketplace.models.skops_file import (
    MAX_FILE_BYTES,
    dump_estimator,
    estimator_class,
    open_estimator_bytes,
    unknown_types,
)

SKOPS_MEDIA_TYPE = "application/vnd.skops"
"""Media type of a skops file in a manifest; nobody has registered one."""


def save_model(model: IntegerModel, path: Path | str) -> bytes:
    """Write an integer model to a file, whole or not at all; return its canonical bytes.

    Raises
    ------
    DataError
        If the model is outside the bounds, or the file can't be written.
    """
    data = encode_model(model)
    write_file(Path(path), data)
    return data


def load_model(path: Path | str) -> IntegerModel:
    """Read an integer model from a file; nothing in it can run.

    Raises
    ------
    DataError
        If the file can't be read, or is no model.
    """
    return decode_model(read_file(Path(path), MAX_FILE_BYTES))


def save_estimator(estimator: Any, path: Path | str) -> bytes:
    """Write a fitted scikit-learn object to a skops file, without pickle; return its bytes.

    Raises
    ------
    DataError
        If skops can't save it or is not installed, or the file can't be written.
    """
    data = dump_estimator(estimator)
    write_file(Path(path), data)
    return data


def open_estimator(path: Path | str, trust: Iterable[str] = ()) -> Any:
    """Open a scikit-learn object from a skops file, making only objects of types that are trusted.

    Parameters
    ----------
    path : Path or str
    trust : iterable of str
        Types to trust beyond those of scikit-learn that conversion knows, by their full names.

    Raises
    ------
    DataError
        Naming each type that is not trusted; if it is no skops file, or skops is not installed.
    """
    return open_estimator_bytes(read_file(Path(path), MAX_FILE_BYTES), trust)


def estimator_subject(data: bytes) -> dict[str, Any]:
    """Return what a manifest says of a skops file: its hash, its class, what a buyer must trust."""
    return {
        "format": "skops",
        "estimator": estimator_class(data),
        "hash": sha256(data).hexdigest(),
        "needsTrust": " ".join(unknown_types(data)) or "nothing more",
    }


def estimator_sentence(subject: Mapping[str, Any]) -> str:
    """Describe a skops file in a sentence, for want of a description."""
    return f"A fitted scikit-learn object, {subject['estimator']}, in a skops file."
