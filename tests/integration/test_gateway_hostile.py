"""Gateways that lie, break, drip or never end: the file is right, or the error says what was wrong."""

import random
import tracemalloc

import pytest

from marketplace.errors import ContentMismatch, ContentNotFound, StorageError
from marketplace.storage import FolderStore, GatewayStore, MemoryStore
from marketplace.storage.car import encode_block, encode_header
from marketplace.storage.remote import MAX_TRIES
from marketplace.storage.unixfs import walk_leaves
from marketplace.types import CHUNK_BYTES
from tests.integration.liars import honest, serving

DATA = random.Random(6).randbytes(12 * CHUNK_BYTES + 77)
MEGABYTES = 2**20
PATIENT = 60
"""Seconds for an answer that comes at once where nobody else wants the processor."""


@pytest.fixture(scope="module")
def content():
    store = MemoryStore()
    return store, store.add(DATA)


def leaf(content, number):
    store, cid = content
    return list(walk_leaves(cid, store.load_block))[number].cid


def through(answer, cid, **options):
    """Read a file through one such gateway; return the server with what was read."""
    with serving(answer) as server:
        options.setdefault("timeout_seconds", PATIENT)
        return server, b"".join(GatewayStore([server.url], **options).get(cid))


# --- single blocks


def lying(block, data):
    """Answer wrong bytes for one block."""

    def raw(request, right):
        request.whole(data if request.cid == block else right)

    return raw


def no_car(request, _):
    request.whole(b"", status=501)


def missing_all(request):
    request.whole(b"", status=404)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (b"x" * CHUNK_BYTES, "is damaged"),
        (b"short", "is cut off"),
        (b"", "is cut off"),
        (b"x" * (CHUNK_BYTES + 1), "is damaged"),
        (b"x" * (5 * MEGABYTES), "is damaged"),
    ],
    ids=["other", "short", "empty", "longer", "much longer"],
)
def test_get__wrong_bytes__names_gateway_block_and_offset(content, wrong, words):
    block = leaf(content, 3)
    with pytest.raises(ContentMismatch, match=f"gave something else: block {block} at byte 786432 {words}"):
        through(honest(content[0], raw=lying(block, wrong), car=no_car), content[1])


def test_get__one_gateway_lies__the_other_is_asked_and_from_then_on_first(content):
    store, cid = content
    with (
        serving(honest(store, raw=lying(leaf(content, 3), b"x" * CHUNK_BYTES), car=no_car)) as liar,
        serving(missing_all) as empty,
        serving(honest(store, car=no_car)) as good,
    ):
        gateways = GatewayStore([liar.url, empty.url, good.url])
        assert b"".join(gateways.get(cid)) == DATA
        assert gateways.urls == [good.url, empty.url, liar.url]
        # the root, three leaves, the wrong leaf: then no more
        assert len([path for path in liar.paths if "format=raw" in path]) == 5


def test_get__endless_block__is_left_after_a_block(content):
    with serving(honest(content[0], raw=lambda request, _: request.endless())) as server:
        tracemalloc.start()
        with pytest.raises(ContentMismatch, match="is damaged"):
            list(GatewayStore([server.url]).get(content[1]))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * MEGABYTES


def test_get__ten_terabytes_announced__is_left_after_a_block(content):
    def raw(request, _):
        request.endless(content_length=10**13)

    with pytest.raises(ContentMismatch, match="is damaged"):
        through(honest(content[0], raw=raw), content[1])


@pytest.mark.parametrize("how", ["drip", "silent", "stuck"])
def test_get__too_slow__is_given_up(content, how):
    import threading

    go_on = threading.Event()

    def raw(request, right):
        if how == "drip":
            request.drip(right)
        elif how == "silent":
            go_on.wait(10)
        else:
            request.head(content_length=len(right))
            request.put(right[:10])
            request.wfile.flush()
            go_on.wait(10)

    try:
        with pytest.raises(StorageError, match="did not answer within 1 s"):
            through(honest(content[0], raw=raw), content[1], timeout_seconds=1)
    finally:
        go_on.set()


def test_get__length_is_wrong__says_that_the_connection_broke(content):
    def raw(request, right):
        request.cut(right, len(right) + 5)

    with pytest.raises(StorageError, match=r"the connection to .* broke"):
        through(honest(content[0], raw=raw), content[1])


def test_get__packed_answer__is_not_unpacked(content):
    import gzip

    def raw(request, right):
        request.whole(gzip.compress(right), content_encoding="gzip")

    with pytest.raises(ContentMismatch, match="gave something else"):
        through(honest(content[0], raw=raw), content[1])


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (404, ContentNotFound, "was not found by the gateway"),
        (410, ContentNotFound, "was not found by the gateway"),
        (504, ContentNotFound, "was not found by the gateway"),
        (429, StorageError, "asks to come back later"),
        (500, StorageError, "does not give it"),
        (403, StorageError, "does not give it"),
        (206, StorageError, "does not give it"),
    ],
)
def test_get__other_status__says_so(content, status, error, words):
    with pytest.raises(error, match=words):
        through(lambda request: request.whole(b"", status=status), content[1])


