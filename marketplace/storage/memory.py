"""A content store in memory: the fake that tests and short-lived programs use."""

from __future__ import annotations

from marketplace.errors import ContentNotFound, StorageError
from marketplace.storage.store import BlockStore
from marketplace.storage.unixfs import Buffer
from marketplace.types import Cid


class MemoryStore(BlockStore):
    """Keep blocks in a dictionary, with the same CIDs and the same checks as on disk.

    Attributes
    ----------
    blocks : dict of Cid to bytes
        A test may damage or delete them.
    """

    def __init__(self) -> None:
        self.blocks: dict[Cid, bytes] = {}

    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        data = self.blocks.get(cid)
        return None if data is None else data[:limit_bytes]

    def _save(self, cid: Cid, data: Buffer) -> None:
        self.blocks[cid] = bytes(data)

    def _sync(self) -> None:
        """Memory has nothing to flush."""

    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        return ContentNotFound(f"block {cid} at byte {offset_bytes} is not in memory")
