"""
burnFrom
├── not approved for as much: reverts Vault_NotApproved
├── not as much money: reverts Vault_TooLittle
└── else: the money is gone, the tokens stay in the Vault for ever
"""

from tests.contracts.conftest import FUNDS, reverts_with


def test_burn_from__approved__is_out_of_reach(house, alice, module):
    house.vault.approve(module, 100, {"from": alice})
    before = house.vault.accounted()
    tx = house.vault.burnFrom(alice, 60, {"from": module})
    assert house.vault.balanceOf(alice) == FUNDS - 60
    assert house.vault.capOf(alice, module) == 40
    assert house.vault.accounted() == house.token.balanceOf(house.vault) == before
    assert house.vault.donated() == 0
    assert dict(tx.events["FeeBurned"]) == {"module": module, "from": alice, "amount": 60}


def test_burn_from__stranger__reverts_not_approved(house, alice, mallory):
    with reverts_with("Vault_NotApproved", alice, mallory, 0, 1):
        house.vault.burnFrom(alice, 1, {"from": mallory})


def test_burn_from__more_than_there_is__reverts_too_little(house, alice, module):
    house.vault.approve(module, 2**256 - 1, {"from": alice})
    with reverts_with("Vault_TooLittle", alice, FUNDS, FUNDS + 1):
        house.vault.burnFrom(alice, FUNDS + 1, {"from": module})
