"""The store on a real Kubo: content, pins, damage, CARs, and what it says when the node is gone."""

import gc
import io
import os
import random
import signal
import subprocess
import sys
import threading
import tracemalloc

import pytest

from marketplace.errors import ContentMismatch, ContentNotFound, DataError, StorageError
from marketplace.storage import (
    ContentStore,
    FolderStore,
    GatewayStore,
    KuboStore,
    MemoryStore,
    Verified,
    read_car,
    write_car,
)
from marketplace.storage.unixfs import walk_leaves
from marketplace.types import CHUNK_BYTES
from tests.integration.kubo import Kubo

pytestmark = pytest.mark.kubo

DATA = random.Random(4).randbytes(7 * CHUNK_BYTES + 12_345)
MISSING = MemoryStore().add(b"never added anywhere")


@pytest.fixture
def store(kubo):
    return KuboStore(kubo.api)


@pytest.fixture
def gateway(kubo):
    return GatewayStore([kubo.gateway])


@pytest.fixture
def lonely(tmp_path):
    """A node of its own, which the test may hurt."""
    node = Kubo(tmp_path / "lonely")
    try:
        yield node.start()
    finally:
        node.stop()


def fresh(size=3 * CHUNK_BYTES + 5):
    return os.urandom(size)


def put(kubo, data):
    """Change the bytes of a block in the node's own files, behind its back."""
    leaf = MemoryStore().add(data)
    return next(path for path in (kubo.folder / "blocks").rglob("*.data") if path.read_bytes() == data), leaf


# --- content


def test_store__kubo_and_gateway__are_content_stores(store, gateway):
    assert isinstance(store, ContentStore)
    assert isinstance(gateway, ContentStore)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(DATA)])
def test_get__any_size__is_what_was_added(store, gateway, size):
    cid = store.add(DATA[:size])
    for one in (store, gateway):
        assert b"".join(one.get(cid)) == DATA[:size]
        assert one.size(cid) == size
        assert one.has(cid)
        assert one.verify(cid).size_bytes == size
        assert b"".join(one.get(cid, 5, 9)) == DATA[:size][5:9]


