"""A content store in a folder: one file for each block, named by its CID.

A block is written to ``tmp/``, flushed to disk and renamed into ``blocks/<xy>/<cid>``, where ``xy``
are the last but one two characters of the CID (Kubo's flatfs does the same, so that folders stay
small). So a block is there whole or not at all, whenever the power goes or the process is killed.
While the next blocks are hashed, one thread writes and asks the system to begin with the disk, and many
flush and rename what it wrote some blocks ago: a disk flushes many files in little more time than one,
and those it has begun with in less. The folders' names are flushed at the end. A file counts as stored
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
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.errors import ContentNotFound, StorageError
from marketplace.storage.store import BlockStore
from marketplace.storage.unixfs import Buffer
from marketplace.types import Cid

STALE_SECONDS = 86_400
"""Age after which a temporary file is surely left over: no block takes a day to write."""

_FLUSHING = 16
"""Blocks that are flushed at once: the file system writes their names to its journal together."""

_UNWRITTEN = 16
"""Blocks that wait to be written at most: 4 MiB of memory."""

_BEHIND = 64
"""Blocks that are written before the first of them is flushed, if there are so many."""

_WAITING = 128
"""Blocks that have no name yet at most; what a killed process leaves in ``tmp/`` is less."""


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

    def _write(self, block: _Block, data: bytes) -> bool:
        """Write a block to ``tmp/``, unless it is there under its name; tell whether that was done."""
        with self._failing(f"can't write block {block.cid} to {self.path}"):
            if _holds(block.path, data):
                return False
            block.temporary = f"{self._tmp}/{os.getpid()}-{id(self)}-{next(self._counter)}"
            with _removed_if_failing(block.temporary):
                _write(block.temporary, data)
            return True

    def _name(self, block: _Block) -> None:
        """Give a block its name, now that it is on disk."""
        with (
            self._failing(f"can't write block {block.cid} to {self.path}"),
            _removed_if_failing(block.temporary),
        ):
            _flush(block.temporary)
            _rename(block.temporary, block.path)

    def _done(self, block: _Block, error: BaseException | None = None) -> None:
        with self._lock:
            self._moves.pop(block.cid, None)
        if error is None:
            block.move.set_result(None)
        else:
            block.move.set_exception(error)

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


@dataclass(slots=True, eq=False)
class _Block:
    """A block on its way to its name."""

    cid: Cid
    path: str
    temporary: str = ""
    move: Future[None] = field(default_factory=Future)


class _Batch:
    """The blocks of one file on their way to disk: its failures are told to nobody else."""

    def __init__(self, store: FolderStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._dirty: set[str] = set()
        self._moves: deque[Future[None]] = deque()
        self._unwritten = 0
        self._room = threading.Semaphore(_UNWRITTEN)
        self._written: deque[_Block] = deque()
        self._threads: tuple[ThreadPoolExecutor, ThreadPoolExecutor] | None = None

    def save(self, cid: Cid, data: Buffer) -> None:
        """Keep a block; ``data`` is only valid during the call."""
        store = self._store
        store._settle(cid)
        block, kept = _Block(cid, store._place(cid)), bytes(data)
        self._room.acquire()
        try:
            with store._failing(f"can't write block {cid} to {store.path}"), self._lock, store._lock:
                # Also if it is there: its name may not be on disk yet.
                self._dirty.add(block.path[: block.path.rindex("/")])
                writing, _ = self._working()
                writing.submit(self._write, block, kept)
                self._unwritten += 1
                store._moves[cid] = block.move
                self._moves.append(block.move)
        except StorageError:
            self._room.release()
            self._threads = None  # they keep the block they could not begin with, and must not later
            raise
        self._wait(_WAITING)

    def _working(self) -> tuple[ThreadPoolExecutor, ThreadPoolExecutor]:
        """Return the thread that writes and those that flush."""
        if self._threads is None:
            flushing = ThreadPoolExecutor(_FLUSHING, "tessera-store")
            self._threads = ThreadPoolExecutor(1, "tessera-write"), flushing
        return self._threads

    def _write(self, block: _Block, data: bytes) -> None:
        """Write a block, and hand on those that have waited long enough: all if there is none to write."""
        try:
            if self._store._write(block, data):
                self._written.append(block)
            else:
                self._store._done(block)
        except BaseException as error:
            self._store._done(block, error)
        self._room.release()
        with self._lock:
            self._unwritten -= 1
            behind = _BEHIND if self._unwritten else 0
            _, flushing = self._working()
        while len(self._written) > behind:
            ready = self._written.popleft()
            try:
                flushing.submit(self._name, ready)
            except BaseException as error:  # no thread can start
                self._store._done(ready, error)

    def _name(self, block: _Block) -> None:
        try:
            self._store._name(block)
        except BaseException as error:
            self._store._done(block, error)
        else:
            self._store._done(block)

    def sync(self) -> None:
        """Wait until every block is on disk under its name."""
        with self._store._failing(f"can't flush {self._store.path} to disk"):
            self._wait(0)
            with self._lock:
                dirty, self._dirty = self._dirty, set()
                threads, self._threads = (None, self._threads) if self._moves else (self._threads, None)
            writing, flushing = threads or (None, ThreadPoolExecutor(_FLUSHING, "tessera-store"))
            made = filter(os.path.isdir, dirty)  # not that of a block that could not be written
            with flushing:
                list(flushing.map(_flush, (*made, self._store._blocks) if dirty else ()))
            if writing is not None:
                writing.shutdown()

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
                    rest, self._moves = self._moves, deque()
                wait(rest)  # without the lock, which the thread that writes needs to go on
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


@contextlib.contextmanager
def _removed_if_failing(path: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def _write(path: str, data: bytes) -> None:
    """Write a file, and have the system begin to bring it to disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        done = 0
        with memoryview(data) as view:
            while done < len(view):
                done += os.write(descriptor, view[done:])
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
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
