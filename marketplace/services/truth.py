"""What a panel's verdict says, and what is true: the key where this account has it, the score, the lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from marketplace.crypto.points import Point
from marketplace.datasets import TestRows
from marketplace.errors import DecryptionError, MarketplaceError
from marketplace.models import Evidence, IntegerModel, build_evidence, no_model
from marketplace.models.disputes import (
    Attested,
    Dispute,
    Withheld,
    find_dispute,
)
from marketplace.services import artifacts
from marketplace.services.attestations import Revealed, list_attestations
from marketplace.services.bounties import BountyView, round_events
from marketplace.services.deliveries import find_wrong_delivery
from marketplace.services.evaluate import candidate_key
from marketplace.services.evidence_files import evidence_key, longest_file, open_evidence
from marketplace.services.lies import MOST_SHOWN_BYTES, Lie
from marketplace.services.market import Market
from marketplace.services.request import delivered_key, model_artifact, open_model
from marketplace.services.structs import Attestation, Phase, Stage, Verdict
from marketplace.services.submit import own_key


@dataclass(frozen=True)
class Standing:
    """The verdict of the round under way, with those who signed it.

    Parameters
    ----------
    finding : Attestation
        As one of them attested it; only the evidence's digest may differ.
    signers : dict of int to str
        Owner by place.
    files : tuple of bytes
        Digests of the evidence files that they name.
    """

    finding: Attestation
    signers: dict[int, str]
    files: tuple[bytes, ...]


@dataclass(frozen=True)
class Truth:
    """What the candidate's model really scores.

    Parameters
    ----------
    model : LinearModel or TreeModel
    rows : TestRows
    evidence : Evidence
    k : int
        Key of the model.
    """

    model: IntegerModel
    rows: TestRows
    evidence: Evidence
    k: int = field(repr=False)


def find_standing(market: Market, view: BountyView, told: list[Revealed] | None = None) -> Standing | None:
    """Return the verdict of the round under way, or of the last one of a contest that is over."""
    every = list_attestations(market, view.bounty_id) if told is None else told
    groups: dict[bytes, list[Revealed]] = defaultdict(list)
    for one in every:
        if one.number == view.panel.number:
            groups[one.attestation.finding_digest()].append(one)
    digest = market.client.call("Panels", "verdictOf", view.bounty_id)
    if not any(digest) and view.stage is Stage.DONE and view.panel.phase is not Phase.VOIDED:
        digest = _last_digest(market, view, groups) or digest
    signed = groups.get(bytes(digest), [])
    if not signed:
        return None
    files = dict.fromkeys(one.attestation.evidence for one in signed)
    return Standing(signed[0].attestation, {one.place: one.evaluator for one in signed}, tuple(files))


def _last_digest(market: Market, view: BountyView, groups: dict[bytes, list[Revealed]]) -> bytes | None:
    """Return what the last round of a contest that is over came to, if that was not voided.

    As `Panels` decides: the largest group that was left, of equal ones that of the lowest place.
    """
    judged = round_events(market, "Judged", view)
    slashed = round_events(market, "PanelSlashed", view)
    if not judged or judged[-1]["verdict"] == Verdict.NONE or len(slashed) == len(judged):
        return None
    left = {
        digest: [one.place for one in group if judged[-1]["seated"] >> one.place & 1]
        for digest, group in groups.items()
    }
    return max((digest for digest in left if left[digest]), key=lambda one: (len(left[one]), -min(left[one])))


def find_key(market: Market, view: BountyView) -> int | None:
    """Return the candidate's key where this account has it: its own, published, delivered or granted."""
    submission = view.require_candidate().submission
    if market.wallet is not None and submission.maker == market.account:
        return own_key(market, view)
    try:
        k: int | None = delivered_key(market, view)
    except MarketplaceError:
        k = None if market.wallet is None else candidate_key(market, view)
    return k if k is not None and Point.from_scalar(k) == submission.key else None


