"""A full disk at every place that writes: one line of error and a hint, nothing lost, and then it goes on."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from marketplace.services import catalog
from marketplace.services.market import Market
from tests.integration.conftest import PASSWORD
from tests.integration.shell import Shell, citizen

PERSON = citizen

KIB = 1024
LEFT = (0, 8, 40)
"""Space that is left, in KiB: for nothing, for a small file, for a few pages of a database."""


def pytest_generate_tests(metafunc):
    """Leave one of them, by the run's chance, or each in turn at length."""
    if "left" in metafunc.fixturenames:
        option = metafunc.config.option
        metafunc.parametrize("left", LEFT if option.deep else [LEFT[option.seed % len(LEFT)]])


class SmallDisk:
    """A file system of a few megabytes, filled and emptied at will."""

    def __init__(self, path):
        self.path, self.filler = path, path / "filler"

    def fill(self, left_kib):
        """Leave so much space."""
        state = os.statvfs(self.path)
        room = state.f_bavail * state.f_frsize - left_kib * KIB
        with self.filler.open("ab") as sink:
            os.posix_fallocate(sink.fileno(), 0, max(1, room))

    def empty(self):
        self.filler.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    if not mounted(path):
        pytest.skip("this user can't mount: it is told in a namespace, below")
    yield SmallDisk(path)
    subprocess.run(["umount", "-l", str(path)], check=True)


def mounted(path):
    """Mount a small file system; tell whether that could be done."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tessera-test", str(path)]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


@pytest.fixture
def alice(town, disk):
    """Her home and her copy of the store lie on the small disk."""
    settings, address = town.citizen("alice")
    home = disk.path / "home"
    settings.home.rename(settings.home.with_suffix(".old"))
    subprocess.run(["cp", "-a", str(settings.home.with_suffix(".old")), str(home)], check=True)
    return Shell(replace(settings, home=home, password_file=home / "password"), address)


NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def test_all__not_root__in_a_namespace_where_one_is(tmp_path, pytestconfig):
    """Whoever can't mount can in a namespace of his own: there the tests of this file are run."""
    if mounted(tmp_path):
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)
        return
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this computer lets nobody mount but root, not even in a namespace")
    told = [f"--seed={pytestconfig.option.seed}", *(["--deep"] if pytestconfig.option.deep else [])]
    words = ["-m", "pytest", "-p", "no:pytest-brownie", "-p", "no:cacheprovider", "-q", *told, __file__]
    folder = f"--basetemp={tmp_path / 'inside'}"
    done = subprocess.run([*NAMESPACE, sys.executable, *words, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def stopped(shell, disk, left, *words, **changes):
    """Run a command on a full disk; return its error and hint, or None if the space was enough."""
    disk.fill(left)
    result = shell.run(*words, "--yes", **changes)
    disk.empty()
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    if result.exit_code == 0:
        return None
    lines = result.stderr.strip().splitlines()
    assert [line.split(":")[0] for line in lines[-2:]] == ["error", "hint"], result.output
    return " ".join(lines[-2:])


SPACE = ("space", "room", "disk")


def test_buyer__disk_full_at_each_step__loses_nothing(town, disk, bob, alice, table, tmp_path, left):
    big = tmp_path / "big.csv"
    big.write_text("id,age\n" + "\n".join(f"{i},{i * 7 % 91}" for i in range(60_000)) + "\n")
    asset = bob.json("asset", "publish", big, "--price", "10", "--bond", "0")["asset"]
    said = stopped(alice, disk, left, "order", "create", asset)
    assert said is None or any(word in said for word in SPACE), said
    order = alice.json("order", "create", asset)["order"] if said else _order(alice, asset)
    assert len(_orders(alice, asset)) == 1
    bob.ok("order", "settle", order)
    out = disk.path / "bought.csv"
    said = stopped(alice, disk, left, "order", "receive", order, "--out", out)
    assert said is not None
    assert any(word in said for word in SPACE), said
    assert sorted(path.name for path in disk.path.iterdir()) == ["home"]
    alice.ok("order", "receive", order, "--out", out)
    assert out.read_bytes() == big.read_bytes()
    assert bob.json("vault", "check")["holds"] is True


def _orders(shell, asset):
    market = Market.connect(shell.settings)
    return catalog.list_orders(market, asset_id=int(asset, 16), buyer=shell.address)


def _order(shell, asset):
    (sale,) = _orders(shell, asset)
    return f"{sale.order_id:#066x}"


def test_seller__disk_full_while_publishing__goes_on_when_there_is_space(disk, alice, table, left):
    store = disk.path / "store"
    words = ("asset", "publish", table, "--price", "10", "--bond", "0")
    said = stopped(alice, disk, left, *words, store=store)
    assert said is not None
    assert any(word in said for word in SPACE), said
    asset = alice.run(*words, "--yes", "--json", store=store)
    assert asset.exit_code == 0, asset.output
    assert not list((store / "tmp").iterdir())
    subprocess.run(["cp", "-a", f"{store}/.", str(alice.settings.store)], check=True)  # where others look
    assert len(alice.json("asset", "list", "--mine")) == 1


def test_wallet__disk_full__is_made_whole_or_not_at_all(disk, alice):
    words = ("wallet", "new", "second")
    said = stopped(alice, disk, 0, *words)
    assert said is not None
    assert any(word in said for word in SPACE), said
    folder = alice.settings.wallets_path
    assert len(list(folder.iterdir())) == 1
    alice.ok(*words)
    assert len(list(folder.iterdir())) == 2
    assert PASSWORD not in "".join(path.read_text() for path in folder.iterdir())


def test_reader__disk_full__index_is_done_without(disk, bob, alice, table):
    bob.ok("asset", "publish", table, "--price", "10", "--bond", "0")
    disk.fill(0)
    result = alice.run("asset", "list", "--json")
    disk.empty()
    assert result.exit_code == 0, result.output
    assert "warning" in result.stderr
    assert alice.run("asset", "list").exit_code == 0
