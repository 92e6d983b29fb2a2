"""Both stores: what comes out is what went in, and damage is named."""

import io
import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from marketplace.errors import ContentMismatch, ContentNotFound, StorageError
from marketplace.storage import ContentStore, FolderStore, MemoryStore, Verified
from marketplace.storage.dagpb import Link
from marketplace.storage.unixfs import walk_leaves
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid
from tests.marketplace.storage.test_car import node

DATA = random.Random(3).randbytes(2 * CHUNK_BYTES + 12_345)


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return FolderStore(tmp_path / "store") if request.param == "folder" else MemoryStore()


def leaves(store, cid):
    return [leaf.cid for leaf in walk_leaves(cid, store.load_block)]


def replace(store, cid, data):
    """Damage a block; None removes it."""
    if isinstance(store, MemoryStore):
        if data is None:
            del store.blocks[cid]
        else:
            store.blocks[cid] = data
    elif data is None:
        store.block_path(cid).unlink()
    else:
        store.block_path(cid).write_bytes(data)


def test_store__both__are_content_stores(store):
    assert isinstance(store, ContentStore)


def test_add__bytes_stream_pieces_and_writer__give_one_cid(store, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    cid = store.add(DATA)
    assert store.add(io.BytesIO(DATA)) == cid
    assert store.add(DATA[i : i + 1000] for i in range(0, len(DATA), 1000)) == cid
    assert store.add_path(path) == cid
    writer = store.writer()
    writer.update(memoryview(DATA))
    assert writer.finish() == cid
    assert MemoryStore().add(DATA) == cid


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_get__any_size__is_what_was_added(store, size):
    cid = store.add(DATA[:size])
    assert b"".join(store.get(cid)) == DATA[:size]
    assert store.size(cid) == size
    assert store.has(cid)
    assert store.verify(cid).size_bytes == size


def test_get__range__is_that_slice(store):
    cid = store.add(DATA)
    for start, stop in [
        (0, 1),
        (5, 5),
        (CHUNK_BYTES - 1, CHUNK_BYTES + 1),
        (7, None),
        (len(DATA), None),
        (9, 10**9),
    ]:
        assert b"".join(store.get(cid, start, stop)) == DATA[start:stop]


def test_open__seeks_and_reads__like_a_file(store):
    cid, plain = store.add(DATA), io.BytesIO(DATA)
    generator = random.Random(8)
    with store.open(cid) as stream:
        for _ in range(60):
            if generator.random() < 0.5:
                at = generator.randrange(len(DATA) + 10)
                assert stream.seek(at) == plain.seek(at)
            count = generator.choice([0, 1, 4096, CHUNK_BYTES + 5])
            assert stream.read(count) == plain.read(count)
            assert stream.tell() == plain.tell()
        stream.seek(-3, io.SEEK_END)
        assert stream.read() == DATA[-3:]
        assert stream.read() == b""
        with pytest.raises(ValueError):
            stream.seek(-1)


def test_verify__whole_file__counts_blocks(store):
    assert store.verify(store.add(DATA)) == Verified(blocks=4, size_bytes=len(DATA))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda block: block[:100], ContentMismatch, "is cut off: 100 of 262144 bytes"),
        (lambda block: b"", ContentMismatch, "is cut off: 0 of 262144 bytes"),
        (lambda block: b"x" + block[1:], ContentMismatch, "is damaged"),
        (lambda block: block + b"x", ContentMismatch, "is damaged"),
        (lambda block: None, ContentNotFound, "is not in"),
    ],
)
def test_get__damaged_leaf__names_block_and_offset(store, change, error, words):
    cid = store.add(DATA)
    leaf = leaves(store, cid)[1]
    replace(store, leaf, change(DATA[CHUNK_BYTES : 2 * CHUNK_BYTES]))
    for use in (lambda: list(store.get(cid)), lambda: store.verify(cid), lambda: store.open(cid).read()):
        with pytest.raises(error) as caught:
            use()
        assert f"block {leaf} at byte {CHUNK_BYTES}" in str(caught.value)
        assert words in str(caught.value)
    # What lies before the damage is still there.
    assert next(store.get(cid)) == DATA[:CHUNK_BYTES]


