"""Small files that others give: read whole, or refused."""

from pathlib import Path

import pytest

from marketplace.foreign import read_bytes, read_text

STATUS = Path("/proc/self/status")


@pytest.mark.skipif(not STATUS.exists(), reason="needs Linux's /proc")
def test_read__file_that_does_not_say_how_long_it_is__comes_whole():
    """The first byte of a password is not that password."""
    assert STATUS.stat().st_size == 0
    assert "VmRSS" in read_text(STATUS, 2**16)
    with pytest.raises(OSError, match="more than 10 bytes"):
        read_bytes(STATUS, 10)


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_read__no_longer_than_it_may_be__comes_whole(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    assert read_bytes(path, 10) == b"x" * size


def test_read__longer__is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="more than 10 bytes"):
        read_bytes(path, 10)
