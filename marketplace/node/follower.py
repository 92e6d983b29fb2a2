"""``tessera bounty follow``: a requester's and a maker's steps in their contests, each when it is due."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.errors import DataError, StorageError
from marketplace.node.auditing import AuditingRole
from marketplace.node.following import Facts, is_over, next_step, part_of, rank
from marketplace.node.watching import Watcher, name_of
from marketplace.services import contest, request, submit
from marketplace.services.amounts import show_time
from marketplace.services.bounties import BountyView, load_bounties
from marketplace.services.structs import Stage


@dataclass
class Follower(AuditingRole, Watcher):
    """Follows contests for one account.

    Parameters
    ----------
    cure : bool
        Publish the model's key rather than lose the claim bond, or half of the reward to who delivered it.
    """

    PARTS = (("Bounties", "BountyOpened", "requester"), ("Bounties", "ModelSubmitted", "maker"))

    cure: bool = False
    _worthless: set[int] = field(default_factory=set)

    def turn(self) -> int:
        """Look at every contest that is followed, and do what is due."""
        newest, wanted = self.followed()
        views = load_bounties(self.market.pinned(newest), wanted)
        return sum(self.look_at(name_of(view.bounty_id), self._look, view) for view in views)

    def _look(self, view: BountyView) -> int:
        self.await_seed(view)
        facts = self._facts(view)
        if chased := self.chase(view):
            return chased
        if is_over(view, facts):
            self.leave(view.bounty_id)
            return 0
        mark = self.auditor.mark(view)
        if mark is not None and self.audit(view, mark):
            return 1
        decision = next_step(view, facts)
        if decision.step is None:
            self.report.waits(name_of(view.bounty_id), decision.why or _waiting(view))
            return 0
        return self._take(view, facts, decision.step)

    def _take(self, view: BountyView, facts: Facts, step: str) -> int:
        key = (step, view.bounty_id, view.mark())
        turns = 0 if self.once else rank(step, part_of(view, facts.me))
        if turns and self.patience.held_back(key, turns):
            return 0
        return int(self.attempt(key, name_of(view.bounty_id), self._act, view, step))

    def _facts(self, view: BountyView) -> Facts:
        return Facts(
            me=self.market.account,
            block=self.market.client.node.block().number,
            granted=view.panel.granted,
            worthless=view.bounty_id in self._worthless,
            shown=self._is_shown(view),
            received=self.is_received(view.bounty_id),
            cure=self.cure,
            asked=view.bounty_id in self.named,
        )

    def _is_shown(self, view: BountyView) -> bool:
        return view.stage is Stage.DELIVERING and self.market.client.was_sent(submit.delivery_intent(view))

    def _act(self, view: BountyView, step: str) -> None:
        market, one = self.market, view.bounty_id
        if step == "claim":
            self._claim(view)
        elif step == "draw-and-grant":
            if submit.draw_and_grant(market, one) is None:
                contest.draw(market, one)
        elif step == "receive":
            path = self.model_path(one)
            request.receive_model(market, one, path)
            self.report.done("receive the model", f"wrote {path}")
        elif step == "release":
            mine = [market.account] if market.account in view.owed else None
            contest.release(market, one, mine)
        elif step in contest.STEPS:
            contest.take(market, view, step)
        else:
            {
                "open-rows": request.open_rows,
                "lock": request.lock_delivery,
                "grant": submit.grant_key,
                "deliver": submit.deliver,
                "publish-key": submit.publish_key,
            }[step](market, one)

    def _claim(self, view: BountyView) -> None:
        """Claim what this account's own model scores, if that can be claimed; never that rows are bad."""
        try:
            score = submit.own_score(self.market, view)
            submit.require_claimable(view, self.market.account, score)
        except StorageError:
            raise
        except DataError as error:
            self._worthless.add(view.bounty_id)
            self.report.done("no claim", f"{error}; {error.hint}")
            return
        submit.claim_score(self.market, view.bounty_id, score)


def _waiting(view: BountyView) -> str:
    """Say whose turn it is."""
    waits = contest.due(view)
    until = f", until {show_time(waits.until)}" if waits.until else ""
    return f"{waits.stage}: {waits.who} may {waits.what}{until}" if waits.who != "-" else ""
