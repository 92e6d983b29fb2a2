"""
flush
├── the birth is not that of the asset: reverts Assets_NotBirth
├── without parents: counts, moves nothing
├── less due than a unit a basis point: moves nothing, stays due
├── twice: moves once
├── parents: each gets its basis points, what does not divide stays due
├── the same parent named twice: gets both parts
├── two levels: income arrives at the top after two calls
├── a long line of ancestors, each with sixteen parents: no call costs more than another
└── shares change hands around it: the parents' part is never the holders'
"""

import pytest

from tests.contracts import twin
from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import earn, list_asset


@pytest.fixture
def family(house, bob, carol, asset):
    """Return a child of carol with two parents, 30 % and 20 %, and its birth."""
    other, _ = list_asset(house, bob, salt=2)
    child, birth = list_asset(house, carol, salt=3, parents=[(asset, 3_000), (other, 2_000)])
    return child, birth, asset, other


def income_of(house, asset):
    """Return what lies in an asset's bucket."""
    return house.vault.bucketOf(house.assets, asset)


def test_flush__two_parents__each_gets_its_part(house, alice, mallory, family):
    child, birth, one, other = family
    earn(house, alice, child, 100_000)
    tx = house.assets.flush(child, birth, {"from": mallory})
    assert income_of(house, one) == 30_000
    assert income_of(house, other) == 20_000
    assert income_of(house, child) == 50_000
    assert dict(tx.events["IncomeFlushed"]) == {"assetId": child, "amount": 50_000}


def test_flush__what_does_not_divide__stays_due(house, alice, family):
    child, birth, one, other = family
    earn(house, alice, child, 123_457)
    due = 61_728  # half, rounded down: 12 units for each of 5,000 basis points, 1,728 stay
    house.assets.flush(child, birth, {"from": alice})
    assert income_of(house, one) == 36_000
    assert income_of(house, other) == 24_000
    earn(house, alice, child, 6_544)
    house.assets.flush(child, birth, {"from": alice})
    assert due + 3_272 == 65_000
    assert income_of(house, one) == 39_000
    assert income_of(house, other) == 26_000


def test_flush__too_little__moves_nothing(house, alice, family):
    child, birth, one, _ = family
    earn(house, alice, child, 9_999)
    assert house.assets.flushable(child) == 0
    house.assets.flush(child, birth, {"from": alice})
    assert income_of(house, one) == 0
    assert income_of(house, child) == 9_999


def test_flush__twice__moves_once(house, alice, family):
    child, birth, one, _ = family
    earn(house, alice, child, 100_000)
    house.assets.flush(child, birth, {"from": alice})
    house.assets.flush(child, birth, {"from": alice})
    assert income_of(house, one) == 30_000


def test_flush__without_parents__moves_nothing(house, alice, bob, asset, chain):
    birth = (bob.address, "0x" + "00" * 20, (1).to_bytes(32, "big"), [])
    earn(house, alice, asset, 50_000)
    house.assets.flush(asset, birth, {"from": alice})
    assert income_of(house, asset) == 50_000
    assert house.assets.claimable(asset, bob) == 50_000


def test_flush__same_parent_twice__gets_both_parts(house, alice, carol, asset):
    child, birth = list_asset(house, carol, salt=3, parents=[(asset, 1_000), (asset, 500)])
    earn(house, alice, child, 100_000)
    house.assets.flush(child, birth, {"from": alice})
    assert income_of(house, asset) == 15_000


def test_flush__two_levels__arrives_at_the_top(house, alice, bob, family):
    child, birth, one, _ = family
    grandchild, later = list_asset(house, alice, salt=4, parents=[(child, 5_000)])
    earn(house, alice, grandchild, 100_000)
    house.assets.flush(grandchild, later, {"from": alice})
    house.assets.flush(child, birth, {"from": alice})
    assert income_of(house, grandchild) == 50_000
    assert income_of(house, child) == 25_000
    assert income_of(house, one) == 15_000
    assert house.assets.claimable(one, bob) == 10_000  # 1.5 units a share


def test_flush__other_parents_given__reverts_not_birth(house, alice, mallory, family, chain):
    child, birth, one, _ = family
    earn(house, alice, child, 100_000)
    forged = (*birth[:3], [(one, 5_000)])
    with reverts_with("Assets_NotBirth", child, twin.asset_id(chain.id, house.assets.address, forged)):
        house.assets.flush(child, forged, {"from": mallory})


def test_flush__share_sold_in_the_middle__everybody_keeps_what_was_his(house, alice, carol, mallory, family):
    child, birth, one, _ = family
    before = house.vault.balanceOf(carol)
    earn(house, alice, child, 100_000)
    house.assets.safeTransferFrom(carol, mallory, child, 4_000, b"", {"from": carol})
    house.assets.flush(child, birth, {"from": mallory})
    assert house.vault.balanceOf(carol) == before + 50_000  # all that came in while she held everything
    assert house.assets.claimable(child, mallory) == 0
    earn(house, alice, child, 20_000)
    assert house.assets.claimable(child, carol) == 6_000
    assert house.assets.claimable(child, mallory) == 4_000
    house.assets.claim(child, mallory, {"from": mallory})
    house.assets.flush(child, birth, {"from": mallory})
    assert house.vault.balanceOf(mallory) == FUNDS + 4_000
    assert income_of(house, one) == 36_000
    assert income_of(house, child) == 6_000


def test_flush__line_of_many_generations__each_call_costs_its_own_parents_only(house, alice, carol, asset):
    line = [list_asset(house, carol, salt=100, parents=[(asset, 625)] * 16)]
    for generation in range(12):
        line.append(list_asset(house, carol, salt=101 + generation, parents=[(line[-1][0], 625)] * 16))
    earn(house, alice, line[-1][0], 1_000_000)
    gas = [house.assets.flush(child, birth, {"from": alice}).gas_used for child, birth in reversed(line)]
    assert income_of(house, asset) == 1_000_000
    assert all(income_of(house, child) == 0 for child, _ in line)
    assert max(gas) < 1.1 * min(gas)
