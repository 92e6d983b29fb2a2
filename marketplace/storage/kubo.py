"""A content store on a Kubo node, the IPFS daemon, through its HTTP API.

The node computes the CIDs of what it adds, and so do we, while the bytes are on their way: nothing is sent or
hashed twice here, and a node that adds something else is found out. What it gives is verified block by block.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import ipfshttpclient
import ipfshttpclient.exceptions as ipfs
import requests
import urllib3
from requests.adapters import HTTPAdapter

from marketplace.config import is_multiaddress
from marketplace.errors import ConfigError, ContentMismatch, ContentNotFound, StorageError
from marketplace.storage.car import encode_block, encode_header
from marketplace.storage.pipe import Abandoned, Pipe
from marketplace.storage.places import is_number
from marketplace.storage.remote import CONNECT_SECONDS, Feed, Sequence, pieces, read_at_most
from marketplace.storage.store import BlockStore, BlockWriter, ContentWriter
from marketplace.storage.unixfs import Buffer, CidHasher, Load
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid

MAX_ANSWER_BYTES = 2**24
"""Bound of an answer that is not content. A list of pins takes 80 bytes for each: 200,000 of them."""

PATIENCE = 10
"""Times the timeout for work on a whole file (flushing it to disk, walking its tree for a pin)."""

_PORTS = {"http": 5001, "https": 443}

# Everything that decides about a CID, so that no setting of the node does.
# https://docs.ipfs.tech/reference/kubo/rpc/#api-v0-add
_ADD = {
    "cid-version": "1",
    "hash": "sha2-256",
    "max-file-links": "174",
    "inline": "false",
    "progress": "false",
    "preserve-mode": "false",
    "preserve-mtime": "false",
}

_ABSENT = ("not found", "could not find", "not pinned or pinned indirectly", "is not pinned")
_FULL = ("no space left", "disk quota", "storage limit", "file too large")
_LATE = ("deadline exceeded", "context canceled")


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
        self.address = address
        self.timeout_seconds = timeout_seconds
        wait = (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        try:
            where, base = _multiaddress(address)
            # Not connect(), which refuses every node since 0.8.
            self._client = ipfshttpclient.Client(
                where, base, session=True, chunk_size=CHUNK_BYTES, timeout=wait
            )
        except (ipfs.Error, ValueError) as error:
            raise ConfigError(
                f"{address!r} is no address of an IPFS node's API",
                "TESSERA_STORE=kubo:http://127.0.0.1:5001 names the one on this computer",
            ) from error
        session = self._client._client._session
        session.trust_env = False  # neither proxies nor passwords meant for the web
        session.max_redirects = 0
        session.family = 0
        adapter = _Bounded()
        session.mount("http://", adapter)
        session.mount("https://", adapter)

    def __str__(self) -> str:
        return f"the IPFS node at {self.address}"

    # --- reading

    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        opts = {"timeout": f"{self.timeout_seconds:.0f}s"}
        with (
            self._errors("give a block", missing=True) as found,
            self._client.block.get(cid, stream=True, opts=opts) as source,
        ):
            found.append(read_at_most(source, limit_bytes, self.timeout_seconds))
        return found[0] if found else None

    def _exists(self, cid: Cid) -> bool:
        with self._errors("look for a block", missing=True) as found:
            found.append(self._client.block.stat(cid, offline=True))
        return bool(found)

    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        return ContentNotFound(f"block {cid} at byte {offset_bytes} was not found by {self}")

    def _loading(self, cid: Cid) -> AbstractContextManager[Load]:
        return Sequence(self.load_block, lambda offset: _Cat(self, cid, offset))

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
        return _Upload(self)

    def block_writer(self, root: Cid) -> BlockWriter:
        """Start to take the blocks of a file that exists elsewhere; it is pinned when complete.

        Parameters
        ----------
        root : Cid

        Returns
        -------
        BlockWriter
        """
        return _Import(self, root)

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
        with self._errors("pin"):
            self._client.pin.add(cid, timeout=self._patient)

    def unpin(self, cid: Cid) -> None:
        """Allow the node to drop a file: its next garbage collection removes what nothing else pins.

        Raises
        ------
        ContentNotFound
            If it is not pinned.
        StorageError
            If the node does not answer, or refuses.
        """
        with self._errors("unpin", missing=True) as done:
            done.append(self._client.pin.rm(cid, timeout=self._patient))
        if not done:
            raise ContentNotFound(
                f"{cid} is not pinned on {self}", "see what is: ipfs pin ls --type=recursive"
            )

    def is_pinned(self, cid: Cid) -> bool:
        """Tell whether a file is pinned by itself (not only as a part of another)."""
        with self._errors("list pins", missing=True) as found:
            found.append(self._client.pin.ls(cid, type="recursive"))
        return bool(found)

    @property
    def _patient(self) -> tuple[float, float]:
        return CONNECT_SECONDS, PATIENCE * self.timeout_seconds

    # --- errors

    @contextmanager
    def _errors(self, doing: str, *, missing: bool = False) -> Iterator[list[Any]]:
        """Turn whatever goes wrong into our errors; what is only missing leaves the list empty."""
        try:
            yield []
        except (ipfs.Error, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            text = str(error).lower()
            if missing and isinstance(error, ipfs.ErrorResponse) and any(word in text for word in _ABSENT):
                return
            if missing and isinstance(error, ipfs.ErrorResponse) and any(word in text for word in _LATE):
                raise ContentNotFound(
                    f"{self} did not find it within {self.timeout_seconds:g} s",
                    "is its publisher online? TESSERA_STORE_TIMEOUT_SECONDS gives the search more time",
                ) from error
            raise self._explain(error, text, doing) from error
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            # What the client library says of answers that no node gives.
            raise self._explain(error, "", doing) from error

    def _explain(self, error: Exception, text: str, doing: str) -> StorageError:
        if isinstance(error, ipfs.ErrorResponse):
            if any(word in text for word in _FULL):
                return StorageError(
                    f"{self} is full", "free space on its disk: tessera storage unpin CID, then ipfs repo gc"
                )
            return StorageError(f"{self} refused to {doing}: {_first_line(error)}", "see the log of the node")
        if isinstance(error, ipfs.TimeoutError | requests.Timeout | TimeoutError) or "timed out" in text:
            return StorageError(
                f"{self} did not answer within {self.timeout_seconds:g} s, asked to {doing}",
                "it may be busy: try again, or raise TESSERA_STORE_TIMEOUT_SECONDS",
            )
        if isinstance(error, ipfs.StatusError | requests.TooManyRedirects):
            return StorageError(
                f"{self} does not let this computer {doing}{_status(error)}",
                "name its API (port 5001 by default), not its gateway; a gateway is named gateway:https://…",
            )
        if isinstance(error, ipfs.ConnectionError):
            return StorageError(
                f"nobody answers at {self.address}",
                "start the IPFS node (ipfs daemon), or name another store: TESSERA_STORE, docs/storage.md",
            )
        if isinstance(error, ipfs.ProtocolError | requests.ConnectionError | urllib3.exceptions.HTTPError):
            return StorageError(
                f"the connection to {self} broke while it was asked to {doing}",
                "see the log of the node (is its disk full?), then run the command again",
            )
        return StorageError(
            f"what answers at {self.address} is no IPFS node", "check the address in TESSERA_STORE"
        )


def _multiaddress(text: str) -> tuple[str, str]:
    """Return the multiaddress and the path of a node's API."""
    if is_multiaddress(text):
        return text, "api/v0"
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
        kind = "dns" if not is_number(host) else f"ip{ip_address(host).version}"
    except KeyError as error:
        raise ValueError("neither http nor https") from error
    return f"/{kind}/{host}/tcp/{port}/{parts.scheme}", f"{parts.path.strip('/')}/api/v0".lstrip("/")


