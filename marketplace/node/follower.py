"""``tessera bounty follow``: a requester's and a maker's steps in their contests, each when it is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from marketplace.chain.rpc import Block
from marketplace.errors import DataError, StorageError
from marketplace.node.auditing import AuditingRole
from marketplace.node.following import Facts, is_over, next_step, part_of, rank
from marketplace.node.orders import is_part
from marketplace.services import contest, request, submit
from marketplace.services.amounts import show_time
from marketplace.services.bounties import BountyView, load_bounties
from marketplace.services.structs import Stage
from marketplace.types import format_id


@dataclass
class Follower(AuditingRole):
    """Follows contests for one account.

    Parameters
    ----------
    named : tuple of int
        Contests to follow; none: all in which this account has a part.
    out : Path or None
        Folder for the models that are delivered to this account.
    cure : bool
        Publish the model's key rather than lose the claim bond.
    """

    named: tuple[int, ...] = ()
    out: Path | None = None
    cure: bool = False
    _over: set[int] = field(default_factory=set)
    _seen: Block | None = None
    _worthless: set[int] = field(default_factory=set)

    def turn(self) -> int:
        """Look at every contest that is followed, and do what is due."""
        if self._seen is not None and not is_part(self.market, self._seen):
            self._over.clear()  # what ended a contest may be gone
        self._seen = self.market.client.node.block()
        wanted = [one for one in self.named or self._own() if one not in self._over]
        views = load_bounties(self.market.pinned(self._seen), wanted)
        return sum(self.look_at(_name(view), self._look, view) for view in views)

    def _own(self) -> list[int]:
        """Return the contests that this account opened or entered, oldest first."""
        me, client = self.market.account, self.market.client
        opened = client.events("Bounties", "BountyOpened", argument_filters={"requester": me})
        entered = client.events("Bounties", "ModelSubmitted", argument_filters={"maker": me})
        events = sorted(opened + entered, key=lambda event: (event.block, event.log_index))
        return list(dict.fromkeys(event["bountyId"] for event in events))

    def _look(self, view: BountyView) -> int:
        self.await_seed(view)
        facts, subject = self._facts(view), _name(view)
        if chased := self.chase(view):
            return chased
        if is_over(view, facts):
            self._over.add(view.bounty_id)
            self.report.waits(subject, "")
            return 0
        mark = self.auditor.mark(view)
        if mark is not None and self.audit(view, mark):
            return 1
        decision = next_step(view, facts)
        if decision.step is None:
            self.report.waits(subject, decision.why or _waiting(view))
            return 0
        return self._take(view, facts, decision.step)

    def _take(self, view: BountyView, facts: Facts, step: str) -> int:
        key = (step, view.bounty_id, view.mark())
        turns = 0 if self.once else rank(step, part_of(view, facts.me))
        if turns and self.patience.held_back(key, turns):
            return 0
        return int(self.attempt(key, _name(view), self._act, view, step))

    def _facts(self, view: BountyView) -> Facts:
        return Facts(
            me=self.market.account,
            block=self.market.client.node.block().number,
            granted=view.panel.granted,
            worthless=view.bounty_id in self._worthless,
            shown=self._is_shown(view),
            received=self.out is None or self._path(view).exists(),
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
            path = self._path(view)
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

    def _path(self, view: BountyView) -> Path:
        return (self.out or Path()) / f"model-{format_id(view.bounty_id)}.bin"


def _waiting(view: BountyView) -> str:
    """Say whose turn it is."""
    waits = contest.due(view)
    until = f", until {show_time(waits.until)}" if waits.until else ""
    return f"{waits.stage}: {waits.who} may {waits.what}{until}" if waits.who != "-" else ""


def _name(view: BountyView) -> str:
    return f"bounty {format_id(view.bounty_id)[:12]}…"
