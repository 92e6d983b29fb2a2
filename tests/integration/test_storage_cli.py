"""``tessera storage`` on each kind of store, as a person types it."""

import json

import pytest
from click.testing import CliRunner

from marketplace.cli import cli

pytestmark = pytest.mark.kubo


class Person:
    """Runs commands with a home and a store."""

    def __init__(self, home, store):
        self.environ = {"TESSERA_HOME": str(home), "TESSERA_STORE": str(store)}

    def run(self, *words, data=None):
        return CliRunner(env=self.environ).invoke(cli, ["storage", *map(str, words)], input=data)

    def ok(self, *words, data=None):
        result = self.run(*words, "--yes", "--json", data=data)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def fails(self, *words):
        result = self.run(*words, "--yes")
        assert result.exit_code == 1, result.output
        error, hint = result.stderr.strip().splitlines()[-2:]
        assert error.startswith("error: ")
        assert hint.startswith("hint: ")
        return f"{error} | {hint}"


@pytest.fixture
def owner(kubo, tmp_path):
    return Person(tmp_path / "owner", f"kubo:{kubo.api}")


@pytest.fixture
def reader(kubo, tmp_path):
    return Person(tmp_path / "reader", f"gateway:{kubo.gateway}")


@pytest.fixture
def keeper(tmp_path):
    return Person(tmp_path / "keeper", tmp_path / "keeper" / "store")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"".join(b"%d,%d\n" % (i, i * i) for i in range(60_000)))
    return path


def test_storage__node_to_gateway_to_folder_and_back__is_one_file(
    owner, reader, keeper, file, kubo, tmp_path
):
    cid = owner.ok("add", file)["cid"]
    assert cid in kubo.pins
    assert reader.ok("cid", file) == {"cid": cid, "files": 1, "bytes": file.stat().st_size}
    reader.ok("get", cid, "--out", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == file.read_bytes()
    assert reader.ok("verify", cid)["bytes"] == file.stat().st_size
    exported = reader.ok("export", cid, tmp_path / "file.car")
    assert exported["bytes"] == (tmp_path / "file.car").stat().st_size
    assert (tmp_path / "file.car").read_bytes() == kubo.run("dag", "export", "--progress=false", cid)
    assert keeper.ok("import", tmp_path / "file.car")["cid"] == cid
    assert keeper.run("export", cid, "-").stdout_bytes == (tmp_path / "file.car").read_bytes()
    owner.ok("unpin", cid)
    kubo.run("repo", "gc", "-q")
    assert "was not found" in owner.fails("verify", cid)
    assert owner.ok("import", "-", data=(tmp_path / "file.car").read_bytes())["cid"] == cid
    assert owner.ok("pin", cid)["pinned"] is True
    assert cid in kubo.pins


def test_storage__folder__has_kubos_cid(owner, kubo, file):
    (file.parent / ".hidden").write_bytes(b"x")
    folder = file.parent / "data"
    folder.mkdir()
    file.rename(folder / "größe.csv")
    (folder / ".hidden").write_bytes(b"x")
    for options in ((), ("--hidden",)):
        words = ("add", "-r", "-Q", "--only-hash", "--cid-version=1", "--raw-leaves", *options, str(folder))
        assert owner.ok("cid", folder, *options)["cid"] == kubo.text(*words)
    assert "is a folder" in owner.fails("add", folder)


def test_storage__pins_without_a_node__say_who_has_them(owner, reader, keeper, file):
    cid = keeper.ok("add", file)["cid"]
    for person in (reader, keeper):
        for verb in ("pin", "unpin"):
            assert "only an IPFS node has" in person.fails(verb, cid)
    file.write_bytes(file.read_bytes() + b"never added to the node")
    assert "is not pinned" in owner.fails("unpin", owner.ok("cid", file)["cid"])


def test_storage__writing_through_a_gateway__is_refused_before_it_asks(reader, file):
    for verb in ("add", "import"):
        result = reader.run(verb, file)
        assert result.exit_code == 1
        assert "nothing can be written" in result.stderr
        assert "Go on?" not in result.stderr


def test_storage__import_what_is_no_car__leaves_no_file(keeper, file, tmp_path):
    assert "not a CAR" in keeper.fails("import", file)
    assert "can't read" in keeper.fails("import", tmp_path / "none")


def test_storage__export_what_is_missing__leaves_no_file(keeper, owner, tmp_path):
    missing = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    for person in (keeper, owner):
        person.fails("export", missing, tmp_path / "out" / "x.car")
        person.fails("export", missing, tmp_path / "x.car")
    assert not list(tmp_path.glob("*.car"))
