"""What a panel's verdict says, and what is true: the key where this account has it, the score, the lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from marketplace.crypto.points import Point
from marketplace.datasets import TestRows
from marketplace.errors import DataError, DecryptionError, MarketplaceError
from marketplace.models import Evidence, IntegerModel, build_evidence
from marketplace.models.disputes import (
    Attested,
    Dispute,
    NodeDispute,
    RowDispute,
    Withheld,
    find_dispute,
    find_wrong_node,
    prove_row,
)
from marketplace.models.evidence_tree import read_evidence, tree_of_file
from marketplace.services import artifacts
from marketplace.services.attestations import Revealed, list_attestations
from marketplace.services.bounties import BountyView
from marketplace.services.evaluate import candidate_key
from marketplace.services.evidence_files import evidence_key, longest_file, open_evidence
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
        slashed = market.client.events(
            "Panels",
            "PanelSlashed",
            argument_filters={"bountyId": view.bounty_id, "number": view.panel.number},
        )
        enough = [key for key, group in groups.items() if len(group) >= view.terms.quorum]
        digest = enough[0] if enough and not slashed else digest
    signed = groups.get(bytes(digest), [])
    if not signed:
        return None
    files = dict.fromkeys(one.attestation.evidence for one in signed)
    return Standing(signed[0].attestation, {one.place: one.evaluator for one in signed}, tuple(files))


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


def find_no_model(
    market: Market, view: BountyView, standing: Standing, rows: TestRows, k: int
) -> NodeDispute | RowDispute | Withheld:
    """Find what disproves a score of a file that is no model: of a linear one's hash, its bytes alone.

    Raises
    ------
    StorageError
        If the file can't be had here.
    """
    submission = view.require_candidate().submission
    try:
        data = artifacts.open_bytes(market.store, model_artifact(submission), k, submission.key)
    except DecryptionError as error:
        return Withheld(None, f"its file does not open: {error}")
    if sha256(b"\x03" + data).digest() != submission.model_hash:
        return Withheld(None, "the model that was scored is not the file that was submitted")
    attested = attested_of(view, standing, k)
    for found in _files(market, view, standing, k, longest_file(1)):
        if isinstance(found, Withheld):
            continue
        try:
            told = read_evidence(found)
            tree = tree_of_file(told, attested.k, attested.submission_id)
        except DataError:
            continue
        if tree.root == attested.root and len(tree.top.sums) == len(attested.sums):
            node = find_wrong_node(attested, tree, told, rows.count)
            if node is not None:
                return node
            shown = prove_row(attested, tree, rows, told.records[0], 0)
            return RowDispute(shown, data, "the model is none")
    return Withheld(None, "the submitted file is no model, but no evidence about it is published")


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
