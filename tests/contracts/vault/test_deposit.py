"""
deposit
├── the token was not approved: reverts
├── the token takes a fee: reverts Vault_WrongAmountArrived
├── the token answers false: reverts
├── the token answers true and moves nothing: reverts Vault_WrongAmountArrived
├── the token calls back: the inner call fails, the outer one counts once
├── zero: nothing changes
└── else: credits the caller
tokens sent without a deposit are counted apart and belong to nobody
"""

import pytest

from tests.contracts.conftest import FUNDS, reverts_with

FEE, REFUSES, PRETENDS, REENTERS = 1, 2, 3, 4
NOBODY = "0x" + "00" * 20
REENTRANT = "0x3ee5aeb5"  # ReentrancyGuardReentrantCall()


def test_deposit__approved__credits_the_caller(house, alice):
    house.token.mint(alice, 70, {"from": alice})
    house.token.approve(house.vault, 70, {"from": alice})
    before = house.vault.accounted()
    tx = house.vault.deposit(70, {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS + 70
    assert house.vault.accounted() == before + 70
    assert house.token.balanceOf(alice) == 0
    assert dict(tx.events["Deposited"]) == {"owner": alice, "amount": 70}


def test_deposit__zero__changes_nothing(house, alice):
    house.vault.deposit(0, {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS


def test_deposit__token_not_approved__reverts(house, mallory):
    with reverts_with("ERC20InsufficientAllowance", house.vault, 0, 1):
        house.vault.deposit(1, {"from": mallory})


def test_deposit__token_takes_a_fee__reverts_wrong_amount(hostile, alice):
    token, vault = hostile
    token.behave(FEE, NOBODY, b"", {"from": alice})
    with reverts_with("Vault_WrongAmountArrived", alice, 990, 1_000):
        vault.deposit(1_000, {"from": alice})


def test_deposit__token_answers_false__reverts(hostile, alice):
    token, vault = hostile
    token.behave(REFUSES, NOBODY, b"", {"from": alice})
    with reverts_with("SafeERC20FailedOperation", token):
        vault.deposit(1_000, {"from": alice})


def test_deposit__token_pretends__reverts_wrong_amount(hostile, alice):
    token, vault = hostile
    token.behave(PRETENDS, NOBODY, b"", {"from": alice})
    with reverts_with("Vault_WrongAmountArrived", alice, 0, 1_000):
        vault.deposit(1_000, {"from": alice})


@pytest.mark.parametrize(
    ("inner", "outcome"),
    [("deposit", REENTRANT), ("withdraw", REENTRANT), ("depositWithPermit", REENTRANT)],
)
def test_deposit__token_calls_back__counts_once(hostile, alice, inner, outcome):
    token, vault = hostile
    arguments = {
        "deposit": (10,),
        "withdraw": (10, alice),
        "depositWithPermit": (alice, 10, 0, 27, b"\1" * 32, b"\1" * 32),
    }
    token.behave(REENTERS, vault, getattr(vault, inner).encode_input(*arguments[inner]), {"from": alice})
    vault.deposit(1_000, {"from": alice})
    assert not token.succeeded()
    assert str(token.answer()) == outcome
    assert vault.balanceOf(alice) == FUNDS + 1_000
    assert vault.balanceOf(token) == 0
    assert token.balanceOf(vault) == vault.accounted() == FUNDS + 1_000


def test_deposit__token_spends_a_bucket_it_lacks__counts_once(hostile, alice):
    token, vault = hostile
    token.behave(REENTERS, vault, vault.pay.encode_input(0, alice, 1), {"from": alice})
    vault.deposit(1_000, {"from": alice})
    assert not token.succeeded()
    assert vault.balanceOf(alice) == FUNDS + 1_000


def test_donated__tokens_sent_without_deposit__belong_to_nobody(house, alice, mallory):
    before = house.vault.accounted()
    house.token.mint(house.vault, 55, {"from": mallory})
    assert house.vault.donated() == 55
    assert house.vault.accounted() == before
    assert house.vault.balanceOf(mallory) == FUNDS
    house.token.mint(alice, 5, {"from": alice})
    house.token.approve(house.vault, 5, {"from": alice})
    house.vault.deposit(5, {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS + 5
    assert house.vault.donated() == 55
