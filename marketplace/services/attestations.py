"""Attestations as they travel, signed, to whoever relays them, and as they stand in the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.codec import canonical_json, parse_canonical_json
from marketplace.errors import DataError
from marketplace.services.bounties import BountyView
from marketplace.services.evaluate import Opened
from marketplace.services.market import Market
from marketplace.services.relay_files import number
from marketplace.services.structs import Attestation, Verdict
from marketplace.types import format_id, parse_id

FORMAT = "tessera/attestations/v1"
MAX_BYTES = 2**16


@dataclass(frozen=True)
class Revealed:
    """An attestation that was opened on the chain.

    Parameters
    ----------
    number, place : int
        Round of the bounty, and place on its panel.
    evaluator : str
    attestation : Attestation
    """

    number: int
    place: int
    evaluator: str
    attestation: Attestation


def list_attestations(market: Market, bounty_id: int) -> list[Revealed]:
    """Return every attestation of a bounty that was opened, oldest first."""
    found = market.client.events("Panels", "Revealed", argument_filters={"bountyId": bounty_id})
    return [
        Revealed(event["number"], event["place"], event["evaluator"], _from_log(event["attestation"]))
        for event in found
    ]


def write_opened(market: Market, view: BountyView, opened: Sequence[Opened]) -> bytes:
    """Write signed attestations into a file that anybody can send for their evaluators.

    Whoever has the file knows the verdict: give it away only when the commitments are closed.
    """
    head = {"format": FORMAT, "chain": market.chain_id, "panels": market.address("Panels")}
    head |= {"bounty": format_id(view.bounty_id), "round": view.panel.number}
    return canonical_json({**head, "attestations": [_plain(one) for one in opened]})


def read_opened(market: Market, files: Iterable[bytes]) -> tuple[int, list[Opened]]:
    """Read files of signed attestations, all of one round of one bounty.

    Returns
    -------
    tuple of (int, list of Opened)
        The bounty's id and the attestations, one a place.

    Raises
    ------
    DataError
        If a file is none, is of another chain or deployment, or they belong to different rounds.
    """
    rounds: set[tuple[int, int]] = set()
    found: dict[int, Opened] = {}
    for data in files:
        document = parse_canonical_json(data, MAX_BYTES)
        try:
            same = (document["format"], document["chain"], document["panels"]) == (
                FORMAT,
                market.chain_id,
                market.address("Panels"),
            )
            rounds.add((parse_id(document["bounty"]), number(document["round"], 8)))
            found |= {number(item["place"], 8): _opened(item) for item in document["attestations"]}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                "this is no file of signed attestations", "make one: tessera operator export-attestation"
            ) from error
        if not same:
            raise DataError(
                "these attestations belong to another chain or deployment", "check --rpc-url and --home"
            )
    if len(rounds) != 1:
        raise DataError(
            f"these files belong to {len(rounds)} rounds, they must be of one", "relay each round by itself"
        )
    return rounds.pop()[0], [found[place] for place in sorted(found)]


def _plain(one: Opened) -> dict[str, Any]:
    told = one.attestation
    return {
        "place": one.place,
        "salt": one.salt.hex(),
        "signature": one.signature.hex(),
        "verdict": int(told.verdict),
        "score": told.score,
        "sums": list(told.sums),
        "evidenceRoot": told.evidence_root.hex(),
        "evidence": told.evidence.hex(),
    }


def _opened(item: dict[str, Any]) -> Opened:
    told = Attestation(
        Verdict(item["verdict"]),
        number(item["score"], 64),
        tuple(number(part, 128) for part in item["sums"]),
        bytes.fromhex(item["evidenceRoot"]),
        bytes.fromhex(item["evidence"]),
    )
    salt, signature = bytes.fromhex(item["salt"]), bytes.fromhex(item["signature"])
    if len(salt) != 32 or len(signature) != 65 or len(told.evidence_root) != 32 or len(told.evidence) != 32:
        raise ValueError("a length is wrong")
    return Opened(number(item["place"], 8), salt, told, signature)


def _from_log(data: Any) -> Attestation:
    return Attestation(
        Verdict(data["verdict"]),
        data["score"],
        tuple(data["sums"]),
        bytes(data["evidenceRoot"]),
        bytes(data["evidence"]),
    )
