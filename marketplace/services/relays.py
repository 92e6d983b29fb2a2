"""Claims, commitments and locks that their owners sign, and anybody sends: many in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.chain.values import new_intent
from marketplace.crypto.points import lock_address, settlement_scalar
from marketplace.errors import DataError
from marketplace.services import evaluate, request, submit
from marketplace.services.accounts import ensure_funds
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.confirmed import require_confirmed
from marketplace.services.entering import require_claimable
from marketplace.services.market import Market
from marketplace.services.sell import show_until
from marketplace.services.signing import short_signature, sign, signer_of, typed_message
from marketplace.services.structs import Attestation, Phase, Stage
from marketplace.types import format_id

CLAIM_FIELDS = "uint256 bountyId, uint64 score"
LOCK_FIELDS = "uint256 bountyId, uint8 candidate, address keyLock"
COMMITMENT_FIELDS = "uint256 bountyId, uint8 candidate, uint8 round, uint8 place, uint16 seat, bytes32 hash"


@dataclass(frozen=True)
class SignedClaim:
    """A claim of a score, parts of SCORE_ONE, signed by its maker."""

    maker: str
    score: int
    signature: bytes


@dataclass(frozen=True)
class SignedCommitment:
    """A commitment of a place of the panel, signed by the owner of its seat."""

    place: int
    hidden: bytes
    signature: bytes


@dataclass(frozen=True)
class SignedLock:
    """The lock of the delivery by one candidate, signed by the requester."""

    candidate: int
    key_lock: str
    signature: bytes


@dataclass(frozen=True)
class LeftOut:
    """A claim that can't be sent now, and why."""

    maker: str
    why: str


def sign_claim(market: Market, bounty_id: int, score: int | None = None) -> SignedClaim:
    """Sign a claim for this account's submission; its bond is made ready in the Vault, not locked yet.

    Parameters
    ----------
    score : int, optional
        The model's own score on the opened rows by default. Claiming more costs the bond.
    """
    view = load_bounty(market, bounty_id)
    request.require_stage(view, Stage.CLAIMING)
    if score is None:
        score = submit.own_score(market, view)
    require_claimable(view, market.account, score)
    market.client.check_spending(view.terms.claim_bond)
    ensure_funds(market, "Bounties", view.terms.claim_bond)
    return SignedClaim(market.account, score, sign(market, _claim(market, view, score)))


def relay_claims(market: Market, bounty_id: int, claims: Sequence[SignedClaim]) -> list[LeftOut]:
    """Send signed claims in one transaction; return those that were left out, or passed over by the contract.

    Raises
    ------
    DataError
        If it is not the time of claims, or none of them can be sent.
    """
    view = load_bounty(market, bounty_id)
    request.require_stage(view, Stage.CLAIMING)
    request.require_time(view, view.deadline)
    out = [LeftOut(one.maker, why) for one in claims if (why := _obstacle(market, view, one))]
    stopped = {one.maker for one in out}
    good = {one.maker: one for one in claims if one.maker not in stopped}
    if not good:
        reasons = "; ".join(f"{one.maker}: {one.why}" for one in out)
        raise DataError(f"none of these claims can be sent: {reasons}", "see: tessera bounty show")
    signed = [(one.score, *short_signature(one.signature)) for one in good.values()]
    intent = new_intent(f"relay-claims:{format_id(bounty_id)}")
    arguments = (view.terms.ref(), signed)
    receipt = market.send("claim scores", "Bounties", "claimMany", *arguments, intent=intent)
    taken = {event["maker"] for event in receipt.events if event.name == "ScoreClaimed"}
    why = "the contract passed it over: claimed meanwhile, or the bond could not be locked"
    return out + [LeftOut(maker, why) for maker in good if maker not in taken]


def _obstacle(market: Market, view: BountyView, one: SignedClaim) -> str | None:
    """Say what stops a claim; a wrong signature or score would stop all."""
    if signer_of(_claim(market, view, one.score), one.signature) != one.maker:
        return "the claim is not signed by its maker"
    try:
        require_claimable(view, one.maker, one.score)
    except DataError as error:
        return str(error)
    with market.client.at() as now:
        free = now.call("Vault", "balanceOf", one.maker)
        cap = now.call("Vault", "capOf", one.maker, market.address("Bounties"))
    return (
        None if min(free, cap) >= view.terms.claim_bond else "the bond is not in the Vault, or not approved"
    )


def _claim(market: Market, view: BountyView, score: int) -> dict[str, Any]:
    message = {"bountyId": view.bounty_id, "score": score}
    return typed_message(market, "Bounties", "Claim", CLAIM_FIELDS, message)


def sign_commitments(
    market: Market, bounty_id: int, attestation: Attestation | None = None
) -> list[SignedCommitment]:
    """Judge the candidate and sign a commitment for each place of this account that has not committed.

    Nothing is secret in them. Who signed and sees by the middle of the stage that nobody sent them
    commits by himself: `evaluate.commit` finds the same attestation again.

    Raises
    ------
    DataError
        If all have committed.
    """
    view = load_bounty(market, bounty_id)
    found = []
    for one in evaluate.prepare(market, view, attestation):
        if one.place not in view.panel.committed:
            message = _commitment(market, view, one.place, one.hidden)
            found.append(SignedCommitment(one.place, one.hidden, sign(market, message)))
    if not found:
        raise DataError("all your places have committed already", "see the panel: tessera bounty show")
    return found


