"""Every command on a real chain with odd ids, amounts, words, files, databases and manifests."""

import contextlib
import signal
from dataclasses import replace

import click
import pytest

from marketplace.chain import Localnet, save_deployment
from marketplace.services.manifest import Manifest
from tests.fuzz import documents
from tests.integration.conftest import PASSWORD, Town
from tests.integration.shell import Shell, citizen
from tests.integration.test_every_command import COMMANDS, COMMON, LEAVES, check
from tests.marketplace.rubbish import spoiling

SECONDS = 120
"""A hang, if one command takes longer."""

TRIES = 4
"""Odd lines of each command; all values in each place with --deep."""

WORDS = (
    *(
        " ",
        "",
        "0",
        "-1",
        "0x",
        "0x0",
        "0xdeadbeef",
        "0x" + "f" * 64,
        "0x" + "f" * 65,
        "0x" + "g" * 64,
        "f" * 40,
    ),
    *(
        "0x" + "0" * 40,
        "nonsense",
        "None",
        "NaN",
        "inf",
        "1e400",
        "9" * 400,
        "9" * 5000,
        "1" * 100_000,
        "-0.0",
    ),
    *("1_000", "0.0000000000000000001", str(2**128), str(2**256), "٣", "²", "1,5", "1h", "-1h", "99999999d"),
    *("a\nb", "../../etc/passwd", "~nobody-of-that-name/x", "💾", "\u202egpj", "ü" * 300, "a\0b", "--", "-"),
    *("%s%n", "$(id)", "'; DROP TABLE events; --", "*", "bafy", "b" + "a" * 58, "Qm" + "Y" * 44),
    *("2026-13-45", "0000-00-00", "\udcff"),
)


@contextlib.contextmanager
def in_time(what):
    """Fail where a command hangs."""

    def end(*_):
        raise AssertionError(f"{what} took more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Some commands write into the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def wild(tmp_path_factory):
    """A market of its own: what is listed on it no other test has to read."""
    folder = tmp_path_factory.mktemp("wild")
    with Localnet(folder / "localnet") as state:
        yield Town(folder, state.url)


@pytest.fixture(scope="module")
def somebody(wild):
    settings, address = wild.citizen("somebody")
    own = settings.home / "deployment.json"
    save_deployment(wild.proofs, own)
    return Shell(replace(settings, deployment=own), address)


def try_line(shell, args, wrong, codes=(0, 1, 2)):
    """Run a line; keep what is wrong with the answer; return whether it was refused."""
    with in_time(args):
        result = shell.run(*args)
    try:
        assert check(result) in codes, f"exit code {result.exit_code}: {result.output[-300:]}"
        if result.exit_code == 1 and args[0] != "doctor":
            assert not result.stdout, f"a result in spite of an error: {result.stdout[:200]!r}"
        said = [
            line for line in result.stderr.splitlines() if line.startswith(("error: ", "Error: ", "hint: "))
        ]
        # What is wrong with the form of an argument quotes it, as it was typed.
        assert result.exit_code == 2 or all(len(line) < 3000 for line in said)
    except AssertionError as error:
        trace = "" if result.exc_info is None else repr(result.exception)
        wrong.append(f"{[str(one)[:80] for one in args]}: {trace} {str(error)[:600]}")
    return result.exit_code != 0


def odd_lines(name, chance, count):
    """Yield lines of a command in which one value is odd, and the others are what its parser takes."""
    params = [one for one in LEAVES[name].params if one.name not in COMMON]
    for param in (one for one in params if not getattr(one, "is_flag", False)):
        for word in WORDS if count is None else chance.sample(WORDS, count):
            yield line_with(params, param, word)


def line_with(params, odd, word):
    options, arguments = [], []
    for param in params:
        if param.name in (
            "light",
            "once",
        ):  # the usual wallet costs a second; a daemon runs until it is stopped
            options.append(param.opts[0])
        if getattr(param, "is_flag", False):
            continue
        value = word if param is odd else plain(param)
        if isinstance(param, click.Argument):
            if param is odd or param.required:
                arguments.append(value)
        elif param is odd or param.required:
            options += [param.opts[0], value]
    return [*options, "--", *arguments]


def plain(param):
    """Return a value that a parser takes, and that names nothing."""
    kind = param.type
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    return {"path": "missing/file", "tokens": "1", "time": "1h", "integer range": "1"}.get(
        kind.name, "0xdeadbeef"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_line__with_an_odd_value__is_taken_or_refused(somebody, chance, deep, name, record_property):
    wrong, tried, refused = [], 0, 0
    lines = list(odd_lines(name, chance, None if deep else TRIES))
    for line in lines if deep else chance.sample(lines, min(TRIES, len(lines))):
        common = chance.choice(([], ["--json"]))
        refused += try_line(somebody, [*name.split(), *common, "--yes", *line], wrong)
        tried += 1
    record_property("tried", tried)
    record_property("refused", refused)
    assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)


FOUND = (
    ["wallet", "backup", "--out", "\udcff"],
    ["deploy", "sources", "--out", "\udcff"],
    ["asset", "publish", "--price", "1", "--columns", "a\nb", "--", "missing/file"],
    ["localnet", "advance", "99999999d"],
    ["bounty", "follow", "--once", "--poll", "1_000"],
    ["model", "score", "--estimator", "a\0b", "--", "missing/file"],
)
"""Lines that ended with a traceback, or never, once."""


@pytest.mark.parametrize("line", FOUND, ids=lambda line: " ".join(line[:2]))
def test_line__found_before__is_taken_or_refused(somebody, line):
    wrong = []
    for common in ([], ["--json"]):
        try_line(somebody, [*line[:2], *common, "--yes", *line[2:]], wrong)
    assert not wrong


ON_CHAIN = {
    "bounty relay-claims FILE": documents.relays()[0],
    "operator relay-commits FILE": documents.relays()[1],
    "bounty deliver 0xdeadbeef --lock FILE": documents.relays()[2],
    "operator relay FILE": documents.relays()[3],
    "asset check-preview FILE": documents.relays()[0],
    "asset publish FILE --price 1 --dry-run": documents.CSV,
    "bounty open FILE --target ill --reward 1": documents.CSV,
    "bounty submit 0xdeadbeef FILE": documents.models()[0],
}
"""Lines that read a file when the chain was reached, and a good file for each."""


@pytest.mark.parametrize("text", ON_CHAIN)
def test_file__of_any_rubbish__is_refused(somebody, tmp_path, chance, deep, text, record_property):
    wrong, tried, refused = [], 0, 0
    ways = spoiling.spoiled(chance, ON_CHAIN[text], 300 if deep else 5)
    rubbish = {**spoiling.anything(), **spoiling.places()}
    if not deep:
        rubbish = {name: rubbish[name] for name in chance.sample(sorted(rubbish), 6)} | {
            "/dev/zero": rubbish["/dev/zero"]
        }
    for number, (title, content) in enumerate({**rubbish, **ways}.items()):
        path = tmp_path / f"file-{number}"
        content(path) if callable(content) else path.write_bytes(content)
        line = [str(path) if word == "FILE" else word for word in text.split()]
        codes = (0, 1, 2) if title in ways else (1, 2)
        refused += try_line(somebody, [*line, "--yes"], wrong, codes)
        tried += 1
    record_property("tried", tried)
    record_property("refused", refused)
    assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)


