"""The tables of docs/architecture.md name every function that changes state, and every invariant."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
INTERFACES = REPOSITORY / "contracts" / "interfaces"
COMMENT = re.compile(r"//[^\n]*")
FUNCTION = re.compile(r"\bfunction\s+(\w+)\s*\([^)]*\)([^;]*);")


def section(title):
    """Return the text between the heading that ends with ``title`` and the next of its level."""
    text = (REPOSITORY / "docs" / "architecture.md").read_text("utf-8")
    return text.split(f" {title}\n", 1)[1].split("\n## ", 1)[0]


def declared():
    """Return ``Contract.function`` for everything in the interfaces that is not a view."""
    found = set()
    for path in INTERFACES.glob("I*.sol"):
        for name, rest in FUNCTION.findall(COMMENT.sub("", path.read_text("utf-8"))):
            if not re.search(r"\b(view|pure)\b", rest):
                found.add(f"{path.stem[1:]}.{name}")
    return found


def test_call_table__interfaces__names_every_function():
    cells = [line.split("|")[1] for line in section("Who can call what, when").splitlines() if "|" in line]
    named = [name for cell in cells for name in re.findall(r"`(\w+\.\w+)`", cell)]
    assert len(named) == len(set(named))
    assert set(named) == declared()


def numbered(path):
    """Return the numbers of invariants that a file of tests checks."""
    text = path.read_text("utf-8")
    named = re.findall(r"\b(?:invariant|check)((?:_\d\d)+)_", text)
    told = re.findall(r'(?<!hex)"(\d\d)(?::[^"]*)?"\)', text) if path.name.endswith(".t.sol") else []
    return {number for numbers in named for number in numbers[1:].split("_")} | set(told)


def invariants():
    """Return the numbers of the table, each with the text of its row."""
    rows = [line.split("|") for line in section("Invariants").splitlines() if line.startswith("| ")]
    return {row[1].strip(): row[3] for row in rows}


def test_invariants__in_code__have_a_number_of_the_table():
    for path in (REPOSITORY / "tests").rglob("*"):
        if path.suffix in (".py", ".sol"):
            assert numbered(path) <= set(invariants()), path


def test_invariants__of_the_table__are_checked_where_it_says():
    for number, where in invariants().items():
        for name in re.findall(r"\b(\w+\.t\.sol)`", where):
            assert number in numbered(REPOSITORY / "tests" / "forge" / name), (number, name)
    every = (REPOSITORY / "tests" / "forge").glob("*.t.sol")
    suites = [path for path in every if "function invariant_" in path.read_text("utf-8")]
    assert len(suites) >= 5
    assert all("23" in numbered(path) for path in suites)
