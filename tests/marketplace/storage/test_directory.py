"""CIDs of folders; that they are Kubo's at every edge, tests/integration/test_kubo_cids.py shows."""

import os

import pytest

from marketplace.errors import DataError, StorageError
from marketplace.storage import MemoryStore
from marketplace.storage.directory import Entry, Found, TreeHasher, encode_folder


def test_hash__empty_folder__is_kubos(tmp_path):
    # Source: ipfs add -r -Q --only-hash --cid-version=1 of an empty folder (Kubo 0.42.0)
    found = TreeHasher().hash(tmp_path)
    assert str(found.cid) == "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
    assert (found.files, found.size_bytes) == (0, 0)


def test_hash__file__is_that_of_the_store(tmp_path):
    (tmp_path / "file").write_bytes(b"hello world")
    os.symlink("file", tmp_path / "link")
    expected = Found(MemoryStore().add(b"hello world"), 1, 11)
    assert TreeHasher().hash(tmp_path / "file") == expected
    assert TreeHasher().hash(tmp_path / "link") == expected


def test_hash__hidden_names__count_when_asked_for(tmp_path):
    (tmp_path / ".hidden").write_bytes(b"x")
    (tmp_path / "seen").write_bytes(b"y")
    assert TreeHasher().hash(tmp_path).files == 1
    assert TreeHasher(hidden=True).hash(tmp_path).files == 2


def test_hash__order_of_names__does_not_matter():
    cid = MemoryStore().add(b"x")
    entries = [Entry(b"%d" % number, cid, 1) for number in range(9000)]
    for some in (entries[:5], entries):
        assert encode_folder(b"", some) == encode_folder(b"", some[::-1])


def test_hash__tells_how_far_it_is(tmp_path):
    for name in "ab":
        (tmp_path / name).write_bytes(bytes(300_000))
    told = []
    TreeHasher(tell=told.append).hash(tmp_path)
    assert told == sorted(told)
    assert told[-1] == 600_000


def test_hash__nothing_there_or_a_pipe__says_so(tmp_path):
    with pytest.raises(StorageError, match=r"can't read .*none"):
        TreeHasher().hash(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="neither a file"):
        TreeHasher().hash(tmp_path)


def test_hash__name_is_not_text__says_so(tmp_path):
    (tmp_path / os.fsdecode(b"\xff")).write_bytes(b"")
    with pytest.raises(DataError, match="not UTF-8"):
        TreeHasher().hash(tmp_path)
