"""Bounties.isMaker, bountyIdOf, submissionIdOf: what others compute or ask

├── who made a submission is a maker, nobody else is
└── ids are hashes of chain, contract and what they name
"""

from brownie import chain
from eth_abi import encode
from eth_utils import keccak


def test_is_maker__makers__nobody_else(submitting, people, evaluators):
    makers = {people["bob"], people["dave"]}
    for who in (*people.values(), evaluators[0]):
        assert submitting.bounties.isMaker(submitting.id, who) == (who in makers)


def test_bounty_id_of__another_salt__another_id(contest):
    before = contest.bounties.bountyIdOf(contest.whole)
    contest.fields["salt"] = b"\1" * 32
    assert contest.bounties.bountyIdOf(contest.whole) == contest.id != before


def test_submission_id_of__maker__hash_of_chain_contract_bounty_and_maker(submitting, bob):
    words = [chain.id, submitting.bounties.address, submitting.id, bob.address]
    expected = keccak(encode(["uint256", "address", "uint256", "address"], words))
    assert submitting.submission_id(bob) == int.from_bytes(expected, "big")
