"""CAR files (version 1): a stored file as one stream of blocks, as ``ipfs dag export`` writes it.

Written is the one canonical form: a header with the one root, then each block once, parents before children,
in the order of the file. Read is that form, and the same with repeated blocks (some gateways send them); a
block that is not expected at its place ends the reading, so that nobody can slip in what nobody asked for.

References
----------
https://ipld.io/specs/transport/car/carv1/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from marketplace.errors import ContentMismatch, DataError
from marketplace.storage.dagpb import encode_varint
from marketplace.storage.source import BlockSource, check_block
from marketplace.storage.store import BlockStore
from marketplace.storage.unixfs import MAX_DEPTH, Buffer, node_links, too_deep
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid

Read = Callable[[int], bytes]
"""Returns exactly that many bytes, fewer only at the end."""

CID_BYTES = 36
"""Version, codec, hash function, length, digest: one byte each, and 32."""

MAX_HEADER_BYTES = 4096
"""A header with one root has 59 bytes; gateways may name more roots."""

_MAX_VARINT_BYTES = 9
"""Most bytes of a number. https://github.com/multiformats/unsigned-varint"""

# DAG-CBOR of {"roots": [CID], "version": 1} around the CID's 36 bytes.
_BEFORE_ROOT = b"\xa2\x65roots\x81\xd8\x2a\x58\x25\x00"
_AFTER_ROOT = b"\x67version\x01"
_VERSION_2 = b"\xa1\x67version\x02"


def encode_header(root: Cid) -> bytes:
    """Return how a CAR of one root begins, its length included."""
    body = _BEFORE_ROOT + bytes(root) + _AFTER_ROOT
    return encode_varint(len(body)) + body


def encode_block(cid: Cid, data: Buffer) -> bytes:
    """Return a block as it stands in a CAR."""
    return b"".join((encode_varint(CID_BYTES + len(data)), bytes(cid), data))


def read_varint(read: Read) -> int | None:
    """Read an unsigned number, in its shortest form; None at the end.

    Raises
    ------
    DataError
        If it is cut off, longer than it need be, or longer than 63 bits.
    """
    value = 0
    for count in range(_MAX_VARINT_BYTES):
        byte = read(1)
        if not byte:
            if not count:
                return None
            break
        value |= (byte[0] & 0x7F) << (7 * count)
        if byte[0] < 0x80:
            if byte[0] == 0 and count:
                break
            return value
    raise _bad("a length is cut off, or not in its shortest form")


def read_header(read: Read) -> bytes:
    """Read how a CAR begins, without its length.

    Raises
    ------
    DataError
        If there is none, or a longer one than any CAR of a file has.
    """
    length = read_varint(read)
    if not length or length > MAX_HEADER_BYTES:
        raise _bad("it has no header, or far too long a one")
    header = read(length)
    if len(header) != length:
        raise _bad("it is cut off in its header")
    return header


def read_root(read: Read) -> Cid:
    """Read how a CAR begins, and return its one root.

    Raises
    ------
    DataError
        If it is no CAR of version 1 with one root, a CIDv1 of SHA2-256.
    """
    header = read_header(read)
    if header == _VERSION_2:
        raise DataError("this is a CAR of version 2", "write version 1, as ipfs dag export does")
    root = header[len(_BEFORE_ROOT) : -len(_AFTER_ROOT)]
    if header != _BEFORE_ROOT + root + _AFTER_ROOT:
        raise _bad("its header does not name one root, a CIDv1 of SHA2-256")
    try:
        return Cid.from_bytes(root)
    except ValueError as error:
        raise _bad(f"its root is {error}") from error


def read_block(read: Read) -> tuple[Cid, bytes] | None:
    """Read the next block, not verified; None at the end.

    Raises
    ------
    DataError
        If it is cut off, longer than a block of a file, or its CID none of a file.
    """
    length = read_varint(read)
    if length is None:
        return None
    if not CID_BYTES <= length <= CID_BYTES + CHUNK_BYTES:
        raise _bad(f"a block of {length:,} bytes, its CID included, is none of a file")
    name = read(CID_BYTES)
    data = read(length - CID_BYTES)
    if len(name) + len(data) != length:
        raise _bad("it is cut off in a block")
    try:
        return Cid.from_bytes(name), data
    except ValueError as error:
        raise _bad(f"a block's name is {error}") from error


