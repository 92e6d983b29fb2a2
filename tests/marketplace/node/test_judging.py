"""What an evaluator's daemon does in each phase of a panel."""

from dataclasses import replace

import pytest

from marketplace.node.judging import Deed, may_be_granted, may_give_up, next_deed
from marketplace.services.bounties import KEY_PUBLIC
from marketplace.services.structs import Phase, Stage
from tests.marketplace.node.contests import NOW, panel, view

MINE = frozenset({0, 2})


def deed(phase=Phase.COMMITTING, *, granted=True, places=MINE, **changes):
    return next_deed(view(Stage.JUDGING, panel=panel(phase, **changes)), places, granted).deed


def test_committing__granted__commits():
    assert deed() is Deed.COMMIT


def test_committing__not_granted__waits_until_it_can_be_granted_no_more():
    assert deed(granted=False) is Deed.WAIT
    assert deed(granted=False, grant_deadline=NOW - 1) is Deed.COMMIT


def test_committing__about_rows_or_key_public__waits_for_no_key():
    assert deed(granted=False, candidate=0) is Deed.COMMIT
    found = view(Stage.JUDGING, panel=panel(Phase.COMMITTING), flags=KEY_PUBLIC)
    assert next_deed(found, MINE, False).deed is Deed.COMMIT
    assert not may_be_granted(found)


@pytest.mark.parametrize(
    ("committed", "expected"), [({0}, Deed.COMMIT), ({0, 2}, Deed.NOTHING), ({0, 1, 2}, Deed.NOTHING)]
)
def test_committing__some_places_committed__only_what_is_missing(committed, expected):
    assert deed(committed=frozenset(committed)) is expected


@pytest.mark.parametrize(
    ("committed", "revealed", "expected"),
    [
        ({0, 1, 2}, set(), Deed.REVEAL),
        ({0, 1, 2}, {0}, Deed.REVEAL),
        ({0, 1, 2}, {0, 2}, Deed.NOTHING),
        ({1}, set(), Deed.NOTHING),
    ],
)
def test_revealing__only_what_was_committed(committed, revealed, expected):
    marks = {"committed": frozenset(committed), "revealed": frozenset(revealed)}
    assert deed(Phase.REVEALING, **marks) is expected


def test_not_seated_or_too_late_or_other_stage__nothing():
    assert deed(places=frozenset()) is Deed.NOTHING
    assert deed(deadline=NOW - 1) is Deed.NOTHING
    assert deed(Phase.DRAWING) is Deed.NOTHING
    assert next_deed(view(Stage.WINDOW), MINE, True).deed is Deed.NOTHING


def test_give_up__in_the_last_quarter_only():
    found = view(Stage.JUDGING, panel=panel(Phase.COMMITTING, deadline=NOW + 901))
    assert not may_give_up(found)
    assert may_give_up(replace(found, now=NOW + 1))
