"""What a colluding panel attests, for the demonstration: rows that were predicted well are said not to be.

Root, sums and score of the lie belong together and its evidence is published, so that it passes every check
but one: that of a row, recomputed.
"""

from __future__ import annotations

from dataclasses import replace

from marketplace.errors import DataError
from marketplace.models import Metric, score_from_sums, sum_count
from marketplace.models.evidence_tree import EvidenceFile, read_evidence, tree_of_file
from marketplace.services.bounties import BountyView
from marketplace.services.evaluate import store_evidence
from marketplace.services.market import Market
from marketplace.services.structs import Attestation, BountyTerms, Verdict
from marketplace.services.submit import open_test_rows
from marketplace.services.truth import find_key, find_truth

LIED_PART = 10
"""Of so many rows one is lied about."""


def lying_finding(market: Market, view: BountyView) -> Attestation:
    """Return a score that is too low, with evidence that says so, published as evaluators do it.

    Raises
    ------
    DataError
        If this account has not the model's key, or no row is predicted well.
    """
    k = find_key(market, view)
    if k is None:
        raise DataError("the candidate's key is not here", "wait for its grant: tessera bounty show")
    right = find_truth(market, view, open_test_rows(market, view), k)
    terms, told = view.terms, read_evidence(right.evidence.file_bytes)
    lie = _lie(told, terms)
    head = right.evidence.file_bytes[: -sum(map(len, told.records))]
    cid = store_evidence(market, view, head + b"".join(lie.records), k)
    own_id = view.require_candidate().submission_id.to_bytes(32, "big")
    tree = tree_of_file(lie, k.to_bytes(32, "big"), own_id)
    rules = (terms.row_count, terms.classes, terms.error_bound)
    score = score_from_sums(Metric(terms.metric), tree.top.sums, *rules)
    return Attestation(Verdict.SCORED, score, tree.top.sums, tree.root, cid.digest)


def _lie(told: EvidenceFile, terms: BountyTerms) -> EvidenceFile:
    """Say of some rows that their prediction is as bad as can be."""
    records, left = list(told.records), max(1, len(told.records) // LIED_PART)
    for i, record in enumerate(records):
        worst = _worst(told.contributions(i), terms)
        if left and worst != told.contributions(i):
            first = 16 * told.outputs
            body = b"".join(one.to_bytes(16, "big") for one in worst)
            records[i] = record[:first] + body + record[first + len(body) :]
            left -= 1
    if records == told.records:
        raise DataError("no row is predicted well: there is nothing to lie about", "train a better model")
    return replace(told, records=records)


def _worst(contributions: tuple[int, ...], terms: BountyTerms) -> tuple[int, ...]:
    """Return what a row contributes to the sums whose prediction is as bad as can be."""
    if terms.metric == Metric.ABSOLUTE_ERROR:
        return (terms.error_bound,)
    if terms.metric == Metric.SQUARED_ERROR:
        return (terms.error_bound**2,)
    wrong = sum_count(terms.metric, terms.classes) // 2 or 1
    return (0,) * wrong + contributions[wrong:]
