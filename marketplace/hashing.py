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

BLOCK_BYTES = 64
"""SHA-256 takes so many bytes at a time."""

STRETCHES = 16
"""What `hash_both` hashes at once."""

_WORTHWHILE = 8
"""Messages from which on the vectors are quicker: they always do sixteen."""

_DECLARED = """
int tessera_lanes(void);
void tessera_hash_each(const uint8_t *prefix, size_t prefix_step, size_t prefix_size, const uint8_t *data,
                       size_t data_step, size_t data_size, size_t count, uint8_t *out, size_t out_step);
void tessera_hash_both(const uint8_t *data, size_t size, size_t part, uint8_t *out, uint8_t *parts,
                       size_t parts_step);
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


def hash_both(data: Buffer, size: int, part: int, parts: Rows) -> list[bytes]:
    """Hash sixteen stretches that follow each other, and their parts, which lie one block later.

    Each block is loaded and prepared once for both. Threads may do this at the same time.

    Parameters
    ----------
    data : bytes-like
        Sixteen stretches, and one block more: the end of the last part.
    size, part : int
        Bytes of a stretch and of a part: whole blocks, and stretches of whole parts.
    parts : Rows
        Receives the hashes of the parts.

    Returns
    -------
    list of bytes
        The hashes of the stretches.

    Raises
    ------
    ValueError
        If the sizes don't fit each other, or a row lies outside its buffer.
    """
    count = STRETCHES * size // part
    if part % BLOCK_BYTES or size % part:
        raise ValueError("a part has whole blocks, a stretch whole parts")
    Rows(data, part, part, BLOCK_BYTES).check(count)
    parts.check(count)
    if parts.size != DIGEST_BYTES:
        raise ValueError("a digest has 32 bytes")
    native = _native_both()
    if native is None:
        hash_each(count, Rows(data, part, part, BLOCK_BYTES), parts)
        return digests(data, size, STRETCHES)
    wholes: list[bytes] = native(data, size, part, parts)
    return wholes


def digests(data: Buffer, size: int, count: int) -> list[bytes]:
    """Return the hashes of ``count`` stretches of ``size`` bytes that follow each other."""
    out = bytearray(DIGEST_BYTES * count)
    hash_each(count, Rows(data, size, size), Rows(out, DIGEST_BYTES, DIGEST_BYTES))
    return _split(out)


def _split(out: bytearray) -> list[bytes]:
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
def _library() -> tuple[Any, Any] | None:
    """Load the compiled library; None if it is not there, or not for this processor."""
    loaded = load_library("lanes", _DECLARED)
    return loaded if loaded is not None and loaded[1].tessera_lanes() == STRETCHES else None


@cache
def _native() -> Any:
    """Return what hashes rows by the compiled library; None if there is none, or it says something else."""
    loaded = _library()
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

    return run if _agrees(run) else None


@cache
def _native_both() -> Any:
    """Return what hashes stretches and their parts by the compiled library; None as for `_native`."""
    loaded = _library()
    if loaded is None or _native() is None:
        return None
    ffi, library = loaded
    if not hasattr(library, "tessera_hash_both"):
        return None  # compiled before there was this function

    def run(data: Buffer, size: int, part: int, parts: Rows) -> list[bytes]:
        out = bytearray(STRETCHES * DIGEST_BYTES)
        target = ffi.cast("uint8_t *", ffi.from_buffer(parts.data, require_writable=True)) + parts.start
        library.tessera_hash_both(ffi.from_buffer(data), size, part, ffi.from_buffer(out), target, parts.step)
        return _split(out)

    return run if _agrees_on_both(run) else None


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


def _agrees_on_both(run: Any) -> bool:
    """Compare the library with hashlib: stretches of one part and of several."""
    for size, part in ((64, 64), (384, 128)):
        noise = bytes(i * i >> 4 & 255 for i in range(STRETCHES * size + BLOCK_BYTES))
        count = STRETCHES * size // part
        mine, theirs = bytearray(DIGEST_BYTES * count), bytearray(DIGEST_BYTES * count)
        wholes = bytearray(DIGEST_BYTES * STRETCHES)
        _by_hashlib(
            count, Rows(noise, part, part, BLOCK_BYTES), Rows(theirs, DIGEST_BYTES, DIGEST_BYTES), NOTHING
        )
        _by_hashlib(STRETCHES, Rows(noise, size, size), Rows(wholes, DIGEST_BYTES, DIGEST_BYTES), NOTHING)
        if run(noise, size, part, Rows(mine, DIGEST_BYTES, DIGEST_BYTES)) != _split(wholes) or mine != theirs:
            return False
    return True
