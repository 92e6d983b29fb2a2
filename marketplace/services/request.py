"""The requester's side of a contest: open it, open the rows, lock the delivery, receive the model."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils import to_checksum_address

from marketplace.crypto.envelope import new_nonce
from marketplace.crypto.files import atomic_writer
from marketplace.crypto.points import Point, contest_h, lock_address, recover_key, shared_address
from marketplace.datasets import RowSchema, Table, TestRows, make_salts, pack_rows, serialise_rows
from marketplace.errors import DataError
from marketplace.models import IntegerModel, Metric, check_metric, decode_model, model_hash
from marketplace.services import artifacts
from marketplace.services.accounts import ensure_funds
from marketplace.services.amounts import show_time
from marketplace.services.artifacts import Stored
from marketplace.services.bounties import BountyView, last_event, load_bounty
from marketplace.services.confirmed import require_confirmed_over
from marketplace.services.market import Market
from marketplace.services.structs import (
    BOUNTY_TERMS,
    BountyTerms,
    Parent,
    Stage,
    Submission,
    flat,
    pack_schedule,
    read_struct,
)
from marketplace.types import format_id

MINUTE, HOUR, DAY = 60, 3600, 86_400

DEFAULT_SCHEDULE: Mapping[str, int] = {
    "submitting": 7 * DAY,
    "rows": 1 * DAY,
    "claiming": 1 * DAY,
    "drawing": 1 * DAY,
    "committing": 1 * DAY,
    "revealing": 12 * HOUR,
    "locking": 1 * DAY,
    "delivering": 1 * DAY,
    "window": 2 * DAY,
    "cure": 1 * DAY,
}
"""Stage lengths in seconds, if the requester names no others: time to sleep over each step."""

BOND_PART = 16
"""A claim bond covers a sixteenth of the reward (contracts/libraries/BountyRules.sol)."""


@dataclass(frozen=True)
class BountyDraft:
    """What a requester asks for.

    Parameters
    ----------
    schema : RowSchema
        Published: column names, scales and the categories of text columns.
    tests : Table
        Hidden test rows, public from the day claims start.
    metric : Metric
    threshold : int
        Lowest score that can be claimed, parts of SCORE_ONE.
    reward, deposit, panel_fee : int
        Token base units; the fee is for each evaluator.
    datasets : sequence of Parent
        Shares of the reward for the datasets models are trained on.
    panel_size, quorum : int
    schedule : mapping of str to int
        Seconds by stage.
    """

    schema: RowSchema
    tests: Table
    metric: Metric
    threshold: int
    reward: int
    deposit: int
    panel_fee: int
    datasets: Sequence[Parent] = ()
    panel_size: int = 3
    quorum: int = 2
    schedule: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_SCHEDULE))

    @property
    def claim_bond(self) -> int:
        """Least bond the contract takes, token base units."""
        return self.panel_size * self.panel_fee + -(-self.reward // BOND_PART)

    @property
    def locked(self) -> int:
        """What opening locks, token base units."""
        return self.reward + self.deposit + self.panel_size * self.panel_fee


def draft_bounty(market: Market, draft: BountyDraft) -> BountyTerms:
    """Prepare a bounty: rows salted, sealed and stored, terms on disk. Nothing is public yet.

    The same draft gives the same terms again, so that a crash costs nothing and opens nothing twice.

    Raises
    ------
    DataError
        If the test rows do not fit the schema, or the metric not the target.
    """
    target = draft.schema.target
    classes, bound = len(target.classes), target.bound
    metric = check_metric(draft.metric, classes, bound)
    features, labels = draft.schema.encode(draft.tests)
    path = _draft_path(market, _wishes(draft), pack_rows(features, labels))
    if path.exists():
        return read_terms(path)
    salt = secrets.token_bytes(32)
    rows = TestRows(pack_rows(features, labels), make_salts(len(features)))
    nonce = new_nonce()
    k = market.artifact_key("Bounties", salt, nonce)
    stored = artifacts.seal_into(market.store, io.BytesIO(serialise_rows(rows)), k, nonce)
    terms = BountyTerms(
        requester=market.account,
        salt=salt,
        reward=draft.reward,
        deposit=draft.deposit,
        panel_fee=draft.panel_fee,
        claim_bond=draft.claim_bond,
        metric=int(metric),
        classes=classes,
        panel_size=draft.panel_size,
        quorum=draft.quorum,
        error_bound=bound,
        threshold=draft.threshold,
        row_count=rows.count,
        schema=market.store.add(draft.schema.to_bytes()).digest,
        rows_root=rows.root(),
        content_root=stored.content_root,
        content_length=stored.length,
        content_digest=stored.cid.digest,
        key=Point.from_scalar(k),
        seal=Point.from_scalar(market.request_key(salt)),
        schedule=pack_schedule(draft.schedule),
        datasets=tuple(draft.datasets),
    )
    with atomic_writer(path) as sink:
        sink.write(encode([BOUNTY_TERMS], [flat(terms)]))
    return terms


def find_draft(market: Market, draft: BountyDraft) -> BountyTerms | None:
    """Return the terms that were prepared for this draft before, if they were."""
    path = _draft_path(market, _wishes(draft), pack_rows(*draft.schema.encode(draft.tests)))
    return read_terms(path) if path.exists() else None


def open_bounty(market: Market, terms: BountyTerms) -> int:
    """Open a drafted bounty: reward, deposit and panel fees are locked, its terms become public.

    If it was opened before, nothing is sent.

    Returns
    -------
    int
        The bounty's id.

    Raises
    ------
    ContractReverted
        Naming the term that is out of bounds.
    """
    bounty_id = terms.bounty_id(market.chain_id, market.address("Bounties"))
    if market.client.call("Bounties", "bountyOf", bounty_id).stage != Stage.NONE:
        return bounty_id
    ensure_funds(market, "Bounties", terms.reward + terms.deposit + terms.panel_size * terms.panel_fee)
    market.send("open the bounty", "Bounties", "open", terms.whole(), intent=f"open:{format_id(bounty_id)}")
    return bounty_id


def open_rows(market: Market, bounty_id: int) -> None:
    """Publish the key of the test rows. They are public from then on, for ever.

    Raises
    ------
    DataError
        If it is too early or too late, or they are open.
    """
    view = load_bounty(market, bounty_id)
    require_requester(market, view)
    if view.rows_key is not None:
        raise DataError(
            f"the rows of bounty {format_id(bounty_id)} are open already", "see: tessera bounty show"
        )
    require_stage(view, Stage.SUBMITTING)
    require_over(view, view.deadline)
    require_time(view, view.rows_deadline)
    require_confirmed_over(market, view, view.deadline)  # who sees the rows must not submit any more
    k = rows_key(market, view.terms)
    intent = f"open-rows:{format_id(bounty_id)}"
    market.client.expire(intent, view.rows_deadline)  # to the last moment: silence costs the deposit
    arguments = (view.terms.ref(), *view.terms.rows_proof(), k)
    market.send("open the test rows", "Bounties", "openRows", *arguments, intent=intent)


def rows_key(market: Market, terms: BountyTerms) -> int:
    """Derive the requester's scalar of the rows from his market secret and the artifact's nonce."""
    nonce = artifacts.read_nonce(market.store, rows_artifact(terms))
    return market.artifact_key("Bounties", terms.salt, nonce)


def lock_delivery(market: Market, bounty_id: int) -> str:
    """Post the lock that only the maker's key meets; return it."""
    view = load_bounty(market, bounty_id)
    require_requester(market, view)
    require_stage(view, Stage.LOCKING)
    candidate = view.require_candidate()
    keylock = right_lock(market, view)
    intent = f"lock:{format_id(bounty_id)}:{candidate.index}:{keylock}"
    market.send("lock the delivery", "Bounties", "lock", view.terms.ref(), keylock, intent=intent)
    return keylock