def test_get__damaged_root__names_it(store):
    cid = store.add(DATA)
    replace(store, cid, b"rubbish")
    with pytest.raises(ContentMismatch, match=str(cid)):
        list(store.get(cid))
    replace(store, cid, None)
    with pytest.raises(ContentNotFound, match=str(cid)):
        list(store.get(cid))
    assert not store.has(cid)


def chain(store, below, size, levels):
    """Add so many nodes, one above the other; return the highest."""
    for _ in range(levels):
        below, block = node([Link(below, size, size)])
        replace(store, below, block)
    return below


def test_verify__node_that_lies_high_and_too_deep__is_refused_as_reading_refuses_it():
    store = MemoryStore()
    high = chain(store, store.add(b"x"), 1, 5)  # six levels with the root: right
    for beside, deep in ((2, False), (3, True)):
        root, block = node([Link(high, 1, 1), Link(chain(store, high, 1, beside), 1, 1)])
        replace(store, root, block)
        if deep:
            with pytest.raises(ContentMismatch, match="deeper than 8 levels"):
                b"".join(store.get(root))
            with pytest.raises(ContentMismatch, match="deeper than 8 levels"):
                store.verify(root)
        else:
            assert b"".join(store.get(root)) == b"xx"
            assert store.verify(root) == Verified(15, 2)


def test_has__a_leaf_is_missing__is_false(store):
    cid = store.add(DATA)
    replace(store, leaves(store, cid)[2], None)
    assert not store.has(cid)


def test_add__damaged_copy_is_there__writes_it_anew(store):
    cid = store.add(DATA)
    replace(store, leaves(store, cid)[0], b"damaged")
    assert store.add(DATA) == cid
    assert store.verify(cid).size_bytes == len(DATA)


def test_folder_store__path_is_a_file__says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't make the store"):
        FolderStore(tmp_path / "file")


def test_add_path__no_such_file__says_so(store, tmp_path):
    with pytest.raises(StorageError, match="can't read"):
        store.add_path(tmp_path / "none")


def test_folder_store__left_over_temporary_files__go_after_a_day(tmp_path):
    FolderStore(tmp_path)
    old, new = tmp_path / "tmp" / "old", tmp_path / "tmp" / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, time.time() - 2 * 86_400))
    FolderStore(tmp_path)
    assert not old.exists()
    assert new.exists()


def test_folder_store__64_mib__keeps_memory_flat(tmp_path):
    store = FolderStore(tmp_path)
    piece = random.Random(1).randbytes(2**20)
    tracemalloc.start()
    cid = store.add(piece[i:] + piece[:i] for i in range(64))
    for _ in store.get(cid):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def opened(descriptor):
    """Return the path of a file that is open."""
    return Path(os.readlink(f"/proc/self/fd/{descriptor}"))


def test_folder_store__add__flushes_each_block_before_its_name_and_all_names_at_the_end(
    tmp_path, monkeypatch
):
    store, log, flush, rename = FolderStore(tmp_path), [], os.fsync, os.replace

    def noted_flush(descriptor):
        flush(descriptor)
        log.append(("flushed", opened(descriptor)))

    def noted_rename(path, target):
        rename(path, target)  # fails for the first block of a folder
        log.append(("renamed", Path(path), Path(target)))

    monkeypatch.setattr(os, "fsync", noted_flush)
    monkeypatch.setattr(os, "replace", noted_rename)
    cid = store.add(random.Random(5).randbytes(90 * CHUNK_BYTES))
    moves = [entry for entry in log if entry[0] == "renamed"]
    assert len(moves) == 91
    for entry in moves:
        assert ("flushed", entry[1]) in log[: log.index(entry)]
    last = log.index(moves[-1])
    folders = {path for what, path, *_ in log[last:] if what == "flushed"}
    assert folders == {target.parent for _, _, target in moves} | {tmp_path / "blocks"}
    assert store.has(cid)
    assert not list((tmp_path / "tmp").iterdir())


def test_folder_store__block_on_its_way__can_be_read(tmp_path, monkeypatch):
    store, flush = FolderStore(tmp_path), os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (time.sleep(0.05), flush(descriptor)))
    writer = store.writer()
    writer.update(DATA)
    cids = {Cid(RAW_CODEC, sha256(DATA[at : at + CHUNK_BYTES]).digest()) for at in (0, CHUNK_BYTES)}
    for cid in cids:
        assert sha256(store.load_block(cid)).digest() == cid.digest
    writer.finish()


