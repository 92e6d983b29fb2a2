"""Files that commands read and write."""

from __future__ import annotations

from pathlib import Path

from marketplace.cli.common import App
from marketplace.crypto.files import atomic_writer
from marketplace.errors import DataError


def read_file(path: Path, max_bytes: int) -> bytes:
    """Read a small file.

    Raises
    ------
    DataError
        If it can't be read, or is longer than it may be.
    """
    try:
        with path.open("rb") as source:
            data = source.read(max_bytes + 1)
    except OSError as error:
        raise DataError(f"can't read {path}: {error.strerror}", "check the path of the file") from error
    if len(data) > max_bytes:
        raise DataError(f"{path} has more than {max_bytes:,} bytes", "check that it is the right file")
    return data


def require_writable(app: App, path: Path) -> None:
    """Ask before a file is overwritten; refuse a folder that is not there, before any work is done.

    Raises
    ------
    DataError
        If the file can't be written.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise DataError(f"can't write {path}", "name a file in a folder that exists")
    if path.exists():
        app.confirm(f"Overwrite {path}.")


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
