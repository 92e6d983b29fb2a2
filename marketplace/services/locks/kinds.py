"""Kinds of locked money, and the way out of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LockKind(StrEnum):
    """What money is locked for."""

    ORDER = "order"
    SALE = "sale"
    PARENTS_PART = "parents' part"
    INCOME = "income"
    LISTING_BOND = "listing bond"
    SEAT_BOND = "seat bond"
    REWARD = "reward and deposit"
    CLAIM_BOND = "claim bond"
    ROWS_BOND = "bond for bad rows"
    COMPENSATION = "compensation"
    PRIZE = "prize"
    FEE = "panel fee"
    DEMAND_BOND = "bond of a demand"
    DEMAND_FEE = "pay for answers"
    PROOF_ASKED = "proved reward and bonds"
    PROOF_BOND = "bond of a model"
    PROOF_DECLINED = "bond of a declined lock"
    PROOF_PENALTY = "requester's bond"


@dataclass(frozen=True)
class Exit:
    """How money of a kind leaves its bucket towards its owner.

    Parameters
    ----------
    module : str
        Contract whose bucket it is.
    functions : tuple of str
        Contract functions that pay it out, or lead there, as docs/architecture.md lists them.
    says : str
        When, in a phrase.
    awaited : bool, default False
        It is somebody else's yet, and becomes one's own by the exit.
    """

    module: str
    functions: tuple[str, ...]
    says: str
    awaited: bool = False


_STEPS = (
    "Bounties.lapse",
    "Bounties.choose",
    "Panels.draw",
    "Panels.closeCommits",
    "Panels.closeReveals",
    "Panels.collect",
    "Bounties.finalize",
)

EXITS: Mapping[LockKind, Exit] = {
    LockKind.ORDER: Exit("Exchange", ("Exchange.refund",), "after the order's deadline"),
    LockKind.SALE: Exit("Exchange", ("Exchange.collect", "Assets.claim"), "after the dispute window"),
    LockKind.PARENTS_PART: Exit("Assets", ("Assets.flush", "Assets.claim"), "at once"),
    LockKind.INCOME: Exit("Assets", ("Assets.claim",), "at once"),
    LockKind.LISTING_BOND: Exit(
        "Assets", ("Assets.unlist", "Assets.releaseBond"), "after unlisting and both windows"
    ),
    LockKind.SEAT_BOND: Exit(
        "Operators",
        ("Operators.announceLeave", "Operators.leave"),
        "after announcing and its delay; at once if the bond is short; never from a panel",
    ),
    LockKind.REWARD: Exit("Bounties", _STEPS, "when the contest ends, less what was earned"),
    LockKind.CLAIM_BOND: Exit("Bounties", (*_STEPS, "Bounties.release"), "after the end, unless forfeited"),
    LockKind.ROWS_BOND: Exit("Bounties", (*_STEPS, "Bounties.release"), "after the end, unless forfeited"),
    LockKind.COMPENSATION: Exit("Bounties", ("Bounties.release",), "at once", awaited=True),
    LockKind.PRIZE: Exit("Bounties", ("Bounties.finalize",), "after the window of the verdict", awaited=True),
    LockKind.FEE: Exit("Bounties", ("Bounties.finalize",), "after the window of the verdict", awaited=True),
    LockKind.DEMAND_BOND: Exit(
        "Referee",
        ("Referee.enforce", "Referee.settle"),
        "when the verdict is void, or the demand was not answered; else it is lost",
    ),
    LockKind.DEMAND_FEE: Exit("Referee", ("Referee.settle",), "when the verdict stands", awaited=True),
    LockKind.PROOF_ASKED: Exit(
        "Proofs",
        ("Proofs.close",),
        "when it is paid and all were served, or proving is over; less the bonds of makers who got no rows",
    ),
    LockKind.PROOF_BOND: Exit(
        "Proofs", ("Proofs.prove", "Proofs.release"), "when a maker was paid, or no rows came in time"
    ),
    LockKind.PROOF_DECLINED: Exit(
        "Proofs", ("Proofs.vindicate", "Proofs.release"), "by showing that the lock was right"
    ),
    LockKind.PROOF_PENALTY: Exit("Proofs", ("Proofs.release",), "when no rows came in time", awaited=True),
}
"""The way out of each kind."""


@dataclass(frozen=True)
class Lock:
    """Money of an account that it can't spend now.

    Parameters
    ----------
    kind : LockKind
    bucket : int
        In which it lies, of the kind's module.
    subject : int
        Id of the order, asset or bounty, or number of the seat.
    amount : int
        What comes back to the account or is credited to it, token base units.
    what : str
        A phrase.
    why : str
        Why it can't be spent, a phrase.
    until : int
        Unix seconds, by the chain's clock; 0: no moment frees it, or it is free to be taken.
    waits_for : str
        What has to happen first, a clause; empty if time alone decides, or nothing is waited for.
    command : str
        What frees it, or leads there; as soon as ``until`` is past.
    ready : bool
        The command works now, and ``tessera vault sweep`` does it.
    step : str
        Step that a contest is moved on by, if that is it.
    bounty : int
        That contest, or 0.
    """

    kind: LockKind
    bucket: int
    subject: int
    amount: int
    what: str
    why: str
    until: int
    waits_for: str
    command: str
    ready: bool
    step: str = ""
    bounty: int = 0

    @property
    def module(self) -> str:
        """Contract that locks it."""
        return EXITS[self.kind].module

    @property
    def awaited(self) -> bool:
        """Whether it becomes the account's own only by the exit."""
        return EXITS[self.kind].awaited
