"""Nothing is lost: every step of the stories, every process in it, killed at each write and each send.

Each step is done undisturbed, which counts its points. Then it is tried again from where it began, killed
at a point, done again, and what is there is compared with what was there undisturbed: money, orders, the
contest, how often each has sent, what journals hold for unsettled, all files. In the storm every step of a
story dies once and the story goes on to its end. `make deep` sweeps all points, else chance draws some.
"""

import shutil

import pytest

from marketplace.chain import Localnet
from tests.integration.demand_stories import DaemonDemands, TypedDemands
from tests.integration.file_stories import DaemonFiles, TypedFiles
from tests.integration.proved_stories import (
    DaemonProved,
    NobodyProves,
    SilentRequester,
    TypedProved,
    as_param,
)
from tests.integration.stories import DaemonContest, Odds, Sale, TypedContest
from tests.integration.sweep import World, told

ALIKE = ((TypedProved, DaemonProved), (TypedDemands, DaemonDemands), (TypedFiles, DaemonFiles))
"""Of each pair one is told when not all is swept."""

AT_LENGTH = (SilentRequester, NobodyProves)
"""Stories that are told only when all is swept."""

EVERY = (
    {Sale: 4, Odds: 3, DaemonContest: 6, TypedContest: 7, TypedFiles: 1, DaemonFiles: 1}
    | dict.fromkeys((TypedProved, DaemonProved, *AT_LENGTH), 4)
    | dict.fromkeys((TypedDemands, DaemonDemands), 3)
)
"""Of so many steps of each story one is killed, besides in the storm, when not all is swept."""

STORMS = 10
"""Stories in which every step dies once, in the deep sweep."""


def pytest_generate_tests(metafunc):
    """Tell every story, or of those that are alike the one that follows from the run's seed."""
    if "story" in metafunc.fixturenames:
        option = metafunc.config.option
        chosen = {pair[option.seed >> bit & 1] for bit, pair in enumerate(ALIKE)}
        left_out = () if option.deep else {*AT_LENGTH, *(one for pair in ALIKE for one in pair)} - chosen
        kinds = [as_param(kind) for kind in EVERY if kind not in left_out]
        metafunc.parametrize("story", kinds, indirect=True)


@pytest.fixture
def story(request, tmp_path, deep, chance):
    """A story whose people are there."""
    with Localnet(tmp_path / "localnet") as state:
        (tmp_path / "town").mkdir()
        world = World(tmp_path, state.url)
        found = request.param.some(world, deep, chance)
        found.people()
        yield found
        world.forks.close()


def sweep(story, choose):
    """Tell the story, trying steps with the deaths that ``choose(number, points)`` names.

    Returns the points of each step, and what went wrong.
    """
    world, told_of, wrong = story.world, [], []
    for beat in story.beats():
        for given in beat():
            kept = world.keep() if given.swept and choose(len(told_of), 1) else None
            points = world.do(given)
            if kept:
                wrong += deaths_of(world, given, kept, choose(len(told_of), len(points)))
            told_of.append((given, points))
    return told_of, wrong


def deaths_of(world, given, kept, points):
    """Kill one step, which was done, at each of some points, each time from its beginning; return faults."""
    whole, wrong = world.facts(), []
    for point in points:
        kept = world.put_back(kept)
        try:
            dead = world.die_and_repeat(given, point)
        except AssertionError as error:
            wrong.append(str(error))
            print(wrong[-1], flush=True)
            continue
        if differs := told(whole, world.facts()):
            wrong.append(f"{given}, killed at {len(dead.points)} ({dead.points[-1]}):\n{differs}")
            print(wrong[-1], flush=True)
    if wrong:  # else the story may go on from here: it is where it would be without a death
        world.put_back(kept)
        world.do(given)
    return wrong


def storm(story, points, chance):
    """Tell the story, killing each step at a point drawn by chance; return how it ends."""
    number = 0
    for beat in story.beats():
        for given in beat():
            most = len(points[min(number, len(points) - 1)][1])
            story.world.die_and_repeat(given, chance.randint(1, most))
            number += 1
    return story.world.facts(exact=False)


def test_story__every_process_killed_at_its_writes_and_sends__ends_as_without(
    story, deep, chance, record_property
):
    world, kept = story.world, story.world.keep()
    start, every = world.folder / "start", EVERY[type(story)]
    shutil.copytree(world.folder / "kept", start)
    first = chance.randrange(every)

    def choose(number, points):
        if deep:
            return range(1, points + 1)
        return [chance.randint(1, points)] if number % every == first else []

    points, wrong = sweep(story, choose)
    end, tried = world.facts(exact=False), world.kills

    def again(kept):
        shutil.rmtree(world.folder / "kept")
        shutil.copytree(start, world.folder / "kept")
        return world.put_back(kept)

    storms = STORMS if deep else int(len(points) > 1)  # of one step it is no more than was tried
    for _ in range(storms):
        kept = again(kept)
        try:
            if differs := told(end, storm(story, points, chance)):
                wrong.append(f"a storm ended differently: {differs}")
        except AssertionError as error:
            wrong.append(f"a storm: {error}")
    every_point = sum(len(names) for _, names in points)
    record_property("kills", [world.kills, every_point, type(story).__name__])
    assert not wrong, f"{len(wrong)} went wrong:\n" + "\n\n".join(wrong)
    assert tried
    assert not storms or world.kills > tried, "the deaths did not come"
