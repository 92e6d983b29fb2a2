"""Every command of the command line has help and an example, and docs/cli.md shows it."""

import shlex
from dataclasses import fields
from pathlib import Path

import click
import pytest

from marketplace.chain.artifacts import artifact_names, load_artifact
from marketplace.chain.hints import hint_for
from marketplace.cli import COMMANDS, cli
from marketplace.config import PREFIX, Settings
from tests.tools import load

REPOSITORY = Path(__file__).parents[1]
DOCS = (REPOSITORY / "docs" / "cli.md").read_text("utf-8")


TOOL = load("cli_docs")
TABLES = load("cli_tables")
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


@pytest.mark.parametrize("item", fields(Settings), ids=lambda item: item.name)
def test_setting__each__has_its_line(item):
    (line,) = [text for text in DOCS.splitlines() if text.startswith(f"| `{PREFIX}{item.name.upper()}` |")]
    assert item.metadata["about"] in line
    for bound in ("low", "high"):
        if bound in item.metadata:
            assert f"| {item.metadata[bound]:,} |" in line


@pytest.mark.parametrize("kind", TOOL.error_classes(), ids=lambda kind: kind.__name__)
def test_error__each_class__has_its_line(kind):
    (line,) = [text for text in DOCS.splitlines() if text.startswith(f"| `{kind.__name__}` |")]
    assert kind.default_hint.replace("<", "&lt;") in line


def test_error__each_of_the_contracts__has_its_line():
    for name in artifact_names():
        for item in load_artifact(name).abi:
            if item["type"] == "error" and f"| `{item['name']}` |" not in DOCS:
                general = hint_for(item["name"])  # of a prefix, such as ERC20Invalid
                assert general, f"run tools/cli_docs.py: {item['name']} is missing"


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_table__each_of_a_command__has_its_columns(name, command):
    section = DOCS.partition(f"### `tessera {name}")[2].partition("\n### ")[0]
    for columns in TOOL.tables_of(command):
        for column in columns:
            meaning = TOOL.MEANING.get(column)
            assert meaning, f"say in tools/cli_columns.py what the column {column!r} of {name} means"
            assert f"| {column} | {meaning} |" in section, "run tools/cli_docs.py"


def test_tables__all_in_the_source__belong_to_a_command():
    shown = {table for _, command in LEAVES for table in TOOL.tables_of(command)}
    assert {table for one in TABLES.functions().values() for table in one.tables} == shown
    assert {column for table in shown for column in table} == set(TOOL.MEANING)


def test_file__as_a_whole__is_what_the_tool_writes():
    assert TOOL.document() == DOCS, "run .venv/bin/python tools/cli_docs.py"
