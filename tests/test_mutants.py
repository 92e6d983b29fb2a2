"""Each mutant that is said to be equivalent names code that stands in the contracts, and says why."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = {path.stem: path for path in (ROOT / "contracts").rglob("*.sol")}
LISTED = tomllib.loads((ROOT / "tests" / "forge" / "equivalent.toml").read_text("utf-8"))["mutant"]


def function(contract, name):
    """Return the code of functions of that name as a mutant's name has it: on one line, without comments."""
    code = re.sub(r"//[^\n]*", "", FILES[contract].read_text("utf-8")) if contract in FILES else ""
    found = re.findall(rf"^ *(?:function|modifier) {name}\b.*?^    }}", code, re.MULTILINE | re.DOTALL)
    return re.sub(r"\s+", " ", " ".join(found))


@pytest.mark.parametrize("one", LISTED, ids=lambda one: one["name"])
def test_equivalent__mutant__changes_code_that_there_is(one):
    where, _, change = one["name"].partition(": ")
    old = change.split(" -> ")[0]
    assert old in function(*where.split("."))
    assert len(one["reason"]) > 10


def test_equivalent__names__are_listed_once():
    assert not [name for name, times in Counter(one["name"] for one in LISTED).items() if times > 1]


def test_function__that_there_is_not__has_no_code():
    assert function("Places", "majority") == function("Nothing", "at") == ""
    assert "left &= ~its" in function("Places", "largest")
