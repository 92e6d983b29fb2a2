"""No secret is anywhere but in memory and under encryption: a sale and a contest, with failures forced."""

import base64
import os
import stat
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from marketplace.chain import Localnet
from marketplace.crypto.keystore import Keystore
from marketplace.datasets import load_breast_cancer_table, write_table
from marketplace.services import catalog, request, sell
from marketplace.services.bounties import load_bounty
from marketplace.services.market import Market
from tests.integration import daemons
from tests.integration.conftest import PASSWORD, Town
from tests.integration.daemon_town import Cast
from tests.integration.daemons import WAIT_SECONDS, Daemon
from tests.integration.faulty_node import FaultyNode, cut_off, half_json, html
from tests.integration.shell import citizen

MARK = "MARKED-ROW-5e1d0c7a"
TALKATIVE = "import logging; logging.basicConfig(level=1); "
START = TALKATIVE + "from marketplace.cli import main; main()"
BUG = TALKATIVE + (
    "from marketplace.services.market import Market; Market.send = lambda *_, **__: 1 / 0; "
    "from marketplace.cli import main; main()"
)
STRUCK = 3
"""Requests that a fault of the node spoils before it is over."""

OWN_FILES = {"password", "cancer.csv", "train.csv", "model.bin", "marked.csv", "bought.csv"}
"""What people themselves keep in clear: it is theirs."""


class Sampler(threading.Thread):
    """Collects command line and environment of every process of this test while it runs."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.seen, self.over, self.processes = str(folder).encode(), set(), False, set()

    def run(self):
        while not self.over:
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    parts = [(process / name).read_bytes() for name in ("cmdline", "environ")]
                    if any(self.folder in part for part in parts):
                        self.processes.add(process.name)
                        self.seen.update(parts)
            time.sleep(0.1)


@pytest.fixture
def town(tmp_path, monkeypatch):
    """A chain whose line to the daemons can be disturbed, with everything temporary in one folder."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    plain = daemons.environment
    with Localnet(tmp_path / "localnet") as state:
        line = FaultyNode(state.url)
        extra = {"TMPDIR": str(tmp_path / "tmp"), "TESSERA_RPC_URL": line.url}
        monkeypatch.setattr(daemons, "environment", lambda settings: {**plain(settings), **extra})
        found = Town(tmp_path, state.url)
        found.line = line
        yield found
        line.stop()


def write_marked(path):
    rows = "\n".join(f"{i % 9},{MARK if i == 17 else f'row-{i % 7}'}" for i in range(500))
    path.write_text(f"group,note\n{rows}\n")
    return path


def market_of(settings):
    wallet = Keystore(settings.wallets_path).unlock(settings.wallet, PASSWORD)
    return Market.connect(settings, wallet)


def forms(name, secret):
    """Return a secret as it could be written: raw, hex, base64, decimal; text as it is."""
    if isinstance(secret, str):
        secret = secret.encode()
        return {name: secret, f"{name} in base64": base64.b64encode(secret)}
    raw = secret.to_bytes(32, "big") if isinstance(secret, int) else bytes(secret)
    number = int.from_bytes(raw, "big")
    return {
        f"{name}, raw": raw,
        f"{name}, hex": f"{number:x}".encode(),
        f"{name}, HEX": f"{number:X}".encode(),
        f"{name}, base64": base64.b64encode(raw).rstrip(b"="),
        f"{name}, decimal": str(number).encode(),
    }


def planted(cast, bob, alice, asset, order, hidden, salts):
    """Return every form of every secret of the story that nobody was to publish."""
    found = forms("password", PASSWORD) | forms("marked row", MARK)
    for name, one in {**cast.people, "seller": bob, "buyer": alice}.items():
        market = market_of(one.settings)
        found |= forms(f"private key of {name}", bytes(market.require_wallet().account.key))
        found |= forms(f"market secret of {name}", market.require_wallet().secret.reveal())
        found |= forms(f"p of {name}", market.seller_key())
        found |= forms(f"operator key of {name}", market.operator_key())
    listing = catalog.find_asset(market_of(bob.settings), asset)
    found |= forms("k of the asset", sell.artifact_scalar(market_of(bob.settings), listing, listing.terms))
    found |= forms("b of the order", market_of(alice.settings).order_key(int(order, 16)))
    maker, view = market_of(cast["alice"].settings), cast.view()
    found |= forms("w of the submission", maker.submission_key(view.entrants[0].submission_id))
    ruth = market_of(cast["ruth"].settings)
    found |= forms("r of the bounty", ruth.request_key(view.terms.salt))
    secret = load_bounty(ruth, int(hidden, 16)).terms
    found |= forms("k of hidden rows", request.rows_key(ruth, secret))
    for i in (0, 7, len(salts) - 1):
        found |= forms(f"salt of hidden row {i}", salts[i])
    return found


