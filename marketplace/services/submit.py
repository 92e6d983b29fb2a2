"""The maker's side of a contest: submit, claim, grant, deliver, or show who is at fault."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils import to_checksum_address

from marketplace.crypto import grants
from marketplace.crypto.envelope import new_nonce
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.points import Point, lock_address, settlement_scalar
from marketplace.datasets import RowSchema, TestRows, parse_rows, parse_schema
from marketplace.errors import DataError, MarketplaceError, StorageError
from marketplace.models import IntegerModel, decode_model, model_hash, predict, score_from_sums
from marketplace.models.metrics import add_up, contributions
from marketplace.services import artifacts
from marketplace.services.accounts import ensure_funds, once
from marketplace.services.bounties import DELIVERED, BountyView, Entrant, last_event, load_bounty
from marketplace.services.confirmed import require_confirmed, require_confirmed_draw
from marketplace.services.entering import require_claimable, require_submittable
from marketplace.services.market import Market
from marketplace.services.prizes import ModelListing, listing_terms, model_manifest, read_listing
from marketplace.services.records import keep_listing, rebuild_terms
from marketplace.services.request import (
    delivered_key,
    delivery_h,
    model_artifact,
    require_stage,
    require_time,
    rows_artifact,
)
from marketplace.services.sell import show_until
from marketplace.services.structs import (
    ASSET_TERMS,
    SUBMISSION,
    AssetTerms,
    Birth,
    BountyTerms,
    Phase,
    Stage,
    Submission,
    flat,
    read_struct,
    submission_id,
)
from marketplace.types import RAW_CODEC, Cid, format_id

GRANT_CONTEXT = b"tessera/v1/grant/panel"


def read_schema(market: Market, terms: BountyTerms) -> RowSchema:
    """Fetch the row schema of a bounty, verified against its digest."""
    return parse_schema(b"".join(market.store.get(Cid(RAW_CODEC, terms.schema))))


def submit_model(
    market: Market, bounty_id: int, model_bytes: bytes, listing: ModelListing | None = None
) -> Submission:
    """Hand in an integer model: sealed, stored, its hash and key point on the chain.

    Refused before anything is sent unless the whole encrypted rows are here and match their root: a
    requester who withholds them could not be held to anything.

    Raises
    ------
    ContentNotFound, ContentMismatch
        If the encrypted rows are missing or damaged.
    DataError
        If the bytes are no integer model of the bounty's row schema.
    """
    view = load_bounty(market, bounty_id)
    model = decode_model(model_bytes)
    if require_submittable(market, view, model, read_schema(market, view.terms)):
        return view.entrant_of(market.account).submission
    artifacts.check(market.store, rows_artifact(view.terms))
    submission = _prepare(market, bounty_id, model, model_bytes, listing)
    fee = market.client.call("Bounties", "SUBMISSION_FEE")
    ensure_funds(market, "Bounties", fee)
    intent = f"submit:{format_id(bounty_id)}"
    market.send("submit a model", "Bounties", "submit", bounty_id, submission, intent=intent)
    return submission


def _prepare(
    market: Market, bounty_id: int, model: IntegerModel, model_bytes: bytes, listing: ModelListing | None
) -> Submission:
    path = _submission_path(market, bounty_id, model, listing)
    if path.exists():
        return read_submission(path)
    own_id = submission_id(market.chain_id, market.address("Bounties"), bounty_id, market.account)
    nonce = new_nonce() if listing is None else keep_listing(market, own_id, listing)
    k = market.artifact_key("Bounties", own_id, nonce)
    key = Point.from_scalar(k)
    stored = artifacts.seal_into(market.store, io.BytesIO(model_bytes), k, nonce)
    listed = b"\0" * 32
    if listing is not None:
        manifest = model_manifest(listing, model).with_artifact(stored, nonce)
        terms = listing_terms(market, listing, manifest, key)
        with atomic_writer(path.with_suffix(".listing")) as sink:
            sink.write(encode([ASSET_TERMS], [flat(terms)]))
        listed = terms.digest()
    submission = Submission(
        maker=market.account,
        content_root=stored.content_root,
        content_length=stored.length,
        content_digest=stored.cid.digest,
        model_hash=model_hash(model),
        listing_hash=listed,
        key=key,
        seal=Point.from_scalar(market.submission_key(own_id)),
    )
    with atomic_writer(path) as sink:
        sink.write(encode([SUBMISSION], [flat(submission)]))
    return submission


def open_test_rows(market: Market, view: BountyView) -> TestRows:
    """Open the public rows of a bounty and check them against their root.

    Raises
    ------
    DataError
        If they are not open yet, or are bad: they do not open, or do not match their root or count.
    """
    if view.rows_key is None:
        raise DataError(
            f"the rows of bounty {format_id(view.bounty_id)} are not open yet",
            "wait for the requester, until the rows stage ends: tessera bounty show",
        )
    terms = view.terms
    rows = parse_rows(artifacts.open_bytes(market.store, rows_artifact(terms), view.rows_key, terms.key))
    if rows.root() != terms.rows_root or rows.count != terms.row_count:
        raise DataError(
            "the opened rows do not match the root that the bounty pinned",
            "claim that the rows are bad: tessera bounty claim-bad-rows",
        )
    return rows


def score_model(terms: BountyTerms, model: IntegerModel, rows: TestRows) -> int:
    """Score a model on the rows of a bounty, exactly as its panel will; parts of SCORE_ONE."""
    features, labels = rows.arrays()
    predicted = predict(model, features)
    per_row = contributions(terms.metric, predicted, labels, terms.classes, terms.error_bound)
    return score_from_sums(terms.metric, add_up(per_row), rows.count, terms.classes, terms.error_bound)


def own_model(market: Market, view: BountyView) -> tuple[IntegerModel, int]:
    """Open this account's submitted model from the store; return it and its key."""
    entrant = view.entrant_of(market.account)
    k = own_key(market, view)
    data = artifacts.open_bytes(market.store, model_artifact(entrant.submission), k, entrant.submission.key)
    return decode_model(data), k


