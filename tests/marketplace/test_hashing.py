"""Many messages at once hash to what hashlib says, with the vectors of the processor and without them."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import hashing
from marketplace.hashing import DIGEST_BYTES, Rows, digests, hash_each

NOISE = b"".join(sha256(bytes([i])).digest() for i in range(200))


def expected(count, data, prefix):
    def row(rows, i):
        return rows.data[rows.start + i * rows.step :][: rows.size]

    return [sha256(row(prefix, i) + row(data, i)).digest() for i in range(count)]


@pytest.fixture(params=["native", "hashlib"])
def way(request, monkeypatch):
    if request.param == "hashlib":
        monkeypatch.setattr(hashing, "_native", lambda: None)
    elif not hashing.is_native():
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
