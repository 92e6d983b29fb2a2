"""``tessera storage``: content by CID."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from marketplace.cli.common import App, shared
from marketplace.errors import DataError, StorageError
from marketplace.foreign import open_file

if TYPE_CHECKING:
    from marketplace.storage import ContentStore
    from marketplace.storage.source import BlockSource
    from marketplace.storage.store import BlockStore
    from marketplace.types import Cid

_PATH = click.argument("path", type=click.Path(path_type=Path))


@click.group()
def storage() -> None:
    """Add, get, keep and check content by CID; move it as a file."""


@storage.command("add")
@_PATH
@shared
def add(app: App, path: Path) -> None:
    """Put a file (- is standard input) into the store and print its CID; it is not encrypted.

    \b
    tessera storage add manifest.json
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder", "add its files one by one, or pack them into one file")
    store = _writable(app)
    with _reading(path) as source:  # before anything is asked
        app.confirm(f"Put {path} as it is into {store}: whoever the store is shared with can read it.")
        with app.progress("adding", _length(path)) as tell:
            cid = store.add(_told(source, tell))
    app.done({"cid": str(cid)}, str(cid))


@storage.command("get")
@click.argument("cid")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; standard output by default.")
@shared
def get(app: App, cid: str, out: Path | None) -> None:
    """Read a file from the store, every block verified.

    \b
    tessera storage get bafkrei… --out file.bin
    """
    store, wanted = _store(app), _cid(cid)
    if out is None:
        for piece in store.get(wanted):
            sys.stdout.buffer.write(piece)
        return
    done, size = 0, store.size(wanted)
    _require_room(out, size)
    with _new_file(out) as sink, app.progress("reading", size) as tell:
        for piece in store.get(wanted):
            sink.write(piece)
            done += len(piece)
            tell(done)
    app.done({"cid": cid, "file": str(out), "bytes": done}, f"wrote {done:,} bytes to {out}")


@storage.command("cid")
@_PATH
@click.option("--hidden", is_flag=True, help="Take names that begin with a dot too, of a folder.")
@shared
def cid_(app: App, path: Path, hidden: bool) -> None:
    """Print the CID that a file or a folder has, without storing it; the same as Kubo's.

    \b
    tessera storage cid table.csv
    """
    from marketplace.storage.directory import TreeHasher

    total = path.stat().st_size if path.is_file() else 0
    with app.progress("hashing", total) as tell:
        found = TreeHasher(hidden=hidden, tell=tell).hash(path)
    app.done({"cid": str(found.cid), "files": found.files, "bytes": found.size_bytes}, str(found.cid))


@storage.command("pin")
@click.argument("cid")
@shared
def pin(app: App, cid: str) -> None:
    """Keep a file on the IPFS node, which fetches what it does not have; every block is verified.

    \b
    tessera storage pin bafybei…
    """
    node, wanted = _node(app), _cid(cid)
    with app.busy("fetching and pinning"):
        node.pin(wanted)
    app.done({"cid": cid, "pinned": True}, f"{cid} is pinned on {node}")


@storage.command("unpin")
@click.argument("cid")
@shared
def unpin(app: App, cid: str) -> None:
    """Allow the IPFS node to drop a file.

    \b
    tessera storage unpin bafybei…
    """
    node, wanted = _node(app), _cid(cid)
    app.confirm(f"Let {node} drop {cid}: if nobody else keeps it, it is gone.")
    node.unpin(wanted)
    app.done(
        {"cid": cid, "pinned": False}, f"{cid} is no longer pinned on {node}: ipfs repo gc frees the space"
    )


