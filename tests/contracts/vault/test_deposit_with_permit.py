"""
depositWithPermit
├── the permit is good
│   ├── the owner calls: credits him
│   └── a stranger calls: credits the owner
├── the permit was used before (a front-runner)
│   ├── the owner calls: credits him
│   └── a stranger calls: reverts as the token does
└── the permit is bad
    ├── expired: reverts as the token does
    ├── signed by somebody else: reverts as the token does
    ├── no signature at all, but the owner left an allowance: reverts, it is not the caller's
    └── the owner calls without an allowance: reverts as the token does
"""

import pytest
from eth_account import Account

from tests.contracts.conftest import FUNDS, reverts_with
from tests.contracts.goods import bytes32, permit, signer_of


@pytest.fixture(autouse=True)
def tokens(house, alice):
    """Give alice tokens outside the Vault."""
    house.token.mint(alice, 90, {"from": alice})


def signed(house, owner, amount=90, by=None, deadline=2**40):
    """Return the arguments of a deposit with the permit that ``by`` signed for ``owner``."""
    made = signer_of(by or owner).sign_message(permit(house, owner, amount, deadline=deadline))
    return owner, amount, deadline, made.v, bytes32(made.r), bytes32(made.s)


def use_first(house, arguments, mallory):
    """Use a permit at the token before its owner does."""
    owner, amount, *rest = arguments
    house.token.permit(owner, house.vault, amount, *rest, {"from": mallory})


def test_deposit_with_permit__owner_calls__credits_him(house, alice):
    tx = house.vault.depositWithPermit(*signed(house, alice), {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS + 90
    assert dict(tx.events["Deposited"]) == {"owner": alice, "amount": 90}


def test_deposit_with_permit__stranger_calls__credits_the_owner(house, alice, mallory):
    house.vault.depositWithPermit(*signed(house, alice), {"from": mallory})
    assert house.vault.balanceOf(alice) == FUNDS + 90
    assert house.vault.balanceOf(mallory) == FUNDS


def test_deposit_with_permit__front_run_and_owner_calls__credits_him(house, alice, mallory):
    arguments = signed(house, alice)
    use_first(house, arguments, mallory)
    house.vault.depositWithPermit(*arguments, {"from": alice})
    assert house.vault.balanceOf(alice) == FUNDS + 90


def test_deposit_with_permit__front_run_and_stranger_calls__reverts(house, alice, mallory):
    arguments = signed(house, alice)
    use_first(house, arguments, mallory)
    got = Account.recover_message(permit(house, alice, 90, nonce=1), vrs=arguments[3:])
    with reverts_with("ERC2612InvalidSigner", got, alice):
        house.vault.depositWithPermit(*arguments, {"from": mallory})


def test_deposit_with_permit__expired__reverts(house, alice, mallory):
    with reverts_with("ERC2612ExpiredSignature", 5):
        house.vault.depositWithPermit(*signed(house, alice, deadline=5), {"from": mallory})


def test_deposit_with_permit__somebody_else_signed__reverts(house, alice, mallory):
    with reverts_with("ERC2612InvalidSigner", mallory, alice):
        house.vault.depositWithPermit(*signed(house, alice, by=mallory), {"from": mallory})


def test_deposit_with_permit__only_an_allowance__reverts(house, alice, mallory):
    house.token.approve(house.vault, 90, {"from": alice})
    with reverts_with("ECDSAInvalidSignature"):
        house.vault.depositWithPermit(alice, 90, 2**40, 0, bytes32(1), bytes32(1), {"from": mallory})
    assert house.token.balanceOf(alice) == 90


def test_deposit_with_permit__owner_without_allowance__reverts(house, alice):
    with reverts_with("ERC20InsufficientAllowance", house.vault, 0, 90):
        house.vault.depositWithPermit(alice, 90, 2**40, 0, bytes32(1), bytes32(1), {"from": alice})
