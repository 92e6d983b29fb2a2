"""
withdraw
├── more than the free balance: reverts Vault_TooLittle
├── locked money: reverts Vault_TooLittle
├── the token answers false: reverts, nothing is lost
├── the token moves nothing, and says it did: reverts Vault_WrongAmountLeft
├── the token calls back: the inner call fails, the amount leaves once
├── to nobody: reverts as the token does
├── to the vault: reverts Vault_ToItself
└── else: the tokens go where the caller says
"""

from tests.contracts.conftest import FUNDS, reverts_with

REFUSES, PRETENDS, REENTERS = 2, 3, 4
NOBODY = "0x" + "00" * 20


def test_withdraw__to_somebody_else__moves_the_tokens(house, alice, bob):
    before = house.vault.accounted()
    tx = house.vault.withdraw(30, bob, {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS - 30
    assert house.token.balanceOf(bob) == 30
    assert house.vault.accounted() == before - 30
    assert dict(tx.events["Withdrawn"]) == {"owner": alice, "to": bob, "amount": 30}


def test_withdraw__everything__leaves_zero(house, alice):
    house.vault.withdraw(FUNDS, alice, {"from": alice})
    assert house.vault.balanceOf(alice) == 0


def test_withdraw__more_than_there_is__reverts_too_little(house, mallory):
    with reverts_with("Vault_TooLittle", mallory, FUNDS, FUNDS + 1):
        house.vault.withdraw(FUNDS + 1, mallory, {"from": mallory})


def test_withdraw__to_the_vault__reverts_to_itself(house, alice):
    with reverts_with("Vault_ToItself", alice):
        house.vault.withdraw(30, house.vault, {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS


def test_withdraw__locked_money__reverts_too_little(house, bucket, alice):
    with reverts_with("Vault_TooLittle", alice, FUNDS - 100, FUNDS):
        house.vault.withdraw(FUNDS, alice, {"from": alice})


def test_withdraw__donated_tokens__reverts_too_little(house, mallory):
    house.token.mint(house.vault, 55, {"from": mallory})
    with reverts_with("Vault_TooLittle", mallory, FUNDS, FUNDS + 55):
        house.vault.withdraw(FUNDS + 55, mallory, {"from": mallory})


def test_withdraw__to_nobody__reverts(house, alice):
    with reverts_with("ERC20InvalidReceiver", NOBODY):
        house.vault.withdraw(1, NOBODY, {"from": alice})


def test_withdraw__token_answers_false__reverts(hostile, alice):
    token, vault = hostile
    token.behave(REFUSES, NOBODY, b"", {"from": alice})
    with reverts_with("SafeERC20FailedOperation", token):
        vault.withdraw(10, alice, {"from": alice})
    assert vault.balanceOf(alice) == FUNDS


def test_withdraw__token_pretends__reverts_wrong_amount(hostile, alice):
    token, vault = hostile
    token.behave(PRETENDS, NOBODY, b"", {"from": alice})
    with reverts_with("Vault_WrongAmountLeft", alice, FUNDS, FUNDS - 10):
        vault.withdraw(10, alice, {"from": alice})
    assert vault.balanceOf(alice) == FUNDS


def test_withdraw__token_calls_back__leaves_once(hostile, alice):
    token, vault = hostile
    token.behave(REENTERS, vault, vault.withdraw.encode_input(10, alice), {"from": alice})
    vault.withdraw(1_000, alice, {"from": alice})
    assert not token.succeeded()
    assert vault.balanceOf(alice) == token.balanceOf(vault) == vault.accounted() == FUNDS - 1_000