@storage.command("export")
@click.argument("cid")
@click.argument("file", type=click.Path(path_type=Path))
@shared
def export(app: App, cid: str, file: Path) -> None:
    """Write a stored file as a CAR, which any IPFS node reads with: ipfs dag import FILE.

    \b
    tessera storage export bafybei… artifact.car
    """
    from marketplace.storage import write_car

    store, wanted = cast("BlockSource", _store(app)), _cid(cid)
    with app.progress("exporting", store.size(wanted)) as tell:
        if str(file) == "-":
            write_car(store, wanted, sys.stdout.buffer, tell)
            return
        with _new_file(file) as sink:
            blocks = write_car(store, wanted, sink, tell)
    size = file.stat().st_size
    app.done(
        {"cid": cid, "file": str(file), "blocks": blocks, "bytes": size},
        f"wrote {blocks} blocks, {size:,} bytes, to {file}",
    )


@storage.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@shared
def import_(app: App, file: Path) -> None:
    """Take a file from a CAR into the store, every block verified, and print its CID.

    \b
    tessera storage import artifact.car
    """
    from marketplace.storage import check_car, read_car

    store, length = _writable(app), _length(file)
    app.confirm(f"Put what {file} holds into {store}: whoever the store is shared with can read it.")
    with _reading(file) as source:
        if source.seekable():  # the store gets no part of a file that is not whole
            with app.progress("checking", length) as tell:
                check_car(source, tell)
            source.seek(0)
        with app.progress("importing", length) as tell:
            root, blocks, size = read_car(store, source, tell)
    app.done({"cid": str(root), "blocks": blocks, "bytes": size}, str(root))


@storage.command("verify")
@click.argument("cid")
@shared
def verify(app: App, cid: str) -> None:
    """Read every block of a stored file and check it.

    \b
    tessera storage verify bafkrei…
    """
    with app.busy("verifying"):
        found = _store(app).verify(_cid(cid))
    app.done(
        {"cid": cid, "blocks": found.blocks, "bytes": found.size_bytes},
        f"all {found.blocks} blocks of {cid} are whole: {found.size_bytes:,} bytes",
    )


def _store(app: App) -> ContentStore:
    from marketplace.storage import open_store

    return open_store(app.given)


def _writable(app: App) -> BlockStore:
    """Return the store, if anything can be written to it."""
    from marketplace.storage.store import BlockStore

    store = _store(app)
    if not isinstance(store, BlockStore):
        store.writer()  # says that nothing can, and where
    return cast("BlockStore", store)


def _node(app: App) -> Any:
    """Return the store if it has pins."""
    store = _store(app)
    if not hasattr(store, "pin"):
        raise StorageError(
            f"{store} has no pins: only an IPFS node has",
            "name one: TESSERA_STORE=kubo:http://127.0.0.1:5001 (docs/storage.md)",
        )
    return store


def _require_room(path: Path, size: int) -> None:
    """Refuse a file that the disk can't hold: a few blocks can name each other over and over."""
    room = shutil.disk_usage(path.parent).free if path.parent.is_dir() else size
    if size > room:
        raise StorageError(
            f"the file has {size:,} bytes, {path.parent} has room for {room:,}", "choose another place"
        )


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only when it is whole."""
    from marketplace.crypto.files import atomic_writer

    try:
        with atomic_writer(path) as sink:
            yield sink
    except OSError as error:
        raise StorageError(f"can't write {path}: {error.strerror}", "choose another place") from error


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    """Open a file, or standard input for ``-``."""
    try:
        if str(path) == "-":
            yield sys.stdin.buffer
            return
        with open_file(path) as source:
            yield source
    except OSError as error:
        raise StorageError(f"can't read {path}: {error.strerror}", "check the path of the file") from error


def _told(source: BinaryIO, tell: Callable[[int], None]) -> Iterator[bytes]:
    from marketplace.types import CHUNK_BYTES

    done = 0
    while piece := source.read(CHUNK_BYTES):
        yield piece
        done += len(piece)
        tell(done)


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _cid(text: str) -> Cid:
    from marketplace.types import Cid

    try:
        return Cid.parse(text)
    except ValueError as error:
        raise DataError(str(error), "a CID is what tessera storage add printed") from error
