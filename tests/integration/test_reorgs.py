"""Reorgs of 1 to 20 blocks at every step of a sale, a contest, a proved bounty: they still end right.

Everybody runs again what he ran before. Afterwards money, orders, the contest and what journals hold for
unsettled are as without the reorg, and the Vault's sums hold. Blocks, and with them seeds and panels, are
others than before.
"""

import random
from functools import partial

import pytest

from tests.integration.demand_stories import DaemonDemands
from tests.integration.proved_stories import DaemonProved, NobodyProves, TypedProved, as_param
from tests.integration.reorgs import SLACK_SECONDS, Answer, Reorgs, Told, as_far, tell
from tests.integration.shell import citizen
from tests.integration.stories import DaemonContest, Sale
from tests.integration.sweep import step

DEPTHS = range(1, 21)
SOME = (1, 20)
SAMPLE = {Sale: 4, DaemonContest: 2, DaemonProved: 2, DaemonDemands: 1}
"""Reorgs of each of these depths of each story, when not all are made."""
AT_LENGTH = (TypedProved, NobodyProves)
"""Stories that are told only where all are made."""
COSTLY = (DaemonProved, DaemonDemands)
"""Stories of which one is told where not all are made."""
FEW_DEPTHS = (DaemonDemands,)
"""Stories of which only those depths are tried: what leads up to a verdict is told above."""
IDLE_SECONDS = 20
"""So long nobody notices, at most: what is mined again may be mined so much later."""


def pytest_generate_tests(metafunc):
    """Tell every story, or of two that cost much the one that follows from the run's seed."""
    if "reorgs" in metafunc.fixturenames:
        option = metafunc.config.option
        kinds = {*SAMPLE, *AT_LENGTH} if option.deep else {*SAMPLE} - {COSTLY[option.seed & 1]}
        params = [as_param(kind) for kind in (*SAMPLE, *AT_LENGTH) if kind in kinds]
        metafunc.parametrize("reorgs", params, indirect=True, scope="module")


@pytest.fixture(scope="module")
def reorgs(request, tmp_path_factory, deep):
    kind, seed = request.param, request.config.option.seed
    part = partial(kind.some, deep=deep, chance=random.Random(f"{seed} {kind.__name__}"))
    found = tell(part, tmp_path_factory.mktemp("reorgs"))
    yield found
    found.world.forks.close()
    found.anvil.stop()


def chosen(reorgs, deep, chance):
    """Return the step and the depth of each reorg to make."""
    found = []
    for depth in DEPTHS if deep and not isinstance(reorgs.story, FEW_DEPTHS) else SOME:
        steps = [n for n, told in enumerate(reorgs.told) if told.step.swept and reorgs.depths(n, (depth,))]
        many = len(steps) if deep else min(len(steps), SAMPLE[type(reorgs.story)])
        found += [(number, depth) for number in chance.sample(steps, many)]
    return sorted(found)


@pytest.mark.slow
def test_story__reorg_at_its_steps__ends_as_without(reorgs, deep, chance, record_property):
    wrong, cases = [], chosen(reorgs, deep, chance)
    reorgs.unwind(cases)
    for number, depth in cases:
        reorgs.reorg(number, depth, others=chance.randint(0, 1), idle=chance.randint(0, IDLE_SECONDS))
        try:
            differs = "\n".join(reorgs.repeat(number, depth))
        except AssertionError as error:
            differs = str(error)
        if differs:
            wrong.append(f"{depth} blocks after {reorgs.told[number].step}:\n{differs}")
            print(wrong[-1], flush=True)
    record_property("reorgs", [reorgs.made, type(reorgs.story).__name__])
    print(f"{reorgs.made} reorgs of {type(reorgs.story).__name__}, {len(wrong)} ended wrong")
    assert not wrong, f"{len(wrong)} of {reorgs.made} went wrong:\n" + "\n\n".join(wrong)


def test_repeat__refused_as_done_before_but_only_too_early__is_run_again():
    """Nothing is free in the vault before a refund that comes too early: that was not withdrawn already."""
    refund, withdraw = step("mary", "refund"), step("mary", "withdraw", again="free in the vault")
    reorgs = Rehearsed([Told(one, 0, 0, 1, {}, {"vault": 0}, None) for one in (refund, withdraw)])
    assert reorgs.repeat(1, 1) == []
    assert reorgs.ran == [refund, withdraw, refund, withdraw]


