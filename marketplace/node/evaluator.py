"""``tessera operator run``: notice when drawn, wait for the key, score, commit, reveal, be paid."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.errors import DataError
from marketplace.node.auditing import AuditingRole
from marketplace.node.judging import Deed, is_seated, may_give_up, next_deed
from marketplace.services import contest, evaluate
from marketplace.services.bounties import BountyView, list_bounties
from marketplace.services.structs import Phase, Stage, Verdict
from marketplace.types import format_id

RANK = 3
"""Turns to hold back with what the contest's requester and makers do as well."""

EXITS = ("close-commits", "close-reveals", "collect", "finalize")
"""What an evaluator does for everybody: without it he is not paid, and his seat not free."""


@dataclass
class Evaluator(AuditingRole):
    """Judges for one account's seats."""

    def turn(self) -> int:
        """Look at every contest under way, and do what is due."""
        mine = self._own_seats()
        if not mine:
            self.report.waits("seats", "this account has no seat: tessera operator join")
            return 0
        self.report.waits("seats", "")
        views = list_bounties(self.market, ended=False)
        signed = self._signed() if any(one.stage is Stage.WINDOW for one in views) else set()
        return sum(
            self.look_at(_name(view), self._look, view, mine, view.bounty_id in signed) for view in views
        )

    def _own_seats(self) -> set[int]:
        """Return seats that this account has, or had: who owns those of a panel is asked when it matters."""
        filters = {"owner": self.market.account}
        joined = self.market.client.events("Operators", "SeatJoined", argument_filters=filters)
        return {event["seat"] for event in joined}

    def _signed(self) -> set[int]:
        """Return the contests for which this account revealed."""
        filters = {"evaluator": self.market.account}
        revealed = self.market.client.events("Panels", "Revealed", argument_filters=filters)
        return {event["bountyId"] for event in revealed}

    def _look(self, view: BountyView, mine: set[int], signed: bool) -> int:
        maybe = view.stage is Stage.JUDGING and mine & set(view.panel.seats.values())
        places = frozenset(evaluate.own_places(self.market, view)) if maybe else frozenset[int]()
        if not is_seated(view, places):
            return self._after(view) if signed else 0
        subject, panel, one = _name(view), view.panel, view.bounty_id
        granted = panel.phase is not Phase.COMMITTING or not evaluate.awaits_grant(self.market, view)
        decision = next_deed(view, places, granted)
        if decision.deed is Deed.COMMIT:
            seats = tuple(sorted(panel.seats.items()))
            return int(self.attempt(("commit", one, panel.number, seats), subject, self._commit, view))
        if decision.deed is Deed.REVEAL:
            return int(
                self.attempt(("reveal", one, panel.number), subject, evaluate.reveal, self.market, one)
            )
        self.report.waits(subject, decision.why)
        return self._close(view)

    def _commit(self, view: BountyView) -> None:
        """Score the candidate and commit; what can't be scored is tried again while there is time."""
        told = evaluate.kept_attestation(self.market, view)
        if told is None:
            told = evaluate.judge(self.market, view)
            if told.verdict is Verdict.UNSCORABLE and not may_give_up(view):
                raise DataError(
                    "the model can't be scored: its key or its file is not here",
                    "check TESSERA_STORE; it is tried again, and called unscorable near the end of the stage",
                )
        evaluate.commit(self.market, view.bounty_id, told)

    def _after(self, view: BountyView) -> int:
        """Challenge a verdict that outvoted this account and is wrong; else do what is due by anybody."""
        if chased := self.chase(view):
            return chased
        mark = self.auditor.mark(view)
        if mark is not None and self.auditor.was_outvoted(view, mark) and self.audit(view, mark):
            return 1
        return self._close(view)

    def _close(self, view: BountyView) -> int:
        """Do what is due by anybody, if nobody else has done it for a while."""
        step = contest.due(view).exit
        if step not in EXITS:
            return 0
        key = (step, view.bounty_id, view.mark())
        if not self.once and self.patience.held_back(key, RANK):
            return 0
        return int(self.attempt(key, _name(view), contest.take, self.market, view, step))


def _name(view: BountyView) -> str:
    return f"bounty {format_id(view.bounty_id)[:12]}…"
