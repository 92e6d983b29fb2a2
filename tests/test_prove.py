"""What slither finds is explained place by place: a new finding of a known kind fails `make prove`."""

import json
import re
from pathlib import Path

import pytest

from tests.tools import load

PROVE = load("prove")
ROOT = Path(__file__).parents[1]
REASONS = json.loads(PROVE.EXPLAINED.read_text("utf-8"))


def detector(check, function, contract):
    """Return a finding as slither writes it."""
    parent = {"type": "contract", "name": contract}
    element = {"type": "function", "name": function, "type_specific_fields": {"parent": parent}}
    return {"check": check, "elements": [element]}


@pytest.mark.parametrize("check", sorted({one["check"] for one in REASONS}))
def test_compared__new_finding_of_a_known_kind__is_unexplained(check):
    reasons = PROVE.explained()
    new = PROVE.finding(detector(check, "somethingNew", "Vault"))
    assert new == (check, "Vault.somethingNew")
    assert PROVE.compared(reasons | {new}, reasons) == ({new}, set())


def test_compared__finding_that_is_gone__leaves_its_reason_idle():
    reasons = PROVE.explained()
    gone = min(reasons)
    assert PROVE.compared(reasons - {gone}, reasons) == (set(), {gone})


def test_reasons__name_places_each_once_and_in_order():
    named = [(one["check"], place) for one in REASONS for place in one["places"]]
    assert len(set(named)) == len(named)
    assert all(one["places"] == sorted(one["places"]) and one["reason"] for one in REASONS)


def test_reasons__places__stand_in_the_contracts():
    texts = {path.stem: path.read_text("utf-8") for path in (ROOT / "contracts").rglob("*.sol")}
    for one in REASONS:
        for place in one["places"]:
            contract, _, name = place.partition(".")
            assert contract in texts, place
            if not name.startswith("slither"):  # made up for constants
                assert re.search(rf"\b{name}\b", texts[contract]), place


@pytest.mark.parametrize("where", ["*", "Vault.*", "*.deposit"])
def test_reasons__for_a_whole_kind__explain_nothing(where):
    new = ("timestamp", "Vault.deposit")
    assert PROVE.compared({new}, {("timestamp", where)}) == ({new}, {("timestamp", where)})
