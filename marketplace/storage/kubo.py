"""A content store on a Kubo node, the IPFS daemon, through its HTTP API.

The node computes the CIDs of what it adds, and so do we, while the bytes are on their way: nothing is sent or
hashed twice here, and a node that adds something else is found out. What it gives is verified block by block.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

from marketplace.errors import ContentNotFound, StorageError
from marketplace.storage.kubo_client import KuboClient
from marketplace.storage.kubo_upload import Import, Upload
from marketplace.storage.remote import Feed, Sequence, read_at_most
from marketplace.storage.store import BlockStore, BlockWriter, ContentWriter
from marketplace.storage.unixfs import Buffer, Load
from marketplace.types import RAW_CODEC, Cid


class KuboStore(BlockStore):
    """Keep content on a Kubo node: added files are pinned, reads are verified here.

    Parameters
    ----------
    address : str
        Of the node's API: ``http://127.0.0.1:5001``, or the multiaddress ``/ip4/127.0.0.1/tcp/5001``.
    timeout_seconds : float, optional
        Longest wait for one block, or for an answer to begin. Ten times that for work on whole files.

    Raises
    ------
    ConfigError
        If the address is none.

    References
    ----------
    https://docs.ipfs.tech/reference/kubo/rpc/
    """

    def __init__(self, address: str, *, timeout_seconds: float = 60) -> None:
        self._client = KuboClient(address, timeout_seconds)
        self._api = self._client.api

    def __str__(self) -> str:
        return str(self._client)

    # --- reading

    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        opts = {"timeout": f"{self._client.timeout_seconds:.0f}s"}
        with (
            self._client.errors("give a block", missing=True) as found,
            self._api.block.get(cid, stream=True, opts=opts) as source,
        ):
            found.append(read_at_most(source, limit_bytes, self._client.timeout_seconds))
        return found[0] if found else None

    def _exists(self, cid: Cid) -> bool:
        with self._client.errors("look for a block", missing=True) as found:
            found.append(self._api.block.stat(cid, offline=True))
        return bool(found)

    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        return ContentNotFound(f"block {cid} at byte {offset_bytes} was not found by {self}")

    def _loading(self, cid: Cid) -> AbstractContextManager[Load]:
        return Sequence(self.load_block, lambda offset: _Cat(self, self._client, cid, offset))

    def has(self, cid: Cid) -> bool:
        """Tell whether all blocks of a file are on the node itself; nothing is fetched from others.

        Raises
        ------
        ContentMismatch
            If an intermediate node is damaged.
        StorageError
            If the node does not answer.
        """
        return self.is_pinned(cid) or super().has(cid)

    # --- writing

    def writer(self) -> ContentWriter:
        """Start a file that is sent to the node while it is written; it is pinned when complete.

        Returns
        -------
        ContentWriter
        """
        return Upload(self._client)

    def block_writer(self, root: Cid) -> BlockWriter:
        """Start to take the blocks of a file that exists elsewhere; it is pinned when complete.

        Parameters
        ----------
        root : Cid

        Returns
        -------
        BlockWriter
        """
        return Import(self._client, root)

    def _save(self, cid: Cid, data: Buffer) -> None:
        writer = self.block_writer(cid)
        writer.put(cid, data)
        writer.finish()

    def _sync(self) -> None:
        """A node's answer means that it is on disk."""

    # --- pins

    def pin(self, cid: Cid) -> None:
        """Keep a file on the node; what it does not have it fetches, and every block is verified first.

        Raises
        ------
        ContentNotFound, ContentMismatch
            Naming the block and its byte offset.
        StorageError
            If the node does not answer, or refuses.
        """
        self.verify(cid)
        with self._client.errors("pin"):
            self._api.pin.add(cid, timeout=self._client.patient)

    def unpin(self, cid: Cid) -> None:
        """Allow the node to drop a file: its next garbage collection removes what nothing else pins.

        Raises
        ------
        ContentNotFound
            If it is not pinned.
        StorageError
            If the node does not answer, or refuses.
        """
        with self._client.errors("unpin", missing=True) as done:
            done.append(self._api.pin.rm(cid, timeout=self._client.patient))
        if not done:
            raise ContentNotFound(
                f"{cid} is not pinned on {self}", "see what is: ipfs pin ls --type=recursive"
            )

    def is_pinned(self, cid: Cid) -> bool:
        """Tell whether a file is pinned by itself (not only as a part of another)."""
        with self._client.errors("list pins", missing=True) as found:
            found.append(self._api.pin.ls(cid, type="recursive"))
        return bool(found)


class _Cat:
    """The bytes of a file from an offset on; its nodes are loaded beside it."""

    def __init__(self, store: KuboStore, client: KuboClient, cid: Cid, offset_bytes: int) -> None:
        self._store, self._client = store, client
        opts = {"offset": str(offset_bytes)}
        with client.errors("read a file"):
            self._source = client.api.cat(cid, stream=True, opts=opts)
            self._feed = Feed(self._source, client.timeout_seconds)

    def take(self, cid: Cid, offset_bytes: int, expected: int | None) -> bytes:
        if cid.codec != RAW_CODEC or expected is None:
            return self._store.load_block(cid, offset_bytes, expected)
        with self._client.errors("read a file"):
            data = self._feed.read(expected)
        if len(data) < expected:
            raise StorageError(f"{self._store} ended a file at byte {offset_bytes + len(data)}")
        return data

    def close(self) -> None:
        with suppress(Exception):
            self._source.close()
