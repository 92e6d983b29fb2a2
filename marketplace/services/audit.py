"""Recompute a contest from chain and store: rows, findings, files and, with the model's key, the score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from marketplace.constants import SCORE_ONE
from marketplace.datasets import TestRows
from marketplace.errors import ContentMismatch, MarketplaceError, StorageError
from marketplace.models import score_from_sums
from marketplace.models.disputes import Withheld
from marketplace.services import artifacts
from marketplace.services.attestations import Revealed, list_attestations
from marketplace.services.bounties import BountyView
from marketplace.services.deliveries import find_wrong_length
from marketplace.services.lies import Lie, describe
from marketplace.services.market import Market
from marketplace.services.request import model_artifact
from marketplace.services.structs import Verdict
from marketplace.services.submit import open_test_rows
from marketplace.services.truth import (
    Standing,
    Truth,
    find_key,
    find_lie,
    find_no_model,
    find_standing,
    find_truth,
)
from marketplace.services.wrong_rows import find_wrong_rows


class Result(StrEnum):
    """What came of looking at one thing."""

    RIGHT = "right"
    WRONG = "wrong"
    OPEN = "not checked"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    what : str
        In a word or two.
    result : Result
    text : str
        What was found, or why it could not be looked at.
    """

    what: str
    result: Result
    text: str


@dataclass(frozen=True)
class Audit:
    """What a contest is found to be.

    Parameters
    ----------
    view : BountyView
    standing : Standing or None
        None if no verdict stands.
    checks : tuple of Check
    truth : Truth or None
        None if the score could not be computed.
    found : Lie or None
        What is wrong with the verdict.
    """

    view: BountyView
    standing: Standing | None
    checks: tuple[Check, ...]
    truth: Truth | None = None
    found: Lie | None = None

    @property
    def is_right(self) -> bool | None:
        """False if anything is wrong; None if nothing is, but the score was not computed."""
        if any(one.result is Result.WRONG for one in self.checks):
            return False
        return True if self.truth is not None else None


def audit(market: Market, view: BountyView) -> Audit:
    """Recompute a contest as far as this account can.

    Raises
    ------
    DataError
        If the rows are not open yet: there is nothing to recompute.
    """
    if view.rows_key is None:
        open_test_rows(market, view)  # says so
    told = list_attestations(market, view.bounty_id)
    standing = find_standing(market, view, told)
    rows, checked = _check_rows(market, view, standing)
    checks = [*checked, *_check_findings(view, told)]
    if standing is not None and any(one.result is Result.WRONG for one in checked):
        wrong = find_wrong_rows(market, view, standing.finding.verdict)
        return Audit(view, standing, tuple(checks), found=wrong)
    if view.candidate is None:
        return Audit(view, standing, tuple(checks))
    checks.append(_check_model_file(market, view))
    if checks[-1].result is Result.WRONG and standing is not None:
        lie = find_wrong_length(market, view.candidate.submission)
        if lie is not None and standing.finding.verdict == Verdict.SCORED:
            return Audit(view, standing, tuple(checks), found=lie)
    if rows is None:
        checks.append(Check("score", Result.OPEN, "the test rows can't be used"))
        return Audit(view, standing, tuple(checks))
    try:
        return _with_key(market, view, standing, rows, checks)
    except StorageError as error:
        checks.append(Check("model", Result.OPEN, f"{error}; {error.hint}"))
        return Audit(view, standing, tuple(checks))


def _with_key(
    market: Market, view: BountyView, standing: Standing | None, rows: TestRows, checks: list[Check]
) -> Audit:
    """Go on with the model, where its key is here."""
    k = find_key(market, view)
    if k is None:
        checks.append(Check("score", Result.OPEN, _why_no_key(market)))
        return Audit(view, standing, tuple(checks))
    truth: Truth | None = None
    found: Lie | None = None
    try:
        truth = find_truth(market, view, rows, k)
    except StorageError:
        raise
    except MarketplaceError as error:
        honest = standing is None or standing.finding.verdict == Verdict.UNSCORABLE
        checks.append(
            Check("model", Result.RIGHT if honest else Result.WRONG, f"it can't be scored: {error}")
        )
        if standing is not None and not honest:
            found = find_no_model(market, view, k)
            checks.append(_check_evidence(found))
        return Audit(view, standing, tuple(checks), found=found)
    checks.append(Check("model", Result.RIGHT, "opened with its key, it is the one that was submitted"))
    if standing is not None:
        found = find_lie(market, view, standing, truth)
        checks += _check_score(view, standing, truth, found)
    return Audit(view, standing, tuple(checks), truth, found)