def own_score(market: Market, view: BountyView) -> int:
    """Score this account's submission on the opened rows; parts of SCORE_ONE.

    Raises
    ------
    DataError
        If the rows are not open, or bad.
    """
    rows = open_test_rows(market, view)
    return score_model(view.terms, own_model(market, view)[0], rows)


def own_key(market: Market, view: BountyView) -> int:
    """Derive the key of this account's submission from the market secret and the artifact's nonce."""
    entrant = view.entrant_of(market.account)
    nonce = artifacts.read_nonce(market.store, model_artifact(entrant.submission))
    return market.artifact_key("Bounties", entrant.submission_id, nonce)


def claim_score(market: Market, bounty_id: int, score: int | None = None) -> int:
    """Claim a score for this account's submission, with the claim bond; return it.

    Parameters
    ----------
    score : int, optional
        The model's own score on the opened rows by default. Claiming more costs the bond.

    Raises
    ------
    DataError
        If the rows are not open or bad, or the score is below the threshold.
    """
    view = load_bounty(market, bounty_id)
    require_stage(view, Stage.CLAIMING)
    if score is None:
        score = own_score(market, view)
    require_claimable(view, market.account, score)
    ensure_funds(market, "Bounties", view.terms.claim_bond)
    intent = f"claim:{format_id(bounty_id)}"
    market.send("claim a score", "Bounties", "claim", view.terms.ref(), score, intent=intent)
    return score


def claim_bad_rows(market: Market, bounty_id: int) -> None:
    """Claim, with the claim bond, that the opened rows are bad; a panel judges that first."""
    view = load_bounty(market, bounty_id)
    require_stage(view, Stage.CLAIMING)
    view.entrant_of(market.account)
    if int(view.rows_claimer, 16):
        raise DataError(
            f"{view.rows_claimer} claims already that the rows are bad",
            "a panel judges that: tessera bounty show",
        )
    ensure_funds(market, "Bounties", view.terms.claim_bond)
    intent = f"bad-rows:{format_id(bounty_id)}"
    market.send("claim bad rows", "Bounties", "claimBadRows", view.terms.ref(), intent=intent)


def grant_key(market: Market, bounty_id: int) -> Cid:
    """Seal the model's key to the panel's registered keys and announce the grant."""
    view = load_bounty(market, bounty_id)
    require_grantable(market, view)
    require_confirmed(market, view)
    cid = _seal_grant(market, view, view.panel.seats)
    intent = f"grant:{format_id(bounty_id)}:{view.panel.number}:{sorted(view.panel.seats.items())}"
    market.send("grant the key to the panel", "Bounties", "grant", bounty_id, cid.digest, intent=intent)
    return cid


