"""Every kind of locked money on a real chain: made, shown, waited for, swept; at the end nothing is left."""

import re
from pathlib import Path

import pytest

from marketplace.chain.index import EventIndex
from marketplace.models.demands import Question, Subject
from marketplace.services import (
    buy,
    catalog,
    contest,
    demands,
    operators,
    publish,
    request,
    sell,
    submit,
    truth,
)
from marketplace.services.accounts import conservation
from marketplace.services.locks import EXITS, LockKind, find_locks, sweep
from marketplace.services.structs import Parent, Stage
from tests.integration.contest_world import E

DAY = 86_400
PRICE = 10 * E
EVERYBODY = ("requester", "alice", "bob", "mallory", "carol", "dave", "erin", "frank", "grace")
CLAIM_BOND = 92_500_000_000_000_000_000  # 3 fees of 10 and a sixteenth of 1000


@pytest.fixture
def world(built):
    return quick(built.fresh())


def quick(world):
    """Let everybody read events from an index, as people do."""
    for name, market in world.markets.items():
        market.client.index = EventIndex(world.folder / f"{world.tests}-{name}.db", world.deployment)
    return world


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "patients.csv"
    path.write_text("id,age\n" + "\n".join(f"{i},{i * 7 % 91}" for i in range(300)) + "\n")
    return path


def listed(world, name, table, bond=0, parents=()):
    plan = publish.plan_dataset(table, price=PRICE, bond=bond, parents=parents)
    return catalog.load_asset(world[name], publish.publish(world[name], plan).asset_id)


def ordered(world, name, asset, *, settle=True):
    sale = buy.order(world[name], catalog.load_asset(world[name], asset.asset_id), again=True)
    if settle:
        sell.settle(world.by_address(sale.terms.seller), sale)
    return sale


def locks(world, name, kind):
    return [one for one in find_locks(world[name]) if one.kind is kind]


# --- one maker for each kind: returns owner, seconds to wait, and what comes back; token base units


def order(world, table):
    ordered(world, "alice", listed(world, "bob", table), settle=False)
    return "alice", 3601, PRICE


def sale(world, table):
    ordered(world, "alice", listed(world, "bob", table))
    return "bob", DAY + 1, PRICE


def parents_part(world, table):
    """The income of a child: nobody but its seller has collected it."""
    mother = listed(world, "bob", table)
    child = listed(world, "mallory", table, parents=[Parent(mother.asset_id, 2_500)])
    ordered(world, "alice", child)
    world.chain.advance(DAY + 1)
    sell.collect(world["mallory"], sell.matured_sales(world["mallory"]))
    return "bob", 0, PRICE // 4


def income(world, table):
    ordered(world, "alice", listed(world, "bob", table))
    world.chain.advance(DAY + 1)
    sell.collect(world["bob"], sell.matured_sales(world["bob"]))
    return "bob", 0, PRICE


def listing_bond(world, table):
    sell.unlist(world["bob"], listed(world, "bob", table, bond=4 * E))
    return "bob", DAY + 3601, 4 * E


def seat_bond(world, _):
    seat = operators.list_seats(world["carol"], world["carol"].account)[0]
    operators.announce_leave(world["carol"], seat.seat)
    return "carol", 100 * 3600, seat.bond


def reward(world, _):
    world.open()
    return "requester", 7 * DAY + 1, (1000 + 256 + 30) * E


def claimed(world, *names):
    bounty_id = world.open()
    world.submit(bounty_id, **dict.fromkeys(names, world.good_model))
    world.open_rows(bounty_id)
    for name in names:
        submit.claim_score(world[name], bounty_id)
    return bounty_id


def claim_bond(world, _):
    """Of a claim that is never judged: nobody draws, the seats have all left."""
    bounty_id = claimed(world, "alice")
    world.close_claims(bounty_id)
    world.draw(bounty_id)
    return "alice", 0, None


def rows_bond(world, _):
    bounty_id = world.open()
    world.submit(bounty_id, alice=world.good_model)
    world.open_rows(bounty_id)
    submit.claim_bad_rows(world["alice"], bounty_id)
    return "alice", 0, None


def compensation(world, _):
    bounty_id = world.open()
    world.submit(bounty_id, alice=world.good_model)
    world.chain.advance(8 * DAY + 2)
    contest.lapse(world["anybody"], bounty_id)
    return "alice", 0, 2 * E


def window(world):
    bounty_id = claimed(world, "alice")
    world.close_claims(bounty_id)
    view = world.judge(bounty_id)
    request.lock_delivery(world["requester"], bounty_id)
    submit.deliver(world["alice"], bounty_id)
    assert world.view(bounty_id).stage is Stage.WINDOW
    return view


