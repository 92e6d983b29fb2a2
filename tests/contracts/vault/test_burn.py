"""
burn
├── the caller's bucket holds less: reverts Vault_BucketTooSmall
├── the bucket is somebody else's: reverts Vault_BucketTooSmall
└── else: the money is gone, and is no donation either
"""

from tests.contracts.conftest import reverts_with


def test_burn__own_bucket__is_out_of_reach(house, bucket, module):
    before = house.vault.accounted()
    tx = house.vault.burn(bucket, 60, {"from": module})
    assert house.vault.bucketOf(module, bucket) == 40
    assert house.vault.accounted() == house.token.balanceOf(house.vault) == before
    assert house.vault.donated() == 0
    assert dict(tx.events["Burned"]) == {"module": module, "bucket": bucket, "amount": 60}


def test_burn__more_than_it_holds__reverts_bucket_too_small(house, bucket, module):
    with reverts_with("Vault_BucketTooSmall", module, bucket, 100, 101):
        house.vault.burn(bucket, 101, {"from": module})


def test_burn__somebody_elses_bucket__reverts_bucket_too_small(house, bucket, mallory):
    with reverts_with("Vault_BucketTooSmall", mallory, bucket, 0, 1):
        house.vault.burn(bucket, 1, {"from": mallory})
