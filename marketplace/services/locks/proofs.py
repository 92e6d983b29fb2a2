"""Money locked by proved bounties: what their requesters ask with, and makers' bonds."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.services.locks.kinds import Lock, LockKind
from marketplace.services.locks.sales import short
from marketplace.services.market import Market
from marketplace.services.proof_exits import closes_after, pledge_end, requesters_rest
from marketplace.services.proof_structs import Turn
from marketplace.services.proofs import PledgeView, ProofView, has_proofs, load_proof


def proof_locks(market: Market, account: str) -> Iterator[Lock]:
    """Yield what an account has in proved bounties, and what their ends will pay it."""
    if not has_proofs(market):
        return
    for view in _own_proofs(market, account):
        if view.terms.requester == account and not view.closed:
            yield _asked_lock(view)
        for pledge in view.pledges:
            if pledge.maker == account:
                yield from _pledge_locks(view, pledge)


def _own_proofs(market: Market, account: str) -> list[ProofView]:
    events = market.client.events
    asked = events("Proofs", "ProofAsked", argument_filters={"requester": account})
    made = events("Proofs", "ModelCommitted", argument_filters={"maker": account})
    ids = dict.fromkeys(event["bountyId"] for event in (*asked, *made))
    return [load_proof(market, bounty_id) for bounty_id in ids]


def _asked_lock(view: ProofView) -> Lock:
    name = short(view.bounty_id)
    after = closes_after(view) or 0
    waiting = [one for one in view.pledges if one.turn is Turn.COMMITTED]
    if view.now > after:
        why = "nobody has given it to you yet"
    elif view.now <= view.committing_until:
        why = "makers may still commit"
    elif waiting and view.now <= view.opening_until:
        why = f"{len(waiting)} makers wait for the rows: tessera proved rows {name}"
    else:
        why = "makers may prove, and have their bonds in it"
    return _lock(
        LockKind.PROOF_ASKED, view, requesters_rest(view), f"reward and bonds of proved bounty {name}",
        why, after, f"tessera proved close {name}",
    )  # fmt: skip


def _pledge_locks(view: ProofView, pledge: PledgeView) -> Iterator[Lock]:
    """Yield a maker's bond while it is his, and the requester's if that is owed to him."""
    end, name, bond = pledge_end(view, pledge), short(view.bounty_id), view.terms.bond
    if end is None:
        return
    what, release = f"bond of your model in proved bounty {name}", f"tessera proved release {name}"
    if end.bonds:
        late = view.now > end.after
        why = "nobody has paid it out yet" if late else "the requester may still hand you the rows"
        yield _lock(LockKind.PROOF_BOND, view, bond, what, why, end.after, release)
        if end.bonds == 2 and late:
            extra = f"the requester's bond for you in proved bounty {name}"
            yield _lock(LockKind.PROOF_PENALTY, view, bond, extra, why, end.after, release)
    elif view.now <= end.after:
        yield _at_stake(view, pledge, what)


def _at_stake(view: ProofView, pledge: PledgeView, what: str) -> Lock:
    """Return the lock of a bond that its maker has to earn back."""
    name, bond = short(view.bounty_id), view.terms.bond
    if pledge.turn is Turn.DECLINED:
        why, command = "the requester said that your lock is wrong", f"tessera proved vindicate {name}"
        return _lock(LockKind.PROOF_DECLINED, view, bond, what, why, 0, command)
    why = "only you can prove now" if pledge.turn is Turn.ANNOUNCED else "you have the rows, and may prove"
    waits = "you prove" if pledge.turn is Turn.ANNOUNCED else "you prove, or another maker does"
    command = f"tessera proved prove {name} MODEL"
    return Lock(
        LockKind.PROOF_BOND, view.bounty_id, view.bounty_id, bond, what, why, 0, waits, command, False
    )


def _lock(
    kind: LockKind, view: ProofView, amount: int, what: str, why: str, after: int, command: str
) -> Lock:
    ready = view.now > after
    until = after + 1 if after and not ready else 0
    return Lock(kind, view.bounty_id, view.bounty_id, amount, what, why, until, "", command, ready)