def draw_and_grant(market: Market, bounty_id: int) -> Cid | None:
    """Draw the panel and grant it the model's key in one transaction, by the candidate's maker.

    The draw is known before: its seed is the hash of a block that is there. If other seats are drawn after
    all, because another panel took some meanwhile, nothing happens.

    Returns
    -------
    Cid or None
        Of the grant; None if the panel can't be completed by one draw: draw first, then grant.

    Raises
    ------
    DataError
        If another's claim is judged.
    ContractReverted
        If no panel can be drawn now.
    """
    view = load_bounty(market, bounty_id)
    require_stage(view, Stage.JUDGING)
    require_candidate_maker(market, view)
    word, complete = market.client.call("Panels", "draw", view.terms.ref())
    if not complete:
        return None
    require_confirmed_draw(market, view, word)
    seats = {place: (word >> (16 * place)) & 0xFFFF for place in range(view.terms.panel_size)}
    cid = _seal_grant(market, view, seats)
    intent = once(market, f"draw-and-grant:{format_id(bounty_id)}:{view.mark()}")
    arguments = (view.terms.ref(), word, cid.digest)
    market.send("draw the panel, grant it the key", "Panels", "drawAndGrant", *arguments, intent=intent)
    return cid


def last_grant(market: Market, bounty_id: int) -> Cid:
    """Return where the newest grant of a bounty is.

    Raises
    ------
    DataError
        If no key was granted.
    """
    event = last_event(market, "KeyGranted", bounty_id)
    if event is None:
        raise DataError(
            f"no key was granted for bounty {format_id(bounty_id)}", "grant it with: tessera bounty grant"
        )
    return Cid(RAW_CODEC, bytes(event["grant"]))


def _seal_grant(market: Market, view: BountyView, seats: Mapping[int, int]) -> Cid:
    owners = panel_keys(market, seats)
    data = grants.make_grant(own_key(market, view), owners, grant_context(market, view))
    return market.store.add(data)


def require_grantable(market: Market, view: BountyView) -> None:
    """Refuse to grant a key out of turn.

    Raises
    ------
    DataError
        If another's claim is judged, or no panel waits for a key.
    """
    require_stage(view, Stage.JUDGING)
    require_candidate_maker(market, view)
    if view.panel.phase is not Phase.COMMITTING:
        raise DataError(
            f"the panel of {format_id(view.bounty_id)} is {view.panel.phase.name.lower()}, not committing",
            "see what is due with: tessera bounty show",
        )
    require_time(view, view.panel.grant_deadline)


def require_candidate_maker(market: Market, view: BountyView) -> Entrant:
    """Refuse anybody but the maker whose claim is being judged; return its submission.

    Raises
    ------
    DataError
    """
    candidate = view.require_candidate()
    if candidate.maker != market.account:
        raise DataError(
            f"the candidate is the submission of {candidate.maker}, not of {market.account}",
            "wait for your turn: tessera bounty show",
        )
    return candidate


def grant_context(market: Market, view: BountyView) -> bytes:
    """Return what a grant is bound to: chain, contract and submission."""
    types = ["bytes", "uint256", "address", "uint256"]
    values = [
        GRANT_CONTEXT,
        market.chain_id,
        market.address("Bounties"),
        view.require_candidate().submission_id,
    ]
    return encode(types, values)


def panel_keys(market: Market, seats: Mapping[int, int]) -> dict[str, bytes]:
    """Return the X25519 key of each owner of the seats (by place), as registered with his seat."""
    joined = {event["seat"]: event for event in market.client.events("Operators", "SeatJoined")}
    return {joined[seat]["owner"]: bytes(joined[seat]["sealKey"]) for seat in seats.values()}


def deliver(market: Market, bounty_id: int, *, late: bool = False) -> str:
    """Open the requester's lock; if it is wrong, reveal ``w`` instead, so that delivery counts.

    Parameters
    ----------
    late : bool, default False
        Also when the key is shown for the first time and may be mined too late: it is public then, unpaid.

    Returns
    -------
    str
        ``"delivered"`` or ``"refuted"``.

    Raises
    ------
    DataError
        If it is not this account's turn, or too late.
    """
    view = load_bounty(market, bounty_id)
    require_stage(view, Stage.DELIVERING)
    require_time(view, view.deadline)
    require_confirmed(market, view)
    candidate = require_candidate_maker(market, view)
    w = market.submission_key(candidate.submission_id)
    h = delivery_h(market, view, w, view.terms.seal)
    if lock_address(candidate.submission.key, h) == view.key_lock:
        intent = delivery_intent(view)
        show_until(market, intent, view.deadline, late=late)
        t = settlement_scalar(own_key(market, view), h)
        market.send("deliver the key", "Bounties", "deliver", view.terms.ref(), t, intent=intent)
        return "delivered"
    arguments = (view.terms.whole(), candidate.submission, w)
    market.send(
        "refute a wrong lock", "Bounties", "refute", *arguments, intent=delivery_intent(view, "refute")
    )
    return "refuted"


def delivery_intent(view: BountyView, act: str = "deliver") -> str:
    """Return the name in the journal of the candidate's answer to the lock that was posted."""
    index = view.candidate.index if view.candidate is not None else 0
    return f"{act}:{format_id(view.bounty_id)}:{index}:{view.key_lock}"


