"""
lock
├── not approved for as much: reverts Vault_NotApproved
├── not as much money: reverts Vault_TooLittle
└── else: the money is in the caller's bucket
"""

from tests.contracts.conftest import FUNDS, reverts_with


def test_lock__approved__fills_the_callers_bucket(house, alice, module):
    house.vault.approve(module, 100, {"from": alice})
    tx = house.vault.lock(7, alice, 60, {"from": module})
    assert house.vault.balanceOf(alice) == FUNDS - 60
    assert house.vault.bucketOf(module, 7) == 60
    assert house.vault.bucketOf(module, 8) == 0
    expected = {"module": module, "bucket": 7, "from": alice, "amount": 60}
    assert dict(tx.events["Locked"]) == expected


def test_lock__of_somebody_who_did_not_approve__reverts_not_approved(house, alice, mallory):
    with reverts_with("Vault_NotApproved", alice, mallory, 0, 1):
        house.vault.lock(7, alice, 1, {"from": mallory})


def test_lock__of_own_money_without_approval__reverts_not_approved(house, mallory):
    with reverts_with("Vault_NotApproved", mallory, mallory, 0, 1):
        house.vault.lock(7, mallory, 1, {"from": mallory})


def test_lock__above_the_cap__reverts_not_approved(house, alice, module):
    house.vault.approve(module, 100, {"from": alice})
    with reverts_with("Vault_NotApproved", alice, module, 100, 101):
        house.vault.lock(7, alice, 101, {"from": module})


def test_lock__more_than_there_is__reverts_too_little(house, alice, module):
    house.vault.approve(module, 2**256 - 1, {"from": alice})
    with reverts_with("Vault_TooLittle", alice, FUNDS, FUNDS + 1):
        house.vault.lock(7, alice, FUNDS + 1, {"from": module})


def test_lock__zero_without_approval__changes_nothing(house, alice, mallory):
    house.vault.lock(7, alice, 0, {"from": mallory})
    assert house.vault.balanceOf(alice) == FUNDS
    assert house.vault.bucketOf(mallory, 7) == 0