def prize(world, _):
    window(world)
    return "alice", 2 * DAY + 1, 1000 * E + CLAIM_BOND


def fee(world, _):
    view = window(world)
    owner = world["anybody"].client.call("Operators", "ownerOf", view.panel.seats[0])
    name = next(one for one in EVERYBODY if world[one].account == owner)
    owners = [
        world["anybody"].client.call("Operators", "ownerOf", seat) for seat in view.panel.seats.values()
    ]
    return name, 2 * DAY + 1, 10 * E * owners.count(owner)


def demanded(world, name):
    """Let somebody demand the evidence of a right verdict; return the contest."""
    bounty_id = window(world).bounty_id
    market, view = world[name], world.view(bounty_id)
    standing = truth.find_standing(market, view)
    depth = (view.terms.row_count - 1).bit_length()
    demands.open_demand(market, view, standing.finding, Question(Subject.NODES, depth))
    return bounty_id


def demand_bond(world, _):
    """Nobody answers, and nobody has the verdict voided for it."""
    demanded(world, "mallory")
    return "mallory", 2 * DAY + 1, 1000 * E // 16


def demand_fee(world, _):
    answered(world, demanded(world, "mallory"))
    return "alice", 2 * DAY + 1, None


def answered(world, bounty_id):
    """Let the maker answer."""
    market, view = world["alice"], world.view(bounty_id)
    standing, rows = truth.find_standing(market, view), submit.open_test_rows(market, view)
    right = truth.find_truth(market, view, rows, truth.find_key(market, view))
    (one,) = demands.live_demands(market, view)
    demands.give_answer(market, view, standing, one, right)


MAKE = {
    LockKind.ORDER: order,
    LockKind.SALE: sale,
    LockKind.PARENTS_PART: parents_part,
    LockKind.INCOME: income,
    LockKind.LISTING_BOND: listing_bond,
    LockKind.SEAT_BOND: seat_bond,
    LockKind.REWARD: reward,
    LockKind.CLAIM_BOND: claim_bond,
    LockKind.ROWS_BOND: rows_bond,
    LockKind.COMPENSATION: compensation,
    LockKind.PRIZE: prize,
    LockKind.FEE: fee,
    LockKind.DEMAND_BOND: demand_bond,
    LockKind.DEMAND_FEE: demand_fee,
}


OF_PROOFS = {kind for kind in LockKind if EXITS[kind].module == "Proofs"}
"""Made in test_proved_locks.py."""


def test_kinds__each_has_a_way_out_that_the_contracts_have():
    assert set(EXITS) == set(LockKind) == {*MAKE, *OF_PROOFS}
    text = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()
    known = set(re.findall(r"`((?:Assets|Exchange|Operators|Panels|Bounties|Proofs|Referee)\.\w+)`", text))
    for way in EXITS.values():
        assert set(way.functions) <= known


CHEAP = (order, income, listing_bond, seat_bond, compensation)
"""What CI makes one by one; `make deep` does so with all, CI has the others in the walk-away below."""


def pass_time(world, seconds):
    """Move time on, and some blocks with it: a draw waits for those."""
    world.chain.advance(seconds)
    world.chain.mine(6)


def pytest_generate_tests(metafunc):
    """Try what is made one by one; a kind that is not tried is no test that passed."""
    if "kind" in metafunc.fixturenames:
        every = metafunc.config.getoption("deep")
        kinds = [kind for kind in MAKE if every or MAKE[kind] in CHEAP]
        metafunc.parametrize("kind", kinds, ids=lambda kind: kind.name.lower())


def test_lock__made__is_shown_waited_for_and_swept(built, table, kind):
    world = quick(built.fresh())
    owner, wait, back = MAKE[kind](world, table)
    lock = locks(world, owner, kind)[0]
    assert lock.amount > 0
    assert lock.module == EXITS[kind].module
    before = world.money(owner)
    if wait:
        assert not lock.ready
        assert lock.until == pytest.approx(world["anybody"].now() + wait, abs=30)
        assert sweep(world[owner]).freed == ()
        pass_time(world, wait)
    for _ in range(40):
        swept = sweep(world[owner])
        assert not swept.stopped
        assert not swept.kept
        if lock.subject not in {one.subject for one in locks(world, owner, kind)}:
            break
        pass_time(world, DAY)
    assert lock.subject not in {one.subject for one in locks(world, owner, kind)}
    if back is not None:
        assert world.money(owner) - before == back


def walk_away(world):
    """Nobody acts any more, but that those who can take their stakes out say so."""
    for name in EVERYBODY:
        market = world[name]
        for listing in catalog.list_assets(market, market.account, states=["listed"]):
            sell.unlist(market, listing)
        for seat in operators.list_seats(market, market.account):
            if not seat.leave_at:
                operators.announce_leave(market, seat.seat)