def right_lock(market: Market, view: BountyView) -> str:
    """Return the lock that only the candidate's real key meets, as the requester computes it."""
    submission = view.require_candidate().submission
    h = delivery_h(market, view, market.request_key(view.terms.salt), submission.seal)
    return lock_address(submission.key, h)


def delivery_h(market: Market, view: BountyView, scalar: int, point: Point) -> int:
    """Return h of a delivery, from r and W or from w and R."""
    shared = shared_address(scalar, point)
    own_id = view.require_candidate().submission_id
    return contest_h(shared, market.chain_id, market.address("Bounties"), own_id)


def receive_model(market: Market, bounty_id: int, path: Path | None = None) -> IntegerModel:
    """Read the delivered key, open the winner's model and verify every piece and its hash.

    Parameters
    ----------
    path : Path, optional
        Where to write the model's canonical bytes.

    Raises
    ------
    DataError
        If neither was the key delivered nor published, or the bytes are not the submitted model.
    DecryptionError, ContentNotFound, ContentMismatch
    """
    view = load_bounty(market, bounty_id)
    candidate = view.require_candidate()
    model, data = open_model(market, candidate.submission, delivered_key(market, view))
    if path is not None:
        with atomic_writer(path) as sink:
            sink.write(data)
    return model


def delivered_key(market: Market, view: BountyView) -> int:
    """Return the candidate's key: published for everybody, or delivered to the requester.

    Raises
    ------
    DataError
        If it is neither, or was delivered to another.
    """
    submission = view.require_candidate().submission
    published = last_event(market, "KeyPublished", view.bounty_id)
    if published is not None and Point.from_scalar(published["k"]) == submission.key:
        return int(published["k"])
    delivered = last_event(market, "ModelDelivered", view.bounty_id)
    if delivered is None:
        raise DataError(
            f"nothing was delivered for bounty {format_id(view.bounty_id)}",
            "see what is due with: tessera bounty show",
        )
    require_requester(market, view)
    h = delivery_h(market, view, market.request_key(view.terms.salt), submission.seal)
    return recover_key(delivered["t"], h)


