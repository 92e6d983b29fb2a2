"""Folders for what a proof is made of, rows and models in the clear: none outlasts the next proof."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "proving-"


@contextlib.contextmanager
def workplace(parent: Path) -> Iterator[Path]:
    """Make a folder of mode 0700, and remove it with all that is in it.

    What processes left that died is removed first; a lock on a folder tells that its process lives.
    """
    for left in parent.glob(f"{PREFIX}*"):
        _remove_left(left)
    folder, handle = _new(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _new(parent: Path) -> tuple[Path, int]:
    """Make a folder and lock it; another process may take it for one that was left, before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with contextlib.suppress(FileNotFoundError):
            handle = _open(folder)
            with contextlib.suppress(OSError):  # a file system without locks: then nobody removes it either
                fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists():
                return folder, handle
            os.close(handle)


def _remove_left(folder: Path) -> None:
    with contextlib.suppress(OSError):  # it is gone, or another's
        handle = _open(folder)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
