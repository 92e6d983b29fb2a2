"""Files that appear whole or not at all, whatever ends the process or the power."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def atomic_writer(path: Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """Write a file of mode 0600 that appears under its name only when complete.

    The bytes go to a temporary file beside ``path``, reach the disk, and are then renamed. After a
    crash at any moment ``path`` holds its old content, or the new one, never a part. What a process that
    died left there is removed when the same file is written again.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    replace : bool, default True
        False: refuse, in one step, when the file exists.

    Yields
    ------
    BinaryIO
        To be filled; discarded if the body raises.

    Raises
    ------
    FileExistsError
        If ``replace`` is false and the file exists.
    """
    for left in glob.glob(_left_names(path), root_dir=path.parent, include_hidden=True):
        _remove_left(path.parent / left)
    handle, name = _new_temporary(path)
    try:
        with os.fdopen(handle, "wb") as sink:  # it is locked until it has its name
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
            if replace:
                os.replace(name, path)
            else:
                os.link(name, path)
        _sync_folder(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _left_names(path: Path) -> str:
    """Return the pattern of names that `tempfile.mkstemp` gives the temporary files of a path."""
    return f".{glob.escape(path.name)}.{8 * '?'}.tmp"


def _new_temporary(path: Path) -> tuple[int, str]:
    """Make a temporary file beside a path, and lock it: so others see that its writer lives."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with contextlib.suppress(OSError):  # a file system without locks: then nobody removes it either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # another process took it for one that was left, before it was locked


def _remove_left(path: Path) -> None:
    """Remove a temporary file whose writer has died; it may hold what only its owner should see."""
    with contextlib.suppress(OSError):  # it is gone, or another's
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        finally:
            os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