def _check_rows(
    market: Market, view: BountyView, standing: Standing | None
) -> tuple[TestRows | None, list[Check]]:
    verdict = None if standing is None else standing.finding.verdict
    try:
        rows = open_test_rows(market, view)
    except StorageError as error:
        return None, [Check("rows", Result.OPEN, f"{error}; {error.hint}")]
    except MarketplaceError as error:
        known = verdict not in (Verdict.SCORED, Verdict.ROWS_GOOD)  # what vouches for them
        return None, [Check("rows", Result.RIGHT if known else Result.WRONG, f"they are bad: {error}")]
    count = f"{rows.count} test rows open, and lead to the root that the bounty pinned"
    checks = [Check("rows", Result.RIGHT, count)]
    if verdict == Verdict.BAD_ROWS:
        text = "the panel says that the rows are bad, and they are good"
        checks.append(Check("verdict", Result.WRONG, text))
    return rows, checks


def _check_findings(view: BountyView, told: list[Revealed]) -> Iterator[Check]:
    """Compare each score that was revealed with its sums."""
    terms = view.terms
    groups: dict[tuple[int, bytes], list[Revealed]] = defaultdict(list)
    for one in told:
        groups[one.number, one.attestation.finding_digest()].append(one)
    for (number, _), group in groups.items():
        finding = group[0].attestation
        places = ", ".join(str(one.place) for one in group)
        name = f"round {number}, place{'s' if len(group) > 1 else ''} {places}"
        if finding.verdict != Verdict.SCORED:
            said = Verdict(finding.verdict).name.lower().replace("_", " ")
            yield Check(name, Result.OPEN, f"no score: {said}")
            continue
        rules = (terms.row_count, terms.classes, terms.error_bound)
        right = score_from_sums(terms.metric, finding.sums, *rules) == finding.score
        follows = "follows" if right else "does not follow"
        text = f"{decimals(finding.score)} {follows} from its sums"
        yield Check(name, Result.RIGHT if right else Result.WRONG, text)


def _check_model_file(market: Market, view: BountyView) -> Check:
    submission = view.require_candidate().submission
    try:
        artifacts.check(market.store, model_artifact(submission))
    except ContentMismatch as error:
        return Check("model file", Result.WRONG, str(error))
    except StorageError as error:
        return Check("model file", Result.OPEN, f"{error}; {error.hint}")
    return Check("model file", Result.RIGHT, "every encrypted piece leads to the content root submitted")


def _check_score(view: BountyView, standing: Standing, truth: Truth, found: Lie | None) -> Iterator[Check]:
    told, right = standing.finding, truth.evidence
    if told.verdict == Verdict.UNSCORABLE:
        text = f"the panel could not score the model; here it scores {decimals(right.score)}"
        yield Check("score", Result.WRONG, f"{text}. Its maker cures that: tessera bounty publish-key")
    elif told.verdict == Verdict.SCORED:
        same = told.score == right.score
        both = f"the panel says {decimals(told.score)}, recomputed {decimals(right.score)}"
        yield Check("score", Result.RIGHT if same else Result.WRONG, both)
        yield _check_evidence(found)


def _check_evidence(found: Lie | None) -> Check:
    if found is None:
        return Check("evidence", Result.RIGHT, "its root is that of every row's result, recomputed")
    if isinstance(found, Withheld):
        return Check("evidence", Result.WRONG, f"withheld: {found.why}")
    return Check("evidence", Result.WRONG, describe(found))


def _why_no_key(market: Market) -> str:
    mine = "no wallet is named" if market.wallet is None else f"{market.account} has it not"
    who = "its maker has it, the requester once it is delivered, the panel, everybody once it is public"
    return f"needs the model's key, and {mine}: {who}"


def decimals(score: int) -> str:
    """Show parts of SCORE_ONE as a number, every digit."""
    return f"{score // SCORE_ONE}.{score % SCORE_ONE:09d}"
