"""
approve
├── a cap: the module can lock that much and no more
├── a second cap: replaces the first
├── zero: the module can lock nothing
├── all ones: never runs out
└── for one module: no other module gains by it
"""

from tests.contracts.conftest import reverts_with

UNLIMITED = 2**256 - 1


def test_approve__a_cap__module_locks_that_much(house, alice, module):
    tx = house.vault.approve(module, 50, {"from": alice})
    assert house.vault.capOf(alice, module) == 50
    assert dict(tx.events["ModuleApproved"]) == {"owner": alice, "module": module, "cap": 50}
    house.vault.lock(0, alice, 20, {"from": module})
    assert house.vault.capOf(alice, module) == 30
    with reverts_with("Vault_NotApproved", alice, module, 30, 31):
        house.vault.lock(0, alice, 31, {"from": module})


def test_approve__a_second_cap__replaces_the_first(house, alice, module):
    house.vault.approve(module, 50, {"from": alice})
    house.vault.approve(module, 10, {"from": alice})
    assert house.vault.capOf(alice, module) == 10


def test_approve__zero__module_locks_nothing(house, alice):
    house.vault.approve(house.exchange, 0, {"from": alice})
    assert house.vault.capOf(alice, house.exchange) == 0


def test_approve__all_ones__never_runs_out(house, alice, module):
    house.vault.approve(module, UNLIMITED, {"from": alice})
    house.vault.lock(0, alice, 20, {"from": module})
    house.vault.burnFrom(alice, 20, {"from": module})
    assert house.vault.capOf(alice, module) == UNLIMITED


def test_approve__one_module__no_other_gains(house, alice, module, mallory):
    house.vault.approve(module, 50, {"from": alice})
    with reverts_with("Vault_NotApproved", alice, mallory, 0, 1):
        house.vault.lock(0, alice, 1, {"from": mallory})


def test_approve__by_mallory__is_of_her_own_money(house, alice, mallory):
    house.vault.approve(mallory, 50, {"from": mallory})
    assert house.vault.capOf(alice, mallory) == 0
