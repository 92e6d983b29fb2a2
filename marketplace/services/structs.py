"""The contracts' structs, field by field in their order, and the ids and hashes made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak

from marketplace.constants import MAX_RECORD_BYTES
from marketplace.crypto.points import Point
from marketplace.errors import DataError
from marketplace.foreign import read_bytes

POINT = "(uint256,uint8)"
PARENTS = "(uint256,uint16)[]"
ASSET_TERMS = f"(address,uint8,uint128,uint128,uint32,uint32,bytes32,bytes32,{POINT},{POINT})"
ORDER = "(uint256,bytes32,address,address,uint128,uint40,uint32)"
SUBMISSION = f"(address,bytes32,uint64,bytes32,bytes32,bytes32,{POINT},{POINT})"
BOUNTY_TERMS = (
    "(address,bytes32,uint128,uint128,uint128,uint96,uint8,uint8,uint8,uint8,uint64,uint64,uint32,"
    f"bytes32,bytes32,bytes32,uint64,bytes32,{POINT},{POINT},uint256,{PARENTS})"
)
"""All terms in one row, as drafts keep them; the chain has them in parts."""

CORE_TERMS = "(address,uint128,uint128,uint128,uint96,uint256,uint256)"
FILE_TERMS = f"(bytes32,bytes32,bytes32,bytes32,uint64,bytes32,{POINT})"
TERMS_REF = f"({CORE_TERMS},bytes32)"
FINDING = "(uint8,uint64,uint128[],bytes32)"
SCORED_CASE = f"(bytes32,{CORE_TERMS},{POINT},{FILE_TERMS},bytes32,{SUBMISSION},{FINDING})"
ROW_PROOF = "(uint256,bytes32,bytes,bytes32[],bytes32,bytes,bytes)"
TREES_PROOF = "(bytes,bytes32,uint256,bytes,bytes32[],bytes,uint256,bytes)"
NODE_PROOF = "(uint256,uint256,bytes,bytes)"
QUESTION = "(uint8,uint8,uint32,uint16,uint64)"
DEMAND_TERMS = (
    "(uint256,uint8,uint8,uint8,uint32,address,address,uint256,uint40,uint40,uint256,"
    "bytes32,bytes32,uint128[])"
)
RULES = (
    ("metric", 8),
    ("classes", 8),
    ("panelSize", 8),
    ("quorum", 8),
    ("rowCount", 32),
    ("errorBound", 64),
    ("threshold", 64),
)
"""Bits of the word that says how models are judged, lowest first (contracts/types/Rules.sol)."""


def unpack_rules(word: int) -> dict[str, int]:
    """Return the fields of that word by their names in the contract."""
    found = {}
    for name, bits in RULES:
        found[name] = word & (2**bits - 1)
        word >>= bits
    return found


class Stage(IntEnum):
    """Stages of a bounty, as the contract numbers them."""

    NONE = 0
    SUBMITTING = 1
    CLAIMING = 2
    CHOOSING = 3
    JUDGING = 4
    CURE = 5
    LOCKING = 6
    DELIVERING = 7
    WINDOW = 8
    HALVING = 9
    ABANDONED = 10
    DONE = 11


class Phase(IntEnum):
    """Phases of a panel's round, as the contract numbers them."""

    NONE = 0
    DRAWING = 1
    COMMITTING = 2
    REVEALING = 3
    JUDGED = 4
    VOIDED = 5


class Verdict(IntEnum):
    """Verdicts of a panel, as the contract numbers them."""

    NONE = 0
    SCORED = 1
    UNSCORABLE = 2
    BAD_ROWS = 3
    ROWS_GOOD = 4


class Outcome(IntEnum):
    """Ends of a bounty, as the contract numbers them."""

    NONE = 0
    PAID = 1
    HALVED = 2
    NO_SUBMISSION = 3
    SILENT = 4
    BAD_ROWS = 5
    NOBODY = 6
    TOO_FEW_SEATS = 7


class FromLog:
    """Rebuild a struct from its event: names in camel case, points and parents as dicts."""

    @classmethod
    def from_log(cls, data: Mapping[str, Any]) -> Self:
        """Return the struct that an event carries."""
        values = {}
        for item in fields(cls):  # type: ignore[arg-type]
            value = data[_camel(item.name)]
            if isinstance(value, Mapping):
                value = Point(value["x"], value["parity"])
            elif isinstance(value, list):
                value = tuple(Parent(one["assetId"], one["bps"]) for one in value)
            values[item.name] = bytes(value) if isinstance(value, bytes | bytearray) else value
        return cls(**values)


@dataclass(frozen=True)
class Parent(FromLog):
    """A share of income that flows up: asset id, basis points."""

    asset_id: int
    bps: int


