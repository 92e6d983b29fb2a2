"""Every command of the command line has help and an example, and docs/cli.md shows it."""

import importlib.util
import shlex
from pathlib import Path

import click
import pytest

from marketplace.cli import COMMANDS, cli

REPOSITORY = Path(__file__).parents[1]
DOCS = (REPOSITORY / "docs" / "cli.md").read_text("utf-8")


def load_tool():
    spec = importlib.util.spec_from_file_location("cli_docs", REPOSITORY / "tools" / "cli_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()
LEAVES = list(TOOL.leaves(cli))


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_command__help_and_docs__are_there(name, command):
    purpose, example = TOOL.purpose_and_example(command)
    assert purpose, f"{name} has no help"
    assert f"### `tessera {name}" in DOCS, f"run tools/cli_docs.py: {name} is missing from docs/cli.md"
    assert purpose in DOCS, f"run tools/cli_docs.py: the purpose of {name} changed"
    for option in (one for one in command.params if isinstance(one, click.Option)):
        assert option.help, f"{name} {option.opts[0]} has no help"
        assert option.opts[0] in DOCS, f"run tools/cli_docs.py: {option.opts[0]} of {name} is missing"
    lines = [line for line in example.splitlines() if line.strip()]
    assert lines, f"{name} shows no example"
    assert all(line.strip().startswith(("tessera ", "make ")) for line in lines)


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_command__example__is_accepted(name, command):
    """Only that options and arguments exist and can be read; nothing is run."""
    for line in TOOL.purpose_and_example(command)[1].splitlines():
        words = shlex.split(line)
        if words[:1] == ["tessera"] and "|" not in words:
            arguments = words[1 + len(name.split()) :]
            command.make_context(f"tessera {name}", arguments)


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_command__common_options__are_taken(name, command):
    assert {one.name for one in command.params} >= TOOL.COMMON, f"{name} lacks @shared"


def test_groups__table__gives_each_its_line_of_help():
    for name in cli.list_commands(click.Context(cli)):
        assert COMMANDS[name] in DOCS