def find_truth(market: Market, view: BountyView, rows: TestRows, k: int) -> Truth:
    """Open the candidate's model and score it, as an honest panel does.

    Raises
    ------
    StorageError
        If the model's file can't be had here.
    DataError, DecryptionError
        If it is no model, or not the one that was submitted.
    """
    candidate, terms = view.require_candidate(), view.terms
    model, _ = open_model(market, candidate.submission, k)
    features, labels = rows.arrays()
    rules = (terms.metric, terms.classes, terms.error_bound)
    bound_to = (k.to_bytes(32, "big"), candidate.submission_id.to_bytes(32, "big"))
    return Truth(model, rows, build_evidence(model, features, labels, *rules, *bound_to), k)


def is_true(standing: Standing, truth: Truth) -> bool:
    """Tell whether an attested score is right, sums and evidence included."""
    told, right = standing.finding, truth.evidence
    return told.finding() == (int(Verdict.SCORED), right.score, right.sums, right.root)


def find_lie(market: Market, view: BountyView, standing: Standing, truth: Truth) -> Dispute | None:
    """Find what disproves an attested score; None if it is right, or no score.

    The evidence files that the signers name are fetched only if it is wrong.
    """
    if standing.finding.verdict != Verdict.SCORED or is_true(standing, truth):
        return None
    attested = attested_of(view, standing, truth.k)
    held: Withheld | None = None
    for data in _evidence(market, view, standing, truth):
        found = data if isinstance(data, Withheld) else find_dispute(attested, data, truth.rows, truth.model)
        if found is not None and not isinstance(found, Withheld):
            return found
        if held is None or held.index is None:
            held = found or held  # what names a row says more
    return held or Withheld(None, "no evidence file was named")


def find_no_model(market: Market, view: BountyView, k: int) -> Lie:
    """Find what disproves a score of a file that is no model: a piece that does not open, bytes, or a node.

    Raises
    ------
    StorageError
        If the file can't be had here.
    """
    submission = view.require_candidate().submission
    try:
        data = artifacts.open_bytes(market.store, model_artifact(submission), k, submission.key)
    except DecryptionError as error:
        wrong = find_wrong_delivery(market, submission, k)
        return wrong or Withheld(None, f"its file does not open: {error}")
    found = no_model.find_no_model(data, submission.model_hash)
    if found is None:
        return Withheld(None, "the model that was scored is not the file that was submitted")
    if len(found.proof.model) > MOST_SHOWN_BYTES:
        return Withheld(None, f"a file of {len(data)} bytes is too large to be shown in a transaction")
    return found


def attested_of(view: BountyView, standing: Standing, k: int) -> Attested:
    """Return what a panel attested, with what its evidence is bound to."""
    told, terms = standing.finding, view.terms
    own_id = view.require_candidate().submission_id
    bound_to = (k.to_bytes(32, "big"), own_id.to_bytes(32, "big"))
    rules = (terms.metric, terms.classes, terms.error_bound)
    return Attested(told.evidence_root, told.sums, *rules, *bound_to)


def _evidence(
    market: Market, view: BountyView, standing: Standing, truth: Truth
) -> Iterator[bytes | Withheld]:
    """Yield the evidence in the clear, each file as it is fetched, or why there is none."""
    honest = truth.evidence
    if honest.root == standing.finding.evidence_root:
        yield honest.file_bytes  # the lie is in the sums: every node is known without a file
        return
    yield from _files(market, view, standing, truth.k, len(honest.file_bytes))


def _files(
    market: Market, view: BountyView, standing: Standing, k: int, expected: int
) -> Iterator[bytes | Withheld]:
    """Yield each evidence file that the signers name, in the clear, or why it can't be had."""
    key = evidence_key(k, view.require_candidate().submission_id)
    longest = longest_file(view.terms.row_count)
    for digest in standing.files:
        try:
            yield open_evidence(market.store, digest, key, expected, longest)
        except MarketplaceError as error:
            yield Withheld(None, f"the evidence file can't be had: {error}")
