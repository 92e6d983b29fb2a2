"""
move
├── the caller's bucket holds less: reverts Vault_BucketTooSmall
├── the bucket is somebody else's: reverts Vault_BucketTooSmall
├── to the same bucket: nothing changes
└── else: the money is in the other module's bucket, out of the caller's reach
"""

from tests.contracts.conftest import reverts_with


def test_move__own_bucket__fills_the_other(house, bucket, module, carol):
    tx = house.vault.move(bucket, 60, carol, 9, {"from": module})
    assert house.vault.bucketOf(module, bucket) == 40
    assert house.vault.bucketOf(carol, 9) == 60
    expected = {"module": module, "bucket": bucket, "toModule": carol, "toBucket": 9, "amount": 60}
    assert dict(tx.events["Moved"]) == expected


def test_move__then_taken_back__reverts_bucket_too_small(house, bucket, module, carol):
    house.vault.move(bucket, 60, carol, 9, {"from": module})
    with reverts_with("Vault_BucketTooSmall", module, 9, 0, 60):
        house.vault.pay(9, module, 60, {"from": module})


def test_move__to_itself__changes_nothing(house, bucket, module):
    house.vault.move(bucket, 60, module, bucket, {"from": module})
    assert house.vault.bucketOf(module, bucket) == 100


def test_move__more_than_it_holds__reverts_bucket_too_small(house, bucket, module, carol):
    with reverts_with("Vault_BucketTooSmall", module, bucket, 100, 101):
        house.vault.move(bucket, 101, carol, 9, {"from": module})


def test_move__somebody_elses_bucket__reverts_bucket_too_small(house, bucket, mallory):
    with reverts_with("Vault_BucketTooSmall", mallory, bucket, 0, 1):
        house.vault.move(bucket, 1, mallory, bucket, {"from": mallory})
