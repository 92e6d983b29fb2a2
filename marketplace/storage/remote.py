"""What stores over HTTP share: answers in bounded pieces, deadlines, and files read as one stream.

Nothing here trusts the other side: a piece is at most what one receive gives, so that neither an announced
length nor an endless answer fills the memory, and what a stream gives is checked block by block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol

import urllib3

from marketplace.errors import ContentMismatch, StorageError
from marketplace.storage.source import check_block
from marketplace.storage.unixfs import Load
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid

PIECE_BYTES = CHUNK_BYTES
"""Most that is taken from a connection at once: a leaf."""

CONNECT_SECONDS = 10
"""Time to reach a host; longer than three lost packets take to be sent again (1 + 2 + 4 s, RFC 6298)."""

MAX_TRIES = 3
"""Streams of one file that may break before its blocks are fetched one by one."""

GOOD_BLOCKS = 64
"""Blocks of a stream (16 MiB) that earn it all its tries again: a long download may break many times."""


def pieces(raw: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Yield the body of an answer as it arrives, undecoded; a compressed one is left as it is."""
    while piece := raw.read1(PIECE_BYTES, decode_content=False):
        yield piece


class Deadline:
    """Seconds that something may take in all, however slowly its bytes drip.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def check(self) -> None:
        """Raise when it is over.

        Raises
        ------
        TimeoutError
        """
        if time.monotonic() > self._ends:
            raise TimeoutError("the answer takes too long")


def read_at_most(source: Iterator[bytes], limit_bytes: int, seconds: float) -> bytes:
    """Read a whole answer, or the first ``limit_bytes`` of it.

    Raises
    ------
    TimeoutError
        If that takes longer than ``seconds``.
    """
    deadline, out = Deadline(seconds), bytearray()
    for piece in source:
        out += piece
        deadline.check()
        if len(out) >= limit_bytes:
            break
    return bytes(out[:limit_bytes])


class Feed:
    """Gives exact numbers of bytes from pieces of any size.

    Parameters
    ----------
    source : iterator of bytes
    seconds : float
        Each call may take that long.
    """

    def __init__(self, source: Iterator[bytes], seconds: float) -> None:
        self._source = source
        self._seconds = seconds
        self._held = b""

    def read(self, count: int) -> bytes:
        """Return ``count`` bytes, fewer only at the end."""
        if not self._held and count:
            self._held = next(self._source, b"")
        if len(self._held) == count:
            out, self._held = self._held, b""
            return out
        deadline, parts, wanted = Deadline(self._seconds), [], count
        while wanted and self._held:
            part, self._held = self._held[:wanted], self._held[wanted:]
            parts.append(part)
            wanted -= len(part)
            if not self._held and wanted:
                deadline.check()
                self._held = next(self._source, b"")
        return b"".join(parts)


class Stream(Protocol):
    """Blocks of one file in order, in one answer; whatever goes wrong is a `StorageError`."""

    def take(self, cid: Cid, offset_bytes: int, expected: int | None) -> bytes:
        """Return the next block, which should be this one; it is not verified."""

    def close(self) -> None:
        """Let go of the connection."""


class Sequence:
    """Load the blocks of one file from front to back: two alone, then from a stream.

    Whatever the stream does wrong (ends, lies, drips), the block is loaded alone, where the error is exact,
    and another stream is opened behind it. So a read goes on where a connection broke.

    Parameters
    ----------
    load : callable
        Loads and verifies one block.
    start : callable (int) -> Stream
        Opens a stream at a byte offset.
    """

    def __init__(self, load: Load, start: Callable[[int], Stream]) -> None:
        self._load = load
        self._start = start
        self._stream: Stream | None = None
        self._tries = MAX_TRIES
        self._good = 0
        self._end = -1

    def __call__(self, cid: Cid, offset_bytes: int, expected: int | None) -> bytes:
        """Load the next block; see `walk_leaves`."""
        leaf = cid.codec == RAW_CODEC
        if leaf and self._stream is None and self._tries and offset_bytes == self._end:
            with suppress(StorageError):
                self._tries -= 1
                self._stream = self._start(offset_bytes)
        data = self._streamed(cid, offset_bytes, expected)
        if data is None:
            data = self._load(cid, offset_bytes, expected)
        if leaf:
            self._end = offset_bytes + len(data)
        return data

    def passed(self, cid: Cid, offset_bytes: int, data: bytes) -> None:
        """Note that a block was had elsewhere; the stream, which does not know, ends."""
        self.close()
        if cid.codec == RAW_CODEC:
            self._end = offset_bytes + len(data)

    def _streamed(self, cid: Cid, offset_bytes: int, expected: int | None) -> bytes | None:
        if self._stream is None:
            return None
        try:
            data = check_block(cid, self._stream.take(cid, offset_bytes, expected), offset_bytes, expected)
            self._good += 1
            if self._good % GOOD_BLOCKS == 0:
                self._tries = MAX_TRIES
            return data
        except ContentMismatch:
            self._tries = 0  # it lies: it gets no second chance
            self.close()
        except StorageError:
            self.close()
        return None

    def __enter__(self) -> Sequence:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the stream, if there is one."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
