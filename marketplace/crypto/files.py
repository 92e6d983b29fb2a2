"""Files that are either whole or not there, and small ones that others give."""

from __future__ import annotations

from pathlib import Path

from marketplace.durable import atomic_writer
from marketplace.errors import DataError
from marketplace.foreign import read_bytes

__all__ = ["atomic_writer", "read_file", "write_file"]


def read_file(path: Path, max_bytes: int) -> bytes:
    """Read a small file.

    Raises
    ------
    DataError
        If it can't be read, or is longer than it may be.
    """
    try:
        return read_bytes(path, max_bytes)
    except OSError as error:
        raise DataError(f"can't read {path}: {error.strerror}", "check the path of the file") from error


def write_file(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    DataError
        If it can't be written.
    """
    try:
        with atomic_writer(path) as sink:
            sink.write(data)
    except OSError as error:
        raise DataError(f"can't write {path}: {error.strerror}", "name a file in another folder") from error
