"""Sending content to a Kubo node while it is made."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from marketplace.errors import ContentMismatch, StorageError
from marketplace.storage.car import encode_block, encode_header
from marketplace.storage.kubo_client import KuboClient, first_line
from marketplace.storage.pipe import Abandoned, Pipe
from marketplace.storage.unixfs import Buffer, CidHasher
from marketplace.types import CHUNK_BYTES, Cid

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


class _Sender:
    """Sends what is written into a pipe to the node, in a thread of its own."""

    def __init__(self, client: KuboClient, send: Callable[[Pipe], Any]) -> None:
        self._client = client
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
        with self._client.errors(doing):
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


class Upload:
    """A file on its way to a node; see `ContentWriter`.

    Parameters
    ----------
    client : KuboClient
    """

    def __init__(self, client: KuboClient) -> None:
        api, wait = client.api, client.patient
        self._client = client
        self._hasher = CidHasher()
        self._added: Cid | None = None
        self._sender = _Sender(
            client,
            lambda pipe: api.add(
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
        """Bytes written so far."""
        return self._hasher.size_bytes

    def update(self, data: Buffer, leaves: Sequence[bytes] | None = None) -> None:
        """Send the next bytes."""
        self._hasher.update(data, leaves)
        self._sender.write(data)

    def finish(self) -> Cid:
        """Wait until the node has pinned the file, and compare its CID with ours.

        Raises
        ------
        ContentMismatch
            If the node added something else.
        StorageError
            If it did not answer, or refused.
        """
        if self._added is None:
            expected = self._hasher.finish()
            got = self._sender.result("add a file")
            if got != str(expected):
                raise ContentMismatch(
                    f"{self._client} added {str(got)[:80]}, not {expected}",
                    "it changes what it is given: do not use it",
                )
            self._added = expected
        return self._added


class Import:
    """The blocks of a file on their way to a node; see `BlockWriter`.

    Parameters
    ----------
    client : KuboClient
    root : Cid
    """

    def __init__(self, client: KuboClient, root: Cid) -> None:
        api, wait = client.api, client.patient
        self._client, self._root = client, root
        opts = {"pin-roots": "true"}
        self._sender = _Sender(client, lambda pipe: _pinned(api.dag.imprt(pipe, opts=opts, timeout=wait)))
        self._sender.write(encode_header(root))

    def put(self, cid: Cid, data: Buffer) -> None:
        """Send the next block."""
        self._sender.write(encode_block(cid, data))

    def finish(self) -> None:
        """Wait until the node has pinned the file.

        Raises
        ------
        StorageError
            If it did not.
        """
        got, why = self._sender.result("import blocks")
        if why or got != str(self._root):
            raise StorageError(
                f"{self._client} did not pin {self._root}: {first_line(why or got)}",
                "see the log of the node",
            )


def _pinned(answer: Any) -> tuple[str, str]:
    """Return which root an import pinned, and why not."""
    root = answer.as_json()["Root"]
    return str(root["Cid"]["/"]), str(root.get("PinErrorMsg") or "")
