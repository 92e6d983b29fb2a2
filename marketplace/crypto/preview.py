"""Random access to an artifact, and previews the seller can be held to (docs/envelope.md)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO

from marketplace import merkle
from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.constants import (
    HEADER_BYTES,
    INDEX_ENTRY_BYTES,
    LABEL_PREVIEW,
    NONCE_BYTES,
    PIECE_BYTES,
)
from marketplace.crypto.artifact import read_index
from marketplace.crypto.pieces import Layout, PieceKeys, content_root, leaf, salted_plain_hash
from marketplace.errors import ContentMismatch, DataError, DecryptionError

MAX_PREVIEW_BYTES = 16_384
"""A piece in base64 (5,464), 63 siblings in hex with quotes (4,221) and the rest fit well."""

_FIELDS = {"cipherHash", "index", "length", "nonce", "plain", "proof", "salt", "type"}


class Reader:
    """Verified random access to the pieces of an artifact.

    Construction verifies the index against the content root; each piece is then checked against
    it when it is read. Keeps 32 bytes a piece in memory, 8 MiB for 1 GiB.

    Parameters
    ----------
    source : BinaryIO
        The artifact; must seek.
    content_root : bytes of length 32
        As the terms say it.
    length : int
        Bytes of the plain file, as the terms say it.

    Attributes
    ----------
    facts : Sealed
        What the artifact was verified to be.

    Raises
    ------
    ContentMismatch
        If the artifact is not the one that was listed.
    """

    def __init__(self, source: BinaryIO, content_root: bytes, length: int) -> None:
        self._source = source
        self._leaves = bytearray()
        self.facts = read_index(source, content_root, length, self._leaves.extend)
        self._layout = Layout(length)

    def piece(self, i: int, k: int) -> bytes:
        """Return plain piece ``i``, verified on both sides.

        Raises
        ------
        IndexError
            If there is no piece ``i``.
        ContentMismatch
            If the piece is damaged.
        DecryptionError
            If the key does not open it.
        """
        return self._open(i, self._keys(k))[0]

    def preview(self, i: int, k: int) -> bytes:
        """Return piece ``i`` as a verified preview, canonical JSON to be published.

        Raises
        ------
        IndexError, ContentMismatch, DecryptionError
            As `piece`.
        """
        keys = self._keys(k)
        plain, cipher_hash = self._open(i, keys)
        leaves = [bytes(self._leaves[at : at + 32]) for at in range(0, len(self._leaves), 32)]
        return canonical_json(
            {
                "cipherHash": cipher_hash.hex(),
                "index": i,
                "length": self.facts.length,
                "nonce": self.facts.nonce.hex(),
                "plain": base64.b64encode(plain).decode("ascii"),
                "proof": [sibling.hex() for sibling in merkle.proof(leaves, i)],
                "salt": keys.salt(i).hex(),
                "type": LABEL_PREVIEW,
            }
        )

    def _keys(self, k: int) -> PieceKeys:
        try:
            return PieceKeys(k, self.facts.nonce)
        except ValueError as error:
            raise DecryptionError("the key does not open this artifact") from error

    def _open(self, i: int, keys: PieceKeys) -> tuple[bytes, bytes]:
        """Return plain piece ``i`` and its cipher hash."""
        size = self._layout.piece_bytes(i)
        self._source.seek(self._layout.index_offset + i * INDEX_ENTRY_BYTES)
        entry = self._source.read(INDEX_ENTRY_BYTES)
        self._source.seek(HEADER_BYTES + i * PIECE_BYTES)
        cipher = self._source.read(size)
        intact = leaf(i, entry) == self._leaves[32 * i : 32 * i + 32]
        if not intact or len(cipher) != size or sha256(cipher).digest() != entry[32:]:
            raise ContentMismatch(f"piece {i} of {self.facts.pieces} is damaged")
        plain = bytearray(size)
        keys.crypt(i, memoryview(cipher), memoryview(plain))
        if keys.plain_hash(i, memoryview(plain)) != entry[:32]:
            raise DecryptionError(
                f"the key does not open this artifact: piece {i} of {self.facts.pieces} differs"
            )
        return bytes(plain), entry[32:]


@dataclass(frozen=True, slots=True)
class VerifiedPreview:
    """A piece that was proved to be in a listed artifact.

    Parameters
    ----------
    index : int
        Number of the piece; it starts at byte ``4096 * index`` of the file.
    plain : bytes
        Its content.
    """

    index: int
    plain: bytes


def verify_preview(data: bytes, content_root: bytes, length: int) -> VerifiedPreview:
    """Check a preview against the terms of a listing.

    Parameters
    ----------
    data : bytes
        From `Reader.preview`.
    content_root : bytes of length 32
        As the terms say it.
    length : int
        Bytes of the plain file, as the terms say it.

    Returns
    -------
    VerifiedPreview

    Raises
    ------
    DataError
        If it is not a preview.
    ContentMismatch
        If it does not belong to this listing.
    """
    obj = parse_canonical_json(data, MAX_PREVIEW_BYTES)
    if not isinstance(obj, dict) or set(obj) != _FIELDS or obj["type"] != LABEL_PREVIEW:
        raise DataError("this is not a preview")
    index, plain = obj["index"], _base64(obj["plain"])
    proof = obj["proof"] if isinstance(obj["proof"], list) else []
    if type(index) is not int or obj["length"] != length:
        raise ContentMismatch("the preview belongs to a file of another length")
    try:
        layout = Layout(length)
    except ValueError as error:
        raise ContentMismatch(f"no artifact holds a file of {length} bytes") from error
    if not 0 <= index < layout.pieces or len(plain) != layout.piece_bytes(index):
        raise ContentMismatch(f"the preview is not a piece of a file of {length} bytes")
    entry = salted_plain_hash(_hex32(obj["salt"]), plain) + _hex32(obj["cipherHash"])
    tree_root = merkle.fold(leaf(index, entry), index, layout.pieces, [_hex32(item) for item in proof])
    if _root(_hex32(obj["nonce"]), length, tree_root) != content_root:
        raise ContentMismatch(f"the preview of piece {index} does not lead to the listed content root")
    return VerifiedPreview(index, plain)


_root = content_root


def _hex32(value: Any) -> bytes:
    """Decode 64 lower-case hex digits."""
    try:
        data = bytes.fromhex(value)
    except (TypeError, ValueError) as error:
        raise DataError("a hash in the preview is not hexadecimal") from error
    if len(data) != NONCE_BYTES or data.hex() != value:
        raise DataError("a hash in the preview has not 64 lower-case hex digits")
    return data


def _base64(value: Any) -> bytes:
    """Decode canonical base64."""
    try:
        data = base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise DataError("the piece in the preview is not base64") from error
    if base64.b64encode(data).decode("ascii") != value:
        raise DataError("the piece in the preview is not canonical base64")
    return data