def open_model(market: Market, submission: Submission, k: int) -> tuple[IntegerModel, bytes]:
    """Open a submitted model with its key.

    Raises
    ------
    DataError
        If the bytes are not the model of the submitted hash.
    DecryptionError, ContentNotFound, ContentMismatch
    """
    data = artifacts.open_bytes(market.store, model_artifact(submission), k, submission.key)
    model = decode_model(data)
    if model_hash(model) != submission.model_hash:
        raise DataError("the model is not the one that was submitted: its hash differs")
    return model, data


def rows_artifact(terms: BountyTerms) -> Stored:
    """Return where the encrypted rows of a bounty are."""
    cid = artifacts.artifact_cid(terms.content_digest, terms.content_length)
    return Stored(cid, terms.content_root, terms.content_length)


def model_artifact(submission: Submission) -> Stored:
    """Return where the encrypted model of a submission is."""
    cid = artifacts.artifact_cid(submission.content_digest, submission.content_length)
    return Stored(cid, submission.content_root, submission.content_length)


def require_requester(market: Market, view: BountyView) -> None:
    """Refuse anybody but the requester.

    Raises
    ------
    DataError
    """
    if view.terms.requester != market.account:
        raise DataError(
            f"bounty {format_id(view.bounty_id)} belongs to {view.terms.requester}, not to {market.account}",
            "name the requester's wallet with --wallet",
        )


def require_stage(view: BountyView, *stages: Stage) -> None:
    """Refuse an action out of turn, before it costs gas.

    Raises
    ------
    DataError
        Saying which stage it is.
    """
    if view.stage not in stages:
        wanted = " or ".join(stage.name.lower() for stage in stages)
        raise DataError(
            f"bounty {format_id(view.bounty_id)} is in the stage {view.stage.name.lower()}, not {wanted}",
            "see what is due with: tessera bounty show",
        )


def require_over(view: BountyView, deadline: int) -> None:
    """Refuse what is allowed only after a deadline, before a secret leaves this computer.

    Raises
    ------
    DataError
    """
    if view.now <= deadline:
        raise DataError(
            f"this is possible only after {show_time(deadline)}, the chain's time is {show_time(view.now)}",
            "wait; on a local chain: tessera localnet advance",
        )


def require_time(view: BountyView, deadline: int) -> None:
    """Refuse what is allowed only until a deadline, before a secret leaves this computer.

    Raises
    ------
    DataError
    """
    if view.now > deadline:
        raise DataError(
            f"this was possible until {show_time(deadline)}, the chain's time is {show_time(view.now)}",
            "see what is due with: tessera bounty show",
        )


def read_terms(path: Path) -> BountyTerms:
    """Read the terms of a draft."""
    requester, *plain, key, seal, schedule, datasets = read_struct(path, BOUNTY_TERMS)
    shares = tuple(Parent(*parent) for parent in datasets)
    fields: list[Any] = [to_checksum_address(requester), *plain, Point(*key), Point(*seal), schedule, shares]
    return BountyTerms(*fields)


def keep_draft(market: Market, terms: BountyTerms, rows: Sequence[bytes]) -> None:
    """Write the draft of a bounty of this account again, so that repeating it opens no second one.

    Parameters
    ----------
    market : Market
    terms : BountyTerms
        As the chain has them.
    rows : sequence of bytes
        Its packed test rows, in the clear.
    """
    named = replace(_Wishes(), **{item.name: getattr(terms, item.name) for item in fields(_Wishes)})
    path = _draft_path(market, replace(named, datasets=tuple(terms.datasets)), rows)
    if not path.exists():
        with atomic_writer(path) as sink:
            sink.write(encode([BOUNTY_TERMS], [flat(terms)]))


@dataclass(frozen=True)
class _Wishes:
    """All that names a draft but its rows, with the names that its terms give them."""

    schema: bytes = b""
    metric: int = 0
    threshold: int = 0
    reward: int = 0
    deposit: int = 0
    panel_fee: int = 0
    panel_size: int = 0
    quorum: int = 0
    schedule: int = 0
    datasets: tuple[Parent, ...] = ()


def _wishes(draft: BountyDraft) -> _Wishes:
    return _Wishes(
        draft.schema.digest(),
        int(draft.metric),
        draft.threshold,
        draft.reward,
        draft.deposit,
        draft.panel_fee,
        draft.panel_size,
        draft.quorum,
        pack_schedule(draft.schedule),
        tuple(draft.datasets),
    )


def _draft_path(market: Market, wishes: _Wishes, rows: Sequence[bytes]) -> Path:
    """Name a draft by all that goes in: the same request is found again after a crash."""
    place = (market.account, market.chain_id, market.address("Bounties"))
    mark = sha256(repr((place, wishes)).encode() + b"".join(rows)).hexdigest()[:32]
    return market.workspace() / f"bounty-{mark}.terms"
