"""Every command with input that can't work: one line, one hint, the right exit code, never a traceback."""

import itertools
from dataclasses import replace

import click
import pytest

from marketplace.chain import save_deployment
from marketplace.cli import cli
from marketplace.cli.values import Amount, Length
from tests.integration.shell import Shell
from tests.test_docs import TOOL

COMMON = TOOL.COMMON
LEAVES = dict(TOOL.leaves(cli))
LEFT_OUT = ("demo", "localnet start", "localnet stop", "completion", "proved demo", "proved setup")
"""What takes no input, or starts and stops what other tests use; their own tests run them."""

COMMANDS = [name for name in LEAVES if name not in LEFT_OUT]


def taking(*kinds):
    """Return the commands that have a parameter of some types."""
    return [
        n
        for n in COMMANDS
        if any(isinstance(p.type, kinds) for p in LEAVES[n].params if p.name not in COMMON)
    ]


TYPED = (Amount, Length, click.Choice, click.types.IntParamType, click.types.FloatParamType)
UNTIL_STOPPED = ("serve", "operator run")
"""They take no id, and would run; their own tests start and stop them."""

WITH_WORDS = [name for name in taking(click.types.StringParamType) if name not in UNTIL_STOPPED]
WITH_FILES = taking(click.Path, click.File)
IDS = ("0xdeadbeef", "nonsense", "", "0x" + 65 * "f", "1\n2", "../ü")
WORDS = {"name": "nobody", "shares": "1", "cap": "1", "address": "0x" + 40 * "1", "to": "0x" + 40 * "1"}


class Broken:
    """Files that are none of those that any command reads."""

    def __init__(self, folder):
        self.missing = folder / "missing" / "file"
        self.folder = folder / "folder"
        self.folder.mkdir()
        self.empty = folder / "empty"
        self.empty.write_bytes(b"")
        self.junk = folder / "junk"
        self.junk.write_bytes(bytes(range(256)) * 20)
        self.json = folder / "some.json"
        self.json.write_text('{"version": 3, "a": [1, null, {"b": {}}]}')
        self.list = folder / "list.json"
        self.list.write_text("[" * 5000)

    def each(self):
        return (self.missing, self.folder, self.empty, self.junk, self.json, self.list)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Some commands write into the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def broken(tmp_path):
    return Broken(tmp_path)


@pytest.fixture(scope="module")
def somebody(town):
    """Has a wallet, money, and a deployment file of his own: ``tessera deploy`` writes there. Did nothing."""
    settings, address = town.citizen("somebody")
    own = settings.home / "deployment.json"
    save_deployment(town.proofs, own)
    return Shell(replace(settings, deployment=own), address)


def value(param, path, word):
    """Return a value that the parser takes for a parameter."""
    kind = param.type
    if isinstance(kind, click.Path | click.File):
        return str(path)
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    if isinstance(kind, click.types.IntParamType):
        return str(getattr(kind, "min", None) or 1)
    if isinstance(kind, click.types.FloatParamType):
        return str(getattr(kind, "min", None) or 0.5)
    if isinstance(kind, Amount):
        return "1"
    if isinstance(kind, Length):
        return "1h"
    return WORDS.get(param.name, word)


def arguments(command, path, word, *, optional):
    """Return a line of arguments: those that must be there, and all other options too if asked for."""
    found, options = [], []
    for param in command.params:
        if param.name in COMMON:
            continue
        if isinstance(param, click.Argument):
            if param.required or param.nargs == -1 or optional:
                found.append(value(param, path, word))
        elif (param.required or optional) and not param.is_flag:
            options += [param.opts[0], value(param, path, word)]
    return [*options, "--", *found]


def check(result):
    """Check the form of whatever came out; return the exit code."""
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    if result.exit_code == 1:
        lines = result.stderr.strip().splitlines()
        assert lines[-2].startswith("error: "), result.output
        assert lines[-1].startswith("hint: "), result.output
        assert len(lines[-1]) > len("hint: ") + 5
        assert sum(line.startswith(("error: ", "hint: ")) for line in lines) == 2
    elif result.exit_code == 2:
        assert "Usage:" in result.stderr
        assert "Error: " in result.stderr
    return result.exit_code


@pytest.mark.parametrize("name", LEAVES)
def test_usage__unknown_option_or_missing_argument__exits_2(somebody, name):
    assert check(somebody.run(*name.split(), "--no-such-option")) == 2
    required = [one for one in LEAVES[name].params if one.required and one.name not in COMMON]
    if required:
        assert check(somebody.run(*name.split())) == 2


@pytest.mark.parametrize("name", LEAVES)
def test_types__wrong__exit_2(somebody, broken, name):
    command = LEAVES[name]
    for param in (one for one in command.params if isinstance(one.type, TYPED)):
        line = arguments(command, broken.json, "0xdeadbeef", optional=False)
        at = line.index("--")
        if isinstance(param, click.Argument):
            place = [one for one in command.params if isinstance(one, click.Argument) and one.required].index(
                param
            )
            line[at + 1 + place] = "12 apples"
        else:
            line[at:at] = [param.opts[0], "12 apples"]  # of an option given twice the later one counts
        assert check(somebody.run(*name.split(), "--yes", *line)) == 2, param.name


@pytest.mark.parametrize("name", COMMANDS)
def test_no_node__no_wallet__is_said(town, broken, name, tmp_path):
    settings = replace(
        town.settings("nobody"),
        home=tmp_path / "home",
        rpc_url="http://127.0.0.1:9",
        password_file=broken.missing,
    )
    shell = Shell(settings, None)
    for optional in (False, True):
        line = arguments(LEAVES[name], broken.missing, "0xdeadbeef", optional=optional)
        assert check(shell.run(*name.split(), "--yes", "--rpc-url", settings.rpc_url, *line)) in (0, 1, 2)


@pytest.mark.parametrize("name", WITH_WORDS)
def test_ids__unknown_or_none__are_said(somebody, broken, name):
    for word in IDS:
        line = arguments(LEAVES[name], broken.junk, word, optional=False)
        check(somebody.run(*name.split(), "--yes", *line))


@pytest.mark.parametrize("name", WITH_FILES)
def test_files__missing_or_of_another_kind__are_said(somebody, broken, name):
    for path, optional in itertools.product(broken.each(), (False, True)):
        line = arguments(LEAVES[name], path, "0xdeadbeef", optional=optional)
        check(somebody.run(*name.split(), "--yes", *line))
