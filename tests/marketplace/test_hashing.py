"""Many messages at once hash to what hashlib says, with the vectors of the processor and without them."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import hashing
from marketplace.hashing import DIGEST_BYTES, STRETCHES, Rows, digests, hash_both, hash_each

NOISE = b"".join(sha256(bytes([i])).digest() for i in range(200))


def expected(count, data, prefix):
    def row(rows, i):
        return rows.data[rows.start + i * rows.step :][: rows.size]

    return [sha256(row(prefix, i) + row(data, i)).digest() for i in range(count)]


@pytest.fixture(params=["native", "hashlib"])
def way(request, monkeypatch):
    if request.param == "hashlib":
        for name in ("_native", "_native_both"):
            monkeypatch.setattr(hashing, name, lambda: None)
    elif not hashing.is_native() or hashing._native_both() is None:
        assert not must_be_native(), "it is not compiled: pip install --editable . (as make dev does)"
        pytest.skip("no GCC here, or a processor without such vectors")


def must_be_native():
    """Tell whether the library can be compiled here, and this processor has its vectors."""
    cpu = Path("/proc/cpuinfo")
    return shutil.which("gcc") is not None and cpu.exists() and " avx512bw" in cpu.read_text()


@pytest.mark.usefixtures("way")
def test_hash_each__any_rows__what_hashlib_says():
    # Hypothesis wants no fixture of a test's own inside: the way is the same for all examples.
    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def any_rows(draw):
        count = draw.draw(st.integers(1, 40))
        sizes, steps = st.integers(0, 300), st.integers(0, 80)
        prefix = Rows(NOISE, draw.draw(sizes), draw.draw(steps), draw.draw(steps))
        data = Rows(memoryview(NOISE), draw.draw(sizes), draw.draw(steps), draw.draw(steps))
        step, start = 32 + draw.draw(steps), draw.draw(steps)
        found = bytearray(start + count * step)
        hash_each(count, data, Rows(found, DIGEST_BYTES, step, start), prefix)
        rows = [bytes(found[start + i * step :][:32]) for i in range(count)]
        assert rows == expected(count, data, prefix)
        for i in range(count):
            found[start + i * step : start + i * step + 32] = bytes(32)
        assert not any(found), "something else was written"

    any_rows()


@pytest.mark.parametrize("count", [1, 7, 8, 16, 17, 33])
@pytest.mark.parametrize("size", [0, 55, 56, 63, 64, 65, 4096])
@pytest.mark.usefixtures("way")
def test_digests__ends_of_blocks__what_hashlib_says(count, size):
    data = (NOISE * 40)[: size * count]
    assert digests(data, size, count) == [
        sha256(data[i * size : (i + 1) * size]).digest() for i in range(count)
    ]


@pytest.mark.parametrize(("size", "part"), [(64, 64), (128, 64), (384, 128), (640, 640), (8192, 4096)])
@pytest.mark.usefixtures("way")
def test_hash_both__stretches_and_parts__what_hashlib_says(size, part):
    data = (NOISE * 21)[: STRETCHES * size + 64]
    count, step = STRETCHES * size // part, 70
    found = bytearray(5 + count * step)
    assert hash_both(data, size, part, Rows(found, DIGEST_BYTES, step, 5)) == [
        sha256(data[i * size : (i + 1) * size]).digest() for i in range(STRETCHES)
    ]
    for i in range(count):
        at = 5 + i * step
        assert found[at : at + 32] == sha256(data[64 + i * part : 64 + (i + 1) * part]).digest()
        found[at : at + 32] = bytes(32)
    assert not any(found), "something else was written"


@pytest.mark.parametrize(
    ("length", "size", "part", "parts"),
    [
        (16 * 128 + 63, 128, 64, Rows(bytearray(1024), 32, 32)),
        (16 * 128 + 64, 128, 64, Rows(bytearray(1023), 32, 32)),
        (16 * 128 + 64, 128, 64, Rows(bytearray(1024), 31, 32)),
        (16 * 128 + 64, 128, 96, Rows(bytearray(1024), 32, 32)),
        (16 * 192 + 64, 192, 128, Rows(bytearray(1024), 32, 32)),
    ],
    ids=["data", "parts", "digest", "no block", "no whole parts"],
)
@pytest.mark.usefixtures("way")
def test_hash_both__what_does_not_fit__is_refused(length, size, part, parts):
    with pytest.raises(ValueError):
        hash_both(bytes(length), size, part, parts)


@pytest.mark.parametrize(
    ("data", "out", "prefix"),
    [
        (Rows(bytes(99), 10, 10), Rows(bytearray(320), 32, 32), Rows(b"", 0, 0)),
        (Rows(bytes(100), 10, 10), Rows(bytearray(319), 32, 32), Rows(b"", 0, 0)),
        (Rows(bytes(100), 10, 10), Rows(bytearray(320), 32, 32), Rows(b"1234", 5, 0)),
        (Rows(bytes(100), 10, 10), Rows(bytearray(320), 31, 32), Rows(b"", 0, 0)),
        (Rows(bytes(100), 10, -1, 50), Rows(bytearray(320), 32, 32), Rows(b"", 0, 0)),
    ],
    ids=["data", "out", "prefix", "digest", "backwards"],
)
def test_hash_each__beyond_a_buffer__is_refused(data, out, prefix):
    with pytest.raises(ValueError):
        hash_each(10, data, out, prefix)


def test_native__library_that_says_something_else__is_not_used():
    def wrong(count, data, out, prefix):
        hashing._by_hashlib(count, data, out, prefix)
        if count > 16:
            memoryview(out.data)[out.start + 16 * out.step] ^= 1

    assert hashing._agrees(hashing._by_hashlib)
    assert not hashing._agrees(wrong)


def test_native_both__library_that_says_something_else__is_not_used():
    def right(data, size, part, parts):
        hash_each(STRETCHES * size // part, Rows(data, part, part, 64), parts)
        return digests(data, size, STRETCHES)

    def wrong_whole(*told):
        return [bytes(32), *right(*told)[1:]]

    def wrong_part(data, size, part, parts):
        wholes = right(data, size, part, parts)
        memoryview(parts.data)[parts.start] ^= 1
        return wholes

    assert hashing._agrees_on_both(right)
    assert not hashing._agrees_on_both(wrong_whole)
    assert not hashing._agrees_on_both(wrong_part)
