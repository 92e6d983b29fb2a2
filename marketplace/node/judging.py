"""What an evaluator's daemon does on a panel: pure decisions, nothing is read or sent here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marketplace.services.bounties import KEY_PUBLIC, BountyView
from marketplace.services.structs import Phase, Stage

PATIENCE_PART = 4
"""What can't be scored is tried again until the last quarter of the committing stage; only then is it
called unscorable. A store that is away for a while must not make an evaluator sign something false."""


class Deed(StrEnum):
    """What is done for a contest now."""

    COMMIT = "commit"
    REVEAL = "reveal"
    WAIT = "wait"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Decision:
    """What to do, and why.

    Parameters
    ----------
    deed : Deed
    why : str
        One phrase.
    """

    deed: Deed
    why: str = ""


def is_seated(view: BountyView, places: frozenset[int]) -> bool:
    """Tell whether any of the places is on the panel under way."""
    return view.stage is Stage.JUDGING and bool(places & set(view.panel.seats))


def next_deed(view: BountyView, places: frozenset[int], granted: bool) -> Decision:
    """Return what an evaluator does now.

    Parameters
    ----------
    view : BountyView
    places : frozenset of int
        Those of the panel that are his.
    granted : bool
        Whether he has the candidate's key, or will get none any more.
    """
    panel = view.panel
    if not is_seated(view, places) or view.now > panel.deadline:
        return Decision(Deed.NOTHING)
    if panel.phase is Phase.COMMITTING and places - panel.committed:
        if may_be_granted(view) and not granted:
            return Decision(Deed.WAIT, "drawn; waits for the maker's key")
        return Decision(Deed.COMMIT)
    if panel.phase is Phase.REVEALING and (places & panel.committed) - panel.revealed:
        return Decision(Deed.REVEAL)
    return Decision(Deed.NOTHING)


def may_be_granted(view: BountyView) -> bool:
    """Tell whether the maker can still give the panel the candidate's key."""
    if view.panel.candidate == 0 or view.flags & KEY_PUBLIC:
        return False
    return view.now <= view.panel.grant_deadline


def may_give_up(view: BountyView) -> bool:
    """Tell whether it is time to call unscorable what could not be scored so far."""
    left = view.panel.deadline - view.now
    return left * PATIENCE_PART <= view.lengths["committing"]
