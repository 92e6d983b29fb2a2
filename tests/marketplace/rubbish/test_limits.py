"""The table of limits in docs/architecture.md says what the code does."""

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "architecture.md").read_text("utf-8")
SECTION = PAGE.split("## 9. Foreign bytes")[1].split("\n## ")[0]
ROWS = re.findall(r"^\| `(\w+)\.(\w+)` \| ([^|]+) \|", SECTION, re.MULTILINE)
UNITS = {"": 1, "bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
PLACES = {"constants": "", "errors": "", "codec": "", "table": "datasets.", "canonical": "models.",
          "skops_file": "models.", "preview": "crypto.", "grants": "crypto.", "manifest": "services.",
          "relay_files": "services.", "keystore": "crypto.", "secret_box": "crypto.", "dagpb": "storage.",
          "unixfs": "storage."}  # fmt: skip


@pytest.mark.parametrize(("module", "name", "shown"), ROWS, ids=[row[1] for row in ROWS])
def test_limit__in_the_table__is_that_of_the_code(module, name, shown):
    number, _, unit = shown.strip().partition(" ")
    base, _, power = number.replace(",", "").partition("^")
    found = getattr(import_module(f"marketplace.{PLACES[module]}{module}"), name)
    assert found == int(base) ** int(power or 1) * UNITS[unit]


def test_limits__table__is_read_whole():
    assert len(ROWS) == sum(line.startswith("| `") for line in SECTION.splitlines()) > 15