def leaks(secrets, places):
    """Return which secret is in which place."""
    return [f"{name} in {where}" for where, data in places for name, form in secrets.items() if form in data]


def files_of(folder):
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in OWN_FILES and not path.name.startswith("model-0x"):
            yield path


def test_story__whole_and_disturbed__leaves_no_secret_anywhere(town, tmp_path, monkeypatch):
    salts = []
    made = request.make_salts
    monkeypatch.setattr(request, "make_salts", lambda count: salts.append(made(count)) or salts[-1])
    table = tmp_path / "cancer.csv"
    table.write_bytes(write_table(load_breast_cancer_table()))
    cast, sampler = Cast(town, table, tmp_path), Sampler(tmp_path)
    sampler.start()
    try:
        said, secrets = play(town, cast, tmp_path, table, salts)
    finally:
        cast.kill_all()
        sampler.over = True
        sampler.join()
    places = [(str(path), path.read_bytes()) for path in files_of(tmp_path)]
    places += [("a command line or environment", data) for data in sampler.seen]
    places += [("what a command printed", text.encode()) for text in said]
    assert len(sampler.processes) >= 6
    assert sum("ZeroDivisionError" in data.decode("utf-8", "replace") for _, data in places) >= 1
    assert sum(b"DEBUG" in data for _, data in places) >= 6
    assert len(secrets) > 150
    assert leaks(secrets, [("a place", b"x" + list(secrets.values())[-1] + b"y")]) != []  # it would be seen
    assert leaks(secrets, places) == []
    assert open_files(cast) == []


def play(town, cast, tmp_path, table, salts):
    """Sell, run a contest by daemons, force failures; return what was printed, and the secrets."""
    bob, alice = citizen(town, "seller", 100), citizen(town, "buyer", 100)
    said, marked = [], write_marked(tmp_path / "marked.csv")
    asset = bob.json("asset", "publish", marked, "--price", "10", "--accept-sensitive")["asset"]
    order = alice.json("order", "create", asset)["order"]
    opened = cast["ruth"].json(
        "bounty", "open", table, "--target", "diagnosis", "--test-share", "20", "--reward", "100", "--fast"
    )
    for words in (("order", "settle"), ("vault", "withdraw", "1")):
        Daemon(bob.settings, *words, code=BUG).process.wait(WAIT_SECONDS)
    (tmp_path / "wrong").write_text("another password that is wrong\n")
    said.append(bob.run("order", "settle", "--yes", password_file=tmp_path / "wrong").output)
    cast.daemons["seller"] = Daemon(bob.settings, "serve", code=START)
    for name in ("ruth", "alice", "carol", "dave", "erin"):
        cast.start(name, code=START)
    faults, seen = [html, half_json, cut_off], set()

    def disturb(view):
        """Each time a stage begins: the next requests of whoever asks, till some have failed."""
        cast.require_alive()
        if faults and view.stage not in seen:
            seen.add(view.stage)
            town.line.strike(faults.pop(), 1)
        elif town.line.struck >= STRUCK:
            town.line.heal()

    cast.play(disturb)
    assert not faults
    alice.ok("order", "receive", order, "--out", tmp_path / "bought.csv")
    said += [one.run(*words).output for one in (bob, alice) for words in (("vault", "show"), ("doctor",))]
    secrets = planted(cast, bob, alice, asset, order, opened["bounty"], salts[-1])
    assert MARK in (tmp_path / "bought.csv").read_text()
    return said, secrets


def open_files(cast):
    """Return what the program made in people's homes and others may read or write."""
    bad = []
    for one in cast.people.values():
        for path in one.settings.home.rglob("*"):
            mode = stat.S_IMODE(os.lstat(path).st_mode)
            if mode & 0o077 and path.suffix != ".log" and path.name not in OWN_FILES:
                bad.append(f"{path} {mode:o}")
    return bad


def test_shield__a_key_in_memory__no_core_and_no_reader(town):
    """The limits of a process that has opened a wallet."""
    code = (
        "import ctypes, resource; from marketplace.cli import main\n"
        "try: main()\n"
        "finally:\n"
        " print('core', resource.getrlimit(resource.RLIMIT_CORE))\n"
        " print('dumpable', ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    alice = citizen(town, "alice")
    daemon = Daemon(alice.settings, "vault", "deposit", "1", code=code)
    assert daemon.process.wait(WAIT_SECONDS) == 0, daemon.text()
    assert "core (0, 0)" in daemon.text()
    assert "dumpable 0" in daemon.text()
