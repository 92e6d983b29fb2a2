"""A content store in a folder: one file for each block, named by its CID.

A block is written to ``tmp/``, flushed to disk and renamed into ``blocks/<xy>/<cid>``, where ``xy``
are the last but one two characters of the CID (Kubo's flatfs does the same, so that folders stay
small). So a block is there whole or not at all, whenever the power goes or the process is killed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from pathlib import Path

from marketplace.errors import ContentNotFound, StorageError
from marketplace.storage.store import BlockStore
from marketplace.storage.unixfs import Buffer
from marketplace.types import Cid

STALE_SECONDS = 86_400
"""Age after which a temporary file is surely left over: no block takes a day to write."""


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
        self._counter = itertools.count()
        self._dirty: set[Path] = set()
        try:
            (self.path / "blocks").mkdir(parents=True, exist_ok=True)
            self._tmp.mkdir(exist_ok=True)
        except OSError as error:
            raise StorageError(f"can't make the store {self.path}: {error.strerror}") from error
        self._clean()

    def __str__(self) -> str:
        return f"the folder {self.path}"

    @property
    def _tmp(self) -> Path:
        return self.path / "tmp"

    def block_path(self, cid: Cid) -> Path:
        """Return where a block is kept."""
        name = str(cid)
        return self.path / "blocks" / name[-3:-1] / name

    def _clean(self) -> None:
        before = time.time() - STALE_SECONDS
        for path in self._tmp.iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def _exists(self, cid: Cid) -> bool:
        return self.block_path(cid).is_file()

    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        try:
            with self.block_path(cid).open("rb", buffering=0) as file:
                return _read(file.fileno(), limit_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"can't read block {cid}: {error.strerror}") from error

    def _save(self, cid: Cid, data: Buffer) -> None:
        path = self.block_path(cid)
        # Compared, not hashed again: a damaged copy is written anew.
        with contextlib.suppress(StorageError):
            if self._load(cid, len(data) + 1) == data:
                return
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                self._dirty.add(path.parent.parent)
            self._write(path, data)
        except OSError as error:
            raise StorageError(f"can't write block {cid} to {self.path}: {error.strerror}") from error
        self._dirty.add(path.parent)

    def _write(self, path: Path, data: Buffer) -> None:
        temporary = self._tmp / f"{os.getpid()}-{id(self)}-{next(self._counter)}"
        try:
            with temporary.open("xb", buffering=0) as file:
                view = memoryview(data)
                while view:
                    view = view[file.write(view) or 0 :]
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _sync(self) -> None:
        dirty, self._dirty = self._dirty, set()
        try:
            for folder in dirty:
                descriptor = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise StorageError(f"can't flush {self.path} to disk: {error.strerror}") from error

    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        return ContentNotFound(f"block {cid} at byte {offset_bytes} is not in {self.path}")


def _read(descriptor: int, limit_bytes: int) -> bytes:
    size = min(os.fstat(descriptor).st_size, limit_bytes)
    data = os.read(descriptor, size) if size else b""
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            break
        data += more
    return data
