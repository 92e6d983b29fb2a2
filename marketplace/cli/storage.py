"""``tessera storage``: content by CID."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marketplace.cli.common import App, shared
from marketplace.errors import DataError, StorageError

if TYPE_CHECKING:
    from marketplace.storage import FolderStore
    from marketplace.types import Cid

_PATH = click.argument("path", type=click.Path(path_type=Path))


@click.group()
def storage() -> None:
    """Add, get and check content by CID."""


@storage.command("add")
@_PATH
@shared
def add(app: App, path: Path) -> None:
    """Put a file into the store and print its CID. It is stored as it is, not encrypted.

    \b
    tessera storage add manifest.json
    """
    app.confirm(f"Put {path} into the store as it is: whoever the store is shared with can read it.")
    with app.busy("adding"):
        cid = _store(app).add_path(path)
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
    from marketplace.crypto.files import atomic_writer

    try:
        with atomic_writer(out) as sink, app.progress("reading", store.size(wanted)) as tell:
            done = 0
            for piece in store.get(wanted):
                sink.write(piece)
                done += len(piece)
                tell(done)
    except OSError as error:
        raise StorageError(
            f"can't write {out}: {error.strerror}", "choose another place with --out"
        ) from error
    app.done({"cid": cid, "file": str(out), "bytes": done}, f"wrote {done:,} bytes to {out}")


@storage.command("cid")
@_PATH
@shared
def cid_(app: App, path: Path) -> None:
    """Print the CID that a file has, without storing it; the same as Kubo's.

    \b
    tessera storage cid table.csv
    """
    from marketplace.storage import CidHasher
    from marketplace.types import CHUNK_BYTES

    hasher = CidHasher()
    try:
        with path.open("rb") as source, app.progress("hashing", path.stat().st_size) as tell:
            while piece := source.read(CHUNK_BYTES):
                hasher.update(piece)
                tell(hasher.size_bytes)
    except OSError as error:
        raise StorageError(f"can't read {path}: {error.strerror}", "check the path of the file") from error
    found = str(hasher.finish())
    app.done({"cid": found, "bytes": hasher.size_bytes}, found)


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


def _store(app: App) -> FolderStore:
    from marketplace.storage import FolderStore

    return FolderStore(app.given.store_path)


def _cid(text: str) -> Cid:
    from marketplace.types import Cid

    try:
        return Cid.parse(text)
    except ValueError as error:
        raise DataError(str(error), "a CID is what tessera storage add printed") from error
