"""A file that is read in one thread while another writes it."""

from __future__ import annotations

import queue

from marketplace.storage.unixfs import Buffer
from marketplace.types import CHUNK_BYTES

_DEPTH = 8
"""Pieces that wait at most, of `CHUNK_BYTES` each: 2 MiB between the two threads."""

_POLL_SECONDS = 0.5
"""How soon each side notices that the other is gone."""


class Abandoned(Exception):
    """The other side of a pipe is gone."""


class Pipe:
    """Bytes on their way from a writer to a reader in another thread; memory stays flat.

    The reader's side has ``read``, as a binary file has.
    """

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes] = queue.Queue(_DEPTH)
        self._buffer = bytearray()
        self._held = b""
        self._ended = False
        self._gone = False

    def write(self, data: Buffer) -> None:
        """Pass bytes on.

        Raises
        ------
        Abandoned
            If nobody reads any more.
        """
        with memoryview(data) as given, given.cast("B") as view:
            for at in range(0, len(view), CHUNK_BYTES):
                self._buffer += view[at : at + CHUNK_BYTES]
                if len(self._buffer) >= CHUNK_BYTES:
                    self._flush()

    def close(self) -> None:
        """Say that all is written.

        Raises
        ------
        Abandoned
            If nobody reads any more.
        """
        if self._buffer:
            self._flush()
        self._put(b"")

    def abandon(self) -> None:
        """Leave the other side alone; from either side, at any time."""
        self._gone = True

    def read(self, count: int) -> bytes:
        """Return up to ``count`` bytes, none at the end.

        Raises
        ------
        Abandoned
            If the writer is gone before it was done.
        """
        while not self._held and not self._ended:
            if self._gone:
                raise Abandoned
            try:
                self._held = self._queue.get(timeout=_POLL_SECONDS)
                self._ended = not self._held
            except queue.Empty:
                continue
        out, self._held = self._held[:count], self._held[count:]
        return out

    def _flush(self) -> None:
        self._put(bytes(self._buffer))
        self._buffer.clear()

    def _put(self, piece: bytes) -> None:
        while not self._gone:
            try:
                self._queue.put(piece, timeout=_POLL_SECONDS)
                return
            except queue.Full:
                continue
        raise Abandoned
