"""The evaluator's side of a contest: score the candidate, commit, reveal."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from marketplace.constants import MAX_RECORD_BYTES
from marketplace.crypto import grants
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.points import Point
from marketplace.errors import DataError, MarketplaceError
from marketplace.foreign import read_bytes
from marketplace.models import build_evidence
from marketplace.services import artifacts
from marketplace.services.bounties import BountyView, last_event, load_bounty, round_events
from marketplace.services.confirmed import require_confirmed
from marketplace.services.evidence_files import evidence_key
from marketplace.services.market import Market
from marketplace.services.request import open_model
from marketplace.services.signing import short_signature, sign, typed_message
from marketplace.services.structs import Attestation, Phase, Verdict
from marketplace.services.submit import grant_context, open_test_rows, rows_are_bad
from marketplace.types import RAW_CODEC, Cid, format_id

ATTESTATION_FIELDS = (
    "uint256 bountyId, uint8 candidate, uint8 round, uint16 seat, uint8 verdict, uint64 score, "
    "uint128[] sums, bytes32 evidenceRoot, bytes32 evidence"
)
LABEL_COMMIT = "tessera/v1/commit"
LABEL_EVIDENCE_NONCE = "tessera/v1/evidence-nonce"
NOTHING = b"\0" * 32


@dataclass(frozen=True)
class Opened:
    """An attestation with all that the contract wants to see of it."""

    place: int
    salt: bytes
    attestation: Attestation
    signature: bytes


@dataclass(frozen=True)
class Prepared:
    """What a place attests, and the hash that commits to it."""

    place: int
    attestation: Attestation
    hidden: bytes


def owners_of(market: Market, view: BountyView) -> dict[int, str]:
    """Return the owner of each place of the panel."""
    with market.client.at() as pinned:
        return {place: pinned.call("Operators", "ownerOf", seat) for place, seat in view.panel.seats.items()}


def own_places(market: Market, view: BountyView) -> list[int]:
    """Return the places of the panel that this account's seats hold."""
    return [place for place, owner in owners_of(market, view).items() if owner == market.account]


def judge(market: Market, view: BountyView) -> Attestation:
    """Find out what is true: score the candidate on the opened rows, or say why that can't be done.

    Returns
    -------
    Attestation
        ``scored``; ``unscorable`` if the key was not granted in time, does not open ``K``, or the bytes are
        not the model of the submitted hash; ``bad rows`` or ``rows good``.

    Raises
    ------
    ContentNotFound
        If the encrypted rows can't be had here: try again, from another store.
    """
    bad = rows_are_bad(market, view)
    if view.panel.candidate == 0:
        return _plain(Verdict.BAD_ROWS if bad else Verdict.ROWS_GOOD)
    if bad:
        return _plain(Verdict.BAD_ROWS)
    candidate = view.require_candidate()
    k = candidate_key(market, view)
    if k is None:
        return _plain(Verdict.UNSCORABLE)
    try:
        model, _ = open_model(market, candidate.submission, k)
    except MarketplaceError:
        return _plain(Verdict.UNSCORABLE)
    features, labels = open_test_rows(market, view).arrays()
    terms = view.terms
    own_id = candidate.submission_id.to_bytes(32, "big")
    rules = (terms.metric, terms.classes, terms.error_bound)
    evidence = build_evidence(model, features, labels, *rules, k.to_bytes(32, "big"), own_id)
    cid = store_evidence(market, view, evidence.file_bytes, k)
    return Attestation(Verdict.SCORED, evidence.score, evidence.sums, evidence.root, cid.digest)


def candidate_key(market: Market, view: BountyView) -> int | None:
    """Return the candidate's key: published, or granted to this account; None if neither, or it is wrong."""
    candidate = view.require_candidate()
    published = last_event(market, "KeyPublished", view.bounty_id)
    if published is not None and Point.from_scalar(published["k"]) == candidate.submission.key:
        return int(published["k"])
    for event in _grants(market, view):
        try:
            data = b"".join(market.store.get(Cid(RAW_CODEC, bytes(event["grant"]))))
            context = grant_context(market, view)
            k = grants.open_grant(data, market.account, market.operator_key(), context)
        except MarketplaceError:
            continue
        if Point.from_scalar(k) == candidate.submission.key:
            return k
    return None


def require_turn(market: Market, view: BountyView) -> list[int]:
    """Return the places for which this account can commit.

    Raises
    ------
    DataError
        If it is not the time, or none is its own.
    """
    require_phase(view, Phase.COMMITTING)
    return _require_places(market, view)


def awaits_grant(market: Market, view: BountyView) -> bool:
    """Tell whether the maker may still grant the key that this account misses: too early to judge."""
    if view.panel.candidate == 0 or view.now > view.panel.grant_deadline:
        return False
    return candidate_key(market, view) is None


