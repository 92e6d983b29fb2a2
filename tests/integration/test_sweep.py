"""Nothing is lost: every step of the stories, every process in it, killed at each write and each send.

An undisturbed run counts the points first. Then each step is tried again from where it began, killed at
a point, done again, and what is there is compared with the undisturbed run: money, orders, the contest,
how often each has sent, what journals hold for unsettled, all files. In the storm every step of a story
dies once and the story goes on to its end. `make deep` sweeps all points, else chance draws a sample.
"""

import shutil

import pytest

from marketplace.chain import Localnet
from tests.integration.stories import DaemonContest, Odds, Sale, TypedContest
from tests.integration.sweep import World, told

SAMPLE = {Sale: 8, Odds: 8, DaemonContest: 10, TypedContest: 6}
"""Kills of each story, besides those of the storm, when not all is swept."""

STORMS = 10
"""Stories in which every step dies once, in the deep sweep."""


@pytest.fixture(params=SAMPLE, ids=lambda one: one.__name__)
def story(request, tmp_path):
    """A story whose people are there, and whose undisturbed run was counted."""
    with Localnet(tmp_path / "localnet") as state:
        (tmp_path / "town").mkdir()
        world = World(tmp_path, state.url)
        found = request.param(world)
        found.people()
        yield found
        world.forks.close()


def count(story):
    """Tell the story undisturbed; return the points of each step, and how it ends."""
    world, points = story.world, []
    for beat in story.beats():
        points += [(given, world.do(given)) for given in beat()]
    return points, world.facts(exact=False)


def sweep(story, chosen):
    """Tell the story, trying each step with each death that is chosen for it; return what went wrong."""
    world, number, wrong = story.world, 0, []
    for beat in story.beats():
        for given in beat():
            if number > max(chosen):
                return wrong
            wrong += deaths_of(world, given, chosen.get(number, ()))
            number += 1
    return wrong


def deaths_of(world, given, points):
    """Kill one step at each of some points, each time from its beginning; in the end do it undisturbed."""
    wrong, kept = [], world.keep()
    world.do(given)
    whole = world.facts()
    for point in points:
        kept = world.put_back(kept)
        try:
            dead = world.die_and_repeat(given, point)
        except AssertionError as error:
            wrong.append(str(error))
            continue
        if differs := told(whole, world.facts()):
            wrong.append(f"{given}, killed at {len(dead.points)} ({dead.points[-1]}):\n{differs}")
    if points:
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
    start = world.folder / "start"
    shutil.copytree(world.folder / "kept", start)
    points, end = count(story)
    every = [(number, at + 1) for number, (_, names) in enumerate(points) for at in range(len(names))]
    chosen = every if deep else chance.sample(every, SAMPLE[type(story)])
    by_step = {}
    for number, at in sorted(chosen):
        by_step.setdefault(number, []).append(at)

    def again(kept):
        shutil.rmtree(world.folder / "kept")
        shutil.copytree(start, world.folder / "kept")
        return world.put_back(kept)

    kept = again(kept)
    wrong = sweep(story, by_step)
    for _ in range(STORMS if deep else 1):
        kept = again(kept)
        try:
            if differs := told(end, storm(story, points, chance)):
                wrong.append(f"a storm ended differently: {differs}")
        except AssertionError as error:
            wrong.append(f"a storm: {error}")
    record_property("kills", [world.kills, len(every), type(story).__name__])
    assert not wrong, f"{len(wrong)} went wrong:\n" + "\n\n".join(wrong)
    assert world.kills >= len(chosen), "the deaths did not come"
