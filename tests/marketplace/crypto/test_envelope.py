"""The envelope: vectors, every way of damage, streaming."""

import io
import json
import random
import threading
import time
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest
import reference
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import hashing
from marketplace.crypto.envelope import (
    artifact_bytes,
    check,
    new_nonce,
    open_sealed,
    open_to_path,
    read_nonce,
    seal,
    seal_to_path,
)
from marketplace.crypto.pieces import Layout, PieceKeys
from marketplace.errors import ContentMismatch, DataError, DecryptionError
from marketplace.storage import CidHasher

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "envelope.json").read_text())["vectors"]
KEY, NONCE = 0xC0FFEE, bytes(range(32))
MIB = 2**20
LENGTH = 70_000  # 18 pieces, two segments, a short last piece


def plain_of(length):
    return bytes(i % 251 for i in range(length))


def quick_chacha20(key, nonce, data):
    """What the reference's does, by OpenSSL."""
    return Cipher(ChaCha20(key, bytes(4) + nonce), mode=None).encryptor().update(data)


def sealed_of(plain, k=KEY, nonce=NONCE):
    sink = io.BytesIO()
    facts = seal(io.BytesIO(plain), sink, k, nonce)
    return facts, sink.getvalue()


class Pipe(io.RawIOBase):
    """A source that can't seek and gives little at a time."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def read(self, size=-1):
        return self._data.read(min(size, 1000))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: str(v["length"]))
def test_seal__vectors__reproduced(vector):
    k, nonce = int(vector["k"], 16), bytes.fromhex(vector["nonce"])
    facts, artifact = sealed_of(plain_of(vector["length"]), k, nonce)
    assert facts.content_root.hex() == vector["content_root"]
    assert facts.tree_root.hex() == vector["tree_root"]
    assert (facts.pieces, facts.artifact_bytes) == (vector["pieces"], vector["artifact_bytes"])
    assert sha256(artifact).hexdigest() == vector["artifact_sha256"]
    assert PieceKeys(k, nonce).salt(0).hex() == vector["salt_0"]
    if "artifact" in vector:
        assert artifact.hex() == vector["artifact"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: str(v["length"]))
def test_vectors__second_implementation__agrees(vector):
    again = reference.seal(plain_of(vector["length"]), int(vector["k"], 16), bytes.fromhex(vector["nonce"]))
    assert sha256(again.pop("artifact")).hexdigest() == vector["artifact_sha256"]
    assert {name: vector[name] for name in again} == again


def test_chacha20_block__rfc_8439_2_3_2__agrees():
    block = reference.chacha20_block(bytes(range(32)), 1, bytes.fromhex("000000090000004a00000000"))
    assert block[:16].hex() == "10f1e7e4d13b5915500fdd1fa32071c4"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 140_000), st.integers(1, 2**255))
def test_open_sealed__any_length__round_trip(length, k):
    plain = plain_of(length)
    facts, artifact = sealed_of(plain, k)
    sink = io.BytesIO()
    assert open_sealed(io.BytesIO(artifact), sink, k, facts.content_root, length) == facts
    assert check(io.BytesIO(artifact), facts.content_root, length) == facts
    assert sink.getvalue() == plain
    assert len(artifact) == facts.artifact_bytes == artifact_bytes(length)
    assert read_nonce(io.BytesIO(artifact)) == NONCE


def test_seal__pipe_and_hook__same_bytes_in_one_pass():
    expected, artifact = sealed_of(plain_of(LENGTH))
    seen, sink = bytearray(), io.BytesIO()
    assert seal(Pipe(plain_of(LENGTH)), sink, KEY, NONCE, lambda data, _: seen.extend(data)) == expected
    assert bytes(seen) == sink.getvalue() == artifact


@pytest.mark.parametrize("vectors", [True, False])
@pytest.mark.parametrize("length", [4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 17 * MIB + 5000])
def test_seal__ends_of_batches__what_the_reference_says(length, vectors, monkeypatch):
    if not vectors:
        for name in ("_native", "_native_both"):
            monkeypatch.setattr(hashing, name, lambda: None)
    monkeypatch.setattr(reference, "chacha20", quick_chacha20)
    plain = random.Random(length).randbytes(length)
    facts, artifact = sealed_of(plain)
    again = reference.seal(plain, KEY, NONCE)
    assert facts.content_root.hex() == again["content_root"]
    assert artifact == again["artifact"]
    sink = io.BytesIO()
    assert open_sealed(io.BytesIO(artifact), sink, KEY, facts.content_root, length) == facts
    assert sink.getvalue() == plain
    assert check(io.BytesIO(artifact), facts.content_root, length) == facts
    on_the_way, afterwards = CidHasher(), CidHasher()
    seal(io.BytesIO(plain), io.BytesIO(), KEY, NONCE, on_the_way.update)
    afterwards.update(artifact)
    assert on_the_way.finish() == afterwards.finish()


def test_seal__hook__gets_whole_leaves_of_the_store():
    sizes = []
    seal(io.BytesIO(bytes(9 * MIB)), io.BytesIO(), KEY, NONCE, lambda data, _: sizes.append(len(data)))
    assert sizes[:3] == [4 * MIB, 4 * MIB, MIB]


@pytest.mark.parametrize("piece", [1023, 1024, 2500])
def test_open_sealed__damage_behind_the_first_batch__names_the_piece(piece):
    length = 10 * MIB
    facts, artifact = sealed_of(bytes(length))
    damaged = bytearray(artifact)
    damaged[64 + piece * 4096] ^= 1
    seen = []
    with pytest.raises(ContentMismatch, match=f"piece {piece} of 2560 "):
        check(io.BytesIO(damaged), facts.content_root, length, seen.append)
    assert seen == [4 * MIB * (i + 1) for i in range(piece // 1024)]
    damaged[64 + length + piece * 64 + 40] ^= 1  # and the index with it
    with pytest.raises(ContentMismatch, match=f"piece {piece} of 2560 "):
        check(io.BytesIO(damaged), facts.content_root, length)


def test_seal__sink_that_fails__says_why_and_ends():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        seal(io.BytesIO(bytes(40 * MIB)), Full(), KEY, NONCE)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tessera-")]


class Slow(io.BytesIO):
    """Takes a stretch later than it is given, when a buffer that is used again has other bytes."""

    def write(self, data):
        time.sleep(0.05)
        return super().write(data)


def test_seal_and_open__sink_that_is_slow__same_bytes():
    plain = random.Random(1).randbytes(30 * MIB)
    sealed, artifact = sealed_of(plain)
    slow, hooked, opened = Slow(), Slow(), Slow()
    seal(io.BytesIO(plain), slow, KEY, NONCE, lambda data, _: hooked.write(data))
    assert slow.getvalue() == hooked.getvalue() == artifact
    open_sealed(io.BytesIO(artifact), opened, KEY, sealed.content_root, len(plain))
    assert opened.getvalue() == plain


def test_open_sealed__sink_that_fails_at_the_end__says_why():
    class Full(io.BytesIO):
        def write(self, data):
            if self.tell() + len(data) == 9 * MIB:
                raise OSError(28, "No space left on device")
            return super().write(data)

    sealed, artifact = sealed_of(bytes(9 * MIB))
    with pytest.raises(OSError, match="No space"):
        open_sealed(io.BytesIO(artifact), Full(), KEY, sealed.content_root, 9 * MIB)


def test_seal__hook_that_fails__says_why_and_ends():
    def full(data, leaves):
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        seal(io.BytesIO(bytes(5 * MIB)), io.BytesIO(), KEY, NONCE, on_bytes=full)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tessera-")]


def test_seal__empty_file__data_error():
    with pytest.raises(DataError):
        sealed_of(b"")


@pytest.mark.parametrize(("k", "nonce"), [(0, NONCE), (2**256, NONCE), (KEY, b"short")])
def test_seal__out_of_range__value_error(k, nonce):
    with pytest.raises(ValueError):
        sealed_of(b"x", k, nonce)


@pytest.mark.parametrize("piece", [0, 15, 16, 17])
def test_check__one_flipped_bit__names_the_piece(piece):
    facts, artifact = sealed_of(plain_of(LENGTH))
    damaged = bytearray(artifact)
    damaged[64 + piece * 4096 + 3] ^= 1
    for verify in (check, lambda *a: open_sealed(a[0], io.BytesIO(), KEY, *a[1:])):
        with pytest.raises(ContentMismatch, match=f"piece {piece} of 18"):
            verify(io.BytesIO(damaged), facts.content_root, LENGTH)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_check__any_flipped_bit__is_found(data):
    facts, artifact = sealed_of(plain_of(9000))
    damaged = bytearray(artifact)
    at = data.draw(st.integers(0, 8 * len(artifact) - 1))
    damaged[at // 8] ^= 1 << at % 8
    with pytest.raises(ContentMismatch):
        check(io.BytesIO(damaged), facts.content_root, 9000)


def test_check__index_entry_of_cipher_side__names_the_piece():
    facts, artifact = sealed_of(plain_of(LENGTH))
    damaged = bytearray(artifact)
    damaged[64 + LENGTH + 7 * 64 + 40] ^= 1
    with pytest.raises(ContentMismatch, match="piece 7 of 18"):
        check(io.BytesIO(damaged), facts.content_root, LENGTH)


def test_check__pieces_swapped_with_their_entries__not_the_listed_one():
    facts, artifact = sealed_of(plain_of(8192))
    header, a, b, rest = artifact[:64], artifact[64:4160], artifact[4160:8256], artifact[8256:]
    swapped = header + b + a + rest[64:] + rest[:64]
    with pytest.raises(ContentMismatch, match="not the one that was listed"):
        check(io.BytesIO(swapped), facts.content_root, 8192)


@pytest.mark.parametrize("cut", [0, 10, 64, 64 + 5 * 4096 + 1, 64 + LENGTH, -1])
def test_check__cut_off__content_mismatch(cut):
    facts, artifact = sealed_of(plain_of(LENGTH))
    with pytest.raises(ContentMismatch, match="bytes"):
        check(io.BytesIO(artifact[:cut]), facts.content_root, LENGTH)


def test_check__cut_off_inside_a_piece__names_it():
    facts, artifact = sealed_of(plain_of(LENGTH))
    with pytest.raises(ContentMismatch, match="cut off in piece 5 of 18"):
        check(io.BytesIO(artifact[: 64 + 5 * 4096 + 1]), facts.content_root, LENGTH)


@pytest.mark.parametrize("length", [0, -1, LENGTH - 1, LENGTH + 1, 2**63])
def test_check__another_length__content_mismatch(length):
    facts, artifact = sealed_of(plain_of(LENGTH))
    with pytest.raises(ContentMismatch):
        check(io.BytesIO(artifact), facts.content_root, length)


def test_check__bytes_after_the_end__content_mismatch():
    facts, artifact = sealed_of(plain_of(LENGTH))
    with pytest.raises(ContentMismatch):
        check(io.BytesIO(artifact + b"\0"), facts.content_root, LENGTH)


def test_check__another_nonce_in_the_header__content_mismatch():
    facts, artifact = sealed_of(plain_of(LENGTH))
    framed = artifact[:32] + bytes(32) + artifact[64:]
    with pytest.raises(ContentMismatch, match="not the one that was listed"):
        check(io.BytesIO(framed), facts.content_root, LENGTH)


def test_check__file_changes_while_it_is_read__content_mismatch():
    facts, artifact = sealed_of(plain_of(LENGTH))
    other, swapped = sealed_of(plain_of(LENGTH)[::-1])

    class Turncoat(io.BytesIO):
        """Shows the listed index first, then another artifact."""

        def seek(self, offset, whence=0):
            if whence == 0 and offset == 64:
                self.getbuffer()[:] = swapped
            return super().seek(offset, whence)

    assert other.content_root != facts.content_root
    with pytest.raises(ContentMismatch):
        check(Turncoat(artifact), facts.content_root, LENGTH)


@pytest.mark.parametrize("k", [KEY + 1, 0, 2**256])
def test_open_sealed__wrong_key__decryption_error(k):
    facts, artifact = sealed_of(plain_of(LENGTH))
    with pytest.raises(DecryptionError):
        open_sealed(io.BytesIO(artifact), io.BytesIO(), k, facts.content_root, LENGTH)


def test_open_sealed__seller_listed_a_false_plain_side__names_the_piece():
    _, artifact = sealed_of(plain_of(LENGTH))
    lie = bytearray(artifact)
    at = 64 + LENGTH + 9 * 64
    lie[at] ^= 1
    row = [
        sha256(b"\0" + i.to_bytes(8, "big") + lie[64 + LENGTH + 64 * i :][:64]).digest() for i in range(18)
    ]
    bound = NONCE + LENGTH.to_bytes(8, "big") + (18).to_bytes(8, "big") + reference.tree_root(row)
    root = sha256(b"tessera/v1/content\1" + bound).digest()
    check(io.BytesIO(lie), root, LENGTH)  # no one can see it without the key
    with pytest.raises(DecryptionError, match="piece 9 of 18"):
        open_sealed(io.BytesIO(lie), io.BytesIO(), KEY, root, LENGTH)


def test_open_to_path__damaged__leaves_nothing_and_keeps_the_old_file(tmp_path):
    facts, artifact = sealed_of(plain_of(LENGTH))
    target = tmp_path / "data.csv"
    target.write_bytes(b"old")
    with pytest.raises(ContentMismatch):
        open_to_path(io.BytesIO(artifact[:-1]), target, KEY, facts.content_root, LENGTH)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_open_to_path__whole__only_the_owner_reads_it(tmp_path):
    artifact = tmp_path / "artifact"
    facts = seal_to_path(io.BytesIO(plain_of(LENGTH)), artifact, KEY, NONCE)
    with artifact.open("rb") as source:
        open_to_path(source, tmp_path / "data.csv", KEY, facts.content_root, LENGTH)
    assert (tmp_path / "data.csv").read_bytes() == plain_of(LENGTH)
    assert (tmp_path / "data.csv").stat().st_mode & 0o777 == 0o600


def test_open_sealed__progress__ends_at_the_length():
    facts, artifact = sealed_of(plain_of(LENGTH))
    seen = []
    open_sealed(io.BytesIO(artifact), io.BytesIO(), KEY, facts.content_root, LENGTH, seen.append)
    assert seen == [LENGTH]
    seen.clear()
    check(io.BytesIO(artifact), facts.content_root, LENGTH, seen.append)
    assert seen == [LENGTH]


def test_seal__equal_pieces__nothing_in_common():
    _, artifact = sealed_of(bytes(8192))
    assert artifact[64:4160] != artifact[4160:8256]
    assert artifact[8256:8288] != artifact[8320:8352]
    assert new_nonce() != new_nonce()


def test_layout__size_of_the_artifact__belongs_to_one_length():
    sizes = [Layout(length).artifact_bytes for length in range(1, 20_000)]
    assert sizes == sorted(set(sizes))


def test_seal__32_mib__memory_stays_flat(tmp_path):
    source = tmp_path / "plain"
    with source.open("wb") as sink:
        sink.truncate(32 * 2**20)
    tracemalloc.start()
    with source.open("rb") as plain:
        facts = seal_to_path(plain, tmp_path / "artifact", KEY, NONCE)
    with (tmp_path / "artifact").open("rb") as artifact:
        open_to_path(artifact, tmp_path / "again", KEY, facts.content_root, facts.length)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 2**20  # of which 2 MiB are the index before it spills to disk
