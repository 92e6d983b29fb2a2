"""Bytes of the envelope: layout, derived keys, hashes of pieces (docs/envelope.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from marketplace.codec import u64
from marketplace.constants import (
    ENVELOPE_MAGIC,
    ENVELOPE_VERSION,
    HEADER_BYTES,
    INDEX_ENTRY_BYTES,
    LABEL_CONTENT,
    LABEL_PAYLOAD,
    LABEL_PLAIN,
    LABEL_SALT,
    NONCE_BYTES,
    PIECE_BYTES,
    SECP256K1_N,
    SEGMENT_BYTES,
)
from marketplace.errors import ContentMismatch

PIECES_PER_SEGMENT = SEGMENT_BYTES // PIECE_BYTES
BLOCKS_PER_PIECE = PIECE_BYTES // 64  # ChaCha20 blocks of 64 bytes


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie in an artifact whose file has ``length`` bytes.

    Parameters
    ----------
    length : int
        Bytes of the plain file, at least 1.
    """

    length: int

    def __post_init__(self) -> None:
        if not 1 <= self.length < 2**63:
            raise ValueError("an artifact holds at least one byte and fewer than 2**63")

    @property
    def pieces(self) -> int:
        """Number of pieces."""
        return -(-self.length // PIECE_BYTES)

    @property
    def artifact_bytes(self) -> int:
        """Size of the artifact: header, ciphertext, index."""
        return HEADER_BYTES + self.length + INDEX_ENTRY_BYTES * self.pieces

    @property
    def index_offset(self) -> int:
        """Offset of the index."""
        return HEADER_BYTES + self.length

    def piece_bytes(self, i: int) -> int:
        """Return the length of piece ``i``; only the last is shorter than 4096.

        Raises
        ------
        IndexError
            If there is no piece ``i``.
        """
        if not 0 <= i < self.pieces:
            raise IndexError(f"no piece {i} among {self.pieces}")
        return min(PIECE_BYTES, self.length - i * PIECE_BYTES)


def artifact_bytes(length: int) -> int:
    """Return the size of the artifact that holds a file of ``length`` bytes."""
    return Layout(length).artifact_bytes


def header(nonce: bytes) -> bytes:
    """Return the 64 bytes with which an artifact starts."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    return ENVELOPE_MAGIC + bytes([ENVELOPE_VERSION]) + bytes(15) + nonce


def read_header(source: BinaryIO) -> bytes:
    """Return the nonce of an artifact, which ends at byte 64.

    Raises
    ------
    ContentMismatch
        If it does not start as an artifact of this version does.
    """
    source.seek(0)
    data = source.read(HEADER_BYTES)
    nonce = data[HEADER_BYTES - NONCE_BYTES :]
    if len(data) != HEADER_BYTES or data != header(nonce):
        raise ContentMismatch("this file is not an artifact of envelope version 1: its header differs")
    return nonce


def content_root(nonce: bytes, length: int, tree_root: bytes) -> bytes:
    """Return the content root, which the chain carries."""
    pieces = Layout(length).pieces
    return sha256(
        LABEL_CONTENT + bytes([ENVELOPE_VERSION]) + nonce + u64(length) + u64(pieces) + tree_root
    ).digest()


def leaf(i: int, entry: bytes) -> bytes:
    """Return leaf ``i`` of the tree from its index entry ``saltedPlainHash || cipherHash``."""
    return sha256(b"\x00" + i.to_bytes(8, "big") + entry).digest()


def salted_plain_hash(salt: bytes, plain: bytes | memoryview) -> bytes:
    """Return the plain side of a piece."""
    digest = sha256(LABEL_PLAIN + salt)
    digest.update(plain)
    return digest.digest()


class PieceKeys:
    """Everything that derives from an artifact's key and nonce.

    Parameters
    ----------
    k : int
        Key scalar, 1 .. n-1.
    nonce : bytes of length 32

    Raises
    ------
    ValueError
        If either is out of range.
    """

    def __init__(self, k: int, nonce: bytes) -> None:
        if not 0 < k < SECP256K1_N:
            raise ValueError("a key scalar lies in 1 .. n-1")
        if len(nonce) != NONCE_BYTES:
            raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
        material = k.to_bytes(32, "big") + nonce
        self._salt_prefix = LABEL_SALT + material
        self._key = sha256(LABEL_PAYLOAD + material).digest()
        self._cipher = Cipher(ChaCha20(self._key, bytes(16)), mode=None).encryptor()

    def __repr__(self) -> str:
        return "PieceKeys(<hidden>)"

    def salt(self, i: int) -> bytes:
        """Return the salt of piece ``i``."""
        return sha256(self._salt_prefix + i.to_bytes(8, "big")).digest()

    def crypt(self, first: int, data: memoryview, out: memoryview) -> None:
        """Encrypt or decrypt pieces of one segment.

        Parameters
        ----------
        first : int
            Index of the first piece in ``data``.
        data : memoryview
            Up to the end of the segment.
        out : memoryview
            At least as long; may not overlap ``data``.
        """
        segment, inner = divmod(first, PIECES_PER_SEGMENT)
        if len(data) > (PIECES_PER_SEGMENT - inner) * PIECE_BYTES:
            raise ValueError("the data passes the end of its segment")
        counter = (inner * BLOCKS_PER_PIECE).to_bytes(4, "little")  # the library's order, not the protocol's
        self._cipher.reset_nonce(counter + segment.to_bytes(12, "big"))
        self._cipher.update_into(data, out)

    def plain_hash(self, i: int, plain: bytes | memoryview) -> bytes:
        """Return the salted hash of plain piece ``i``."""
        return salted_plain_hash(self.salt(i), plain)


def split(view: memoryview) -> Iterator[memoryview]:
    """Yield the pieces of a segment."""
    for start in range(0, len(view), PIECE_BYTES):
        yield view[start : start + PIECE_BYTES]


def fill(source: BinaryIO, buffer: memoryview) -> int:
    """Read until ``buffer`` is full or the source ends; return the bytes read."""
    done = 0
    while done < len(buffer):
        data = source.read(len(buffer) - done)
        if not data:
            break
        buffer[done : done + len(data)] = data
        done += len(data)
    return done
