"""The import rules and the line budget of docs/architecture.md, checked on every test run."""

import ast
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = "marketplace"
REPOSITORY = Path(__file__).parents[1]
ROOT = REPOSITORY / PACKAGE
FILE_LINES = 500
FUNCTION_LINES = 40

# Lowest layer first. A module may import from layers below its own, never sideways or up.
LAYERS = [
    {"native"},
    {"constants", "durable", "errors", "foreign", "hashing", "threads"},
    {"types", "config", "codec", "merkle"},
    {"chain", "storage", "crypto", "datasets", "models", "proving", "privacy", "federated"},
    {"services"},
    {"node", "dashboard"},
    {"cli"},  # starts them
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# Within their layer these two may be used by the others.
SHARED = {"types", "codec"}

MODULES = sorted(p for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")
PYTHON = [
    p for top in (PACKAGE, "scripts", "tests", "tools") for p in sorted((REPOSITORY / top).rglob("*.py"))
]
SOLIDITY = [p for top in ("contracts", "tests") for p in sorted((REPOSITORY / top).rglob("*.sol"))]


def shown(path):
    return str(path.relative_to(REPOSITORY))


def imports_of(path):
    """Yield the top-level names inside PACKAGE that the module at ``path`` imports."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            targets = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(parts[: -node.level]) if node.level else []
            base += node.module.split(".") if node.module else []
            targets = [[*base, alias.name] for alias in node.names]
        else:
            continue
        yield from (t[1] for t in targets if t[0] == PACKAGE and len(t) > 1)


def body_lines(function):
    """Count a function's lines from ``def`` to its end, its docstring aside."""
    length = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        length -= first.end_lineno - first.lineno + 1
    return length


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_module__imports__only_from_layers_below(path):
    here = path.relative_to(ROOT).with_suffix("").parts[0]
    for target in imports_of(path):
        if target in LEVEL and target != here:
            sideways = LEVEL[target] == LEVEL[here] and target in SHARED and here not in SHARED
            assert sideways or LEVEL[target] < LEVEL[here], f"{here} must not import {target}"


def test_modules__all__have_a_layer():
    found = {p.relative_to(ROOT).with_suffix("").parts[0] for p in MODULES}
    assert found <= set(LEVEL), f"no layer declared for {found - set(LEVEL)}"


def test_package__any_module__never_mentions_brownie():
    for path in MODULES:
        assert "brownie" not in path.read_text(), f"{shown(path)} mentions brownie"


def test_config__environment__is_read_there_only():
    readers = [shown(p) for p in MODULES if "os.environ" in p.read_text() or "os.getenv" in p.read_text()]
    assert set(readers) <= {f"{PACKAGE}/config.py"}


@pytest.mark.parametrize("path", [*PYTHON, *SOLIDITY], ids=shown)
def test_file__length__within_budget(path):
    assert len(path.read_text().splitlines()) <= FILE_LINES


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_functions__length__within_budget(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert body_lines(node) <= FUNCTION_LINES, f"{shown(path)}:{node.lineno} {node.name} is too long"


@pytest.mark.parametrize("folder", ["marketplace", "integration", "contracts"])
def test_tests__of_one_run__have_names_of_their_own(folder):
    """Pytest imports files in folders that are no packages by their names alone."""
    loose = [
        path
        for path in (REPOSITORY / "tests" / folder).rglob("test_*.py")
        if not (path.parent / "__init__.py").exists()
    ]
    names = Counter(path.name for path in loose)
    assert not [name for name, count in names.items() if count > 1]
