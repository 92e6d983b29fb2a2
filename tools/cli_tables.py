"""Find the tables that each command shows, and their columns, in the source of the command line."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import click

CLI = Path(__file__).parents[1] / "marketplace" / "cli"


class Function:
    """A function of the command line: the functions it calls, and the columns of the tables it shows."""

    def __init__(self, node: ast.FunctionDef, constants: dict[str, ast.expr]) -> None:
        names = {
            alias.asname or alias.name: alias.name
            for one in ast.walk(node)
            if isinstance(one, ast.ImportFrom)
            for alias in one.names
        }
        local = {
            target.id: one.value
            for one in ast.walk(node)
            if isinstance(one, ast.Assign)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
        self.calls: list[str] = []
        self.tables: list[tuple[str, ...]] = []
        for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
            if isinstance(call.func, ast.Name):
                self.calls.append(names.get(call.func.id, call.func.id))
            elif isinstance(call.func, ast.Attribute):
                self.calls.append(call.func.attr)
                if call.func.attr == "table" and len(call.args) == 4:
                    self.tables.append(_columns(call.args[1], {**constants, **local}))


def _columns(expression: ast.expr, known: dict[str, ast.expr]) -> tuple[str, ...]:
    """Return the texts in an expression, names resolved."""
    found: list[str] = []
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value.rstrip(">"))
        elif isinstance(node, ast.Name) and node.id in known and known[node.id] is not expression:
            found += _columns(known[node.id], {name: one for name, one in known.items() if name != node.id})
    return tuple(found)


@cache
def functions() -> dict[tuple[str, str], Function]:
    """Return every function at the top of a module, by module and name."""
    trees = {path.stem: ast.parse(path.read_text("utf-8")) for path in sorted(CLI.glob("*.py"))}
    constants = {
        target.id: node.value
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    return {
        (module, node.name): Function(node, constants)
        for module, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def tables_of(command: click.Command) -> list[tuple[str, ...]]:
    """Return the columns of every table that a command can show, in the order of the source."""
    callback = command.callback
    while hasattr(callback, "__wrapped__"):
        callback = callback.__wrapped__
    if callback is None:
        return []
    module = callback.__module__.rpartition(".")[2]
    found: list[tuple[str, ...]] = []
    waiting, seen = [(module, callback.__name__)], set()
    while waiting:
        key = waiting.pop(0)
        if key in seen or key not in functions():
            continue
        seen.add(key)
        one = functions()[key]
        found += [table for table in one.tables if table not in found]
        for name in one.calls:
            here = (key[0], name)
            waiting += [here] if here in functions() else [k for k in functions() if k[1] == name]
    return found
