"""Targets for a fuzzer: blocks, CARs, artifacts, previews, grants."""

import io
from itertools import islice

from marketplace.codec import canonical_json
from marketplace.crypto.artifact import check_index, sealed_facts
from marketplace.crypto.envelope import open_sealed, seal
from marketplace.crypto.grants import granted_addresses, make_grant, open_grant, x25519_public
from marketplace.crypto.pieces import leaf
from marketplace.crypto.preview import Reader, verify_preview
from marketplace.errors import ContentMismatch, MarketplaceError
from marketplace.merkle import Builder
from marketplace.storage import MemoryStore, read_car, write_car
from marketplace.storage.dagpb import Link, decode_node, encode_node
from marketplace.types import DAG_PB_CODEC, RAW_CODEC, Cid
from tests.fuzz.lenient import canonical

KEY, NONCE, LENGTH = 77, b"n" * 32, 5000
PLAIN = bytes(i % 251 for i in range(LENGTH))
CONTEXT = b"31337 Bounties"
ADDRESS, PRIVATE = "0x" + 40 * "1", b"\x07" * 32
MOST_LEAVES = 300
"""Leaves of a file that are looked at: a few blocks can make a file without end."""


def cid(data):
    """Text and bytes of a CID have one form."""
    for read, write in ((lambda: Cid.parse(data.decode("latin-1")), lambda c: str(c).encode()),
                        (lambda: Cid.from_bytes(data), bytes)):  # fmt: skip
        try:
            found = read()
        except ValueError:
            continue
        assert write(found) == data


def cids():
    one = Cid(RAW_CODEC, bytes(range(32)))
    return [str(one).encode(), bytes(one), str(Cid(DAG_PB_CODEC, bytes(32))).encode(), b"Qm" + b"a" * 44]


def node(data):
    """A node has one form."""
    try:
        links = decode_node(data)
    except ValueError:
        return
    assert encode_node(links) == data


def nodes():
    links = [Link(Cid(RAW_CODEC, bytes([i]) * 32), i + 1, i + 9) for i in range(3)]
    return [encode_node(links), encode_node(links[:1]), b"\x0a\x02\x08\x01"]


def built(data):
    """Build blocks as a small language says: leaves, and nodes over what is there with any sizes."""
    store, known, source = MemoryStore(), [], io.BytesIO(data)
    while op := source.read(2):
        if op[0] & 1 or not known:
            block = source.read(op[-1])
            found = Link(store.add(block), len(block), len(block))
        else:
            links = []
            for _ in range(op[-1] % 8 + 1):
                which, size, lie = source.read(3).ljust(3, b"\0")
                child = known[which % len(known)]
                links.append(
                    Link(child.cid, child.size_bytes + (size if lie & 1 else 0) or 1, child.total_bytes)
                )
            block = encode_node(links)
            found = Link(store.add(block), sum(one.size_bytes for one in links), len(block))
            found = Link(Cid(DAG_PB_CODEC, found.cid.digest), found.size_bytes, found.total_bytes)
            store.blocks[found.cid] = block
        known.append(found)
    return store, known[-1].cid if known else store.add(b"")


def tree(data):
    """Whatever a tree says of itself, reading it ends; a whole one survives a CAR."""
    store, root = built(data)
    store.has(root)
    found = store.verify(root)
    assert found.size_bytes == store.size(root)
    sizes = [len(piece) for piece in islice(store.get(root), MOST_LEAVES)]
    assert len(sizes) == MOST_LEAVES or sum(sizes) == found.size_bytes
    sink, other = io.BytesIO(), MemoryStore()
    write_car(store, root, sink)
    sink.seek(0)
    assert read_car(other, sink)[0] == root


def trees():
    bomb = b"\x01\x01x" + (b"\x00\x07" + 8 * b"\xff\0\0") * 7
    return [bomb, b"\x01\x05hello\x01\x03abc\x00\x01\x00\x00\x00\x01\x00\x00", b"\x01\x00", bomb[:40]]


def car(data):
    """Only a CAR of one whole file is taken."""
    store = MemoryStore()
    root, _, size = read_car(store, io.BytesIO(data))
    assert store.verify(root).size_bytes == size


def cars():
    found = []
    for one in trees():
        sink = io.BytesIO()
        try:
            write_car(*built(one), sink)
        except MarketplaceError:
            continue
        found.append(sink.getvalue())
    return [*found, found[0][:70], b"\x0a\xa1gversion\x02"]


def sealed():
    sink = io.BytesIO()
    return seal(io.BytesIO(PLAIN), sink, KEY, NONCE), sink


FACTS, ARTIFACT = sealed()


def envelope(data):
    """A changed artifact is refused; one whose root fits is opened to the end, or refused."""
    honest, data = data[:1] < b"\x80", data[1:]
    if honest:
        open_sealed(io.BytesIO(data), io.BytesIO(), KEY, FACTS.content_root, LENGTH)
        assert data == ARTIFACT.getvalue()
        return
    length = next((n for n in range(1, len(data)) if 64 + n + 64 * -(-n // 4096) == len(data)), 1)
    index, builder = data[64 + length :], Builder()
    for at in range(0, len(index), 64):
        builder.add(leaf(at // 64, index[at : at + 64]))
    facts = sealed_facts(data[32:64].ljust(32, b"\0"), length, builder.root() if index else bytes(32))
    check_index(io.BytesIO(data), facts.content_root, length)
    sink = io.BytesIO()
    open_sealed(io.BytesIO(data), sink, KEY, facts.content_root, length)
    assert len(sink.getvalue()) == length


def envelopes():
    return [b"\0" + ARTIFACT.getvalue(), b"\xff" + ARTIFACT.getvalue(), b"\0" + ARTIFACT.getvalue()[:200]]


def preview(data):
    """Only the published pieces are previews."""
    for one in canonical(data):
        try:
            found = verify_preview(one, FACTS.content_root, LENGTH)
        except MarketplaceError:
            continue
        assert found.plain == PLAIN[4096 * found.index :][:4096]
        try:
            verify_preview(one, bytes(32), LENGTH)
        except ContentMismatch:
            continue
        raise AssertionError("a preview of every file")


def previews():
    reader = Reader(ARTIFACT, FACTS.content_root, LENGTH)
    return [reader.preview(1, KEY), canonical_json({"index": 0, "type": "tessera/v1/preview"})]


def grant(data):
    """A grant opens for whom it names, or is refused."""
    for one in canonical(data):
        try:
            assert granted_addresses(one)
            assert open_grant(one, ADDRESS, PRIVATE, CONTEXT) == KEY
        except MarketplaceError:
            continue


def grants():
    two = {ADDRESS: x25519_public(PRIVATE), "0x" + 40 * "2": x25519_public(b"\x08" * 32)}
    return [make_grant(KEY, two, CONTEXT), canonical_json({"grants": [], "type": "tessera/v1/grant"})]
