"""
commit
├── the hash was committed before, by anybody: reverts Referee_Committed
└── else: it is remembered in this block, for whoever it names
"""

from brownie import chain

from tests.contracts.conftest import reverts_with


def test_commit__new_hash__is_remembered_in_its_block(house, alice):
    tx = house.referee.commit(b"a" * 32, {"from": alice})
    assert house.referee.committedAt(b"a" * 32) == tx.block_number == chain.height
    assert tx.events["ChallengeCommitted"]["sender"] == alice
    assert house.referee.committedAt(b"b" * 32) == 0


def test_commit__again__reverts_committed(house, alice, mallory):
    house.referee.commit(b"a" * 32, {"from": alice})
    before = house.referee.committedAt(b"a" * 32)
    for who in (alice, mallory):
        with reverts_with("Referee_Committed", b"a" * 32):
            house.referee.commit(b"a" * 32, {"from": who})
    assert house.referee.committedAt(b"a" * 32) == before
