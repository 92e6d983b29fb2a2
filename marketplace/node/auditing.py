"""What daemons do about verdicts in their window: recompute each once, and disprove a wrong one in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from marketplace.errors import DataError, MarketplaceError, StorageError
from marketplace.models.disputes import Withheld
from marketplace.node.report import Report
from marketplace.node.role import Role
from marketplace.services import audit, demanding, demands, disproof, truth
from marketplace.services.attestations import list_attestations
from marketplace.services.bounties import BountyView
from marketplace.services.deliveries import find_wrong_length
from marketplace.services.lies import Lie, describe
from marketplace.services.market import Market
from marketplace.services.structs import Turn, Verdict
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
    _settled: set[Mark] = field(
        default_factory=set
    )  # right, or left alone; what was acted upon a reorg undoes
    _truths: dict[Mark, truth.Truth] = field(default_factory=dict)

    def truth_of(self, view: BountyView, mark: Mark) -> truth.Truth | None:
        """Score the candidate, once a verdict; None if its file is no model."""
        if mark not in self._truths:
            k = truth.find_key(self.market, view)
            if k is None:
                raise DataError(
                    "the model's key is not here", "use the wallet that was granted or delivered it"
                )
            rows = open_test_rows(self.market, view)
            try:
                self._truths[mark] = truth.find_truth(self.market, view, rows, k)
            except StorageError:
                raise
            except MarketplaceError:
                return None
        return self._truths[mark]

    def name(self, view: BountyView) -> Mark | None:
        """Name the score that stands in its window; None if none does."""
        if view.candidate is None or not disproof.is_scored(view):
            return None
        return self._named(view)

    def _named(self, view: BountyView) -> Mark | None:
        digest = bytes(self.market.client.call("Panels", "verdictOf", view.bounty_id))
        return (view.bounty_id, view.panel.number, digest) if any(digest) else None

    def mark(self, view: BountyView) -> Mark | None:
        """Name the verdict in its window that this account may have to act upon; None if there is none."""
        found = self._named(view) if disproof.is_disputable(view) else None
        if found is None or found in self._settled or demands.own_demand(self.market, view) is not None:
            return None
        return found

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
        """Recompute a verdict, once if it is right; challenge it if it is wrong, again if a reorg undid that.

        Raises
        ------
        DataError
            If it is wrong, but nothing that is published shows it, or it is too late.
        """
        standing = truth.find_standing(self.market, view)
        if standing is None or not self._act(view, mark, standing):
            self._settled.add(mark)
        if demands.own_demand(self.market, view) is None:
            self._truths.pop(mark, None)

    def _act(self, view: BountyView, mark: Mark, standing: truth.Standing) -> bool:
        """Challenge a verdict, or demand what it hides; tell whether there was anything to do."""
        wrong = find_wrong_rows(self.market, view, standing.finding.verdict)
        if wrong is not None:
            found = audit.Audit(view, standing, (), None, wrong)
            return self._file(found, wrong, "the panel is wrong about the rows")
        k = None if view.candidate is None else truth.find_key(self.market, view)
        scored = standing.finding.verdict == Verdict.SCORED
        return k is not None and scored and self._compare(view, mark, standing, k)

    def _compare(self, view: BountyView, mark: Mark, standing: truth.Standing, k: int) -> bool:
        rows = open_test_rows(self.market, view)
        told = f"the panel says {audit.decimals(standing.finding.score)}"
        try:
            if mark not in self._truths:
                self._truths[mark] = truth.find_truth(self.market, view, rows, k)
        except StorageError:
            wrong = find_wrong_length(self.market, view.require_candidate().submission)
            if wrong is None:
                raise
            return self._file(audit.Audit(view, standing, (), None, wrong), wrong, told)
        except MarketplaceError as error:
            none = truth.find_no_model(self.market, view, k)
            what = f"{told}, of what is no model ({error})"
            return self._file(audit.Audit(view, standing, (), None, none), none, what)
        right = self._truths[mark]
        lie = truth.find_lie(self.market, view, standing, right)
        found = audit.Audit(view, standing, (), right, lie)
        what = f"{told}, recomputed {audit.decimals(right.evidence.score)}"
        if lie is not None:
            return self._file(found, lie, what)
        self.report.done("audit", f"{told}: that is right")
        return False

    def _file(self, found: audit.Audit, lie: Lie, what: str) -> bool:
        if disproof.harms_itself(self.market, found):
            self.report.done("audit", f"{what}: less than was claimed, so it is left alone")
            return False
        if isinstance(lie, Withheld):
            self._demand(found, lie, what)
            return True
        if not disproof.is_in_time(found.view):
            raise DataError(
                f"{what}: too little time is left to disprove it", "run daemons while windows last"
            )
        self.report.done("audit", f"{what}: it is disproved by {describe(lie)}")
        paid = disproof.file_dispute(self.market, found)
        self.report.done("disproved", f"round {paid.number} is void, its signers pay")
        return True

    def _demand(self, found: audit.Audit, lie: Withheld, what: str) -> None:
        """Demand what is hidden; how it goes on is for `AuditingRole.chase`."""
        question = demanding.demandable(self.market, found)
        if question is None or not demanding.is_in_time(self.market, found.view):
            late = "" if question is None else ", and it is too late to demand it"
            raise DataError(
                f"{what}, but nothing that is published shows it: {describe(lie)}{late}",
                "it is looked for until the window ends; see: tessera bounty audit "
                f"{format_id(found.view.bounty_id)[:14]}",
            )
        self.report.done("audit", f"{what}, but nothing that is published shows it: {describe(lie)}")
        demanding.open_for(self.market, found, question)
        self.report.done("demand", f"{demands.describe(question)}: answered in time, or the verdict is void")


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

    def chase(self, view: BountyView) -> int:
        """Answer demands for which this account is liable, go on with its own, have bonds paid out."""
        done = 0
        for demand in demands.settleable(self.market, view):
            if self._gains(view, demand):
                done += self._settle(view, demand)
        live = demands.live_demands(self.market, view)
        mark = self.auditor.name(view) if live else None
        standing = truth.find_standing(self.market, view) if mark is not None else None
        if mark is None or standing is None:
            return done
        for demand in live:
            if demand.terms.demander == self.market.account:
                done += self._go_on(view, mark, standing, demand)
            elif demand.turn is Turn.ASKED and demands.may_answer(self.market, view, standing):
                done += self._answer(view, mark, standing, demand)
        return done

    def _gains(self, view: BountyView, demand: demands.Demand) -> bool:
        voided = demands.is_voided(self.market, demand.terms)
        if demand.terms.demander == self.market.account:
            return voided or demand.turn is Turn.ASKED
        return not voided and demands.earns(demand, self.market.account) > 0

    def _settle(self, view: BountyView, demand: demands.Demand) -> int:
        key = ("settle demand", demand.demand_id)
        return int(self.attempt(key, _demand_name(view), demands.settle, self.market, demand))

    def _answer(self, view: BountyView, mark: Mark, standing: truth.Standing, demand: demands.Demand) -> int:
        key = ("answer", demand.demand_id, len(demand.given))
        if view.now > demand.deadline:
            return 0
        if not self.once and self.patience.held_back(key, _rank(self.market.account, standing)):
            return 0
        return int(self.attempt(key, _demand_name(view), self._give, view, mark, standing, demand))

    def _give(self, view: BountyView, mark: Mark, standing: truth.Standing, demand: demands.Demand) -> None:
        right = self.auditor.truth_of(view, mark)
        if right is None:
            raise DataError("the candidate's file is no model: there is nothing to answer with", "audit it")
        demands.give_answer(self.market, view, standing, demand, right)

    def _go_on(self, view: BountyView, mark: Mark, standing: truth.Standing, demand: demands.Demand) -> int:
        subject = _demand_name(view)
        right = self.auditor.truth_of(view, mark)
        plan = demands.plan_move(view, standing, demand, right)
        if plan is None:
            self.report.waits(subject, demands.waits_for(view, demand))
            return 0
        key = ("demand", demand.demand_id, len(demand.given), plan.move)
        return int(self.attempt(key, subject, self._take_move, view, standing, demand, plan))

    def _take_move(
        self, view: BountyView, standing: truth.Standing, demand: demands.Demand, plan: demands.Plan
    ) -> None:
        self.report.done("demand", demands.take_move(self.market, view, standing, demand, plan))


def _rank(account: str, standing: truth.Standing) -> int:
    """Return how many turns an account leaves an answer to others: the maker none, signers by place."""
    signers = list(dict.fromkeys(owner for _, owner in sorted(standing.signers.items())))
    return signers.index(account) + 1 if account in signers else 0


def _demand_name(view: BountyView) -> str:
    return f"demand about {format_id(view.bounty_id)[:12]}…"
