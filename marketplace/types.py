"""Domain types shared by every layer: content identifiers and ids.

Ids (asset, order, bounty, submission) are 32-byte hashes that the contracts compute from chain,
contract, creator and the creator's salt. They travel as ``int`` and are shown as ``0x`` + 64 hex digits.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import NewType

RAW_CODEC = 0x55
"""Multicodec ``raw``. https://github.com/multiformats/multicodec/blob/master/table.csv"""

DAG_PB_CODEC = 0x70
"""Multicodec ``dag-pb`` (same table)."""

CHUNK_BYTES = 262_144
"""Bytes of a file's leaf block, Kubo's default chunker ``size-262144``. https://docs.ipfs.tech/concepts/file-systems/"""

_VERSION_1 = 0x01
_SHA2_256 = 0x12
_DIGEST_BYTES = 32
_CID_BYTES = 4 + _DIGEST_BYTES
_ID_LIMIT = 2**256

AssetId = NewType("AssetId", int)
OrderId = NewType("OrderId", int)
BountyId = NewType("BountyId", int)
SubmissionId = NewType("SubmissionId", int)


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """A content identifier: CIDv1, SHA2-256, of a raw block or a UnixFS file (dag-pb).

    Parameters
    ----------
    codec : int
        `RAW_CODEC` or `DAG_PB_CODEC`.
    digest : bytes of length 32
        SHA-256 of the block.

    Raises
    ------
    ValueError
        If the codec or the length of the digest is another.

    References
    ----------
    https://github.com/multiformats/cid
    """

    codec: int
    digest: bytes

    def __post_init__(self) -> None:
        if self.codec not in (RAW_CODEC, DAG_PB_CODEC):
            raise ValueError(f"a CID here is raw (0x55) or dag-pb (0x70), not {self.codec:#x}")
        if len(self.digest) != _DIGEST_BYTES:
            raise ValueError(f"a SHA-256 digest has 32 bytes, not {len(self.digest)}")

    @classmethod
    def from_digest(cls, digest: bytes, size_bytes: int) -> Cid:
        """Rebuild the CID of a file from what the chain keeps: digest and size.

        Parameters
        ----------
        digest : bytes of length 32
        size_bytes : int
            Length of the file; up to 262,144 bytes a file is one raw block.
        """
        if size_bytes < 0:
            raise ValueError(f"a file has no negative size: {size_bytes}")
        return cls(RAW_CODEC if size_bytes <= CHUNK_BYTES else DAG_PB_CODEC, bytes(digest))

    @classmethod
    def parse(cls, text: str) -> Cid:
        """Read a CID from its base32 text (``b…``).

        Raises
        ------
        ValueError
            If it is not a canonical CIDv1 in base32 with SHA2-256 and codec raw or dag-pb.
        """
        if not text.startswith("b") or text != text.lower():
            raise ValueError(f"not a CIDv1 in base32 (it starts with 'b'): {text[:80]!r}")
        body = text[1:].upper()
        try:
            data = base64.b32decode(body + "=" * (-len(body) % 8))
        except ValueError as error:
            raise ValueError(f"not base32: {text[:80]!r}") from error
        cid = cls.from_bytes(data)
        if str(cid) != text:
            raise ValueError(f"not the canonical form of a CID: {text[:80]!r}")
        return cid

    @classmethod
    def from_bytes(cls, data: bytes) -> Cid:
        """Read a CID from its 36 bytes.

        Raises
        ------
        ValueError
            If the version is not 1, the hash not SHA2-256, or the codec neither raw nor dag-pb.
        """
        if len(data) != _CID_BYTES or data[0] != _VERSION_1 or data[2:4] != bytes((_SHA2_256, _DIGEST_BYTES)):
            raise ValueError("not a CIDv1 with SHA2-256")
        return cls(data[1], bytes(data[4:]))

    def __bytes__(self) -> bytes:
        return bytes((_VERSION_1, self.codec, _SHA2_256, _DIGEST_BYTES)) + self.digest

    def __str__(self) -> str:
        return "b" + base64.b32encode(bytes(self)).decode().rstrip("=").lower()


def format_id(value: int) -> str:
    """Show an id as ``0x`` and 64 hex digits.

    Raises
    ------
    ValueError
        If it does not fit 32 bytes.
    """
    if not 0 <= value < _ID_LIMIT:
        raise ValueError("an id has 32 bytes")
    return f"{value:#066x}"


def parse_id(text: str) -> int:
    """Read an id from hex, with or without ``0x``.

    Raises
    ------
    ValueError
        If it is not exactly 64 hex digits.
    """
    body = text.removeprefix("0x").removeprefix("0X")
    if len(body) != 2 * _DIGEST_BYTES or any(c not in "0123456789abcdefABCDEF" for c in body):
        raise ValueError(f"an id is 0x and 64 hex digits, not {text[:80]!r}")
    return int(body, 16)
