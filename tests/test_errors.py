"""The whole tree of errors: each class, each place that raises one, and each hint."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import click
import pytest

import marketplace
from marketplace import errors
from marketplace.chain.hints import HINTS
from marketplace.cli import cli
from marketplace.errors import MarketplaceError

ROOT = Path(marketplace.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
NO_COMMAND = {"command", "in", "marketplace"}
"""Words that follow the name of the program in a sentence."""


def import_everything():
    for found in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        # what is compiled in native are libraries for cffi, not modules
        if not found.name.endswith("__main__") and not found.name.startswith("marketplace.native."):
            importlib.import_module(found.name)


def tree(kind=MarketplaceError):
    """Yield a class and all below it."""
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


import_everything()
CLASSES = {kind.__name__: kind for kind in tree() if kind.__module__.startswith("marketplace")}


def raises():
    """Yield file, line and call of every place that makes an error of the tree."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in CLASSES:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", name, node


RAISES = list(raises())


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_class__hint_and_words__are_its_own(kind):
    assert "default_hint" in vars(kind), "each class says what to do next"
    assert_one_line(kind.default_hint)
    assert kind.__doc__
    error = kind("x", {}) if kind is errors.ContractReverted else kind("what is wrong")
    assert error.hint == kind.default_hint
    assert isinstance(error, MarketplaceError)


def test_tree__every_class__is_public_or_of_one_module():
    """Whoever uses the package can catch each; a class of a module alone is caught by its parent."""
    for name, kind in CLASSES.items():
        if kind.__module__ == "marketplace.errors":
            assert name in marketplace.__all__, f"{name} is not exported"


def test_messages__with_what_others_wrote__stay_one_line():
    error = MarketplaceError("there is no asset 1\n2\x1b[31m\u2028x", "look\nthere")
    assert_one_line(str(error))
    assert_one_line(error.hint)
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(("where", "name", "node"), RAISES, ids=[where for where, *_ in RAISES])
def test_raise__each__has_a_message_and_a_hint(where, name, node):
    texts = [constant(argument) for argument in node.args]
    if name not in ("ContractReverted",):
        assert node.args, f"{where}: no message"
    given = len(node.args) > 1 or any(word.arg == "hint" for word in node.keywords)
    assert given or name != "MarketplaceError", f"{where}: the plain class knows no hint for this"
    for text in texts:
        assert "\n" not in text, f"{where}: more than one line"
    if texts and texts[0]:
        assert not texts[0].endswith("."), f"{where}: a message is no sentence with a full stop"


def constant(node):
    """Return the fixed part of a text: what stands between the values of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def test_contract_errors__each_hint__is_one_line():
    for name, hint in HINTS.items():
        assert_one_line(hint), name


def commands_named():
    """Yield place and words of every command that a text of the package tells somebody to run."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = constant(node)
            for found in re.finditer(r"\btessera ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", text):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", found.group(1).split()


def test_hints__commands_they_name__exist():
    context, seen, wrong = click.Context(cli), 0, []
    for where, words in commands_named():
        if words[0] in NO_COMMAND:
            continue
        command = cli.get_command(context, words[0])
        if command is None:
            wrong.append(f"{where}: there is no tessera {words[0]}")
            continue
        if isinstance(command, click.Group) and not command.invoke_without_command and len(words) > 1:
            known = command.list_commands(context)
            if words[1] not in known:
                wrong.append(f"{where}: there is no tessera {' '.join(words)}")
        seen += 1
    assert not wrong
    assert seen > 200


def assert_one_line(text):
    assert text
    assert text.isprintable()
    assert text == text.strip()
    assert not text.endswith(".")
