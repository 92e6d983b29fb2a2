"""Bytes of the envelope: layout, derived keys, hashes of pieces (docs/envelope.md)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BufferedIOBase
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
from marketplace.hashing import DIGEST_BYTES, Rows, hash_each

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

    def __repr__(self) -> str:
        return "PieceKeys(<hidden>)"

    def salt(self, i: int) -> bytes:
        """Return the salt of piece ``i``."""
        return sha256(self._salt_prefix + i.to_bytes(8, "big")).digest()

    def salted(self, numbers: bytes, step: int, count: int) -> Rows:
        """Return what the hashes of plain pieces begin with: the label and the salt of each.

        Parameters
        ----------
        numbers : bytes
            The indices of the pieces, as the last 8 of every ``step`` bytes.
        step, count : int
        """
        size = len(LABEL_PLAIN) + DIGEST_BYTES
        rows = bytearray((LABEL_PLAIN + bytes(DIGEST_BYTES)) * count)
        out = Rows(rows, DIGEST_BYTES, size, len(LABEL_PLAIN))
        before = Rows(self._salt_prefix, len(self._salt_prefix), 0)
        hash_each(count, Rows(numbers, 8, step, step - 8), out, before)
        return Rows(rows, size, size)

    def crypt(self, first: int, data: memoryview, out: memoryview) -> None:
        """Encrypt or decrypt pieces; several threads may at the same time.

        Parameters
        ----------
        first : int
            Index of the first piece in ``data``.
        data : memoryview
        out : memoryview
            At least as long; may not overlap ``data``.
        """
        cipher = Cipher(ChaCha20(self._key, bytes(16)), mode=None).encryptor()
        at = 0
        while at < len(data):
            segment, inner = divmod(first + at // PIECE_BYTES, PIECES_PER_SEGMENT)
            end = min(len(data), at + (PIECES_PER_SEGMENT - inner) * PIECE_BYTES)
            counter = (inner * BLOCKS_PER_PIECE).to_bytes(
                4, "little"
            )  # the library's order, not the protocol's
            cipher.reset_nonce(counter + segment.to_bytes(12, "big"))
            cipher.update_into(data[at:end], out[at:end])
            at = end

    def plain_hash(self, i: int, plain: bytes | memoryview) -> bytes:
        """Return the salted hash of plain piece ``i``."""
        return salted_plain_hash(self.salt(i), plain)


def fill(source: BinaryIO, buffer: memoryview) -> int:
    """Read until ``buffer`` is full or the source ends; return the bytes read."""
    done = 0
    while done < len(buffer):
        if isinstance(source, BufferedIOBase):  # into its place at once; a raw stream may lack the method
            size = source.readinto(buffer[done:])
        else:
            data = source.read(len(buffer) - done)
            size = len(data)
            buffer[done : done + size] = data
        if not size:
            break
        done += size
    return done
