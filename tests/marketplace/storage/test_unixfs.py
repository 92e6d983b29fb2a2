"""CIDs are those of Kubo, trees are read back by an independent twin."""

import contextlib
import random
from hashlib import sha256

import pytest
import twin
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from marketplace.errors import ContentMismatch
from marketplace.storage import CidHasher, MemoryStore
from marketplace.storage.dagpb import MAX_LINKS, Link, decode_node, encode_node
from marketplace.storage.unixfs import node_links
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid

MIB = 2**20


def kubo_random(seed, count):
    """Yield the mebibytes with which Kubo's own tests are made: ChaCha20 under the seed's hash."""
    stream = Cipher(algorithms.ChaCha20(sha256(seed.encode()).digest(), bytes(16)), None).encryptor()
    for _ in range(count):
        yield stream.update(bytes(MIB))


def build(data, chunk_bytes=CHUNK_BYTES, piece=None):
    blocks = {}
    hasher = CidHasher(lambda cid, block: blocks.__setitem__(str(cid), bytes(block)), chunk_bytes=chunk_bytes)
    step = piece or max(1, len(data))
    for at in range(0, len(data), step):
        hasher.update(data[at : at + step])
    return hasher.finish(), blocks


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (b"hello world", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
    ],
)
def test_finish__small_file__is_kubos_raw_block(data, expected):
    # Source: github.com/ipfs/kubo test/cli/add_test.go (shortStringCidV1), and the empty file.
    assert str(build(data)[0]) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (174, "bafybeigwduxcf2aawppv3isnfeshnimkyplvw3hthxjhr2bdeje4tdaicu"),
        (175, "bafybeidhd7lo2n2v7lta5yamob3xwhbxcczmmtmhquwhjesi35jntf7mpu"),
    ],
)
def test_finish__full_and_overfull_node__is_kubos_balanced_tree(count, expected):
    # Source: github.com/ipfs/kubo test/cli/add_test.go, profile test-cid-v1: 1 MiB chunks, 174 links.
    hasher = CidHasher(chunk_bytes=MIB)
    for piece in kubo_random("v1-seed", count):
        hasher.update(piece)
    assert str(hasher.finish()) == expected
    assert hasher.size_bytes == count * MIB


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 600_001]
)
def test_finish__around_a_chunk__twin_reads_it_back(size):
    data = random.Random(size).randbytes(size)
    cid, blocks = build(data, piece=70_001)
    got, _, depth = twin.read(blocks, str(cid))
    assert got == data
    assert depth == (0 if size <= CHUNK_BYTES else 1)
    assert (cid.codec == RAW_CODEC) == (size <= CHUNK_BYTES)
    assert Cid.from_digest(cid.digest, size) == cid


@pytest.mark.parametrize(
    ("leaves", "depth"), [(174, 1), (175, 2), (348, 2), (349, 2), (174 * 174, 2), (174 * 174 + 1, 3)]
)
def test_finish__around_full_levels__twin_reads_it_back(leaves, depth):
    data = random.Random(leaves).randbytes(leaves * 16)
    cid, blocks = build(data, chunk_bytes=16)
    got, _, reached = twin.read(blocks, str(cid))
    assert (got, reached) == (data, depth)


def test_update__any_cut__gives_the_same_cid():
    data = random.Random(1).randbytes(5000)
    expected = build(data, chunk_bytes=100)[0]
    for piece in (1, 99, 100, 101, 250, 5000):
        assert build(data, chunk_bytes=100, piece=piece)[0] == expected


def test_update__after_finish__is_refused():
    hasher = CidHasher()
    assert hasher.finish() == hasher.finish()
    with pytest.raises(ValueError):
        hasher.update(b"x")


def link(size=5):
    return Link(Cid(RAW_CODEC, bytes(32)), size, size)


def test_decode_node__what_encode_gave__is_the_same():
    links = [link(CHUNK_BYTES)] * 173 + [link(7)]
    assert decode_node(encode_node(links)) == links


@pytest.mark.parametrize(
    "change", ["cut", "extra", "reordered", "none", "too many", "zero", "other type", "long"]
)
def test_decode_node__not_canonical__is_refused(change):
    block = encode_node([link()])
    hostile = {
        "cut": block[:-1],
        "extra": block + b"\x18\x01",
        "reordered": block[-8:] + block[:-8],
        "none": encode_node([]),
        "too many": encode_node([link()] * (MAX_LINKS + 1)),
        "zero": encode_node([link(0)]),
        "other type": block.replace(b"\x08\x02\x18", b"\x08\x01\x18"),
        "long": b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    }[change]
    with pytest.raises(ValueError):
        decode_node(hostile)


def test_decode_node__random_damage__never_breaks():
    block = encode_node([link(), link(9)])
    generator = random.Random(5)
    for _ in range(3000):
        damaged = bytearray(block)
        damaged[generator.randrange(len(block))] = generator.randrange(256)
        with contextlib.suppress(ValueError):
            assert encode_node(decode_node(bytes(damaged))) == bytes(damaged)


def test_node_links__sizes_contradict_the_parent__is_a_mismatch():
    store = MemoryStore()
    cid = store.add(bytes(300_000))
    with pytest.raises(ContentMismatch, match="covers 300000 bytes, its parent says 5"):
        node_links(cid, store.blocks[cid], 0, 5)


def test_update__leaves_that_are_known__same_cid_without_hashing():
    data = random.Random(3).randbytes(3 * CHUNK_BYTES)
    leaves = [sha256(data[at : at + CHUNK_BYTES]).digest() for at in range(0, len(data), CHUNK_BYTES)]
    hasher, told = CidHasher(), CidHasher()
    hasher.update(data + b"rest")
    told.update(data, leaves)
    told.update(b"rest")
    assert told.finish() == hasher.finish()
    lied = CidHasher()
    lied.update(data, leaves[::-1])
    lied.update(b"rest")
    assert lied.finish() != hasher.finish()


@pytest.mark.parametrize(("before", "leaves"), [(b"", 2), (b"", 4), (b"x", 3)])
def test_update__leaves_of_something_else__value_error(before, leaves):
    hasher = CidHasher()
    hasher.update(before)
    with pytest.raises(ValueError, match="whole leaves"):
        hasher.update(bytes(3 * CHUNK_BYTES), [bytes(32)] * leaves)
