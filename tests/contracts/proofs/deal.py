"""A proved bounty step by step, with a verifier that is told what to accept, and its twin in Python."""

from typing import NamedTuple

from brownie import chain
from eth_abi import encode
from eth_utils import keccak

from marketplace.services.proof_structs import PROOF_TERMS
from tests.contracts import twin
from tests.contracts.goods import at, bytes32

K, R = 101, 202
"""Scalars of the requester's two points: the key of the rows, and that with which makers lock them."""
NONE, COMMITTED, OPENED, ANNOUNCED, DECLINED, VINDICATED, DONE = range(7)
ANNOUNCED_FOR = 30 * 60
FIELD = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
"""Order of BN254. Source: EIP-197"""
PROOF, SEALED = b"proof", [11, 12, 13]


class Terms(NamedTuple):
    """ProofTerms of contracts/types/Proof.sol, with something sensible everywhere."""

    requester: str
    salt: bytes = bytes32(0)
    reward: int = 6_400
    bond: int = 100
    makers: int = 3
    circuit: int = 0
    least: int = 80
    row_count: int = 100
    committing: int = 1_000
    opening: int = 2_000
    proving: int = 3_000
    rows: int = 77
    schema: bytes = bytes32(0)
    sheet: bytes = bytes32(0)
    key: tuple = twin.point(K)
    seal: tuple = twin.point(R)
    reader_x: int = 1
    reader_y: int = 0x2CF135E7506A45D632D270D45F1181294833FC48D823F272C


class Pledge(NamedTuple):
    """Commitment of contracts/types/Proof.sol."""

    model: int
    blind: tuple
    key_lock: str


class Deal:
    """One bounty of ``requester``; ``terms`` are changed by name before it is opened."""

    def __init__(self, proofs, verifiers, requester, **changes):
        self.proofs, self.verifiers, self.requester = proofs, verifiers, requester
        self.terms = Terms(requester.address)._replace(**changes)
        self.opened_at = 0

    # What the contract must compute, too

    @property
    def id(self):
        values = [chain.id, self.proofs.address, self.terms]
        return number(["uint256", "address", PROOF_TERMS], values)

    def pledge_id(self, maker):
        types = ["uint256", "address", "uint256", "address"]
        return number(types, [chain.id, self.proofs.address, self.id, maker.address])

    def context(self, maker):
        return self.pledge_id(maker) >> 8

    def h(self, maker, b):
        """Return by how much the lock of a maker is shifted, as it is written in the interface."""
        shared = twin.scaled(self.terms.seal, b)
        types = ["address", "uint256", "address", "uint256"]
        return number(types, [shared, chain.id, self.proofs.address, self.pledge_id(maker)]) % twin.N

    def t(self, maker):
        """Return the scalar with which the requester opens a right lock."""
        return (K + self.h(maker, self.b(maker))) % twin.N

    @staticmethod
    def b(maker):
        """Return a maker's one-time scalar."""
        return int(maker.address, 16) % 2**64 + 1

    def pledge(self, maker, **changes):
        """Return what a maker commits to."""
        b = self.b(maker)
        right = Pledge(1_000 + b, twin.point(b), twin.shifted(self.terms.key, self.h(maker, b)))
        return right._replace(**changes)

    def digest(self, pledge):
        """Return what is kept of a commitment: the first 208 bits of its hash."""
        return keccak(encode(["uint256", "(uint256,uint8)", "address"], list(pledge)))[:26]

    @property
    def committed_until(self):
        return self.opened_at + self.terms.committing

    @property
    def opened_until(self):
        return self.committed_until + self.terms.opening

    @property
    def proved_until(self):
        """Return the end of proving as long as nobody has announced a proof."""
        return self.opened_until + self.terms.proving

    # Steps

    def open(self):
        tx = self.proofs.open(self.terms, {"from": self.requester})
        self.opened_at = tx.timestamp
        return tx

    def commit(self, maker, **changes):
        return self.proofs.commit(self.terms, self.pledge(maker, **changes), {"from": maker})

    def open_sheet(self, maker, who, **changes):
        pledge = self.pledge(maker, **changes)
        return self.proofs.openSheet(self.terms, maker, pledge, self.t(maker), {"from": who})

    def serve(self, *makers):
        """Let makers commit, and get the rows in the first seconds in which they can."""
        for maker in makers:
            self.commit(maker)
        at(self.committed_until + 1)
        for maker in makers:
            self.open_sheet(maker, self.requester)

    def decline(self, maker, who=None):
        return self.proofs.decline(self.terms, maker, {"from": who or self.requester})

    def vindicate(self, maker, who, b=None, **changes):
        pledge = self.pledge(maker, **changes)
        b = self.b(maker) if b is None else b
        return self.proofs.vindicate(self.terms, maker, pledge, b, {"from": who})

    def announce(self, maker):
        return self.proofs.announce(self.terms, {"from": maker})

    def accept(self, maker, angry=False):
        """Tell the verifier what a valid proof of a maker is about."""
        terms = self.terms
        told = (self.context(maker), self.pledge(maker).model, terms.rows, terms.least)
        inputs = [bytes32(one) for one in (*told, terms.reader_x, terms.reader_y, *SEALED)]
        accepted = keccak(encode(["bytes", "bytes32[]"], [PROOF, inputs]))
        self.verifiers[terms.circuit].set(accepted, angry, {"from": self.requester})

    def prove(self, maker, who, sealed=None, proof=PROOF, **changes):
        sealed = SEALED if sealed is None else sealed
        pledge = self.pledge(maker, **changes)
        return self.proofs.prove(self.terms, maker, pledge, sealed, proof, {"from": who})

    def release(self, *makers, who):
        return self.proofs.release(self.terms, [maker.address for maker in makers], {"from": who})

    def close(self, who):
        return self.proofs.close(self.terms, {"from": who})

    # What it came to

    def turn(self, maker):
        return self.proofs.pledgeOf(self.id, maker)["turn"]

    @property
    def state(self):
        return self.proofs.stateOf(self.id).dict()

    def bucket(self, vault):
        return vault.bucketOf(self.proofs, self.id)


def number(types, values):
    """Return the hash of values as a number."""
    return int.from_bytes(keccak(encode(types, values)), "big")
