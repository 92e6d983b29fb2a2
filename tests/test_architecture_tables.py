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


def test_invariants__in_code__have_a_number_of_the_table():
    numbers = {
        line.split("|")[1].strip() for line in section("Invariants").splitlines() if line.startswith("| ")
    }
    for path in (REPOSITORY / "tests").rglob("*"):
        if path.suffix in (".py", ".sol"):
            used = set(re.findall(r"\binvariant_(\d\d)_", path.read_text("utf-8")))
            assert used <= numbers, path
