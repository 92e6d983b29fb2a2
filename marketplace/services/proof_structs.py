"""The structs of `Proofs`, field by field in their order (contracts/types/Proof.sol)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils import keccak, to_checksum_address

from marketplace.crypto.points import Point
from marketplace.services.structs import POINT, FromLog, flat

PROOF_TERMS = (
    "(address,bytes32,uint128,uint128,uint8,uint8,uint16,uint32,uint24,uint24,uint24,"
    f"uint256,bytes32,bytes32,{POINT},{POINT},uint256,uint256)"
)


class Turn(IntEnum):
    """Where a commitment stands, as the contract numbers it."""

    NONE = 0
    COMMITTED = 1
    OPENED = 2
    ANNOUNCED = 3
    DECLINED = 4
    VINDICATED = 5
    DONE = 6


@dataclass(frozen=True)
class ProofTerms(FromLog):
    """What a requester promises for a proved score; amounts in token base units, stages in seconds."""

    requester: str
    salt: bytes
    reward: int
    bond: int
    makers: int
    circuit: int
    least: int
    row_count: int
    committing: int
    opening: int
    proving: int
    rows: int
    schema: bytes
    sheet: bytes
    key: Point
    seal: Point
    reader_x: int
    reader_y: int

    @property
    def locked(self) -> int:
        """What opening locks: the reward, and a bond for each maker there can be."""
        return self.reward + self.makers * self.bond

    @property
    def most_wrong(self) -> int:
        """Rows on which a model may be wrong."""
        return (self.row_count - self.least) // 2

    def bounty_id(self, chain_id: int, proofs: str) -> int:
        """Return the bounty's id: hash of chain, contract and terms."""
        packed = encode(["uint256", "address", PROOF_TERMS], [chain_id, proofs, flat(self)])
        return int.from_bytes(keccak(packed), "big")

    def to_bytes(self) -> bytes:
        """Encode the terms, for a draft."""
        return encode([PROOF_TERMS], [flat(self)])

    @classmethod
    def from_bytes(cls, data: bytes) -> ProofTerms:
        """Decode a draft."""
        (values,) = decode([PROOF_TERMS], data)
        requester, *plain, key, seal, x, y = values
        fields: list[Any] = [to_checksum_address(requester), *plain, Point(*key), Point(*seal), x, y]
        return cls(*fields)


@dataclass(frozen=True)
class Commitment(FromLog):
    """What a maker binds himself to before he sees a row."""

    model: int
    blind: Point
    key_lock: str
