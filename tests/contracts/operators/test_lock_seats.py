"""
lockSeats and freeSeats
├── the caller is not the panels' contract: reverts Operators_NotPanels
├── seats of one word: one event, only these change
├── seats of several words: one event a word
├── the same seat twice, or locked before: locked
├── freeing: only these are free again
└── none: nothing happens
"""

import pytest

from tests.contracts.conftest import reverts_with
from tests.contracts.goods import events_of


@pytest.mark.parametrize("function", ["lockSeats", "freeSeats"])
@pytest.mark.parametrize("who", ["carol", "mallory", "referee", "deployer"])
def test_lock_seats__anybody_else__reverts_not_panels(house, people, seat, function, who):
    with reverts_with("Operators_NotPanels", people[who], house.panels):
        getattr(house.operators, function)([seat], {"from": people[who]})


def test_lock_seats__one_word__locks_only_these(house, panels):
    tx = house.operators.lockSeats([3, 0, 103], {"from": panels})
    locked = [place for place in range(110) if place in (0, 1, 3, 102, 103, 104)]
    assert [house.operators.isLocked(place) for place in locked] == [True, False, True, False, True, False]
    assert events_of(tx, "SeatsLocked") == [{"word": 0, "mask": 1 | 1 << 3 | 1 << 103}]


def test_lock_seats__several_words__one_event_a_word(house, panels):
    tx = house.operators.lockSeats([1, 104, 105, 4_095, 2], {"from": panels})
    assert events_of(tx, "SeatsLocked") == [
        {"word": 0, "mask": 2},
        {"word": 1, "mask": 3},
        {"word": 39, "mask": 1 << 39},
        {"word": 0, "mask": 4},
    ]
    assert all(house.operators.isLocked(place) for place in (1, 2, 104, 105, 4_095))


def test_lock_seats__twice__is_locked(house, panels):
    house.operators.lockSeats([5, 5], {"from": panels})
    house.operators.lockSeats([5], {"from": panels})
    assert house.operators.isLocked(5)


def test_lock_seats__none__changes_nothing(house, panels):
    assert not house.operators.lockSeats([], {"from": panels}).events


def test_free_seats__some__frees_only_these(house, panels):
    house.operators.lockSeats([1, 2, 104], {"from": panels})
    tx = house.operators.freeSeats([1, 104, 7], {"from": panels})
    assert [house.operators.isLocked(place) for place in (1, 2, 7, 104)] == [False, True, False, False]
    assert events_of(tx, "SeatsFreed") == [
        {"word": 0, "mask": 2},
        {"word": 1, "mask": 1},
        {"word": 0, "mask": 1 << 7},
    ]
