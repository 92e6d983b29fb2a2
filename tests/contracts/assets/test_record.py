"""
record
├── the caller is not the contest's contract: reverts Assets_NotModule
└── else: the record waits, there is no asset yet; nothing that a maker chose makes it revert
"""

import pytest
from eth_abi import encode
from eth_utils import keccak

from tests.contracts import twin
from tests.contracts.conftest import reverts_with
from tests.contracts.goods import bytes32


def test_record__by_the_contest__waits_for_its_maker(house, bounties, carol, asset, chain):
    parents = [(asset, 500)]
    tx = house.assets.record(carol, bytes32(3), bytes32(4), bytes32(5), parents, {"from": bounties})
    birth = (carol.address, house.bounties.address, bytes32(3), parents)
    made = twin.asset_id(chain.id, house.assets.address, birth)
    assert bytes(house.assets.recordOf(made)) == keccak(
        encode(["bytes32", "bytes32"], [bytes32(4), bytes32(5)])
    )
    assert bytes(house.assets.termsHashOf(made)) == bytes32(0)
    assert house.assets.balanceOf(carol, made) == 0
    event = tx.events["AssetRecorded"]
    assert (event["assetId"], event["creator"], bytes(event["attestation"])) == (made, carol, bytes32(5))
    assert [tuple(parent) for parent in event["parents"]] == parents


def test_record__nonsense_of_a_maker__does_not_revert(house, bounties, carol):
    house.assets.record(carol, bytes32(0), bytes32(0), bytes32(0), [(0, 65_535)] * 17, {"from": bounties})


@pytest.mark.parametrize("who", ["mallory", "bob", "referee", "deployer"])
def test_record__anybody_else__reverts_not_module(house, people, who):
    with reverts_with("Assets_NotModule", people[who], house.bounties):
        house.assets.record(people[who], bytes32(3), bytes32(4), bytes32(5), [], {"from": people[who]})


def test_record__exchange__reverts_not_module(house, exchange, carol):
    with reverts_with("Assets_NotModule", house.exchange, house.bounties):
        house.assets.record(carol, bytes32(3), bytes32(4), bytes32(5), [], {"from": exchange})
