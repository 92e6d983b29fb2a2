"""A random walk over assets: after each step the contracts hold what the twin holds, to the unit."""

import random

import pytest

from tests.contracts import twin
from tests.contracts.goods import Terms, earn, list_asset

STEPS = 60
AMOUNTS = (1, 7, 9_999, 10_000, 123_456, 10**6 + 1, 10**18 + 3)


class Walk:
    """The contracts and their twin, taking the same steps."""

    def __init__(self, house, holders, seed):
        self.house, self.holders = house, holders
        self.random = random.Random(seed)
        self.births = {}
        self.ledger = twin.Ledger()
        for holder in holders:
            self.ledger.free[holder] = house.vault.balanceOf(holder)

    def any_asset(self):
        return self.random.choice(list(self.births))

    def any_holder(self):
        return self.random.choice(self.holders)

    def list(self):
        known = list(self.births)
        chosen = self.random.sample(known, self.random.randint(0, min(3, len(known))))
        parents = [(asset, self.random.choice((1, 333, 2_500, 3_333))) for asset in chosen]
        creator = self.any_holder()
        terms = Terms(creator.address, bond=0)
        asset, birth = list_asset(self.house, creator, terms, len(known) + 1, parents)
        self.births[asset] = birth
        self.ledger.list(asset, creator, parents)

    def earn(self):
        asset, payer, amount = self.any_asset(), self.any_holder(), self.random.choice(AMOUNTS)
        earn(self.house, payer, asset, amount)
        self.ledger.earn(asset, payer, amount)

    def transfer(self):
        asset, giver, taker = self.any_asset(), self.any_holder(), self.any_holder()
        shares = self.random.randint(0, self.ledger.assets[asset].shares[giver])
        self.house.assets.safeTransferFrom(giver, taker, asset, shares, b"", {"from": giver})
        self.ledger.transfer(asset, giver, taker, shares)

    def flush(self):
        asset = self.any_asset()
        self.house.assets.flush(asset, self.births[asset], {"from": self.any_holder()})
        self.ledger.flush(asset)

    def claim(self):
        asset, holder = self.any_asset(), self.any_holder()
        self.house.assets.claim(asset, holder, {"from": self.any_holder()})
        self.ledger.claim(asset, holder)

    def step(self):
        steps = [self.list, *[self.earn] * 4, *[self.transfer] * 3, *[self.flush] * 3, *[self.claim] * 3]
        (self.list if len(self.births) < 2 else self.random.choice(steps))()

    def compare(self):
        vault, assets = self.house.vault, self.house.assets
        for asset, it in self.ledger.assets.items():
            assert vault.bucketOf(assets, asset) == it.bucket
            holder = self.any_holder()
            assert assets.balanceOf(holder, asset) == it.shares[holder]
            assert assets.claimable(asset, holder) == self.ledger.claimable(asset, holder)
        for holder in self.holders:
            assert vault.balanceOf(holder) == self.ledger.free[holder]


@pytest.mark.parametrize("seed", [1, 2])
def test_income__random_walk__contract_is_its_twin_to_the_unit(house, alice, bob, carol, seed):
    walk = Walk(house, [alice, bob, carol], seed)
    total = sum(walk.ledger.free.values())
    for number in range(STEPS):
        walk.step()
        if number % 5 == 4:
            walk.compare()
    walk.compare()
    for asset in walk.births:
        for holder in walk.holders:
            house.assets.claim(asset, holder, {"from": holder})
            walk.ledger.claim(asset, holder)
        it = walk.ledger.assets[asset]
        assert it.held == 0, "all that holders earned was paid"
        assert it.remainder < twin.SHARES
    walk.compare()
    buckets = sum(house.vault.bucketOf(house.assets, asset) for asset in walk.births)
    assert buckets + sum(house.vault.balanceOf(holder) for holder in walk.holders) == total
