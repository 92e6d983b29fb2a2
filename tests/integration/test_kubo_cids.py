"""CIDs are those of a real Kubo: files at every edge, folders, folders so large that they are sharded."""

import io
import os
import random

import pytest

from marketplace.storage import CidHasher, FolderStore, KuboStore
from marketplace.storage.directory import SHARDING_BYTES, TreeHasher
from marketplace.storage.store import BlockStore
from marketplace.types import CHUNK_BYTES

pytestmark = pytest.mark.kubo

LEAVES = 174
SIZES = [
    0,
    1,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES,
    3 * CHUNK_BYTES,
    3 * CHUNK_BYTES + 1,
    LEAVES * CHUNK_BYTES,
    LEAVES * CHUNK_BYTES + 1,
    (LEAVES + 1) * CHUNK_BYTES,
    2 * LEAVES * CHUNK_BYTES + 7,
]
ONLY_HASH = ("add", "--only-hash", "-Q", "--cid-version=1", "--raw-leaves")


def pattern(size):
    """Bytes of which no two leaves are equal."""
    return random.Random(7).randbytes(CHUNK_BYTES - 1) * (size // (CHUNK_BYTES - 1) + 1)


@pytest.mark.parametrize("size", SIZES)
def test_cid__file_at_an_edge__is_kubos(kubo, size):
    data = pattern(size)[:size]
    hasher = CidHasher()
    hasher.update(data)
    assert str(hasher.finish()) == kubo.run(*ONLY_HASH, data=data).decode().strip()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, (LEAVES + 1) * CHUNK_BYTES])
def test_add__file_at_an_edge__node_and_folder_agree(kubo, tmp_path, size):
    data = pattern(size)[:size]
    cid = KuboStore(kubo.api).add(io.BytesIO(data))
    assert FolderStore(tmp_path).add(data) == cid
    assert len(kubo.run("cat", str(cid))) == size


def of_folder(kubo, path, *options):
    return kubo.text(*ONLY_HASH, "-r", *options, str(path))


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "tree"
    for name in ("empty", "data/2024/Ω", ".git"):
        (top / name).mkdir(parents=True)
    files = {
        "a": b"",
        "b.csv": b"1,2\n",
        "data/größe.bin": pattern(300_000)[:300_000],
        "data/2024/日本": b"x",
    }
    for name, content in {**files, ".hidden": b"h", ".git/config": b"g", "data/.k": b"k"}.items():
        (top / name).write_bytes(content)
    os.symlink("b.csv", top / "link")
    os.symlink("nowhere/at/all", top / "data" / "dangling")
    return top


def test_cid__folder_with_all_there_is__is_kubos(kubo, tree):
    assert str(TreeHasher().hash(tree).cid) == of_folder(kubo, tree)
    assert str(TreeHasher(hidden=True).hash(tree).cid) == of_folder(kubo, tree, "--hidden")
    assert TreeHasher().hash(tree).files == 4


def test_cid__empty_folder__is_kubos(kubo, tree):
    assert str(TreeHasher().hash(tree / "empty").cid) == of_folder(kubo, tree / "empty")


# An entry counts its name and the 36 bytes of its CID: 4096 names of 28 bytes are exactly the limit.
@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_cid__folder_around_the_sharding_limit__is_kubos(kubo, tmp_path, extra):
    count = SHARDING_BYTES // 64
    for number in range(count):
        (tmp_path / f"{number:0{28 + (extra if number == 0 else 0)}d}").write_bytes(b"%d" % number)
    assert str(TreeHasher().hash(tmp_path).cid) == of_folder(kubo, tmp_path)


def test_cid__sharded_folders_within_each_other__are_kubos(kubo, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    for folder, count in ((tmp_path, 6000), (inner, 5000)):
        for number in range(count):
            (folder / f"row-{number}-größe").write_bytes(b"")
    assert str(TreeHasher().hash(tmp_path).cid) == of_folder(kubo, tmp_path)


def test_store__settings_of_the_node__do_not_change_cids(tmp_path_factory, kubo):
    from tests.integration.kubo import Kubo

    other = Kubo(tmp_path_factory.mktemp("other"))
    for key, value in {"CidVersion": "0", "UnixFSRawLeaves": "false", "UnixFSFileMaxLinks": "3"}.items():
        other.run("config", "--json", f"Import.{key}", value)
    other.run("config", "Import.UnixFSChunker", "size-1048576")
    data = pattern(10 * CHUNK_BYTES)
    try:
        store = KuboStore(other.start().api)
        assert isinstance(store, BlockStore)
        assert store.add(data) == KuboStore(kubo.api).add(data)
    finally:
        other.stop()
