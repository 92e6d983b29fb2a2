"""An independent reader of UnixFS files, which shares no code with the package.

It only knows protobuf's wire format, and reads a file back from a dictionary of blocks by CID text.
"""

import base64
from hashlib import sha256


def fields(data):
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = data[at : at + value], at + value
        found.setdefault(tag >> 3, []).append(value)
    return found


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def text_of(binary):
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def read(blocks, cid_text, depth=0):
    """Return (bytes, encoded size of the tree, depth of the tree), checking hashes and sizes."""
    block = blocks[cid_text]
    padded = cid_text[1:].upper() + "=" * (-len(cid_text[1:]) % 8)
    binary = base64.b32decode(padded)
    assert binary[:2] in (b"\x01\x55", b"\x01\x70")
    assert binary[2:4] == b"\x12\x20"
    assert sha256(block).digest() == binary[4:]
    if binary[1] == 0x55:
        return block, len(block), depth
    node = fields(block)
    unixfs = fields(node[1][0])
    assert unixfs[1] == [2]  # a file
    parts, total, deepest = [], len(block), depth
    for link, size in zip(node[2], unixfs[4], strict=True):
        link = fields(link)
        assert link[2] == [b""]
        part, encoded, reached = read(blocks, text_of(link[1][0]), depth + 1)
        assert len(part) == size
        assert encoded == link[3][0]
        parts.append(part)
        total += encoded
        deepest = max(deepest, reached)
    assert sum(map(len, parts)) == unixfs[3][0]
    return b"".join(parts), total, deepest
