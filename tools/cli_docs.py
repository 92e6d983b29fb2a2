"""Write docs/cli.md from the commands themselves: purpose, usage, example and options of each.

Run it after a command changed: .venv/bin/python tools/cli_docs.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click

from marketplace import errors
from marketplace.chain.hints import HINTS
from marketplace.cli import COMMANDS, cli
from marketplace.config import Settings

sys.path.insert(0, str(Path(__file__).parent))
from cli_columns import MEANING
from cli_tables import tables_of

PATH = Path(__file__).parents[1] / "docs" / "cli.md"
COMMON = {"as_json", "wallet", "password_file", "rpc_url", "home", "yes"}

INTRO = """\
# The command `tessera`

<!-- Written by tools/cli_docs.py from the commands themselves. -->

A noun, then a verb: `tessera asset publish`. Results go to standard output, progress and questions to
standard error. Amounts are whole tokens with decimals (`12.5`), lengths of time have a unit (`90s`, `10m`,
`2h`, `1d`), ids may be cut to a unique beginning (`0x3f2a`). Before money moves or something becomes
public the command says what, how much and to whom, and asks.

Exit code 0: done. 1: it could not be done; standard error ends with one line `error: …` and one line
`hint: …`, and nothing is lost; [Errors](#errors) lists them. 2: the command was written wrongly.

With `--json` amounts are texts in whole tokens, times are Unix seconds, ids are `0x` and 64 hex digits.

## Options of every command

"""


def main() -> int:
    """Write the file, or with ``--check`` tell whether it is what would be written."""
    text = document()
    if "--check" in sys.argv[1:]:
        if PATH.read_text("utf-8") == text:
            return 0
        print("docs/cli.md is out of date: run .venv/bin/python tools/cli_docs.py")
        return 1
    PATH.write_text(text, "utf-8")
    return 0


def document() -> str:
    """Return the whole text."""
    commands = list(leaves(cli))
    common = [one for one in commands[0][1].params if one.name in COMMON]
    parts = [INTRO, _options(common), "\n## Settings\n\n", _settings()]
    noun = ""
    for name, command in commands:
        if name.split()[0] != noun:
            noun = name.split()[0]
            parts.append(f"\n## {noun}\n\n{COMMANDS[noun]}\n")
        parts.append(_section(name, command))
    return "".join([*parts, "\n## Errors\n\n", _errors(), _contract_errors()])


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Yield full name and command for every command below a group."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield " ".join((*path, name)), command
            yield from leaves(command, (*path, name))
        elif command is not None and not command.hidden:
            yield " ".join((*path, name)), command


def purpose_and_example(command: click.Command) -> tuple[str, str]:
    """Split a command's help at the mark before its example."""
    text, _, example = (command.help or "").partition("\b")
    return " ".join(text.split()), "\n".join(line.strip() for line in example.strip().splitlines())


def _section(name: str, command: click.Command) -> str:
    purpose, example = purpose_and_example(command)
    context = click.Context(command, info_name=f"tessera {name}")
    arguments = [one.make_metavar(context) for one in command.params if isinstance(one, click.Argument)]
    title = " ".join((f"tessera {name}", *arguments))
    text = f"\n### `{title}`\n\n{purpose}\n"
    if example:
        text += f"\n```\n{example}\n```\n"
    own = [one for one in command.params if isinstance(one, click.Option) and one.name not in COMMON]
    return text + (f"\n{_options(own)}" if own else "") + "".join(_table(one) for one in tables_of(command))


def _table(columns: tuple[str, ...]) -> str:
    """Say what the columns of a table mean."""
    lines = ["\n| column | |\n|---|---|\n"]
    return "".join([*lines, *(f"| {name} | {MEANING[name]} |\n" for name in columns)])


def _options(options: list[click.Parameter]) -> str:
    lines = ["| option | |\n|---|---|\n"]
    for option in options:
        record = option.get_help_record(click.Context(click.Command("x")))
        if record is not None:
            flag, about = (" ".join(part.split()).replace("|", "\\|") for part in record)
            lines.append(f"| `{flag}` | {about} |\n")
    return "".join(lines)


def _settings() -> str:
    lines = ["An option wins over an environment variable, that over a line in `.env`.\n\n"]
    lines.append("| variable | | default | from | to |\n|---|---|---|---|---|\n")
    for item in fields(Settings):
        default = item.default if isinstance(item.default, int | str) else ""
        default = "~/.tessera" if item.name == "home" else default
        about = item.metadata["about"]
        low, high = (f"{item.metadata[key]:,}" if key in item.metadata else "" for key in ("low", "high"))
        lines.append(f"| `TESSERA_{item.name.upper()}` | {about} | {default} | {low} | {high} |\n")
    return "".join(lines)


def error_classes() -> list[type[errors.MarketplaceError]]:
    """Return the tree of errors, each class after its parent."""
    found = [errors.MarketplaceError]
    for kind in found:
        at = found.index(kind) + 1
        found[at:at] = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    return found


def _errors() -> str:
    lines = [
        "Each is a class of `marketplace.errors`, and each ends a command with exit code 1. The hint is\n"
        "given where the error itself knows no better one. Wrong usage of a command ends it with 2.\n\n",
        "| class | is a | what it means | hint |\n|---|---|---|---|\n",
    ]
    for kind in error_classes():
        parent = kind.__mro__[1].__name__
        about = " ".join((kind.__doc__ or "").partition("\n\n")[0].split())
        lines.append(f"| `{kind.__name__}` | `{parent}` | {_cell(about)} | {_cell(kind.default_hint)} |\n")
    return "".join(lines)


def _contract_errors() -> str:
    lines = [
        "\n### What contracts refuse\n\nA `ContractReverted` names the contract's error and its values:\n"
        "`error: the contract refused: Vault_TooLittle(got=…, expected=…)`.\n\n| error | hint |\n|---|---|\n"
    ]
    return "".join([*lines, *(f"| `{name}` | {_cell(hint)} |\n" for name, hint in HINTS.items())])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.exit(main())
