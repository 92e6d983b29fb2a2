"""A content store in a folder: one file for each block, named by its CID.

A block is written to ``tmp/``, flushed to disk and renamed into ``blocks/<xy>/<cid>``, where ``xy``
are the last but one two characters of the CID (Kubo's flatfs does the same, so that folders stay
small). So a block is there whole or not at all, whenever the power goes or the process is killed.
Threads write, flush and rename while the next blocks are hashed, many at a time: a disk flushes many
files in little more time than one. The folders' names are flushed at the end. A file counts as stored
when all of that is done.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from marketplace.errors import ContentNotFound, StorageError
from marketplace.storage.store import BlockStore
from marketplace.storage.unixfs import Buffer
from marketplace.types import Cid

STALE_SECONDS = 86_400
"""Age after which a temporary file is surely left over: no block takes a day to write."""

_FLUSHING = 16
"""Blocks that are flushed at once: the file system writes their names to its journal together."""

_WAITING = 16
"""Blocks that are on their way at most, 4 MiB of memory; what a killed process leaves in ``tmp/`` is less."""


class FolderStore(BlockStore):
    """Keep blocks in a folder, with the CIDs of ``ipfs add --cid-version=1 --raw-leaves``.

    Several processes may use one folder at the same time.

    Parameters
    ----------
    path : Path
        Made if missing.

    Raises
    ------
    StorageError
        If the folder can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._blocks, self._tmp = f"{self.path}/blocks", f"{self.path}/tmp"
        self._counter = itertools.count()
        self._lock = threading.Lock()
        self._moves: dict[Cid, Future[None]] = {}  # blocks on their way to their names, of all batches
        self._unnamed = self._begin()  # of blocks that are saved one by one
        try:
            os.makedirs(self._blocks, exist_ok=True)
            os.makedirs(self._tmp, exist_ok=True)
        except OSError as error:
            raise StorageError(f"can't make the store {self.path}: {error.strerror}") from error
        self._clean()

    def __str__(self) -> str:
        return f"the folder {self.path}"

    def block_path(self, cid: Cid) -> Path:
        """Return where a block is kept."""
        return Path(self._place(cid))

    def _place(self, cid: Cid) -> str:
        name = str(cid)
        return f"{self._blocks}/{name[-3:-1]}/{name}"

    def _clean(self) -> None:
        before = time.time() - STALE_SECONDS
        for path in Path(self._tmp).iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def _exists(self, cid: Cid) -> bool:
        self._settle(cid)
        return self.block_path(cid).is_file()

    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        self._settle(cid)
        try:
            with self.block_path(cid).open("rb", buffering=0) as file:
                return _read(file.fileno(), limit_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"can't read block {cid}: {error.strerror}") from error

    def _settle(self, cid: Cid) -> None:
        """Wait until a block that was just saved has its name."""
        with self._lock:
            move = self._moves.get(cid)
        if move is not None:
            wait([move])

    def _begin(self) -> _Batch:
        return _Batch(self)

    def _save(self, cid: Cid, data: Buffer) -> None:
        self._unnamed.save(cid, data)

    def _sync(self) -> None:
        self._unnamed.sync()

    def _keep(self, cid: Cid, path: str, data: bytes) -> None:
        """Write a block, and give it its name once it is on disk."""
        try:
            with self._failing(f"can't write block {cid} to {self.path}"):
                if _holds(path, data):
                    return
                temporary = f"{self._tmp}/{os.getpid()}-{id(self)}-{next(self._counter)}"
                try:
                    _write(temporary, data)
                    _rename(temporary, path)
                except BaseException:
                    with contextlib.suppress(OSError):
                        os.unlink(temporary)
                    raise
        finally:
            with self._lock:
                self._moves.pop(cid, None)

    @contextlib.contextmanager
    def _failing(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(f"{doing}: {error.strerror}") from error
        except RuntimeError as error:  # no thread can start
            raise StorageError(
                f"{doing}: {error}", "let this account start more threads: ulimit -u"
            ) from error

    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        return ContentNotFound(f"block {cid} at byte {offset_bytes} is not in {self.path}")


class _Batch:
    """The blocks of one file on their way to disk: its failures are told to nobody else."""

    def __init__(self, store: FolderStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._dirty: set[str] = set()
        self._moves: deque[Future[None]] = deque()
        self._pool: ThreadPoolExecutor | None = None

    def save(self, cid: Cid, data: Buffer) -> None:
        """Keep a block; ``data`` is only valid during the call."""
        store = self._store
        store._settle(cid)
        path, kept = store._place(cid), bytes(data)
        with store._failing(f"can't write block {cid} to {store.path}"), self._lock, store._lock:
            self._dirty.add(path[: path.rindex("/")])  # also if it is there: its name may not be on disk yet
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_FLUSHING, "tessera-store")
            move = self._pool.submit(store._keep, cid, path, kept)
            store._moves[cid] = move
            self._moves.append(move)
        self._wait(_WAITING)

    def sync(self) -> None:
        """Wait until every block is on disk under its name."""
        with self._store._failing(f"can't flush {self._store.path} to disk"):
            self._wait(0)
            with self._lock:
                dirty, self._dirty = self._dirty, set()
                pool, self._pool = (None, self._pool) if self._moves else (self._pool, None)
            if pool is not None:
                pool.shutdown()
            for folder in (*dirty, self._store._blocks) if dirty else ():
                _flush(folder)  # the first writes the file system's journal, with all the others' names

    def _wait(self, count: int) -> None:
        """Wait until at most so many blocks have no name yet, the oldest first."""
        while True:
            with self._lock:
                if len(self._moves) <= count:
                    return
                move = self._moves.popleft()
            try:
                move.result()
            except BaseException:
                with self._lock:
                    wait(self._moves)
                    self._moves.clear()
                raise


def _holds(path: str, data: Buffer) -> bool:
    """Tell whether a block is there: compared, not hashed again; a damaged copy is written anew."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return _read(descriptor, len(data) + 1) == data
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _rename(temporary: str, path: str) -> None:
    try:
        os.replace(temporary, path)
    except FileNotFoundError:  # the first block of its folder
        with contextlib.suppress(FileExistsError):
            os.mkdir(path[: path.rindex("/")])
        os.replace(temporary, path)


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        done = 0
        with memoryview(data) as view:
            while done < len(view):
                done += os.write(descriptor, view[done:])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(descriptor: int, limit_bytes: int) -> bytes:
    size = min(os.fstat(descriptor).st_size, limit_bytes)
    data = os.read(descriptor, size) if size else b""
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            break
        data += more
    return data
