"""
multicall
├── a permit and a signed approval, relayed by a stranger: deposits and approves
├── one call reverts: none counts
└── withdrawing: of the caller's own money
"""

from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import approval, bytes32, permit, signer_of


def test_multicall__deposit_and_approval_relayed__both_count(house, alice, module, mallory):
    house.token.mint(alice, 90, {"from": alice})
    made = signer_of(alice).sign_message(permit(house, alice, 90))
    agreed = signer_of(alice).sign_message(approval(house.vault, alice, module, 80)).signature
    calls = [
        house.vault.depositWithPermit.encode_input(
            alice, 90, 2**40, made.v, bytes32(made.r), bytes32(made.s)
        ),
        house.vault.approveWithSignature.encode_input(alice, module, 80, 2**40, agreed),
    ]
    house.vault.multicall(calls, {"from": mallory})
    assert house.vault.balanceOf(alice) == FUNDS + 90
    assert house.vault.capOf(alice, module) == 80
    assert house.vault.balanceOf(mallory) == FUNDS


def test_multicall__one_call_reverts__none_counts(house, mallory):
    calls = [
        house.vault.withdraw.encode_input(FUNDS, mallory),
        house.vault.withdraw.encode_input(1, mallory),
    ]
    with reverts_with("Vault_TooLittle", mallory, 0, 1):
        house.vault.multicall(calls, {"from": mallory})
    assert house.vault.balanceOf(mallory) == FUNDS


def test_multicall__withdraw_twice__takes_the_callers_money(house, alice, mallory):
    house.vault.multicall([house.vault.withdraw.encode_input(3, mallory)] * 2, {"from": mallory})
    assert house.vault.balanceOf(mallory) == FUNDS - 6
    assert house.token.balanceOf(mallory) == 6
    assert house.vault.balanceOf(alice) == FUNDS
