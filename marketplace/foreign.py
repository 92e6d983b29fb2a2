"""Files that others give: opened without waiting, read no further than they may be long.

A path may lead to anything: a device that never ends, a pipe that nobody writes to. All that is wrong
with it is an `OSError` here, whose ``strerror`` says it; the callers say what the file was for.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_file(path: str | Path) -> BinaryIO:
    """Open a file or a pipe for reading; a pipe that nobody writes to is empty.

    Raises
    ------
    OSError
        Also for a device: ``/dev/zero`` has no end.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for a writer
    except ValueError as error:  # a zero byte
        raise OSError(errno.EINVAL, "there can be no such path", str(path)) from error
    try:
        kind = os.fstat(handle).st_mode
        if stat.S_ISDIR(kind):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
            raise OSError(errno.EINVAL, "it is a device, not a file", str(path))
        os.set_blocking(handle, True)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bytes(path: str | Path, max_bytes: int) -> bytes:
    """Read a file whole.

    Raises
    ------
    OSError
        If it can't be read, or is longer than it may be.
    """
    with open_file(path) as source:
        about = os.fstat(source.fileno())
        # Of a file no more room is asked for than it has bytes; a pipe, or what a program makes up, says 0.
        most = min(about.st_size or max_bytes, max_bytes)
        data = b"" if about.st_size > max_bytes else source.read(most + 1)
    if about.st_size > max_bytes or len(data) > max_bytes:
        raise OSError(errno.EFBIG, f"it has more than {max_bytes:,} bytes", str(path))
    return data


def read_text(path: str | Path, max_bytes: int) -> str:
    """Read a text in UTF-8.

    Raises
    ------
    OSError
        As `read_bytes`.
    UnicodeDecodeError
        If it is none.
    """
    return read_bytes(path, max_bytes).decode("utf-8")
