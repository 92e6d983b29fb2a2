"""The most rounds that a bounty can have, each of them on the chain: five a candidate, four about the rows.

Round numbers are signed, and stand in eight bits; docs/architecture.md counts the longest bounty from them.
"""

import pytest

from tests.contracts.contest_chain import send, sleep
from tests.contracts.contest_values import (
    BAD_ROWS,
    CHOOSING,
    CURE,
    DAY,
    JUDGING,
    NOBODY,
    ROWS_GOOD,
    UNSCORABLE,
    WINDOW,
    plain,
)

ROUNDS_A_CANDIDATE, ROUNDS_ABOUT_ROWS, CANDIDATES, MOST_ROUNDS = 5, 4, 8, 44
SEATS_EACH = 6  # two signers are lost with each of three voids, 27 times


@pytest.fixture
def makers(people):
    """Return eight makers, the best first."""
    return [people[name] for name in "bob dave erin frank grace heidi ivan judy".split()]


@pytest.fixture
def many_seats(house, evaluators):
    """Give every evaluator some seats more: each void takes two for good."""
    for who in evaluators:
        house.fund(who)
        for _ in range(SEATS_EACH):
            send(house.operators.join, b"\1" * 32, sender=who)
    sleep(DAY)


def void_three_times(contest, challenger, *attestations):
    """Let three panels in a row sign the same falsehood, each disproved."""
    for voids in (1, 2, 3):
        contest.judge(*attestations)
        assert contest.stage == WINDOW
        liars = contest.signers(0, 1)
        contest.void_and_collect(challenger)
        contest.money.voided(liars, challenger.address)
        assert contest.stage == (JUDGING if voids < 3 else CHOOSING)


def test_bounty__as_many_rounds_as_there_can_be__forty_four(contest, many_seats, makers, mallory):
    contest.fast = True
    contest.ready({maker: 900 - 10 * i for i, maker in enumerate(makers)}, rows=makers[0])
    contest.choose()
    contest.judge(plain(BAD_ROWS), plain(ROWS_GOOD), None)
    contest.money.silent(contest.last_panel[2])
    void_three_times(contest, mallory, plain(ROWS_GOOD), plain(ROWS_GOOD), plain(BAD_ROWS))
    assert contest.round["number"] == ROUNDS_ABOUT_ROWS
    lie = plain(UNSCORABLE), plain(UNSCORABLE), plain(BAD_ROWS)
    for tried, maker in enumerate(makers, 1):
        contest.choose()
        contest.no_quorum()
        contest.judge(*lie)
        assert contest.stage == CURE
        contest.publish(maker)
        void_three_times(contest, mallory, *lie)
        assert contest.round["number"] == ROUNDS_ABOUT_ROWS + ROUNDS_A_CANDIDATE * tried
        contest.check_money()
    assert contest.round["number"] == ROUNDS_ABOUT_ROWS + ROUNDS_A_CANDIDATE * CANDIDATES == MOST_ROUNDS
    contest.choose()
    contest.money.back()
    contest.check_end(NOBODY)