@pytest.mark.parametrize(
    ("told", "now", "same"),
    [
        (("JUDGING", "NONE", "COMMITTING", 2, 0), ("JUDGING", "NONE", "REVEALING", 2, 0), True),
        (("JUDGING", "NONE", "REVEALING", 2, 0), ("WINDOW", "NONE", "JUDGED", 2, 0), True),
        (("JUDGING", "NONE", "REVEALING", 2, 0), ("JUDGING", "NONE", "COMMITTING", 2, 0), True),
        (("JUDGING", "NONE", "REVEALING", 2, 0), ("WINDOW", "NONE", "JUDGED", 1, 0), False),
        (("WINDOW", "NONE", "JUDGED", 2, 0), ("JUDGING", "NONE", "REVEALING", 2, 0), False),
        (("JUDGING", "NONE", "COMMITTING", 2, 0), ("CLAIMING", "NONE", "NONE", 2, 0), False),
        (None, None, True),
    ],
)
def test_as_far__another_panel__may_only_be_elsewhere_with_judging(told, now, same):
    assert (as_far({"contest": told}, {"contest": now})["contest"] == told) is same


class Rehearsed(Reorgs):
    """A story without a chain, in which the refund is possible from the second round on."""

    def __init__(self, told):
        self.told, self.ran, self.free, self.vault, self.idle = told, [], 0, 10, 0

    def facts(self):
        return {"vault": self.vault}

    def holds(self):
        return True

    def _again(self, one, later):
        self.ran.append(one.step)
        if one.step.again:
            done, self.vault = self.free > 0, self.vault - self.free
            return Answer(done, False, "")
        early = later < SLACK_SECONDS
        self.free = 0 if early else 10
        return Answer(not early, early, "too early")


def test_reorg__refund_in_place_of_the_settlement__money_goes_back_once(town, table):
    """The harder kind: not only is the settlement gone, another transaction took its place."""
    bob, alice = (citizen(town, name) for name in ("bob", "alice"))
    asset = bob.json("asset", "publish", table, "--price", "10", "--bond", "2")["asset"]
    order = alice.json("order", "create", asset)["order"]
    before = town.node.request("evm_snapshot")
    bob.ok("serve", "--once")
    assert alice.json("order", "show", order)["state"] == "settled"
    town.node.request("evm_revert", before)
    town.advance(3601)
    alice.ok("order", "refund", order)
    assert alice.json("order", "show", order)["state"] == "refunded"
    count = town.node.web3.eth.get_transaction_count
    sent = count(bob.address)
    bob.ok("serve", "--once")
    bob.ok("serve", "--once")
    assert count(bob.address) == sent, "a daemon sends what can only fail"
    assert "refunded" in bob.fails("order", "settle", order)
    assert "refunded" in alice.fails("order", "refund", order)
    assert alice.json("vault", "withdraw", "10")["withdrawn"] == "10"
    assert bob.json("vault", "check")["holds"] is True
    town.advance(90_000)
    assert bob.json("order", "collect")["collected"] == []


def test_reorg__order_is_mined_at_another_time__is_settled_and_refunded_under_its_new_deadline(town, table):
    """An order carries its deadline: what was signed for the old one is not sent again, but anew."""
    bob, alice = (citizen(town, name) for name in ("bob", "alice"))
    asset = bob.json("asset", "publish", table, "--price", "10", "--bond", "2")["asset"]
    before = town.node.request("evm_snapshot")
    order = alice.json("order", "create", asset)["order"]
    bob.ok("serve", "--once")
    town.node.request("evm_revert", before)
    town.advance(500)
    assert alice.json("order", "create", asset)["order"] == order
    count = town.node.web3.eth.get_transaction_count
    sent = count(bob.address)
    bob.ok("serve", "--once")
    assert alice.json("order", "show", order)["state"] == "settled"
    assert count(bob.address) == sent + 1, "the old settlement cost gas, and could only fail"
    assert bob.json("vault", "check")["holds"] is True