def require_curer(market: Market, view: BountyView) -> Entrant:
    """Refuse who can't publish the candidate's key: all but its maker, and the requester after delivery."""
    if view.flags & DELIVERED and market.account == view.terms.requester:
        return view.require_candidate()
    return require_candidate_maker(market, view)


def publish_key(market: Market, bounty_id: int) -> None:
    """Publish the model's key, so that a fresh panel can judge. Everybody can open the model then."""
    view = load_bounty(market, bounty_id)
    require_stage(view, Stage.CURE)
    require_confirmed(market, view)
    require_time(view, view.deadline)
    candidate = require_curer(market, view)
    mine = candidate.maker == market.account
    k = own_key(market, view) if mine else delivered_key(market, view)
    arguments = (view.terms.ref(), candidate.submission, k)
    intent = f"publish-key:{format_id(bounty_id)}:{candidate.index}"
    market.client.expire(intent, view.deadline)  # to the last moment: silence costs the claim bond
    market.send("publish the model's key", "Bounties", "publishKey", *arguments, intent=intent)


def promised_listing(market: Market, bounty_id: int) -> AssetTerms:
    """Return the terms under which this account's winning model may be listed.

    Raises
    ------
    DataError
        If the bounty recorded no model of this account.
    """
    ended = last_event(market, "BountyEnded", bounty_id)
    won = ended is not None and ended["maker"] == market.account
    terms = kept_listing(market, load_bounty(market, bounty_id)) if won else None
    if terms is None:
        raise DataError(
            f"bounty {format_id(bounty_id)} recorded no model of {market.account}",
            "a model can be listed by itself: tessera asset publish --model",
        )
    return terms


def activate_model(market: Market, bounty_id: int) -> int:
    """List this account's winning model under the terms its submission promised; return the asset's id.

    If it was listed before, nothing is sent.

    Raises
    ------
    DataError
        If the bounty recorded no model of this account.
    """
    terms = promised_listing(market, bounty_id)
    ended = last_event(market, "BountyEnded", bounty_id)
    view = load_bounty(market, bounty_id)
    salt = view.entrant_of(market.account).submission_id.to_bytes(32, "big")
    birth = Birth(market.account, market.address("Bounties"), salt, view.terms.datasets)
    asset_id = birth.asset_id(market.chain_id, market.address("Assets"))
    if ended is None or any(market.client.call("Assets", "termsHashOf", asset_id)):
        return asset_id
    ensure_funds(market, "Assets", terms.bond)
    arguments = (asset_id, birth, terms, bytes(ended["attestation"]))
    intent = f"activate:{format_id(asset_id)}"
    market.send("list the winning model", "Assets", "activate", *arguments, intent=intent)
    return asset_id


def rows_are_bad(market: Market, view: BountyView) -> bool:
    """Tell whether the opened rows do not open, or do not match what the bounty pinned.

    Raises
    ------
    ContentNotFound, ContentMismatch
        If the encrypted rows can't be had here, which is not the requester's fault.
    """
    try:
        open_test_rows(market, view)
    except StorageError:
        raise
    except MarketplaceError:
        return True
    return False


def read_submission(path: Path) -> Submission:
    """Read a submission that was prepared before."""
    maker, *plain, key, seal = read_struct(path, SUBMISSION)
    fields: list[Any] = [to_checksum_address(maker), *plain, Point(*key), Point(*seal)]
    return Submission(*fields)


def _submission_path(
    market: Market, bounty_id: int, model: IntegerModel, listing: ModelListing | None
) -> Path:
    """Name a submission by all that goes in: the same one is found again after a crash."""
    mark = sha256(model_hash(model) + repr(listing).encode()).hexdigest()[:16]
    return market.workspace() / f"{_submission_name(market, bounty_id)}-{mark}.abi"


def _submission_name(market: Market, bounty_id: int) -> str:
    return f"submission-{format_id(bounty_id)}-{market.account}"


def kept_listing(market: Market, view: BountyView) -> AssetTerms | None:
    """Return the listing terms that this account's submission promised, if there are any.

    If their file was lost they are made again, from the market secret and the store.
    """
    entry = view.entrant_of(market.account)
    if not any(entry.submission.listing_hash):
        return None
    for path in market.workspace().glob(f"{_submission_name(market, view.bounty_id)}-*.listing"):
        with suppress(DataError):  # a damaged one is made again
            terms = read_listing(path)
            if terms.digest() == entry.submission.listing_hash:
                return terms
    model, _ = own_model(market, view)
    stored = model_artifact(entry.submission)
    return rebuild_terms(market, entry.submission_id, entry.submission, stored, model)