def commit(market: Market, bounty_id: int, attestation: Attestation | None = None) -> list[Attestation]:
    """Judge the candidate and commit every place of this account.

    The attestation is on disk before the commitment is sent, so that it can be revealed after a crash.

    Parameters
    ----------
    attestation : Attestation, optional
        What to attest instead of the truth; for tests of what that costs.
    """
    view = load_bounty(market, bounty_id)
    prepared = prepare(market, view, attestation)
    for one in prepared:
        place = one.place
        if place in view.panel.committed:
            continue
        intent = f"commit:{format_id(bounty_id)}:{view.panel.number}:{place}:{view.panel.seats[place]}"
        arguments = (bounty_id, place, one.hidden)
        market.send("commit to an attestation", "Panels", "commit", *arguments, intent=intent)
    return [one.attestation for one in prepared]


def keep_attestation(market: Market, view: BountyView, place: int, told: Attestation) -> None:
    """Write down what a place of this account attests in this round."""
    _write(_path(market, view, place), told)


def kept_attestation(market: Market, view: BountyView) -> Attestation | None:
    """Return what this machine has written down for a place of this account in this round, if anything."""
    for place in own_places(market, view):
        path = _path(market, view, place)
        if path.exists():
            return _read(path)
    return None


def prepare(market: Market, view: BountyView, attestation: Attestation | None = None) -> list[Prepared]:
    """Judge the candidate, and write down what each place of this account attests: the same each time."""
    found = []
    for place in require_turn(market, view):
        path = _path(market, view, place)
        kept = _read(path) if path.exists() else None
        told = kept or attestation or judge(market, view)
        if kept is None:
            keep_attestation(market, view, place, told)
        found.append(Prepared(place, told, _hidden(market, view, place, told)))
    return found


def _hidden(market: Market, view: BountyView, place: int, told: Attestation) -> bytes:
    """Return the hash that commits a place to an attestation."""
    digest = attestation_digest(market, view, place, told)
    return keccak(encode(["bytes32", "bytes32"], [digest, commit_salt(market, view, place)]))


def _as_committed(market: Market, view: BountyView, place: int) -> Attestation:
    """Return the attestation that the chain holds the hash of: kept here, or found out once more."""
    log = round_events(market, "Committed", view)
    on_chain = [bytes(one["hash"]) for one in log if one["place"] == place]
    path = _path(market, view, place)
    if path.exists() and _hidden(market, view, place, kept := _read(path)) in on_chain:
        return kept
    told = judge(market, view)
    if _hidden(market, view, place, told) not in on_chain:
        raise DataError(
            f"place {place} of {format_id(view.bounty_id)} committed to something else than is found here",
            "reveal it from the machine that committed it",
        )
    keep_attestation(market, view, place, told)
    return told


def open_attestations(market: Market, bounty_id: int) -> list[Opened]:
    """Sign what this account committed to; the result may be sent by anybody, see `reveal`.

    Only the attestation whose hash the chain holds is signed, and a place commits once: so no second one
    of a candidate and round is ever signed, also where two machines act for one wallet.

    Raises
    ------
    DataError
        If there is nothing to open, or the chain holds another commitment than this machine would make.
    """
    view = load_bounty(market, bounty_id)
    require_phase(view, Phase.REVEALING)
    deep = require_confirmed(market, view)
    found = []
    for place in _require_places(market, view):
        if place in view.panel.revealed or place not in deep.panel.committed:
            continue
        told = _as_committed(market, view, place)
        message = typed_attestation(market, view, place, told)
        found.append(Opened(place, commit_salt(market, view, place), told, sign(market, message)))
    if not found:
        raise DataError("there is no attestation left to open", "see the panel: tessera bounty show")
    return found


def reveal(market: Market, bounty_id: int, opened: Sequence[Opened] | None = None) -> None:
    """Open attestations on the chain: this account's, or (relayed) those of any evaluators."""
    given = list(opened) if opened is not None else open_attestations(market, bounty_id)
    view = load_bounty(market, bounty_id)
    places = ",".join(str(one.place) for one in given)
    intent = f"reveal:{format_id(bounty_id)}:{view.panel.number}:{places}"
    arguments = (view.terms.ref(), *reveal_arguments(market, view, given))
    market.send("reveal attestations", "Panels", "reveal", *arguments, intent=intent)


def reveal_arguments(market: Market, view: BountyView, given: Sequence[Opened]) -> tuple[Any, Any, Any]:
    """Return commitments, findings and reveals, as the contract takes them.

    Who opens all attestations of a round at once, in the order of their commitments, need not list these.
    """
    log = [(one["place"], bytes(one["hash"])) for one in round_events(market, "Committed", view)]
    order = [place for place, _ in log]
    opened = {one.place: one for one in given}
    whole = set(order) == set(opened) and not view.panel.revealed
    listed = [opened[place] for place in order] if whole else list(given)
    findings = list(dict.fromkeys(_finding(one.attestation) for one in listed))
    reveals = [
        (
            one.place,
            findings.index(_finding(one.attestation)),
            one.attestation.evidence,
            one.salt,
            *short_signature(one.signature),
        )
        for one in listed
    ]
    return [] if whole else log, findings, reveals