class _Bounded(HTTPAdapter):
    """Gives answers in pieces as they arrive, and none that is not content without end."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        response: requests.Response = super().send(request, *args, **kwargs)
        content = response.ok and ("/block/get?" in request.url or "/cat?" in request.url)
        limit = None if content else MAX_ANSWER_BYTES
        response.raw.stream = lambda *_, **__: _limited(response.raw, limit)  # type: ignore[method-assign]
        return response


def _limited(raw: Any, limit_bytes: int | None) -> Iterator[bytes]:
    count = 0
    for piece in pieces(raw):
        count += len(piece)
        if limit_bytes is not None and count > limit_bytes:
            raise ValueError("an answer without end")
        yield piece


class _Cat:
    """The bytes of a file from an offset on; its nodes are loaded beside it."""

    def __init__(self, store: KuboStore, cid: Cid, offset_bytes: int) -> None:
        self._store = store
        opts = {"offset": str(offset_bytes)}
        with store._errors("read a file"):
            self._source = store._client.cat(cid, stream=True, opts=opts)
            self._feed = Feed(self._source, store.timeout_seconds)

    def take(self, cid: Cid, offset_bytes: int, expected: int | None) -> bytes:
        if cid.codec != RAW_CODEC or expected is None:
            return self._store.load_block(cid, offset_bytes, expected)
        with self._store._errors("read a file"):
            data = self._feed.read(expected)
        if len(data) < expected:
            raise StorageError(f"{self._store} ended a file at byte {offset_bytes + len(data)}")
        return data

    def close(self) -> None:
        with suppress(Exception):
            self._source.close()


class _Sender:
    """Sends what is written into a pipe to the node, in a thread of its own."""

    def __init__(self, store: KuboStore, send: Callable[[Pipe], Any]) -> None:
        self._store = store
        self._pipe = pipe = Pipe()
        self._answers: list[Any] = []
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(
            target=_run, args=(pipe, send, self._answers, self._errors), name="kubo-upload", daemon=True
        )
        self._thread.start()
        # Whoever drops a writer half-way breaks off the upload: the node keeps nothing of it.
        weakref.finalize(self, pipe.abandon)

    def write(self, data: Buffer) -> None:
        with suppress(Abandoned):
            self._pipe.write(data)
            return
        self.result("add")

    def result(self, doing: str) -> Any:
        with suppress(Abandoned):
            self._pipe.close()
        self._thread.join()
        with self._store._errors(doing):
            if self._errors:
                raise self._errors[0]
        return self._answers[0]


def _run(pipe: Pipe, send: Callable[[Pipe], Any], answers: list[Any], errors: list[BaseException]) -> None:
    try:
        answers.append(send(pipe))
    except BaseException as error:  # told by the thread that writes
        errors.append(error)
    finally:
        pipe.abandon()


class _Upload:
    def __init__(self, store: KuboStore) -> None:
        client, wait = store._client, store._patient
        self._store = store
        self._hasher = CidHasher()
        self._added: Cid | None = None
        self._sender = _Sender(
            store,
            lambda pipe: client.add(
                pipe,
                raw_leaves=True,
                pin=True,
                chunker=f"size-{CHUNK_BYTES}",
                opts=dict(_ADD),
                timeout=wait,
            )["Hash"],
        )

    @property
    def size_bytes(self) -> int:
        return self._hasher.size_bytes

    def update(self, data: Buffer) -> None:
        self._hasher.update(data)
        self._sender.write(data)

    def finish(self) -> Cid:
        if self._added is None:
            expected = self._hasher.finish()
            got = self._sender.result("add a file")
            if got != str(expected):
                raise ContentMismatch(
                    f"{self._store} added {str(got)[:80]}, not {expected}",
                    "it changes what it is given: do not use it",
                )
            self._added = expected
        return self._added


class _Import:
    def __init__(self, store: KuboStore, root: Cid) -> None:
        client, wait = store._client, store._patient
        self._store, self._root = store, root
        opts = {"pin-roots": "true"}
        self._sender = _Sender(
            store, lambda pipe: client.dag.imprt(pipe, opts=opts, timeout=wait).as_json()["Root"]
        )
        self._sender.write(encode_header(root))

    def put(self, cid: Cid, data: Buffer) -> None:
        self._sender.write(encode_block(cid, data))

    def finish(self) -> None:
        root = self._sender.result("import blocks")
        got, why = str(root["Cid"]["/"]), str(root.get("PinErrorMsg") or "")
        if why or got != str(self._root):
            raise StorageError(
                f"{self._store} did not pin {self._root}: {_first_line(why or got)}",
                "see the log of the node",
            )


def _status(error: Exception) -> str:
    answer = getattr(getattr(error, "original", None), "response", None)
    return "" if answer is None else f" (status {answer.status_code})"


def _first_line(text: object) -> str:
    lines = str(text).splitlines()
    return lines[0][:200] if lines else "no reason given"