def test_folder_store__disk_that_fails_to_flush__says_so_and_gives_no_name(tmp_path, monkeypatch):
    store, flush = FolderStore(tmp_path), os.fsync

    def full(descriptor):
        if opened(descriptor).parent.name == "tmp":
            raise OSError(28, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        store.add(DATA)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    monkeypatch.setattr(os, "fsync", flush)
    assert b"".join(store.get(store.add(DATA))) == DATA


@pytest.mark.parametrize("call", ["fsync", "write", "replace"])
@pytest.mark.parametrize("after", [0, 30])
def test_folder_store__disk_that_fails_among_many_blocks__says_so_and_ends(
    tmp_path, monkeypatch, call, after
):
    store, right, calls = FolderStore(tmp_path), getattr(os, call), itertools.count()

    def fails(*told):
        if next(calls) >= after:
            raise OSError(28, "No space left on device")
        return right(*told)

    data = random.Random(6).randbytes(200 * CHUNK_BYTES)
    monkeypatch.setattr(os, call, fails)
    with pytest.raises(StorageError, match="No space left on device"):
        store.add(data)
    monkeypatch.undo()
    assert not list((tmp_path / "tmp").iterdir())
    assert store.verify(store.add(data)).size_bytes == len(data)


def test_folder_store__no_thread_can_start__says_so(tmp_path, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    store = FolderStore(tmp_path / "store")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(StorageError, match=r"can't write block .*: can't start new thread") as caught:
        store.add(DATA)
    assert "ulimit -u" in caught.value.hint
    monkeypatch.undo()
    cid = store.add(DATA)
    assert b"".join(store.get(cid)) == DATA


def test_folder_store__no_thread_can_start__block_that_is_saved_alone_can_be_saved_later(
    tmp_path, monkeypatch
):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    store, cid = FolderStore(tmp_path / "store"), Cid(RAW_CODEC, sha256(DATA).digest())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(StorageError, match="can't start new thread"):
        store._save(cid, DATA)
    monkeypatch.undo()
    other = Cid(RAW_CODEC, sha256(b"other").digest())
    store._save(other, b"other")
    store._sync()
    assert store._load(other, 10) == b"other"
    assert not list((tmp_path / "store" / "tmp").iterdir())


def test_folder_store__no_thread_to_flush_with__says_so(tmp_path, monkeypatch):
    store = FolderStore(tmp_path / "store")
    cid = store.add(DATA)
    batch = store._begin()
    batch._dirty.add(str(store.block_path(cid).parent))

    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(StorageError, match=r"can't flush .*: can't start new thread"):
        batch.sync()


def test_folder_store__another_file_fails__this_one_says_what_is_true(tmp_path, monkeypatch):
    store, flush = FolderStore(tmp_path), os.fsync
    bad, good = store.writer(), store.writer()
    monkeypatch.setattr(os, "fsync", lambda descriptor: 1 / 0)  # in a thread, as a full disk would be
    bad.update(DATA)
    with pytest.raises(ZeroDivisionError):
        bad.finish()
    monkeypatch.setattr(os, "fsync", flush)
    good.update(DATA)
    assert store.verify(good.finish()).size_bytes == len(DATA)


def test_folder_store__four_threads_with_one_file__all_have_it(tmp_path):
    store = FolderStore(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        cids = set(pool.map(store.add, [DATA * 9] * 8))
    assert len(cids) == 1
    assert store.verify(cids.pop()).size_bytes == 9 * len(DATA)


WRITE_FOR_EVER = """
import random, sys
from pathlib import Path
from marketplace.storage import FolderStore
store, generator = FolderStore(Path(sys.argv[1])), random.Random(0)
print("ready", flush=True)
while True:
    store.add(generator.randbytes(300_000))
"""


def test_folder_store__killed_while_writing__has_only_whole_blocks(tmp_path, chance):
    process = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    ends = time.monotonic() + 120
    while not any((tmp_path / "blocks").glob("*/*")):
        assert time.monotonic() < ends, "it writes nothing"
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.2))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    store = FolderStore(tmp_path)
    found = [Cid.parse(path.name) for path in (tmp_path / "blocks").glob("*/*")]
    assert found
    for cid in found:
        store.load_block(cid)
