"""Adding 256 MiB to the folder store, over adding them to an offline Kubo through its API.

Each time the file has new content, so that none finds blocks it has. Ours is on disk when it returns; Kubo as
it comes promises less, and flushes only if its datastore is told to (``"sync": true``). Both are measured,
and ours as if it promised as little. The least: as many files of a block's size, written and flushed by as
many threads as ours has, without a hash, a name or a folder: what nobody who flushes can leave out here.
What one side has left to be written goes to disk before the next one is measured, and memory is warm.
"""

from __future__ import annotations

import os
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from bench_common import ROOT, Results, best_in_turns, missing, ratio, timed, warm

from marketplace.storage import FolderStore
from marketplace.storage.folder import _FLUSHING
from marketplace.types import CHUNK_BYTES

SIZE = 2**28
TIMES = 5
IPFS = ROOT / "build" / "ipfs"
START_SECONDS = 30


def measure_store(folder: Path) -> Results:
    """Add in turns, first into ours."""
    if not IPFS.exists():
        return missing("storage.add_vs_kubo", "make kubo")
    path = folder / "file"
    found: list[object] = []

    with kubo(folder / "kubo", flush=True) as flushing, kubo(folder / "kubo-plain", flush=False) as plain:

        def new_store() -> FolderStore:
            with path.open("wb") as sink:
                for _ in range(SIZE // 2**24):
                    sink.write(os.urandom(2**24))
                os.fsync(sink.fileno())
            return FolderStore(folder / f"store-{len(found)}")  # Kubo keeps what it was given, too

        def ours() -> float:
            store = new_store()
            return settled(lambda: found.append(str(store.add_path(path))), folder)

        def unflushed() -> float:
            store = new_store()
            with mock.patch("os.fsync", leave):
                return settled(lambda: store.add_path(path), folder)

        def theirs(client: Any) -> float:
            options = {"cid-version": 1}
            seconds = settled(
                lambda: found.append(client.add(str(path), raw_leaves=True, pin=True, opts=options)["Hash"]),
                folder,
            )
            if found[-1] != found[-2]:
                raise SystemExit(f"error: the CIDs differ: {found[-2:]}\nhint: nothing was measured")
            return seconds

        ours_seconds, both, one, least, careless = best_in_turns(
            TIMES,
            ours,
            lambda: theirs(flushing),
            lambda: theirs(plain),
            lambda: write_files(folder / f"least-{len(found)}"),
            unflushed,
        )
    how = "256 MiB added to the folder store and flushed, over adding to an offline Kubo"
    return {
        "storage.add_vs_kubo": ratio(ours_seconds, one, 1.5, f"{how} as it comes, which does not flush"),
        "storage.add_vs_kubo_flushed": ratio(ours_seconds, both, None, f"{how} that flushes, too"),
        "storage.add_unflushed_vs_kubo": ratio(
            careless, one, None, "the same without a flush on either side"
        ),
        "storage.add_least_vs_kubo": ratio(
            least, one, None, "files of 256 KiB written and flushed, nothing else, over Kubo as it comes"
        ),
    }


def leave(_descriptor: int) -> None:
    """Leave a file to be written when the system likes."""


def settled(work: Callable[[], object], folder: Path) -> float:
    """Return how long work takes when the disk is at rest and memory warm, seconds."""
    os.sync()
    warm(folder, SIZE)
    return timed(work)


def write_files(folder: Path) -> float:
    """Write and flush files of a block's size, and nothing else."""
    data = os.urandom(CHUNK_BYTES)
    folder.mkdir()

    def write(number: int) -> None:
        with open(folder / str(number), "wb", buffering=0) as sink:
            sink.write(data)
            os.fsync(sink.fileno())

    with ThreadPoolExecutor(_FLUSHING) as threads:
        return settled(lambda: list(threads.map(write, range(SIZE // CHUNK_BYTES))), folder.parent)


@contextmanager
def kubo(home: Path, *, flush: bool) -> Iterator[Any]:
    """Run an offline node whose blocks are flushed to disk, or as it comes; yield a client of its API."""
    env = {**os.environ, "IPFS_PATH": str(home)}
    subprocess.run([IPFS, "init", "--profile=test"], check=True, env=env, capture_output=True)
    if flush:
        for path in (home / "config", home / "datastore_spec"):
            path.write_text(path.read_text().replace('"sync": false', '"sync": true'))
    node = subprocess.Popen(
        [IPFS, "daemon", "--offline"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + START_SECONDS
        while not (home / "api").exists():
            if node.poll() is not None or time.monotonic() > until:
                raise SystemExit("error: the IPFS node does not start\nhint: make kubo")
            time.sleep(0.05)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ipfshttpclient

            client = ipfshttpclient.Client((home / "api").read_text().strip(), session=True)
        try:
            yield client
        finally:
            client.close()
    finally:
        node.terminate()
        node.wait()
