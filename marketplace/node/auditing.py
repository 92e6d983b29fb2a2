"""What daemons do about verdicts in their window: recompute each once, and disprove a wrong one in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from marketplace.errors import DataError, MarketplaceError, StorageError
from marketplace.models.disputes import Withheld
from marketplace.node.report import Report
from marketplace.node.role import Role
from marketplace.services import audit, disproof, truth
from marketplace.services.attestations import list_attestations
from marketplace.services.bounties import BountyView
from marketplace.services.deliveries import find_wrong_length
from marketplace.services.lies import Lie, describe
from marketplace.services.market import Market
from marketplace.services.structs import Verdict
from marketplace.services.submit import open_test_rows
from marketplace.services.wrong_rows import find_wrong_rows
from marketplace.types import format_id

Mark = tuple[int, int, bytes]
"""A verdict: bounty, round, and the digest of what was found."""


@dataclass
class Auditor:
    """Audits verdicts for one account.

    Parameters
    ----------
    market : Market
    report : Report
    """

    market: Market
    report: Report
    _settled: set[Mark] = field(default_factory=set)
    _truths: dict[Mark, truth.Truth] = field(default_factory=dict)

    def mark(self, view: BountyView) -> Mark | None:
        """Name the verdict in its window that this account has not looked at yet; None if there is none."""
        if not disproof.is_disputable(view):
            return None
        digest = bytes(self.market.client.call("Panels", "verdictOf", view.bounty_id))
        found = (view.bounty_id, view.panel.number, digest)
        return None if found in self._settled or not any(digest) else found

    def was_outvoted(self, view: BountyView, mark: Mark) -> bool:
        """Tell whether this account attested something else than the verdict; if not, it needs no audit."""
        me, (_, number, digest) = self.market.account, mark
        told = list_attestations(self.market, view.bounty_id)
        own = [one for one in told if one.evaluator == me and one.number == number]
        if any(one.attestation.finding_digest() != digest for one in own):
            return True
        self._settled.add(mark)
        return False

    def look(self, view: BountyView, mark: Mark) -> None:
        """Recompute a verdict, once; challenge it if it is wrong.

        Raises
        ------
        DataError
            If it is wrong, but nothing that is published shows it, or it is too late.
        """
        standing = truth.find_standing(self.market, view)
        if standing is not None and not self._is_wrong_about_rows(view, standing):
            k = None if view.candidate is None else truth.find_key(self.market, view)
            if k is not None and standing.finding.verdict == Verdict.SCORED:
                self._compare(view, mark, standing, k)
        self._settled.add(mark)
        self._truths.pop(mark, None)

    def _is_wrong_about_rows(self, view: BountyView, standing: truth.Standing) -> bool:
        """Tell whether a verdict says something else of the rows than what they are; challenge it then."""
        wrong = find_wrong_rows(self.market, view, standing.finding.verdict)
        if wrong is not None:
            self._file(
                audit.Audit(view, standing, (), None, wrong), wrong, "the panel is wrong about the rows"
            )
        return wrong is not None

    def _compare(self, view: BountyView, mark: Mark, standing: truth.Standing, k: int) -> None:
        rows = open_test_rows(self.market, view)
        told = f"the panel says {audit.decimals(standing.finding.score)}"
        try:
            if mark not in self._truths:
                self._truths[mark] = truth.find_truth(self.market, view, rows, k)
        except StorageError:
            wrong = find_wrong_length(self.market, view.require_candidate().submission)
            if wrong is None:
                raise
            self._file(audit.Audit(view, standing, (), None, wrong), wrong, told)
            return
        except MarketplaceError as error:
            none = truth.find_no_model(self.market, view, k)
            what = f"{told}, of what is no model ({error})"
            self._file(audit.Audit(view, standing, (), None, none), none, what)
            return
        right = self._truths[mark]
        lie = truth.find_lie(self.market, view, standing, right)
        found = audit.Audit(view, standing, (), right, lie)
        what = f"{told}, recomputed {audit.decimals(right.evidence.score)}"
        if lie is None:
            self.report.done("audit", f"{told}: that is right")
        else:
            self._file(found, lie, what)

    def _file(self, found: audit.Audit, lie: Lie, what: str) -> None:
        if disproof.harms_itself(self.market, found):
            self.report.done("audit", f"{what}: less than was claimed, so it is left alone")
            return
        if isinstance(lie, Withheld):
            raise DataError(
                f"{what}, but nothing that is published shows it: {describe(lie)}",
                "it is looked for until the window ends; see: tessera bounty audit "
                f"{format_id(found.view.bounty_id)[:14]}",
            )
        if not disproof.is_in_time(found.view):
            raise DataError(
                f"{what}: too little time is left to disprove it", "run daemons while windows last"
            )
        self.report.done("audit", f"{what}: it is disproved by {describe(lie)}")
        paid = disproof.file_dispute(self.market, found)
        self.report.done("disproved", f"round {paid.number} is void, its signers pay")


@dataclass
class AuditingRole(Role):
    """A role whose account may hold models' keys, and so can recompute verdicts."""

    @cached_property
    def auditor(self) -> Auditor:
        """What looks at the verdicts that this account can recompute."""
        return Auditor(self.market, self.report)

    def audit(self, view: BountyView, mark: Mark) -> int:
        """Recompute a verdict in its window, and challenge it if it is wrong."""
        subject = f"audit of {format_id(view.bounty_id)[:12]}…"
        return int(self.attempt(("audit", mark), subject, self.auditor.look, view, mark))
