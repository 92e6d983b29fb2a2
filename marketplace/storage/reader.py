"""A seekable, verified view of a stored file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from marketplace.storage.unixfs import Leaf


class ContentReader(io.BufferedIOBase):
    """Read a stored file like an open one; every leaf is verified before a byte of it is given.

    Parameters
    ----------
    size_bytes : int
        Length of the file.
    leaves : callable
        Yields the leaves from a byte offset on, each with its verified bytes.
    """

    def __init__(self, size_bytes: int, leaves: Callable[[int], Iterator[tuple[Leaf, bytes]]]) -> None:
        super().__init__()
        self._size_bytes = size_bytes
        self._from = leaves
        self._at = 0
        self._leaves: Iterator[tuple[Leaf, bytes]] = iter(())
        self._data = b""
        self._first = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte offset from the start, the position or the end.

        Raises
        ------
        ValueError
            If that is before the start.
        """
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("a position is not negative")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Read up to ``size`` bytes, fewer only at the end.

        Raises
        ------
        ContentNotFound, ContentMismatch
            Naming the block and its byte offset.
        """
        left = self._size_bytes - self._at
        wanted = max(0, left if size is None or size < 0 else min(size, left))
        parts = []
        while wanted:
            part = self._current()[:wanted]
            parts.append(bytes(part))
            self._at += len(part)
            wanted -= len(part)
        return b"".join(parts)

    def read1(self, size: int = -1) -> bytes:
        """Read what is at hand: at most to the end of one leaf."""
        if self._at >= self._size_bytes or size == 0:
            return b""
        part = self._current()
        part = part if size < 0 else part[:size]
        self._at += len(part)
        return bytes(part)

    def _current(self) -> memoryview:
        if not self._first <= self._at < self._first + len(self._data):
            if self._at != self._first + len(self._data) or not self._data:
                self._leaves = self._from(self._at)
            leaf, self._data = next(self._leaves)
            self._first = leaf.offset_bytes
        return memoryview(self._data)[self._at - self._first :]
