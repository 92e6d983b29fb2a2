"""CARs: what was written is read back, and nothing that its root does not call for is taken."""

import io
import random

import pytest

from marketplace.errors import ContentMismatch, DataError
from marketplace.storage import FolderStore, MemoryStore, read_car, write_car
from marketplace.storage.car import encode_block, encode_header, read_root, read_varint
from marketplace.storage.dagpb import Link, encode_node, encode_varint
from marketplace.types import CHUNK_BYTES, DAG_PB_CODEC, RAW_CODEC, Cid

DATA = random.Random(2).randbytes(2 * CHUNK_BYTES + 99)


def car_of(data):
    store, out = MemoryStore(), io.BytesIO()
    cid = store.add(data)
    write_car(store, cid, out)
    return cid, out.getvalue()


def blocks_of(data):
    """Return a file's root and its blocks in the order of a CAR."""
    store = MemoryStore()
    root = store.add(data)
    return root, [(root, store.blocks[root]), *((c, b) for c, b in store.blocks.items() if c != root)]


def put_together(root, blocks):
    return encode_header(root) + b"".join(encode_block(cid, data) for cid, data in blocks)


def take(car):
    store = MemoryStore()
    return store, read_car(store, io.BytesIO(car))


def node(links):
    """A node that refers to blocks, as it stands in a CAR."""
    from hashlib import sha256

    block = encode_node(links)
    return Cid(DAG_PB_CODEC, sha256(block).digest()), block


def test_write_car__empty_file__is_this_vector():
    # Source: ipfs dag export bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku (Kubo 0.42.0)
    cid, car = car_of(b"")
    assert str(cid) == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert car.hex() == (
        "3aa265726f6f747381d82a58250001551220"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        "6776657273696f6e01"
        "2401551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(DATA)])
def test_read_car__what_write_car_gave__is_the_file(size, tmp_path):
    cid, car = car_of(DATA[:size])
    for store in (MemoryStore(), FolderStore(tmp_path / "store")):
        assert read_car(store, io.BytesIO(car))[::2] == (cid, size)
        assert b"".join(store.get(cid)) == DATA[:size]


def test_read_car__tells_how_far_it_is():
    told = []
    read_car(MemoryStore(), io.BytesIO(car_of(DATA)[1]), told.append)
    assert told == [0, CHUNK_BYTES, 2 * CHUNK_BYTES, len(DATA)]


def test_read_car__source_gives_little_at_a_time__is_read_all_the_same():
    class Dripping(io.BytesIO):
        def read(self, count=-1):
            return super().read(min(count, 1000))

    cid, car = car_of(DATA)
    assert read_car(MemoryStore(), Dripping(car))[0] == cid


def test_read_car__equal_leaves__are_sent_once_or_each_time():
    data = bytes(3 * CHUNK_BYTES)
    root, blocks = blocks_of(data)
    assert len(blocks) == 2
    for sent in ([*blocks], [*blocks, blocks[1]], [*blocks, blocks[1], blocks[1]]):
        store, found = take(put_together(root, sent))
        assert found == (root, 2, len(data))
        assert b"".join(store.get(root)) == data


def test_read_car__broken_off_and_repeated__is_whole_only_then(tmp_path):
    cid, car = car_of(DATA)
    store = FolderStore(tmp_path / "store")
    with pytest.raises(DataError, match="cut off"):
        read_car(store, io.BytesIO(car[:-1]))
    assert not store.has(cid)
    read_car(store, io.BytesIO(car))
    assert store.has(cid)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda car: b"", "no header"),
        (lambda car: b"\x00" + car, "no header"),
        (lambda car: car[:30], "cut off in its header"),
        (lambda car: car[:-1], "cut off in a block"),
        (lambda car: car[:70], "cut off in a block"),
        (lambda car: car[: car.index(DATA[:50]) - 20], "cut off in a block"),
        (lambda car: car + b"\x80", "a length is cut off"),
        (lambda car: car + b"\x81\x80\x00", "not in its shortest form"),
        (lambda car: car + b"\xff" * 12, "not in its shortest form"),
        (lambda car: car + b"\xff\xff\xff\xff\x0f", "is none of a file"),
        (lambda car: car + b"\x01\x00", "is none of a file"),
        (lambda car: car + b"\x25" + bytes(37), "block's name"),
        (lambda car: car.replace(b"version\x01", b"version\x02"), "does not name one root"),
        (lambda car: b"\x0a\xa1\x67version\x02" + car, "CAR of version 2"),
        (lambda car: b"\xff\xff\x7f" + car, "far too long"),
        (lambda car: b"hello world, I am no CAR" * 9, "header"),
    ],
)
def test_read_car__malformed__is_refused(change, words):
    with pytest.raises(DataError, match=words):
        take(change(car_of(DATA)[1]))


