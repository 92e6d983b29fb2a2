"""Files in which signed claims, commitments and locks travel to whoever sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from eth_utils import is_checksum_address

from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.errors import DataError
from marketplace.services.bounties import BountyView
from marketplace.services.market import Market
from marketplace.services.relays import SignedClaim, SignedCommitment, SignedLock
from marketplace.types import format_id, parse_id

MAX_BYTES = 2**16
CLAIMS, COMMITMENTS, LOCK = "tessera/claims/v1", "tessera/commitments/v1", "tessera/lock/v1"
MAKERS = {
    CLAIMS: "tessera bounty claim --sign",
    COMMITMENTS: "tessera operator commit --sign",
    LOCK: "tessera bounty lock --sign",
}
Item = TypeVar("Item")


def write_claim(market: Market, view: BountyView, one: SignedClaim) -> bytes:
    """Write a signed claim. Whoever has the file can make the claim, once, while claims can be made."""
    item = {"maker": one.maker, "score": one.score, "signature": one.signature.hex()}
    return _write(market, view, CLAIMS, 0, [item])


def read_claims(market: Market, files: Iterable[bytes]) -> tuple[int, list[SignedClaim]]:
    """Read files of signed claims; return the bounty's id and the claims.

    Raises
    ------
    DataError
        If a file is none, is of another chain or deployment, or they belong to several bounties.
    """
    bounty_id, _, found = _read(market, CLAIMS, files, _claim)
    return bounty_id, found


def write_commitments(market: Market, view: BountyView, signed: Sequence[SignedCommitment]) -> bytes:
    """Write signed commitments. They tell nobody what was found."""
    items = [
        {"place": one.place, "hash": one.hidden.hex(), "signature": one.signature.hex()} for one in signed
    ]
    return _write(market, view, COMMITMENTS, view.panel.number, items)


def read_commitments(market: Market, files: Iterable[bytes]) -> tuple[int, list[SignedCommitment]]:
    """Read files of signed commitments, all of one round; return the bounty's id and the commitments.

    Raises
    ------
    DataError
        As `read_claims`.
    """
    bounty_id, _, found = _read(market, COMMITMENTS, files, _commitment)
    return bounty_id, list({one.place: one for one in found}.values())


def write_lock(market: Market, view: BountyView, lock: SignedLock) -> bytes:
    """Write the signed lock of a delivery. Only the candidate's maker can use it."""
    item = {"candidate": lock.candidate, "lock": lock.key_lock, "signature": lock.signature.hex()}
    return _write(market, view, LOCK, 0, [item])


def read_lock(market: Market, data: bytes) -> tuple[int, SignedLock]:
    """Read the signed lock of a delivery; return the bounty's id and the lock.

    Raises
    ------
    DataError
        As `read_claims`.
    """
    bounty_id, _, found = _read(market, LOCK, [data], _lock)
    return bounty_id, found[0]


def _write(market: Market, view: BountyView, kind: str, number: int, items: list[dict[str, Any]]) -> bytes:
    head = {"format": kind, "chain": market.chain_id, "bounties": market.address("Bounties")}
    return canonical_json({**head, "bounty": format_id(view.bounty_id), "round": number, "items": items})


def _read(
    market: Market, kind: str, files: Iterable[bytes], parse: Callable[[dict[str, Any]], Item]
) -> tuple[int, int, list[Item]]:
    subjects: set[tuple[int, int]] = set()
    found: list[Item] = []
    for n, data in enumerate(files, 1):
        try:
            document = parse_canonical_json(data, MAX_BYTES)
            if document["format"] != kind:
                raise ValueError("another format")
            same = (document["chain"], document["bounties"]) == (market.chain_id, market.address("Bounties"))
            subjects.add((parse_id(document["bounty"]), number(document["round"], 8)))
            found += [parse(item) for item in document["items"]]
        except (KeyError, TypeError, ValueError, AttributeError, DataError) as error:
            raise DataError(f"file {n}: this is no {kind} file", f"make one: {MAKERS[kind]}") from error
        if not same:
            raise DataError("this file belongs to another chain or deployment", "check --rpc-url and --home")
    if len(subjects) != 1 or not found:
        raise DataError(
            f"these files belong to {len(subjects)} bounties or rounds, they must be of one",
            "relay each by itself",
        )
    return *subjects.pop(), found


def number(value: Any, bits: int) -> int:
    """Return a number that fits the contract's.

    Raises
    ------
    ValueError
        If it is none, or does not.
    """
    if type(value) is not int or not 0 <= value < 2**bits:
        raise ValueError("a number is out of range")
    return value


def _claim(item: dict[str, Any]) -> SignedClaim:
    if not is_checksum_address(item["maker"]):
        raise ValueError("not an address")
    return SignedClaim(item["maker"], number(item["score"], 64), _signature(item))


def _commitment(item: dict[str, Any]) -> SignedCommitment:
    hidden = bytes.fromhex(item["hash"])
    if len(hidden) != 32:
        raise ValueError("a length is wrong")
    return SignedCommitment(number(item["place"], 8), hidden, _signature(item))


def _lock(item: dict[str, Any]) -> SignedLock:
    if not is_checksum_address(item["lock"]):
        raise ValueError("not an address")
    return SignedLock(number(item["candidate"], 8), item["lock"], _signature(item))


def _signature(item: dict[str, Any]) -> bytes:
    signature = bytes.fromhex(item["signature"])
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise ValueError("not a signature")
    return signature
