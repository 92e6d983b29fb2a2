"""CIDs of folders, as ``ipfs add -r --cid-version=1`` gives them, large ones sharded (HAMT) as Kubo does.

Nothing is stored. Names that begin with a dot are left out unless asked for, as Kubo does; symbolic links
are not followed, a link is content of its own.

References
----------
https://specs.ipfs.tech/unixfs/
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import mmh3

from marketplace.errors import DataError, StorageError
from marketplace.storage.dagpb import encode_bytes, encode_number
from marketplace.storage.unixfs import CidHasher
from marketplace.types import CHUNK_BYTES, DAG_PB_CODEC, Cid

SHARDING_BYTES = 262_144
"""Names and CIDs of a folder's entries; above that Kubo shards it: ``UnixFSHAMTDirectorySizeThreshold``.
https://github.com/ipfs/kubo/blob/master/docs/config.md"""

FANOUT = 256
"""Children of a shard (``Import.UnixFSHAMTDirectoryMaxFanout``): one byte of the name's hash chooses."""

_DIRECTORY, _SYMLINK, _SHARD = 1, 4, 5
_MURMUR3_X64_64 = 0x22
_CID_BYTES = 36
_HASH_BYTES = 8


class Entry(NamedTuple):
    """A child: the bytes of its name, its CID, the encoded bytes of all its blocks."""

    name: bytes
    cid: Cid
    total_bytes: int


@dataclass(frozen=True)
class Found:
    """What the CID of a path stands for.

    Parameters
    ----------
    cid : Cid
    files, size_bytes : int
        Files and their bytes.
    """

    cid: Cid
    files: int
    size_bytes: int


class TreeHasher:
    """Computes the CID of a file or a folder with all below it.

    Parameters
    ----------
    hidden : bool, optional
        Take names that begin with a dot too.
    tell : callable (int), optional
        Told the bytes read so far.
    """

    def __init__(self, *, hidden: bool = False, tell: Callable[[int], None] | None = None) -> None:
        self._hidden = hidden
        self._tell = tell
        self._files = 0
        self._size_bytes = 0

    def hash(self, path: Path) -> Found:
        """Return the CID of what is at a path.

        Raises
        ------
        StorageError
            If something can't be read.
        DataError
            If something is neither file, folder nor symbolic link, or its name is not text.
        """
        # A link that was named is followed, as Kubo does; one inside a folder is not.
        entry = self._entry(Path(os.path.realpath(path)), b"")
        return Found(entry.cid, self._files, self._size_bytes)

    def _entry(self, path: Path, name: bytes) -> Entry:
        try:
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                return self._folder(path, name)
            if stat.S_ISLNK(mode):
                target = os.fsencode(os.readlink(path))
                block = encode_bytes(1, encode_number(1, _SYMLINK) + encode_bytes(2, target))
                return _node(name, block, 0)
            if stat.S_ISREG(mode):
                return self._file(path, name)
        except OSError as error:
            hint = "check that the path is right and may be read"
            raise StorageError(f"can't read {error.filename or path}: {error.strerror}", hint) from error
        raise DataError(f"{path} is neither a file, a folder nor a link", "leave it out")

    def _file(self, path: Path, name: bytes) -> Entry:
        hasher = CidHasher()
        with path.open("rb") as source:
            while piece := source.read(CHUNK_BYTES):
                hasher.update(piece)
                if self._tell is not None:
                    self._tell(self._size_bytes + hasher.size_bytes)
        cid = hasher.finish()
        self._files += 1
        self._size_bytes += hasher.size_bytes
        return Entry(name, cid, hasher.total_bytes)

    def _folder(self, path: Path, name: bytes) -> Entry:
        entries = []
        for one in os.listdir(path):
            if one.startswith(".") and not self._hidden:
                continue
            try:
                child = one.encode("utf-8")
            except UnicodeEncodeError as error:
                raise DataError(f"{path} has a name that is not UTF-8: {one!r}", "rename it") from error
            entries.append(self._entry(path / one, child))
        return encode_folder(name, entries)


def encode_folder(name: bytes, entries: list[Entry]) -> Entry:
    """Build a folder's node, or its shards, and return it as an entry of that name.

    Parameters
    ----------
    name : bytes
    entries : list of Entry
        In any order; no name twice.
    """
    if sum(len(entry.name) + _CID_BYTES for entry in entries) > SHARDING_BYTES:
        return _shard(name, [(_hash(entry.name), entry) for entry in entries])
    links = b"".join(_link(entry) for entry in sorted(entries))
    below = sum(entry.total_bytes for entry in entries)
    return _node(name, links + encode_bytes(1, encode_number(1, _DIRECTORY)), below)


def _shard(name: bytes, entries: list[tuple[bytes, Entry]], depth: int = 0) -> Entry:
    if depth == _HASH_BYTES:
        raise DataError(f"two names have the same hash: {entries[0][1].name!r}", "rename one of them")
    slots: dict[int, list[tuple[bytes, Entry]]] = {}
    for pair in entries:
        slots.setdefault(pair[0][depth], []).append(pair)
    links, below, taken = b"", 0, 0
    for index, inside in sorted(slots.items()):
        prefix = f"{index:02X}".encode()
        if len(inside) == 1:
            child = inside[0][1]._replace(name=prefix + inside[0][1].name)
        else:
            child = _shard(prefix, inside, depth + 1)
        links += _link(child)
        below += child.total_bytes
        taken |= 1 << index
    bits = taken.to_bytes((taken.bit_length() + 7) // 8, "big")
    data = encode_number(1, _SHARD) + encode_bytes(2, bits)
    data += encode_number(5, _MURMUR3_X64_64) + encode_number(6, FANOUT)
    return _node(name, links + encode_bytes(1, data), below)


def _hash(name: bytes) -> bytes:
    """Return the hash that places a name: the first half of MurmurHash3 (128 bits, for 64-bit machines)."""
    return mmh3.mmh3_x64_128_digest(name)[_HASH_BYTES - 1 :: -1]


def _link(entry: Entry) -> bytes:
    body = (
        encode_bytes(1, bytes(entry.cid)) + encode_bytes(2, entry.name) + encode_number(3, entry.total_bytes)
    )
    return encode_bytes(2, body)


def _node(name: bytes, block: bytes, below: int) -> Entry:
    return Entry(name, Cid(DAG_PB_CODEC, sha256(block).digest()), len(block) + below)
