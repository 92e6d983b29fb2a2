"""Panels.attestationDigest, commitmentsOf, verdictOf, grantDeadline

├── the digest is what any EIP-712 wallet computes
└── it binds bounty, candidate, round and seat
"""

from eth_abi import encode
from eth_utils import keccak

from tests.contracts.contest_values import SCORED, ZERO, scored


def test_attestation_digest__any_attestation__what_a_wallet_signs(committing):
    attestation = (SCORED, 900_000_000, [900, 1, 2**128 - 1], b"\1" * 32, b"\2" * 32)
    seat = committing.seat(1)
    got = committing.panels.attestationDigest(committing.id, 1, 1, seat, attestation)
    assert got == "0x" + committing.digest(1, attestation)[0].hex()


def test_attestation_digest__another_place_to_use_it__another_digest(committing):
    digests = {
        committing.panels.attestationDigest(committing.id + i, 1 + j, 1 + k, 1 + seat, scored(900)).hex()
        for i, j, k, seat in ((0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
    }
    assert len(digests) == 5


def test_verdict_of__revealing__zero(revealing):
    assert revealing.panels.verdictOf(revealing.id) == "0x" + "00" * 32


def test_verdict_of__judged__hash_of_the_verdict(locking):
    expected = keccak(encode(["uint8", "uint64", "uint128[]", "bytes32"], [SCORED, 900_000_000, [900], ZERO]))
    assert locking.panels.verdictOf(locking.id) == "0x" + expected.hex()


def test_grant_deadline__not_committing__zero(drawing):
    assert drawing.panels.grantDeadline(drawing.id) == 0


def test_commitments_of__nobody_committed__zero(committing):
    assert committing.panels.commitmentsOf(committing.id) == "0x" + "00" * 32


def test_commitments_of__contest_is_over__zero(over):
    assert over.panels.commitmentsOf(over.id) == "0x" + "00" * 32
    assert over.panels.verdictOf(over.id) == "0x" + "00" * 32
