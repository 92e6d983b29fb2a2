"""
approveWithSignature
├── signed by the owner
│   ├── sent by anybody: sets the cap, uses the nonce
│   ├── sent at the deadline: sets the cap
│   ├── sent after the deadline: reverts Vault_SignatureExpired
│   ├── sent again: reverts Vault_NotSigned
│   └── with another cap, on another chain or for another Vault: reverts Vault_NotSigned
├── signed by somebody else: reverts Vault_NotSigned
├── with the mirrored half of the signature: reverts Vault_NotSigned
├── no signature: reverts Vault_NotSigned
└── the owner is nobody: reverts Vault_NotSigned
"""

import pytest
from eth_account import Account

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import ZERO, approval, at, bytes32, signer_of

LATER = 2**40


def sign(house, alice, module, cap=80, by=None, **changes):
    """Return the signature of ``by``, or alice, under an approval."""
    data = approval(house.vault, alice, module, cap, **changes)
    return signer_of(by or alice).sign_message(data).signature


def recovered(house, signature, alice, module, cap=80, nonce=0):
    """Return the address that the Vault finds behind a signature."""
    return Account.recover_message(approval(house.vault, alice, module, cap, nonce), signature=signature)


def test_approve_with_signature__sent_by_a_stranger__sets_the_cap(house, alice, module, mallory):
    signature = sign(house, alice, module)
    tx = house.vault.approveWithSignature(alice, module, 80, LATER, signature, {"from": mallory})
    assert house.vault.capOf(alice, module) == 80
    assert house.vault.nonceOf(alice) == 1
    assert dict(tx.events["ModuleApproved"]) == {"owner": alice, "module": module, "cap": 80}


def test_approve_with_signature__at_the_deadline__sets_the_cap(house, alice, module, chain):
    deadline = chain[-1].timestamp + 100
    signature = sign(house, alice, module, deadline=deadline)
    at(deadline)
    house.vault.approveWithSignature(alice, module, 80, deadline, signature, {"from": alice})
    assert house.vault.capOf(alice, module) == 80


def test_approve_with_signature__after_the_deadline__reverts_expired(house, alice, module, chain):
    deadline = chain[-1].timestamp + 100
    signature = sign(house, alice, module, deadline=deadline)
    at(deadline + 1)
    with reverts_with("Vault_SignatureExpired", alice, deadline + 1, deadline):
        house.vault.approveWithSignature(alice, module, 80, deadline, signature, {"from": alice})


def test_approve_with_signature__sent_again__reverts_not_signed(house, alice, module, mallory):
    signature = sign(house, alice, module)
    house.vault.approveWithSignature(alice, module, 80, LATER, signature, {"from": mallory})
    house.vault.approve(module, 0, {"from": alice})
    with reverts_with("Vault_NotSigned", alice, recovered(house, signature, alice, module, nonce=1)):
        house.vault.approveWithSignature(alice, module, 80, LATER, signature, {"from": mallory})
    assert house.vault.capOf(alice, module) == 0


def test_approve_with_signature__another_cap__reverts_not_signed(house, alice, module, mallory):
    signature = sign(house, alice, module)
    with reverts_with("Vault_NotSigned", alice, recovered(house, signature, alice, module, cap=81)):
        house.vault.approveWithSignature(alice, module, 81, LATER, signature, {"from": mallory})


def test_approve_with_signature__another_chain__reverts_not_signed(house, alice, module, mallory):
    signature = sign(house, alice, module, chain_id=1)
    with reverts_with("Vault_NotSigned", alice, recovered(house, signature, alice, module)):
        house.vault.approveWithSignature(alice, module, 80, LATER, signature, {"from": mallory})


def test_approve_with_signature__another_vault__reverts_not_signed(house, hostile, alice, module, mallory):
    signature = signer_of(alice).sign_message(approval(hostile[1], alice, module, 80)).signature
    with reverts_with("Vault_NotSigned", alice, recovered(house, signature, alice, module)):
        house.vault.approveWithSignature(alice, module, 80, LATER, signature, {"from": mallory})


def test_approve_with_signature__somebody_else_signed__reverts_not_signed(house, alice, module, mallory):
    signature = sign(house, alice, module, by=mallory)
    with reverts_with("Vault_NotSigned", alice, mallory):
        house.vault.approveWithSignature(alice, module, 80, LATER, signature, {"from": mallory})


def test_approve_with_signature__mirrored__reverts_not_signed(house, alice, module, mallory):
    signature = sign(house, alice, module)
    mirrored = bytes32(twin.N - int.from_bytes(signature[32:64], "big"))
    other = signature[:32] + mirrored + bytes([27 + 28 - signature[64]])
    with reverts_with("Vault_NotSigned", alice, ZERO):
        house.vault.approveWithSignature(alice, module, 80, LATER, other, {"from": mallory})


@pytest.mark.parametrize("signature", [b"", b"\1" * 64, b"\1" * 66])
def test_approve_with_signature__wrong_length__reverts_not_signed(house, alice, mallory, signature):
    with reverts_with("Vault_NotSigned", alice, ZERO):
        house.vault.approveWithSignature(alice, mallory, 80, LATER, signature, {"from": mallory})


def test_approve_with_signature__owner_is_nobody__reverts_not_signed(house, mallory):
    with reverts_with("Vault_NotSigned", ZERO, ZERO):
        house.vault.approveWithSignature(ZERO, mallory, 80, LATER, b"", {"from": mallory})
