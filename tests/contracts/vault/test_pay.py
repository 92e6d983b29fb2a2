"""
pay
├── the caller's bucket holds less: reverts Vault_BucketTooSmall
├── the bucket is somebody else's: reverts Vault_BucketTooSmall
└── else: credits the receiver
"""

from tests.contracts.conftest import FUNDS, reverts_with


def test_pay__own_bucket__credits_the_receiver(house, bucket, module, bob):
    tx = house.vault.pay(bucket, bob, 60, {"from": module})
    assert house.vault.balanceOf(bob) == FUNDS + 60
    assert house.vault.bucketOf(module, bucket) == 40
    assert dict(tx.events["Paid"]) == {"module": module, "bucket": bucket, "to": bob, "amount": 60}


def test_pay__more_than_it_holds__reverts_bucket_too_small(house, bucket, module, bob):
    with reverts_with("Vault_BucketTooSmall", module, bucket, 100, 101):
        house.vault.pay(bucket, bob, 101, {"from": module})


def test_pay__another_bucket_of_the_module__reverts_bucket_too_small(house, bucket, module, bob):
    with reverts_with("Vault_BucketTooSmall", module, bucket + 1, 0, 1):
        house.vault.pay(bucket + 1, bob, 1, {"from": module})


def test_pay__somebody_elses_bucket__reverts_bucket_too_small(house, bucket, mallory):
    with reverts_with("Vault_BucketTooSmall", mallory, bucket, 0, 1):
        house.vault.pay(bucket, mallory, 1, {"from": mallory})