def drain(world, rounds=60):
    """Sweep for everybody, again and again, while time passes; return kinds seen, kinds freed, and waste."""
    seen, freed, wasted = set(), set(), 0
    for _ in range(rounds):
        found = {name: find_locks(world[name]) for name in EVERYBODY}
        every = [one for locks in found.values() for one in locks]
        seen |= {one.kind for one in every}
        freed |= {one.kind for one in every if one.ready}
        assert all(one.why and one.command.startswith("tessera ") for one in every)
        assert all(one.ready or one.until or one.waits_for for one in every)
        for name in EVERYBODY:
            if any(one.ready for one in found[name]):
                before = world.nonce(name)
                swept = sweep(world[name])
                wasted += world.nonce(name) - before - len(swept.freed)
        if not every:
            break
        now = world["anybody"].now()
        pass_time(world, max(600, min((one.until - now + 1 for one in every if one.until > now), default=0)))
    return seen, freed, wasted


def test_sweep__everybody_walked_away_from_everything__no_bucket_holds_anything(world, table):
    mother = listed(world, "bob", table, bond=4 * E)
    child = listed(world, "mallory", table, bond=2 * E, parents=[Parent(mother.asset_id, 2_500)])
    grandchild = listed(world, "alice", table, parents=[Parent(child.asset_id, 5_000)])
    sell.transfer(world["bob"], mother, world["carol"].account, 2_500)
    for asset in (mother, child, grandchild):
        ordered(world, "requester", asset)
        ordered(world, "dave", asset, settle=False)
    judged = claimed(world, "alice")
    world.close_claims(judged)
    world.judge(judged)  # nobody asks for the model, nobody finalizes
    entered = world.open(reward=900 * E)
    world.submit(entered, mallory=world.good_model)  # the requester stays silent
    world.open(reward=800 * E)  # nobody enters
    bad = world.open(reward=700 * E)
    world.submit(bad, bob=world.good_model)
    world.open_rows(bad)
    submit.claim_bad_rows(world["bob"], bad)  # nobody judges it
    sell.collect(world["mallory"], sell.matured_sales(world["mallory"]))  # and goes no further
    shown = demanded(world, "mallory")
    answered(world, shown)
    view = world.view(shown)
    told = truth.find_standing(world["bob"], view).finding
    demands.open_demand(world["bob"], view, told, Question(Subject.LEAF, 0, 1))  # nobody answers
    walk_away(world)
    assert conservation(world["anybody"]).buckets > 14_000 * E
    seen, freed, wasted = drain(world)
    assert seen == freed == set(MAKE)
    assert wasted == 0
    found = conservation(world["anybody"])
    assert found.holds
    assert found.buckets == 0
    for name in EVERYBODY:
        assert find_locks(world[name]) == ()


def test_sweep__of_the_silent_candidate__does_not_forfeit_his_own_bond(world):
    bounty_id = claimed(world, "alice")
    world.close_claims(bounty_id)
    world.judge(bounty_id)
    request.lock_delivery(world["requester"], bounty_id)
    world.late(bounty_id)
    (lock,) = locks(world, "alice", LockKind.CLAIM_BOND)
    assert not lock.ready
    assert "did not hold" in lock.why
    assert sweep(world["alice"]).freed == ()
    assert sweep(world["requester"]).amount == (1000 + 256 + 30) * E


def test_sweep__somebody_else_was_faster__sends_nothing_that_reverts(world, table, monkeypatch):
    ordered(world, "alice", listed(world, "bob", table), settle=False)
    world.chain.advance(3601)
    (lock,) = locks(world, "alice", LockKind.ORDER)
    late = find_locks(world["alice"])
    buy.refund(world["mallory"], catalog.load_order(world["mallory"], lock.subject))
    monkeypatch.setattr("marketplace.services.locks.sweeping.find_locks", lambda _: late)
    before = world.nonce("alice")
    swept = sweep(world["alice"])
    assert swept.freed == ()
    assert lock.command in swept.kept
    assert world.nonce("alice") == before


def test_sweep__limit_of_gas__ends_and_goes_on_when_repeated(world, table):
    asset = listed(world, "bob", table)
    for _ in range(3):
        ordered(world, "alice", asset, settle=False)
    world.chain.advance(3601)
    first = sweep(world["alice"], max_gas=1)
    assert (len(first.freed), first.amount) == (1, PRICE)
    assert "limit" in first.stopped
    second = sweep(world["alice"])
    assert (second.amount, second.stopped) == (2 * PRICE, "")
    assert second.gas > 0
