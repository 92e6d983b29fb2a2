"""SHA-256 of many messages of one length in one call, on all lanes of the processor's vectors.

``native/lanes.c`` does the work where it was compiled when the package was installed and the processor
has such vectors; it is compared with hashlib once, when it is loaded. Everywhere else hashlib does the same.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from marketplace.native import load_library

Buffer = bytes | bytearray | memoryview

DIGEST_BYTES = 32

_WORTHWHILE = 8
"""Messages from which on the vectors are quicker: they always do sixteen."""

_DECLARED = """
int tessera_lanes(void);
void tessera_hash_each(const uint8_t *prefix, size_t prefix_step, size_t prefix_size, const uint8_t *data,
                       size_t data_step, size_t data_size, size_t count, uint8_t *out, size_t out_step);
"""


class Rows(NamedTuple):
    """Equal stretches of a buffer: row i is ``data[start + i * step :][:size]``; step 0: one row for all."""

    data: Buffer
    size: int
    step: int
    start: int = 0

    def check(self, count: int) -> None:
        """Refuse rows that are not all inside the buffer.

        Raises
        ------
        ValueError
        """
        last = self.start + (count - 1) * self.step + self.size
        if min(self.size, self.step, self.start) < 0 or last > memoryview(self.data).nbytes:
            raise ValueError("a row lies outside its buffer")


NOTHING = Rows(b"", 0, 0)


def hash_each(count: int, data: Rows, out: Rows, prefix: Rows = NOTHING) -> None:
    """Hash each row of ``data`` behind its prefix, and write the digests into the rows of ``out``.

    Threads may do this at the same time: the interpreter's lock is not held while rows are hashed.

    Parameters
    ----------
    count : int
        Number of rows.
    data : Rows
    out : Rows
        Of 32 bytes, in a buffer that can be written and is not one of the others.
    prefix : Rows, optional

    Raises
    ------
    ValueError
        If a row lies outside its buffer.
    """
    if count < 1:
        return
    for rows in (prefix, data, out):
        rows.check(count)
    if out.size != DIGEST_BYTES:
        raise ValueError("a digest has 32 bytes")
    native = _native() if count >= _WORTHWHILE else None
    (_by_hashlib if native is None else native)(count, data, out, prefix)


def digests(data: Buffer, size: int, count: int) -> list[bytes]:
    """Return the hashes of ``count`` stretches of ``size`` bytes that follow each other."""
    out = bytearray(DIGEST_BYTES * count)
    hash_each(count, Rows(data, size, size), Rows(out, DIGEST_BYTES, DIGEST_BYTES))
    return [bytes(out[at : at + DIGEST_BYTES]) for at in range(0, len(out), DIGEST_BYTES)]


def is_native() -> bool:
    """Tell whether vectors are used here."""
    return _native() is not None


def _by_hashlib(count: int, data: Rows, out: Rows, prefix: Rows) -> None:
    before, body, target = memoryview(prefix.data), memoryview(data.data), memoryview(out.data)
    for i in range(count):
        at = prefix.start + i * prefix.step
        digest = sha256(before[at : at + prefix.size])
        at = data.start + i * data.step
        digest.update(body[at : at + data.size])
        at = out.start + i * out.step
        target[at : at + DIGEST_BYTES] = digest.digest()


@cache
def _native() -> Any:
    """Load the compiled library; None if it is not there, not for this processor, or says something else."""
    loaded = load_library("lanes", _DECLARED)
    if loaded is None:
        return None
    ffi, library = loaded

    def run(count: int, data: Rows, out: Rows, prefix: Rows) -> None:
        before, body = ffi.from_buffer(prefix.data), ffi.from_buffer(data.data)
        target = ffi.from_buffer(out.data, require_writable=True)
        library.tessera_hash_each(
            ffi.cast("uint8_t *", before) + prefix.start,
            prefix.step,
            prefix.size,
            ffi.cast("uint8_t *", body) + data.start,
            data.step,
            data.size,
            count,
            ffi.cast("uint8_t *", target) + out.start,
            out.step,
        )

    return run if library.tessera_lanes() and _agrees(run) else None


def _agrees(run: Any) -> bool:
    """Compare the library with hashlib: more rows than lanes, several blocks, every end of the last one."""
    noise = sha256(b"tessera").digest() * 40
    count = 19
    for before, size in ((0, 0), (1, 64), (9, 64), (87, 8), (48, 200), (0, 55), (0, 119), (3, 125)):
        prefix, data = Rows(noise, before, 5), Rows(noise, size, 31, 7)
        mine, theirs = bytearray(DIGEST_BYTES * count), bytearray(DIGEST_BYTES * count)
        run(count, data, Rows(mine, DIGEST_BYTES, DIGEST_BYTES), prefix)
        _by_hashlib(count, data, Rows(theirs, DIGEST_BYTES, DIGEST_BYTES), prefix)
        if mine != theirs:
            return False
    return True
