"""Fixtures of the tests of contests: the cast, twelve seats, and a contest of alice at each stage."""

import pytest

from tests.contracts.contest_chain import undone
from tests.contracts.contest_helpers import Contest
from tests.contracts.contest_people import list_dataset, make_evaluators
from tests.contracts.contest_values import scored


@pytest.fixture(scope="package")
def evaluators(house, people):
    """Return twelve evaluators with a seat each, older than every bounty, until the folder is tested."""
    with undone():
        yield make_evaluators(house, people)


@pytest.fixture
def dave(people):
    """Make a model."""
    return people["dave"]


@pytest.fixture
def erin(people):
    """Make a model."""
    return people["erin"]


@pytest.fixture
def datasets(house, people):
    """Return the ids of three datasets of frank."""
    return [list_dataset(house, people["frank"], i) for i in range(3)]


@pytest.fixture
def contest(house, evaluators, alice):
    """Return a contest of alice that is not open yet."""
    return Contest(house, alice)


def stage(name, reach):
    """Return the fixture of a contest brought to a stage."""

    def reached(contest, people):
        contest.fast = True
        reach(contest, people)
        contest.fast = False
        return contest

    reached.__doc__ = f"Return a contest that is {name}: bob claims 900 of 1,000 rows, dave 800."
    return pytest.fixture(name=name)(reached)


def _submitting(contest, people):
    contest.open()
    contest.submit(people["bob"])
    contest.submit(people["dave"])


def _claiming(contest, people):
    _submitting(contest, people)
    contest.open_rows()


def _claimed(contest, people):
    _claiming(contest, people)
    contest.claim(people["bob"], 900)
    contest.claim(people["dave"], 800)


def _drawing(contest, people):
    _claimed(contest, people)
    contest.choose()


def _committing(contest, people):
    _drawing(contest, people)
    contest.draw()


def _revealing(contest, people):
    _committing(contest, people)
    for place in range(3):
        contest.commit(place, scored(900))


def _locking(contest, people):
    _revealing(contest, people)
    contest.reveal()


def _delivering(contest, people):
    _locking(contest, people)
    contest.lock(people["bob"])


def _delivered(contest, people):
    _delivering(contest, people)
    contest.deliver(people["bob"])


def _over(contest, people):
    _delivered(contest, people)
    contest.finalize(people["bob"])


submitting = stage("submitting", _submitting)
claiming = stage("claiming", _claiming)
claimed = stage("claimed", _claimed)
drawing = stage("drawing", _drawing)
committing = stage("committing", _committing)
revealing = stage("revealing", _revealing)
locking = stage("locking", _locking)
delivering = stage("delivering", _delivering)
delivered = stage("delivered", _delivered)
over = stage("over", _over)