def relay_commitments(market: Market, bounty_id: int, signed: Sequence[SignedCommitment]) -> list[int]:
    """Send signed commitments of several evaluators in one transaction; return their places.

    Raises
    ------
    DataError
        If one is not signed by the owner of its seat, or all have committed.
    """
    view = load_bounty(market, bounty_id)
    evaluate.require_phase(view, Phase.COMMITTING)
    owners = evaluate.owners_of(market, view)
    for one in signed:
        owner = owners.get(one.place)
        message = _commitment(market, view, one.place, one.hidden) if owner else {}
        if owner is None or signer_of(message, one.signature) != owner:
            raise DataError(
                f"the commitment of place {one.place} is not signed by the owner of its seat in this round",
                "ask for a new one, or relay the others without its file",
            )
    good = [one for one in signed if one.place not in view.panel.committed]
    if not good:
        raise DataError("all these places have committed already", "see the panel: tessera bounty show")
    arguments = [(one.place, one.hidden, *short_signature(one.signature)) for one in good]
    intent = new_intent(f"relay-commits:{format_id(bounty_id)}")
    what = "commit to attestations"
    market.send(what, "Panels", "commitMany", bounty_id, arguments, intent=intent)
    return [one.place for one in good]


def _commitment(market: Market, view: BountyView, place: int, hidden: bytes) -> dict[str, Any]:
    message = {
        "bountyId": view.bounty_id,
        "candidate": view.panel.candidate,
        "round": view.panel.number,
        "place": place,
        "seat": view.panel.seats[place],
        "hash": hidden,
    }
    return typed_message(market, "Panels", "Commitment", COMMITMENT_FIELDS, message)


def sign_lock(market: Market, bounty_id: int) -> SignedLock:
    """Sign the lock of the delivery instead of posting it, as soon as there is a candidate.

    The maker delivers with it once his claim holds. If by the middle of the locking stage he has not,
    post the lock (`request.lock_delivery`): when the stage ends without either, delivery is waived.
    """
    view = load_bounty(market, bounty_id)
    request.require_requester(market, view)
    request.require_stage(view, Stage.JUDGING, Stage.LOCKING)
    candidate = view.require_candidate()
    key_lock = request.right_lock(market, view)
    signature = sign(market, _lock(market, view, key_lock))
    return SignedLock(candidate.index, key_lock, signature)


def deliver_signed(market: Market, bounty_id: int, lock: SignedLock, *, late: bool = False) -> None:
    """Deliver the key against a lock that the requester signed.

    Parameters
    ----------
    late : bool, default False
        See `submit.deliver`.

    Raises
    ------
    DataError
        If the lock is wrong, not signed by the requester, or for another candidate; or if it is too late.
    """
    view = load_bounty(market, bounty_id)
    request.require_stage(view, Stage.LOCKING, Stage.DELIVERING)
    require_confirmed(market, view)
    request.require_time(view, view.deadline)
    arguments = (view.terms.ref(), *_delivery(market, view, lock))
    intent = f"deliver-signed:{format_id(bounty_id)}:{lock.candidate}"
    show_until(market, intent, view.deadline, late=late)
    market.send("deliver the key", "Bounties", "deliverSigned", *arguments, intent=intent)


def reveal_and_deliver(
    market: Market, bounty_id: int, opened: Sequence[evaluate.Opened], lock: SignedLock
) -> None:
    """Open the panel's attestations and deliver against a signed lock, in one transaction.

    Nothing is sent if the attestations do not come to a verdict for this account's claim.

    Raises
    ------
    DataError
        As `deliver_signed`; or if the panel does not reveal now, or there is too little time to do it safely.
    ContractReverted
        If the claim does not hold by these attestations.
    """
    view = load_bounty(market, bounty_id)
    evaluate.require_phase(view, Phase.REVEALING)
    request.require_time(view, view.panel.deadline)
    require_confirmed(market, view)
    delivery = _delivery(market, view, lock)
    reveals = evaluate.reveal_arguments(market, view, opened)
    intent = f"reveal-deliver:{format_id(bounty_id)}:{view.panel.number}"
    show_until(market, intent, view.panel.deadline)
    what = "reveal attestations, deliver the key"
    arguments = (view.terms.ref(), *reveals, *delivery)
    market.send(what, "Panels", "revealAndDeliver", *arguments, intent=intent)


def _delivery(market: Market, view: BountyView, lock: SignedLock) -> tuple[int, bytes, bytes]:
    """Return the scalar that opens a lock, and the requester's signature, once it is sure that it is his."""
    candidate = submit.require_candidate_maker(market, view)
    h = request.delivery_h(market, view, market.submission_key(candidate.submission_id), view.terms.seal)
    key_lock = lock_address(candidate.submission.key, h)
    signed = signer_of(_lock(market, view, key_lock), lock.signature) == view.terms.requester
    if lock.candidate != candidate.index or lock.key_lock != key_lock or not signed:
        raise DataError(
            "this is not the right lock of your delivery, signed by the requester",
            "wait until he posts one, then: tessera bounty deliver",
        )
    t = settlement_scalar(submit.own_key(market, view), h)
    return t, *short_signature(lock.signature)


def _lock(market: Market, view: BountyView, key_lock: str) -> dict[str, Any]:
    message = {
        "bountyId": view.bounty_id,
        "candidate": view.require_candidate().index,
        "keyLock": key_lock,
    }
    return typed_message(market, "Bounties", "Lock", LOCK_FIELDS, message)
