"""
payMany
├── together more than the bucket holds: reverts Vault_BucketTooSmall, nobody gets anything
├── the sum wraps around: reverts
├── an amount of zero: passed over, without an event
├── no payments: nothing happens
└── else: credits each, the same receiver twice if named twice
"""

import brownie

from tests.contracts.conftest import FUNDS, reverts_with


def test_pay_many__within_the_bucket__credits_each(house, bucket, module, bob, carol):
    payments = [(bob, 10), (carol, 0), (carol, 20), (bob, 30)]
    tx = house.vault.payMany(bucket, payments, {"from": module})
    assert house.vault.balanceOf(bob) == FUNDS + 40
    assert house.vault.balanceOf(carol) == FUNDS + 20
    assert house.vault.bucketOf(module, bucket) == 40
    assert [(e["to"], e["amount"]) for e in tx.events["Paid"]] == [(bob, 10), (carol, 20), (bob, 30)]


def test_pay_many__too_much_together__reverts_bucket_too_small(house, bucket, module, bob, carol):
    with reverts_with("Vault_BucketTooSmall", module, bucket, 100, 101):
        house.vault.payMany(bucket, [(bob, 50), (carol, 51)], {"from": module})


def test_pay_many__sum_wraps_around__reverts(house, bucket, module, bob, carol):
    with brownie.reverts("Integer overflow"):
        house.vault.payMany(bucket, [(bob, 2**255), (carol, 2**255)], {"from": module})


def test_pay_many__nobody__changes_nothing(house, bucket, module):
    house.vault.payMany(bucket, [], {"from": module})
    assert house.vault.bucketOf(module, bucket) == 100


def test_pay_many__somebody_elses_bucket__reverts_bucket_too_small(house, bucket, mallory):
    with reverts_with("Vault_BucketTooSmall", mallory, bucket, 0, 1):
        house.vault.payMany(bucket, [(mallory, 1)], {"from": mallory})