DATABASES = ("journal.db", "index.db")


@pytest.mark.parametrize("name", DATABASES)
def test_database__of_any_rubbish__is_said_or_made_anew(wild, chance, deep, name, record_property):
    settings, address = wild.citizen("keeper")
    shell = Shell(settings, address)
    shell.ok("vault", "deposit", "1")
    shell.ok("asset", "list")
    path = settings.home / name
    good = path.read_bytes()
    wrong, tried, refused = [], 0, 0
    rubbish = {**spoiling.anything(), **spoiling.spoiled(chance, good, 200 if deep else 12)}
    for place in ("a folder", "/dev/zero", "/dev/null", "a link in a circle", "a pipe that nobody writes to"):
        rubbish[place] = spoiling.places()[place]
    titles = sorted(rubbish) if deep else chance.sample(sorted(rubbish), 12)
    for title in titles:
        for beside in settings.home.glob(f"{name}*"):
            beside.rmdir() if beside.is_dir() and not beside.is_symlink() else beside.unlink()
        content = rubbish[title]
        content(path) if callable(content) else path.write_bytes(content)
        for line in (["asset", "list"], ["vault", "deposit", "0.001", "--yes"]):
            before = len(wrong)
            refused += try_line(shell, line, wrong)
            wrong[before:] = [f"{title}: {one}" for one in wrong[before:]]
            tried += 1
    record_property("tried", tried)
    record_property("refused", refused)
    assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)


def manifests(chance, count):
    good = documents.manifests()[0]
    return {**spoiling.anything(), **spoiling.spoiled(chance, good, count)}


def test_manifest__of_any_rubbish__is_said(wild, chance, deep, monkeypatch, record_property):
    """Somebody lists an asset whose manifest is rubbish; everybody else's commands must go on."""
    seller, buyer = citizen(wild, "mallory"), citizen(wild, "alice")
    table = seller.settings.home / "table.csv"
    table.write_bytes(documents.CSV)
    found = manifests(chance, 40)
    wrong, tried, refused = [], 0, 0
    for title in sorted(found) if deep else chance.sample(sorted(found), 4):
        with monkeypatch.context() as patched:
            patched.setattr(Manifest, "to_bytes", lambda _, data=found[title]: data)
            result = seller.run("asset", "publish", table, "--price", "1", "--again", "--yes", "--json")
        if result.exit_code:
            check(result)  # too long for a block, say
            continue
        asset = seller.json("asset", "list", "--mine")[-1]["asset"]
        lines = [["asset", verb, asset] for verb in ("show", "manifest", "unlist")]
        lines += [["order", "create", asset, "--yes"], ["asset", "search", "patients"], ["asset", "list"]]
        for line in lines:
            before = len(wrong)
            refused += try_line(buyer, line, wrong)
            wrong[before:] = [f"{title}: {one}" for one in wrong[before:]]
            tried += 1
    record_property("tried", tried)
    record_property("refused", refused)
    assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)
    assert PASSWORD not in str(wrong)