def test_add__bytes_stream_pieces_path_and_writer__give_one_cid(store, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    cid = MemoryStore().add(DATA)
    assert store.add(DATA) == cid
    assert store.add(io.BytesIO(DATA)) == cid
    assert store.add(DATA[i : i + 1000] for i in range(0, len(DATA), 1000)) == cid
    assert store.add_path(path) == cid
    writer = store.writer()
    writer.update(memoryview(DATA))
    assert writer.size_bytes == len(DATA)
    assert writer.finish() == cid == writer.finish()


@pytest.mark.parametrize("which", ["store", "gateway"])
def test_open__seeks_and_reads__like_a_file(store, which, request):
    cid, plain = store.add(DATA), io.BytesIO(DATA)
    generator = random.Random(8)
    with request.getfixturevalue(which).open(cid) as stream:
        for _ in range(60):
            if generator.random() < 0.3:
                at = generator.randrange(len(DATA) + 10)
                assert stream.seek(at) == plain.seek(at)
            count = generator.choice([0, 1, 4096, CHUNK_BYTES + 5])
            assert stream.read(count) == plain.read(count)


def test_get__missing__says_so_at_once(store, gateway):
    for one in (store, gateway):
        with pytest.raises(ContentNotFound, match=str(MISSING)):
            list(one.get(MISSING))
        assert not one.has(MISSING)


def test_get__64_mib__keeps_memory_flat(store, gateway):
    piece = random.Random(1).randbytes(2**20)
    tracemalloc.start()
    cid = store.add(piece[i:] + piece[:i] for i in range(64))
    for one in (store, gateway):
        for _ in one.get(cid):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 2**20


def test_writer__dropped_half_way__leaves_nothing_pinned_and_no_thread(store, kubo):
    store.add(b"the first file of a node")
    before = kubo.pins
    writer = store.writer()
    writer.update(fresh(20 * CHUNK_BYTES))
    del writer
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "kubo-upload":
            thread.join(timeout=120)
            assert not thread.is_alive()
    assert kubo.pins == before


SEND_AND_STOP = """
import sys
from marketplace.storage import KuboStore
writer = KuboStore(sys.argv[1]).writer()
writer.update(bytes(range(256)) * 20_000)
print("sent", flush=True)
sys.stdin.read()
"""


def test_writer__process_killed_half_way__node_keeps_no_stump(store, kubo):
    before = kubo.pins
    command = [sys.executable, "-c", SEND_AND_STOP, kubo.api]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"sent\n"
    process.kill()
    process.communicate()
    assert store.has(store.add(b"the node is well"))
    assert kubo.pins - before <= {str(MemoryStore().add(b"the node is well"))}


def test_add__what_is_read_from_the_same_node__is_the_same(store):
    cid = store.add(DATA)
    assert store.add(store.get(cid)) == cid
    with store.open(cid) as source:
        assert store.add(source) == cid


# --- damage


def test_get__damaged_leaf_on_the_nodes_disk__names_block_and_offset(lonely):
    store = KuboStore(lonely.api)
    cid = store.add(DATA)
    leaf = next(x for x in walk_leaves(cid, store.load_block) if x.offset_bytes == 3 * CHUNK_BYTES)
    path, _ = put(lonely, DATA[3 * CHUNK_BYTES : 4 * CHUNK_BYTES])
    path.write_bytes(b"x" + path.read_bytes()[1:])
    for one in (store, GatewayStore([lonely.gateway])):
        for use in (lambda one=one: list(one.get(cid)), lambda one=one: one.verify(cid)):
            with pytest.raises(ContentMismatch, match=f"block {leaf.cid} at byte {leaf.offset_bytes}"):
                use()
        # what lies before it is there
        assert b"".join(one.get(cid, 0, CHUNK_BYTES)) == DATA[:CHUNK_BYTES]


def test_has__a_leaf_is_missing__is_false(lonely):
    store = KuboStore(lonely.api)
    cid = store.add(DATA)
    store.unpin(cid)
    leaf = next(iter(walk_leaves(cid, store.load_block))).cid
    lonely.run("block", "rm", str(leaf))
    assert not store.has(cid)
    with pytest.raises(ContentNotFound, match=str(leaf)):
        store.verify(cid)
    with pytest.raises(ContentNotFound, match=str(leaf)):
        store.pin(cid)
    assert not store.is_pinned(cid)
    assert store.add(DATA) == cid
    assert store.has(cid)


# --- pins


def test_pin__and_unpin__decide_what_garbage_collection_leaves(lonely):
    store = KuboStore(lonely.api)
    kept, dropped = store.add(fresh()), store.add(fresh())
    store.unpin(dropped)
    assert store.has(dropped)
    lonely.run("repo", "gc", "-q")
    assert store.verify(kept) == Verified(5, 3 * CHUNK_BYTES + 5)
    assert not store.has(dropped)
    with pytest.raises(ContentNotFound, match="is not pinned"):
        store.unpin(dropped)


def test_pin__what_was_unpinned__is_kept_again(store):
    cid = store.add(fresh())
    store.unpin(cid)
    store.pin(cid)
    store.pin(cid)
    assert store.is_pinned(cid)


# --- CARs


CONTENTS = {
    "empty": b"",
    "byte": b"x",
    "random": DATA,
    "zeros": bytes(5 * CHUNK_BYTES),
    "equal subtrees": bytes(200 * CHUNK_BYTES) + b"x",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_car__written__is_byte_for_byte_kubos(store, kubo, tmp_path, name):
    data = CONTENTS[name]
    cid = store.add(data)
    exported = kubo.run("dag", "export", "--progress=false", str(cid))
    for source in (store, GatewayStore([kubo.gateway])):
        out = io.BytesIO()
        write_car(source, cid, out)
        assert out.getvalue() == exported
    folder = FolderStore(tmp_path)
    root, _, size = read_car(folder, io.BytesIO(exported))
    assert (root, size) == (cid, len(data))
    assert folder.verify(cid).size_bytes == len(data)


def test_car__written_here__is_imported_by_the_ipfs_program(lonely, tmp_path):
    folder, data = FolderStore(tmp_path / "store"), fresh()
    cid = folder.add(data)
    with (tmp_path / "file.car").open("wb") as out:
        write_car(folder, cid, out)
    assert str(cid) in lonely.text("dag", "import", str(tmp_path / "file.car"))
    assert lonely.run("cat", str(cid)) == data


def test_car__taken_into_the_node__is_pinned(store, tmp_path):
    folder, data = FolderStore(tmp_path / "store"), fresh()
    cid, car = folder.add(data), io.BytesIO()
    write_car(folder, cid, car)
    car.seek(0)
    assert read_car(store, car) == (cid, 5, len(data))
    assert store.is_pinned(cid)
    assert b"".join(store.get(cid)) == data


def test_car__cut_off__is_not_taken_into_the_node(store):
    memory, car = MemoryStore(), io.BytesIO()
    cid = memory.add(fresh())
    write_car(memory, cid, car)
    with pytest.raises(DataError, match="cut off"):
        read_car(store, io.BytesIO(car.getvalue()[:-10]))
    assert not store.has(cid)


@pytest.mark.parametrize("query", ["format=car", "format=car&car-dups=y", "format=car&car-dups=n"])
def test_car__of_a_gateway__is_read(store, kubo, query):
    import requests

    data = bytes(4 * CHUNK_BYTES) + fresh()
    cid = store.add(data)
    answer = requests.get(f"{kubo.gateway}/ipfs/{cid}?{query}", timeout=30)
    memory = MemoryStore()
    assert read_car(memory, io.BytesIO(answer.content))[0] == cid
    assert b"".join(memory.get(cid)) == data


# --- the node is not what it should be


def test_store__node_stopped_and_started__says_so_and_goes_on(lonely):
    store = KuboStore(lonely.api)
    cid = store.add(DATA)
    lonely.stop()
    for use in (
        lambda: list(store.get(cid)),
        lambda: store.has(cid),
        lambda: store.pin(cid),
        lambda: store.unpin(cid),
        lambda: store.add(DATA),
        lambda: store.verify(cid),
    ):
        with pytest.raises(StorageError, match="nobody answers at") as caught:
            use()
        assert "ipfs daemon" in caught.value.hint
    assert b"".join(KuboStore(lonely.start().api).get(cid)) == DATA


def test_store__node_hangs__gives_up_in_time(lonely):
    store = KuboStore(lonely.api, timeout_seconds=1)
    cid = store.add(DATA)
    lonely.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(StorageError, match="did not answer within 1 s"):
            list(store.get(cid))
    finally:
        lonely.process.send_signal(signal.SIGCONT)


def test_store__disk_of_the_node_is_full__says_so(tmp_path):
    import resource

    node = Kubo(tmp_path / "small")
    try:
        node.start()
        # No file of the node may grow any more: what writing to a full disk gives it.
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        with pytest.raises(StorageError, match="is full") as caught:
            KuboStore(node.api).add(fresh())
        assert caught.value.hint
    finally:
        node.stop()


def test_store__address_of_a_gateway__says_what_is_meant(kubo):
    with pytest.raises(StorageError, match="does not let this computer") as caught:
        KuboStore(kubo.gateway).add(b"x")
    assert "not its gateway" in caught.value.hint


def test_gateway__writing__is_refused(gateway, tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    for use in (
        lambda: gateway.add(b"x"),
        lambda: gateway.add_path(tmp_path / "file"),
        gateway.writer,
    ):
        with pytest.raises(StorageError, match="nothing can be written") as caught:
            use()
        assert "kubo:http" in caught.value.hint