def write_car(
    source: BlockSource, root: Cid, out: BinaryIO, tell: Callable[[int], None] | None = None
) -> int:
    """Write a stored file as a CAR, every block verified; return how many blocks it has.

    Parameters
    ----------
    source : BlockSource
    root : Cid
    out : binary file
    tell : callable (int), optional
        Told the file's bytes written so far.

    Raises
    ------
    ContentNotFound, ContentMismatch
        Naming the block and its byte offset.
    """
    out.write(encode_header(root))
    walk = _Walk(root)
    with source._loading(root) as load:
        while (place := walk.next()) is not None:
            data = load(place.cid, place.offset, place.size if place.cid.codec == RAW_CODEC else None)
            walk.take(data)
            out.write(encode_block(place.cid, data))
            if tell is not None:
                tell(walk.end)
    return len(walk.seen)


def read_car(
    store: BlockStore, source: BinaryIO, tell: Callable[[int], None] | None = None
) -> tuple[Cid, int, int]:
    """Take a file from a CAR into a store, every block verified, sizes included.

    Nothing but the blocks of its one root is taken, and all of them must be there.

    Parameters
    ----------
    store : BlockStore
    source : binary file
    tell : callable (int), optional
        Told the file's bytes taken so far.

    Returns
    -------
    tuple of Cid, int, int
        Root, blocks, length of the file in bytes.

    Raises
    ------
    DataError
        If it is no such CAR, is cut off, or holds what its root does not refer to.
    ContentMismatch
        If a block does not hash to its CID, or is no part of a file as this store writes them.
    """
    read = _exactly(source)
    root = read_root(read)
    writer = store.block_writer(root)
    found = _take(read, root, writer.put, tell)
    writer.finish()
    return found


def check_car(source: BinaryIO, tell: Callable[[int], None] | None = None) -> tuple[Cid, int, int]:
    """Check a CAR as `read_car` does, and keep nothing of it; parameters and errors are those."""
    read = _exactly(source)
    return _take(read, read_root(read), lambda _cid, _data: None, tell)


def _take(
    read: Read, root: Cid, put: Callable[[Cid, Buffer], object], tell: Callable[[int], None] | None
) -> tuple[Cid, int, int]:
    walk = _Walk(root)
    while (found := read_block(read)) is not None:
        cid, data = found
        place = walk.next(cid)
        if place is None or place.cid != cid:
            raise _bad(f"block {cid} is not what its root refers to at this place")
        fresh = bytes(cid) not in walk.seen
        walk.take(data)
        if fresh:
            put(cid, data)
        if tell is not None:
            tell(walk.end)
    if (place := walk.next()) is not None:
        raise _bad(f"it ends before block {place.cid}")
    return root, len(walk.seen), walk.end


class _Place(NamedTuple):
    """Where a block belongs: its byte offset, the bytes it covers (None for the root), levels left."""

    cid: Cid
    offset: int
    size: int | None
    depth: int


class _Walk:
    """Follows the tree of a file, parents before children, each block once.

    A block that occurred before is passed over with all that is below it: that was walked then. So a small
    file that refers to itself over and over can't keep anybody busy. Memory: about 130 bytes for each block.
    """

    def __init__(self, root: Cid) -> None:
        self._waiting = [_Place(root, 0, None, MAX_DEPTH)]
        self.seen: dict[bytes, int] = {}
        """Bytes of the file that a block covers, by its CID's bytes."""
        self.end = 0
        """Byte of the file up to which all was taken."""

    def next(self, wanted: Cid | None = None) -> _Place | None:
        """Return the next place that is not passed over, or is wanted once more; None at the end."""
        while self._waiting:
            place = self._waiting[-1]
            covered = self.seen.get(bytes(place.cid))
            if covered is None or place.cid == wanted:
                return place
            if covered != place.size:
                raise ContentMismatch(
                    f"block {place.cid} at byte {place.offset}: covers {covered} bytes, "
                    f"its parent says {place.size}"
                )
            self.end = place.offset + covered
            self._waiting.pop()
        return None

    def take(self, data: bytes) -> None:
        """Check the block of the next place, and go on to its children."""
        cid, offset, size, depth = self._waiting.pop()
        leaf = cid.codec == RAW_CODEC
        check_block(cid, data, offset, size if leaf else None)
        if leaf:
            self.seen[bytes(cid)] = len(data)
            self.end = offset + len(data)
            return
        if not depth:
            raise too_deep(cid, offset)
        at, below = offset, []
        for link in node_links(cid, data, offset, size):
            below.append(_Place(link.cid, at, link.size_bytes, depth - 1))
            at += link.size_bytes
        self.seen[bytes(cid)] = at - offset
        self._waiting += reversed(below)


def _exactly(source: BinaryIO) -> Read:
    def read(count: int) -> bytes:
        data = source.read(count)
        while len(data) < count:
            more = source.read(count - len(data))
            if not more:
                break
            data += more
        return data

    return read


def _bad(why: str) -> DataError:
    return DataError(
        f"not a CAR of one file: {why}", "make it with tessera storage export, or ipfs dag export"
    )