@dataclass(frozen=True)
class AssetTerms(FromLog):
    """What a seller promises (contracts/types/Asset.sol): amounts in token base units, windows in seconds."""

    seller: str
    kind: int
    price: int
    bond: int
    settle_window: int
    dispute_window: int
    content_root: bytes
    manifest: bytes
    key: Point
    seal: Point

    def digest(self) -> bytes:
        """Return the hash the chain keeps of the terms."""
        return keccak(encode([ASSET_TERMS], [flat(self)]))


@dataclass(frozen=True)
class Birth:
    """Where an asset comes from (contracts/types/Asset.sol)."""

    creator: str
    origin: str
    salt: bytes
    parents: tuple[Parent, ...]

    def asset_id(self, chain_id: int, assets: str) -> int:
        """Return the asset's id: hash of chain, contract and birth."""
        types = ["uint256", "address", "address", "address", "bytes32", PARENTS]
        values = [chain_id, assets, self.creator, self.origin, self.salt, flat(self.parents)]
        return int.from_bytes(keccak(encode(types, values)), "big")


@dataclass(frozen=True)
class Order(FromLog):
    """What an order promises (contracts/types/Order.sol): token base units, Unix seconds."""

    asset_id: int
    terms_hash: bytes
    buyer: str
    key_lock: str
    price: int
    deadline: int
    dispute_window: int


@dataclass(frozen=True)
class BountyTerms(FromLog):
    """What a requester promises (contracts/types/Bounty.sol, in one row): amounts in token base units."""

    requester: str
    salt: bytes
    reward: int
    deposit: int
    panel_fee: int
    claim_bond: int
    metric: int
    classes: int
    panel_size: int
    quorum: int
    error_bound: int
    threshold: int
    row_count: int
    schema: bytes
    rows_root: bytes
    content_root: bytes
    content_length: int
    content_digest: bytes
    key: Point
    seal: Point
    schedule: int
    datasets: tuple[Parent, ...]

    def bounty_id(self, chain_id: int, bounties: str) -> int:
        """Return the bounty's id: hash of chain, contract and terms."""
        packed = encode(["uint256", "address", TERMS_REF], [chain_id, bounties, self.ref()])
        return int.from_bytes(keccak(packed), "big")

    @classmethod
    def from_log(cls, data: Mapping[str, Any]) -> Self:
        """Return the terms that an event carries in parts."""
        core = data["core"]
        return super().from_log({**core, **unpack_rules(core["rules"]), **data["files"], **data})

    def whole(self) -> tuple[Any, ...]:
        """Return all terms, in the parts of the contract."""
        return self._core(), flat(self.key), self._files(), flat(self.datasets)

    def ref(self) -> tuple[Any, bytes]:
        """Return what most steps pass: the core, and the hash of the rest."""
        datasets = keccak(encode([PARENTS], [flat(self.datasets)]))
        return self._core(), keccak(encode(["bytes32", "bytes32"], [self.rows_digest(), datasets]))

    def rows_digest(self) -> bytes:
        """Return the hash of the rows' key and files."""
        files = keccak(encode([FILE_TERMS], [self._files()]))
        return keccak(encode([POINT, "bytes32"], [flat(self.key), files]))

    def rows_proof(self) -> tuple[Any, bytes, bytes]:
        """Return the rows' key, and the hashes that show that it belongs to the bounty."""
        files = keccak(encode([FILE_TERMS], [self._files()]))
        return flat(self.key), files, keccak(encode([PARENTS], [flat(self.datasets)]))

    def _core(self) -> tuple[Any, ...]:
        word = 0
        panel = (self.panel_size, self.quorum)
        values = (self.metric, self.classes, *panel, self.row_count, self.error_bound, self.threshold)
        for (_, bits), value in zip(reversed(RULES), reversed(values), strict=True):
            if not 0 <= value < 2**bits:
                raise ValueError(f"{value} does not fit {bits} bits")
            word = word << bits | value
        amounts = (self.reward, self.deposit, self.panel_fee, self.claim_bond)
        return (self.requester, *amounts, word, self.schedule)

    def _files(self) -> tuple[Any, ...]:
        digests = (self.salt, self.schema, self.rows_root, self.content_root)
        rows = (self.content_length, self.content_digest)
        return (*digests, *rows, flat(self.seal))


@dataclass(frozen=True)
class Submission(FromLog):
    """What a maker hands in (contracts/types/Bounty.sol)."""

    maker: str
    content_root: bytes
    content_length: int
    content_digest: bytes
    model_hash: bytes
    listing_hash: bytes
    key: Point
    seal: Point


@dataclass(frozen=True)
class Attestation:
    """What an evaluator found (contracts/types/Panel.sol)."""

    verdict: int
    score: int
    sums: tuple[int, ...]
    evidence_root: bytes
    evidence: bytes

    def finding(self) -> tuple[Any, ...]:
        """Return what equal attestations have in common."""
        return (int(self.verdict), self.score, tuple(self.sums), self.evidence_root)

    def finding_digest(self) -> bytes:
        """Return the hash that the panels' contract keeps of it."""
        types = ["uint8", "uint64", "uint128[]", "bytes32"]
        return keccak(encode(types, list(self.finding())))