def test_read_car__two_roots_or_old_cids__are_refused():
    root = car_of(b"x")[0]
    two = b"\xa2\x65roots\x82" + (b"\xd8\x2a\x58\x25\x00" + bytes(root)) * 2 + b"\x67version\x01"
    old = b"\xa2\x65roots\x81\xd8\x2a\x58\x23\x00\x12\x20" + bytes(32) + b"\x67version\x01"
    for header in (two, old):
        with pytest.raises(DataError, match="does not name one root"):
            read_root(io.BytesIO(encode_varint(len(header)) + header).read)


@pytest.mark.parametrize("at", [0, 1, 2, 4])
def test_read_car__block_that_nobody_refers_to__is_refused(at):
    root, blocks = blocks_of(DATA)
    other = (MemoryStore().add(b"malware"), b"malware")
    store = MemoryStore()
    with pytest.raises(DataError, match="is not what its root refers to"):
        read_car(store, io.BytesIO(put_together(root, [*blocks[:at], other, *blocks[at:]])))
    assert other[0] not in store.blocks


def test_read_car__endless_tail__is_refused_at_its_first_block():
    class Endless(io.RawIOBase):
        def __init__(self, start, piece):
            self.held, self.piece, self.given = start, piece, 0

        def read(self, count=-1):
            while len(self.held) < count:
                self.held += self.piece
            data, self.held = self.held[:count], self.held[count:]
            self.given += count
            return data

    car = car_of(DATA)[1]
    source = Endless(car, encode_block(MemoryStore().add(b"z" * 100), b"z" * 100))
    with pytest.raises(DataError, match="is not what its root refers to"):
        read_car(MemoryStore(), source)
    assert source.given < len(car) + 1000


def test_read_car__blocks_in_another_order_or_missing__are_refused():
    root, blocks = blocks_of(DATA)
    for sent in ([blocks[0], blocks[2], blocks[1], blocks[3]], blocks[1:], blocks[::-1]):
        with pytest.raises(DataError, match="is not what its root refers to"):
            take(put_together(root, sent))
    for count in (0, 1, 3):
        with pytest.raises(DataError, match="it ends before block"):
            take(put_together(root, blocks[:count]))


def test_read_car__block_is_damaged__is_named_and_not_kept():
    root, blocks = blocks_of(DATA)
    leaf = blocks[2][0]
    blocks[2] = (leaf, b"x" + blocks[2][1][1:])
    store = MemoryStore()
    with pytest.raises(ContentMismatch, match=f"block {leaf} at byte {CHUNK_BYTES} is damaged"):
        read_car(store, io.BytesIO(put_together(root, blocks)))
    assert leaf not in store.blocks


def test_read_car__node_lies_about_sizes__is_refused():
    leaf = (MemoryStore().add(b"abc"), b"abc")
    root, block = node([Link(leaf[0], 4, 4)])
    with pytest.raises(ContentMismatch, match="is cut off"):
        take(put_together(root, [(root, block), leaf]))
    # the second time it occurs with another size
    root, block = node([Link(leaf[0], 3, 3), Link(leaf[0], 2, 2)])
    with pytest.raises(ContentMismatch, match="covers 3 bytes, its parent says 2"):
        take(put_together(root, [(root, block), leaf]))


def test_read_car__tree_that_repeats_itself__takes_no_longer_than_its_blocks():
    cid, block = MemoryStore().add(b"x"), b"x"
    blocks, size = [(cid, block)], 1
    for _ in range(8):
        below = blocks[-1]
        cid, block = node([Link(below[0], size, size)] * 174)
        size *= 174
        blocks.append((cid, block))
    car = put_together(cid, blocks[::-1])
    store, found = take(car)
    assert found == (cid, 9, 174**8)
    out = io.BytesIO()
    assert write_car(store, cid, out) == 9
    assert out.getvalue() == car


def test_read_car__deeper_than_any_file__is_refused():
    cid, block = MemoryStore().add(b"x"), b"x"
    blocks = [(cid, block)]
    for _ in range(10):
        cid, block = node([Link(blocks[-1][0], 1, 1)])
        blocks.append((cid, block))
    with pytest.raises(ContentMismatch, match="deeper than 8 levels"):
        take(put_together(cid, blocks[::-1]))


def test_read_car__random_damage__never_breaks():
    _, car = car_of(DATA[: CHUNK_BYTES + 300])
    head, generator = car[:400], random.Random(4)
    for _ in range(1000):
        damaged = bytearray(head)
        damaged[generator.randrange(len(head))] = generator.randrange(256)
        store = MemoryStore()
        if bytes(damaged) != head:
            with pytest.raises((DataError, ContentMismatch)):
                read_car(store, io.BytesIO(bytes(damaged) + car[400:]))
        assert all(cid.codec in (RAW_CODEC, DAG_PB_CODEC) for cid in store.blocks)


def test_read_varint__long_and_short__are_what_encode_varint_gave():
    for value in (0, 1, 127, 128, 2**32, 2**63 - 1):
        assert read_varint(io.BytesIO(encode_varint(value)).read) == value
