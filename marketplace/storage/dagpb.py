"""The part of dag-pb and UnixFS that files need: intermediate nodes over raw leaves.

Only what Kubo writes for ``ipfs add --cid-version=1 --raw-leaves`` is read: a node is decoded,
encoded again and refused if one bit differs, so every file has exactly one form.

References
----------
https://ipld.io/specs/codecs/dag-pb/spec/ and https://specs.ipfs.tech/unixfs/
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.types import Cid

MAX_LINKS = 174
"""Links of one node, Kubo's ``Import.UnixFSFileMaxLinks``. https://github.com/ipfs/kubo/blob/master/docs/config.md"""

MAX_NODE_BYTES = 32_768
"""Bound of an encoded node: 174 links of at most 51 bytes and 174 sizes of at most 11 fit in 11 KiB."""

_UNIXFS_FILE = 2
_LENGTH_DELIMITED = 2
_VARINT = 0
_MAX_VARINT_BYTES = 10


@dataclass(frozen=True, slots=True)
class Link:
    """A child of a node.

    Parameters
    ----------
    cid : Cid
    size_bytes : int
        Bytes of the file below it (UnixFS ``blocksizes``).
    total_bytes : int
        Encoded bytes of all blocks below it (dag-pb ``Tsize``).
    """

    cid: Cid
    size_bytes: int
    total_bytes: int


def encode_node(links: list[Link]) -> bytes:
    """Encode a file's intermediate node, canonically: links first, then UnixFS data.

    Parameters
    ----------
    links : list of Link
        In the order of the file, 1 to 174.
    """
    out = bytearray()
    unixfs = bytearray(
        encode_number(1, _UNIXFS_FILE) + encode_number(3, sum(link.size_bytes for link in links))
    )
    for link in links:
        # Hash (1), an empty Name (2), Tsize (3).
        body = encode_bytes(1, bytes(link.cid)) + encode_bytes(2, b"") + encode_number(3, link.total_bytes)
        out += encode_bytes(2, body)
        unixfs += encode_number(4, link.size_bytes)
    out += encode_bytes(1, bytes(unixfs))
    return bytes(out)


def decode_node(block: bytes) -> list[Link]:
    """Decode a file's intermediate node, strictly.

    Returns
    -------
    list of Link

    Raises
    ------
    ValueError
        If it is not, bit for bit, what `encode_node` writes.
    """
    if len(block) > MAX_NODE_BYTES:
        raise ValueError(f"a node of {len(block)} bytes is longer than {MAX_NODE_BYTES}")
    bodies: list[bytes] = []
    data: bytes | None = None
    for number, value in _fields(block):
        if number == 2 and isinstance(value, bytes):
            bodies.append(value)
        elif number == 1 and isinstance(value, bytes) and data is None:
            data = value
        else:
            raise ValueError(f"unexpected field {number} in a node")
    if data is None or not 1 <= len(bodies) <= MAX_LINKS:
        raise ValueError("a file's node has data and 1 to 174 links")
    sizes = [value for number, value in _fields(data) if number == 4 and isinstance(value, int)]
    if len(sizes) != len(bodies) or 0 in sizes:
        raise ValueError("a file's node names one positive size for each link")
    links = [_decode_link(body, size) for body, size in zip(bodies, sizes, strict=True)]
    if encode_node(links) != block:
        raise ValueError("not the canonical form of a file's node")
    return links


def _decode_link(body: bytes, size_bytes: int) -> Link:
    fields = dict(_fields(body))
    cid, total = fields.get(1), fields.get(3)
    if not isinstance(cid, bytes) or not isinstance(total, int):
        raise ValueError("a link has a CID and a size")
    return Link(Cid.from_bytes(cid), size_bytes, total)


def encode_varint(value: int) -> bytes:
    """Encode an unsigned number, seven bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_number(number: int, value: int) -> bytes:
    """Encode a field of a message that is an unsigned number."""
    return bytes((number << 3 | _VARINT,)) + encode_varint(value)


def encode_bytes(number: int, value: bytes) -> bytes:
    """Encode a field of a message that is bytes, text or a message."""
    return bytes((number << 3 | _LENGTH_DELIMITED,)) + encode_varint(len(value)) + value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(_MAX_VARINT_BYTES):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, at
    raise ValueError("a number is cut off or too long")


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        value, at = _read_varint(data, at)
        if tag & 7 == _VARINT:
            found.append((tag >> 3, value))
        elif tag & 7 == _LENGTH_DELIMITED and at + value <= len(data):
            found.append((tag >> 3, data[at : at + value]))
            at += value
        else:
            raise ValueError("a field is cut off or of an unknown type")
    return found
