"""Pieces by the thousand: encrypted and hashed together, in several threads, handed on in order."""

from __future__ import annotations

import contextlib
import mmap
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256

from marketplace.constants import INDEX_ENTRY_BYTES, PIECE_BYTES
from marketplace.crypto.pieces import PieceKeys
from marketplace.hashing import DIGEST_BYTES, Rows, hash_both, hash_each, is_native
from marketplace.merkle import Builder, subtree
from marketplace.threads import Done, Job, alive, core_count, in_order
from marketplace.types import CHUNK_BYTES

PIECES_PER_BATCH = 1024
BATCH_BYTES = PIECES_PER_BATCH * PIECE_BYTES
"""Sixteen leaves of the store: as many as are hashed at once."""

_BATCH_LEVEL = PIECES_PER_BATCH.bit_length() - 1
_LEAF_PREFIX_BYTES = 9  # a zero, and the number of the piece


def thread_count() -> int:
    """Return how many threads work on one file: without vectors, hashing holds the interpreter's lock."""
    if not is_native():
        return 1
    return core_count()


def slot_count() -> int:
    """Return how many batches are alive at once: batch n may use the buffers of batch n - `slot_count`."""
    return alive(thread_count()) + 1  # one that `handing_on` has not handed on yet


@contextlib.contextmanager
def handing_on(*takers: Callable[..., object]) -> Iterator[Callable[..., None]]:
    """Yield what hands each stretch, and what is said of it, to all takers at once, and does not wait.

    Each taker has a thread of its own. A stretch may be used again once the next one was handed on: all
    are done with it then. What a taker raises is raised by the call that follows, or when the context ends.
    """
    with ThreadPoolExecutor(len(takers), "tessera-hand-on") as beside:
        running: list[Future[object]] = []

        def hand_on(data: memoryview, *more: object) -> None:
            for one in running:
                one.result()
            running[:] = [beside.submit(take, data, *more) for take in takers]

        yield hand_on
        for one in running:
            one.result()


def in_batches(work: Callable[[Job], Done], jobs: Iterator[Job]) -> Iterator[Done]:
    """Do the work of each batch in threads and yield what it returns, in order."""
    return in_order(work, jobs, thread_count())


def new_buffer(size: int) -> memoryview:
    """Return a buffer whose pages take memory only once they are used; in large ones if it can be."""
    buffer = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANON)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):
            buffer.madvise(mmap.MADV_HUGEPAGE)  # sixteen rows that are read at once lie in as many small ones
    return memoryview(buffer)


def numbers(first: int, count: int) -> bytes:
    """Return a zero byte and its number for each piece: a leaf begins so, and a salt has the number."""
    return struct.pack(">" + "xQ" * count, *range(first, first + count))


def hash_plain(keys: PieceKeys, first: int, plain: memoryview, entries: bytearray) -> None:
    """Write the salted hash of each plain piece into the first half of its entry."""
    whole = len(plain) // PIECE_BYTES
    if whole:
        salted = keys.salted(numbers(first, whole), _LEAF_PREFIX_BYTES, whole)
        out = Rows(entries, DIGEST_BYTES, INDEX_ENTRY_BYTES)
        hash_each(whole, Rows(plain, PIECE_BYTES, PIECE_BYTES), out, salted)
    if rest := plain[whole * PIECE_BYTES :]:
        at = whole * INDEX_ENTRY_BYTES
        entries[at : at + DIGEST_BYTES] = keys.plain_hash(first + whole, rest)


def hash_cipher(cipher: memoryview, entries: bytearray) -> None:
    """Write the hash of each encrypted piece into the second half of its entry."""
    whole = len(cipher) // PIECE_BYTES
    out = Rows(entries, DIGEST_BYTES, INDEX_ENTRY_BYTES, DIGEST_BYTES)
    hash_each(whole, Rows(cipher, PIECE_BYTES, PIECE_BYTES), out)
    if rest := cipher[whole * PIECE_BYTES :]:
        entries[whole * INDEX_ENTRY_BYTES + DIGEST_BYTES :] = sha256(rest).digest()


def hash_cipher_and_chunks(artifact: memoryview, entries: bytearray) -> list[bytes]:
    """Do as `hash_cipher` for a whole batch with a header's length of the artifact before it.

    Returns
    -------
    list of bytes
        The hashes of the sixteen leaves of the store that begin where ``artifact`` does.
    """
    out = Rows(entries, DIGEST_BYTES, INDEX_ENTRY_BYTES, DIGEST_BYTES)
    return hash_both(artifact, CHUNK_BYTES, PIECE_BYTES, out)


def hash_leaves(first: int, entries: bytes | bytearray) -> bytearray:
    """Return the leaves of the pieces with these entries, one after the other."""
    count = len(entries) // INDEX_ENTRY_BYTES
    leaves = bytearray(DIGEST_BYTES * count)
    prefix = Rows(numbers(first, count), _LEAF_PREFIX_BYTES, _LEAF_PREFIX_BYTES)
    data = Rows(entries, INDEX_ENTRY_BYTES, INDEX_ENTRY_BYTES)
    hash_each(count, data, Rows(leaves, DIGEST_BYTES, DIGEST_BYTES), prefix)
    return leaves


def grow(tree: Builder, leaves: bytearray) -> None:
    """Append the leaves of a batch; only the last one of a file is smaller than the others."""
    if len(leaves) == PIECES_PER_BATCH * DIGEST_BYTES:
        tree.add(subtree(leaves), _BATCH_LEVEL)
    else:
        tree.extend(bytes(leaves[at : at + DIGEST_BYTES]) for at in range(0, len(leaves), DIGEST_BYTES))