def test_get__all_gateways_fail__each_has_its_reason(content):
    with (
        serving(lambda request: request.whole(b"", status=500)) as broken,
        serving(lambda request: request.whole(b"", status=404)) as empty,
        pytest.raises(StorageError) as caught,
    ):
        list(GatewayStore(["http://127.0.0.1:1", broken.url, empty.url]).get(content[1]))
    for words in ("127.0.0.1:1 can't be reached", "status 500", "does not have it"):
        assert words in str(caught.value)


# --- redirects


def moved(place):
    return lambda request: request.whole(b"", status=302, location=place)


def test_get__redirected_to_another_gateway__follows(content):
    with serving(honest(content[0])) as good:
        _, data = through(lambda request: moved(good.url + request.path)(request), content[1])
    assert data == DATA


@pytest.mark.parametrize(
    "place", ["/ipfs/again", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://a@127.0.0.1/"]
)
def test_get__redirected_for_ever_or_off_the_web__is_refused(content, place):
    with serving(moved(place)) as server:
        with pytest.raises(StorageError, match="sends"):
            list(GatewayStore([server.url]).get(content[1]))
        assert len(server.paths) <= 4


# --- CARs


def broken_off(request, car):
    request.cut(car[: 4 * CHUNK_BYTES], len(car))


def ended(request, car):
    request.whole(car[: 3 * CHUNK_BYTES])


def changed(request, car):
    request.whole(car[:-CHUNK_BYTES] + b"x" * CHUNK_BYTES)


def garbage(request, _):
    request.whole(b"\xff" * 100_000)


def unasked(request, _):
    store = MemoryStore()
    other = encode_block(store.add(b"y" * 1000), b"y" * 1000)
    request.close_connection = True
    request.head(connection="close")
    request.put(encode_header(store.add(b"y")))
    while True:
        request.put(other)


def nodes(request, _):
    store = MemoryStore()
    root = store.add(bytes(CHUNK_BYTES + 1))
    request.close_connection = True
    request.head(connection="close")
    request.put(encode_header(root))
    while True:
        request.put(encode_block(root, store.blocks[root]) * 100)


def too_long(request, _):
    request.whole(encode_header(MemoryStore().add(b"")) + b"\xff\xff\xff\xff\x7f" + bytes(100_000))


def missing(request, _):
    request.whole(b"", status=404)


def dripping(request, car):
    request.drip(car)


@pytest.mark.parametrize(
    "car",
    [broken_off, ended, changed, garbage, unasked, nodes, too_long, missing, no_car, dripping],
    ids=lambda car: car.__name__,
)
def test_get__car_is_wrong__the_file_is_right_all_the_same(content, car):
    seconds = 2 if car is dripping else PATIENT
    server, data = through(honest(content[0], car=car), content[1], timeout_seconds=seconds)
    assert data == DATA
    cars = [path for path in server.paths if "format=car" in path]
    assert 1 <= len(cars) <= MAX_TRIES
    # Wrong bytes end the trust in CARs of that file.
    assert car is not changed or len(cars) == 1


def test_get__car_is_right__is_one_request_after_the_first_two_blocks(content):
    server, data = through(honest(content[0]), content[1])
    assert data == DATA
    assert len(server.paths) == 3


# --- the cache


def test_get__broken_off_with_a_cache__goes_on_where_it_was(content, tmp_path):
    store, cid = content
    broken = []

    def raw(request, right):
        if len(broken) < 6:
            broken.append(request.cid)
            request.whole(right)
        else:
            request.whole(b"", status=500)

    with (
        serving(honest(store, raw=raw, car=no_car)) as server,
        pytest.raises(StorageError, match="status 500"),
    ):
        list(GatewayStore([server.url], FolderStore(tmp_path)).get(cid))
    server, data = through(honest(store, car=no_car), cid, cache=FolderStore(tmp_path))
    assert data == DATA
    assert len([path for path in server.paths if "format=raw" in path]) == len(store.blocks) - 6
    # and now without any gateway
    assert b"".join(GatewayStore(["http://127.0.0.1:1"], FolderStore(tmp_path)).get(cid)) == DATA


def test_get__damaged_in_the_cache__is_fetched_anew(content, tmp_path):
    store, cid = content
    cache = FolderStore(tmp_path)
    cache.add(DATA)
    cache.block_path(leaf(content, 2)).write_bytes(b"damaged")
    server, data = through(honest(store), cid, cache=cache)
    assert data == DATA
    assert len(server.paths) == 1
    assert cache.verify(cid).size_bytes == len(DATA)


def test_get__car_that_breaks_again_and_again__is_taken_up_each_time(monkeypatch):
    monkeypatch.setattr("marketplace.storage.remote.GOOD_BLOCKS", 8)
    store = MemoryStore()
    data = b"".join(number.to_bytes(4, "big") * (CHUNK_BYTES // 4) for number in range(60))
    cid = store.add(data)

    def ten_blocks(request, car):
        request.cut(car[: 10 * CHUNK_BYTES], len(car))

    server, got = through(honest(store, car=ten_blocks), cid)
    assert got == data
    raw = [path for path in server.paths if "format=raw" in path]
    assert len(server.paths) - len(raw) > MAX_TRIES
    assert len(raw) < 20


def test_get__many_blocks__over_one_connection(content):
    ports = set()

    def raw(request, right):
        ports.add(request.client_address[1])
        request.whole(right)

    through(honest(content[0], raw=raw, car=lambda request, _: request.whole(b"", status=404)), content[1])
    assert len(ports) <= 1 + MAX_TRIES