def scored_case(
    salt: bytes, terms: BountyTerms, submission: Submission, attestation: Attestation
) -> tuple[Any, ...]:
    """Return what a challenge says of the verdict it is about (contracts/types/Challenge.sol)."""
    core, key, files, datasets = terms.whole()
    digest = keccak(encode([PARENTS], [datasets]))
    return salt, core, key, files, digest, flat(submission), attestation.finding()


def bounty_of_case(chain_id: int, bounties: str, case: tuple[Any, ...]) -> int:
    """Return the id of the bounty that a `scored_case` is about."""
    _salt, core, key, files, datasets, *_ = case
    rows = keccak(encode([POINT, "bytes32"], [key, keccak(encode([FILE_TERMS], [files]))]))
    rest = keccak(encode(["bytes32", "bytes32"], [rows, datasets]))
    packed = encode(["uint256", "address", TERMS_REF], [chain_id, bounties, (core, rest)])
    return int.from_bytes(keccak(packed), "big")


class Turn(IntEnum):
    """Whose turn it is in a demand, as the contract numbers it."""

    NONE = 0
    ASKED = 1
    ANSWERED = 2
    CLOSED = 3


@dataclass(frozen=True)
class DemandTerms:
    """What a demand is about (contracts/types/Demand.sol): token base units, seconds."""

    bounty_id: int
    round: int
    tried: int
    voids: int
    number: int
    demander: str
    maker: str
    bond: int
    answering: int
    deciding: int
    rules: int
    model_hash: bytes
    evidence_root: bytes
    sums: tuple[int, ...]

    @classmethod
    def from_log(cls, data: Mapping[str, Any]) -> Self:
        """Return the terms that an event carries."""
        values: dict[str, Any] = {item.name: data[_camel(item.name)] for item in fields(cls)}
        for name in ("model_hash", "evidence_root"):
            values[name] = bytes(values[name])
        return cls(**{**values, "sums": tuple(values["sums"])})


SCHEDULE_STAGES = (
    "submitting",
    "rows",
    "claiming",
    "drawing",
    "committing",
    "revealing",
    "locking",
    "delivering",
    "window",
    "cure",
)
"""Stages of a schedule, lowest 24 bits first (contracts/types/Schedule.sol)."""


def pack_schedule(seconds: Mapping[str, int]) -> int:
    """Pack ten stage lengths, in seconds, into the contract's number.

    Raises
    ------
    ValueError
        If a stage is missing, unknown, or does not fit 24 bits.
    """
    if set(seconds) != set(SCHEDULE_STAGES):
        raise ValueError(f"a schedule has the stages {', '.join(SCHEDULE_STAGES)}")
    packed = 0
    for i, stage in enumerate(SCHEDULE_STAGES):
        if not 0 < seconds[stage] < 2**24:
            raise ValueError(f"the stage {stage} takes 1 to {2**24 - 1} seconds, not {seconds[stage]}")
        packed |= seconds[stage] << (24 * i)
    return packed


def unpack_schedule(packed: int) -> dict[str, int]:
    """Return the stage lengths, in seconds, by name."""
    return {stage: (packed >> (24 * i)) & (2**24 - 1) for i, stage in enumerate(SCHEDULE_STAGES)}


def order_id(chain_id: int, exchange: str, buyer: str, salt: bytes) -> int:
    """Return the id of a buyer's order."""
    packed = encode(["uint256", "address", "address", "bytes32"], [chain_id, exchange, buyer, salt])
    return int.from_bytes(keccak(packed), "big")


def submission_id(chain_id: int, bounties: str, bounty_id: int, maker: str) -> int:
    """Return the id of a maker's submission."""
    types = ["uint256", "address", "uint256", "address"]
    return int.from_bytes(keccak(encode(types, [chain_id, bounties, bounty_id, maker])), "big")


def flat(value: Any) -> Any:
    """Turn structs into nested tuples, as the ABI encodes them."""
    if isinstance(value, Point):
        return (value.x, value.parity)
    if hasattr(value, "__dataclass_fields__"):
        return tuple(flat(getattr(value, item.name)) for item in fields(value))
    if isinstance(value, list | tuple):
        return [flat(item) for item in value]
    return value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def read_struct(path: Path, kind: str) -> tuple[Any, ...]:
    """Read the fields of a struct that this program has written into a file, as the ABI has them.

    Raises
    ------
    DataError
        If the file was damaged since.
    """
    try:
        (fields_,) = decode([kind], read_bytes(path, MAX_RECORD_BYTES))
    except (OSError, DecodingError, OverflowError) as error:
        raise DataError(
            f"{path} can't be read: it was damaged",
            "move it away, then: tessera wallet recover, which writes it again if it was sent",
        ) from error
    return tuple(fields_)