def _finding(told: Attestation) -> tuple[int, int, tuple[int, ...], bytes]:
    """Return what equal attestations have in common."""
    return int(told.verdict), told.score, tuple(told.sums), told.evidence_root


def typed_attestation(
    market: Market, view: BountyView, place: int, attestation: Attestation
) -> dict[str, Any]:
    """Return the EIP-712 message of an attestation, for the owner of the seat at ``place``."""
    message = {
        "bountyId": view.bounty_id,
        "candidate": view.panel.candidate,
        "round": view.panel.number,
        "seat": view.panel.seats[place],
        "verdict": int(attestation.verdict),
        "score": attestation.score,
        "sums": list(attestation.sums),
        "evidenceRoot": attestation.evidence_root,
        "evidence": attestation.evidence,
    }
    return typed_message(market, "Panels", "Attestation", ATTESTATION_FIELDS, message)


def attestation_digest(market: Market, view: BountyView, place: int, attestation: Attestation) -> bytes:
    """Return the EIP-712 digest of an attestation."""
    message = encode_typed_data(full_message=typed_attestation(market, view, place, attestation))
    return keccak(b"\x19" + message.version + message.header + message.body)


def commit_salt(market: Market, view: BountyView, place: int) -> bytes:
    """Derive the salt of a commitment from the market secret: secret until revealed, never lost."""
    return _derive(market, LABEL_COMMIT, view, place)


def _derive(market: Market, label: str, view: BountyView, place: int) -> bytes:
    extra = bytes([view.panel.number, place])
    own_id = view.bounty_id.to_bytes(32, "big")
    secret = market.require_wallet().secret
    return secret.scalar(label, market.chain_id, market.address("Panels"), own_id, extra).to_bytes(32, "big")


def store_evidence(market: Market, view: BountyView, file_bytes: bytes, k: int) -> Cid:
    """Encrypt an evidence file under a key from ``k``: it gives nothing away while the model is closed."""
    key = evidence_key(k, view.require_candidate().submission_id)
    # the nonce covers the plain bytes, so that two different files never share a key stream
    seed = _derive(market, LABEL_EVIDENCE_NONCE, view, 0)
    nonce = sha256(seed + sha256(file_bytes).digest()).digest()
    return artifacts.seal_into(market.store, io.BytesIO(file_bytes), key, nonce).cid


def _grants(market: Market, view: BountyView) -> list[Any]:
    """Return the grants of this round's time, by the candidate."""
    drawn = round_events(market, "SeatsDrawn", view)
    first = drawn[-1].block if drawn else None
    filters = {"bountyId": view.bounty_id, "maker": view.require_candidate().maker}
    return market.client.events("Bounties", "KeyGranted", argument_filters=filters, from_block=first)


def require_phase(view: BountyView, phase: Phase) -> None:
    """Refuse what is not due in this phase of the panel.

    Raises
    ------
    DataError
    """
    if view.panel.phase != phase:
        raise DataError(
            f"the panel of {format_id(view.bounty_id)} is {view.panel.phase.name.lower()}, "
            f"not {phase.name.lower()}",
            "see what is due with: tessera bounty show",
        )


def _require_places(market: Market, view: BountyView) -> list[int]:
    places = own_places(market, view)
    if not places:
        raise DataError(
            f"{market.account} does not sit on the panel of {format_id(view.bounty_id)}",
            "panels are drawn; see your seats: tessera operator show",
        )
    return places


def _plain(verdict: Verdict) -> Attestation:
    return Attestation(verdict, 0, (), NOTHING, NOTHING)


def _path(market: Market, view: BountyView, place: int) -> Path:
    seat = view.panel.seats[place]
    name = f"attestation-{format_id(view.bounty_id)}-{view.panel.number}-{place}-{seat}-{market.account}.json"
    return market.workspace() / name


def _write(path: Path, told: Attestation) -> None:
    data = {
        "verdict": int(told.verdict),
        "score": told.score,
        "sums": list(told.sums),
        "evidenceRoot": told.evidence_root.hex(),
        "evidence": told.evidence.hex(),
    }
    with atomic_writer(path) as sink:
        sink.write(json.dumps(data).encode())


def _read(path: Path) -> Attestation:
    try:
        data = json.loads(read_bytes(path, MAX_RECORD_BYTES))
        root, evidence = bytes.fromhex(data["evidenceRoot"]), bytes.fromhex(data["evidence"])
        return Attestation(Verdict(data["verdict"]), data["score"], tuple(data["sums"]), root, evidence)
    except FileNotFoundError as error:
        raise DataError(
            f"the attestation that was committed is not here: {path}",
            "reveal it from the machine that committed it",
        ) from error
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataError(
            f"the attestation that was committed can't be read: {path}",
            "remove the file: the same attestation is computed again from the model and the rows",
        ) from error
