"""Whose turn it is in a contest, by address, and the stages on a line of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.services.bounties import CLAIMED, DELIVERED, KEY_PUBLIC, MET, PASSED, BountyView
from marketplace.services.contest import due
from marketplace.services.structs import Outcome, Phase, Stage, Verdict
from marketplace.types import format_id

DONE, NOW, NEXT, SKIPPED = "done", "now", "next", "skipped"


@dataclass(frozen=True)
class Turn:
    """What somebody can do now.

    Parameters
    ----------
    command : str
        What to type.
    why : str
    needed : bool
        Whether the contest waits for it; else it is an offer.
    until : int
        Unix seconds; 0: the deadline of the stage.
    """

    command: str
    why: str
    needed: bool = True
    until: int = 0


@dataclass(frozen=True)
class Step:
    """A stage on the line of time.

    Parameters
    ----------
    name : str
    state : str
        ``done``, ``now``, ``next`` or ``skipped``.
    until : int
        Its deadline, Unix seconds; 0 if it has none or is over.
    at_latest : bool
        The deadline is the latest there can be, if the first claim that is judged holds.
    note : str
    """

    name: str
    state: str
    until: int
    at_latest: bool
    note: str


def turns(view: BountyView, me: str | None, owners: Mapping[int, str], *, seated: bool = False) -> list[Turn]:
    """Return what an address can do now, what the contest waits for first.

    Parameters
    ----------
    view : BountyView
    me : str or None
        None: what anybody can.
    owners : mapping of int to str
        Owner by place of the panel.
    seated : bool
        The address owns a seat: it can't enter contests.

    Returns
    -------
    list of Turn
    """
    name = format_id(view.bounty_id)[:14]
    found = [] if me is None else _own(view, me, owners, name, seated)
    step = due(view).exit
    if step is not None:
        found.append(Turn(f"tessera bounty {step} {name}", _EXITS[step]))
    return found


_EXITS = {
    "choose": "anybody may: the best claim left is judged, or the contest ends",
    "draw": "anybody may: the panel is drawn from the seats",
    "close-commits": "anybody may: silent evaluators pay, the panel goes on",
    "close-reveals": "anybody may: silent evaluators pay, the verdict is found",
    "collect": "anybody may: those who signed the disproved verdict pay, a fresh panel judges",
    "lapse": "anybody may: somebody stayed silent past his deadline",
    "finalize": "anybody may: the verdict is carried out and everybody paid",
    "release": "anybody may: bonds go back to their makers",
}


def _own(view: BountyView, me: str, owners: Mapping[int, str], name: str, seated: bool) -> list[Turn]:
    """Return the turns of an address because of who it is."""
    if me == view.terms.requester:
        return _requesters(view, name)
    entrant = next((one for one in view.entrants if one.maker == me), None)
    if entrant is None:
        if view.stage is Stage.SUBMITTING and view.now <= view.deadline and not seated:
            command = f"tessera bounty submit {name} model.bin"
            return [Turn(command, "hand in an integer model; it says first what you risk", False)]
        return _evaluators(view, me, owners, name)
    if view.candidate is not None and view.candidate.maker == me:
        return _candidates(view, name)
    if view.stage is Stage.CLAIMING and view.now <= view.deadline and not entrant.flags & CLAIMED:
        return [
            Turn(f"tessera bounty claim {name}", "score your model on the rows, and claim it"),
            Turn(f"tessera bounty claim-bad-rows {name}", "if the rows do not open or match", False),
        ]
    return []


def _requesters(view: BountyView, name: str) -> list[Turn]:
    late = view.now > view.deadline
    if view.stage is Stage.SUBMITTING and late and view.entrants and view.now <= view.rows_deadline:
        return [Turn(f"tessera bounty open-rows {name}", "or lose the deposit")]
    if view.stage is Stage.LOCKING and not late:
        return [Turn(f"tessera bounty lock {name}", "or the model is not delivered to you")]
    if view.stage is Stage.CURE and view.flags & DELIVERED and not late:
        why = "a fresh panel judges with it; else the maker keeps half of the reward"
        return [Turn(f"tessera bounty publish-key {name}", why, False)]
    delivered = view.flags & (DELIVERED | KEY_PUBLIC) and view.stage in (Stage.WINDOW, Stage.DONE)
    if delivered and view.candidate is not None:
        return [Turn(f"tessera bounty receive {name} --out model.bin", "open the model", False)]
    return []


def _candidates(view: BountyView, name: str) -> list[Turn]:
    """Return the turns of the maker whose claim is judged."""
    panel, late = view.panel, view.now > view.deadline
    granting = view.stage is Stage.JUDGING and panel.phase is Phase.COMMITTING
    if view.stage is Stage.JUDGING and panel.phase is Phase.DRAWING and not view.flags & KEY_PUBLIC:
        why = "draws the panel, and gives it the key of your model, at once"
        return [Turn(f"tessera bounty grant {name}", why, needed=False)]
    if granting and view.now <= panel.grant_deadline and not view.flags & KEY_PUBLIC and not panel.granted:
        why = "or the panel can't open your model"
        return [Turn(f"tessera bounty grant {name}", why, until=panel.grant_deadline)]
    if view.stage is Stage.CURE and not late:
        return [Turn(f"tessera bounty publish-key {name}", "or your claim counts as false")]
    if view.stage is Stage.DELIVERING and not late:
        return [Turn(f"tessera bounty deliver {name}", "or your claim counts as false")]
    if (
        view.stage is Stage.DONE
        and view.outcome is Outcome.PAID
        and any(view.require_candidate().submission.listing_hash)
    ):
        return [Turn(f"tessera bounty activate {name}", "list your model for sale", False)]
    return []


def _evaluators(view: BountyView, me: str, owners: Mapping[int, str], name: str) -> list[Turn]:
    places = {place for place, owner in owners.items() if owner == me}
    panel = view.panel
    if view.stage is not Stage.JUDGING or view.now > panel.deadline:
        return []
    if panel.phase is Phase.COMMITTING and places - panel.committed:
        waits = awaits_key(view)
        why = "score the model" + (" once its key is granted" if waits else "") + ", or lose a sixteenth"
        return [Turn(f"tessera operator commit {name}", why)]
    if panel.phase is Phase.REVEALING and places & panel.committed - panel.revealed:
        return [Turn(f"tessera operator reveal {name}", "open your attestation, or lose a sixteenth")]
    return []


def awaits_key(view: BountyView) -> bool:
    """Tell whether the panel can't judge yet, because the maker may still give it his key."""
    panel = view.panel
    private = panel.candidate != 0 and not view.flags & KEY_PUBLIC
    return private and not panel.granted and view.now <= panel.grant_deadline


_ORDER = ("submitting", "rows", "claiming", "judging", "delivering", "window", "end")

_LENGTHS = {
    "submitting": ("submitting",),
    "rows": ("rows",),
    "claiming": ("claiming",),
    "judging": ("drawing", "committing", "revealing"),
    "delivering": ("locking", "delivering"),
    "window": ("window",),
    "end": (),
}


def timeline(view: BountyView) -> list[Step]:
    """Return the stages of a contest in their order, with deadlines of those that are to come."""
    current = _ORDER.index(_where(view))
    latest, out = max(view.now, due(view).until), []
    for i, name in enumerate(_ORDER):
        until, state = 0, NEXT
        if i < current:
            state = DONE if _reached(view, name) else SKIPPED
        elif i == current:
            state, until = (DONE if view.stage is Stage.DONE else NOW), due(view).until
            latest += _left_of(view, name)
        else:
            latest += sum(view.lengths[part] for part in _LENGTHS[name])
            until = latest
        out.append(Step(name, state, until, state == NEXT, _note(view, name)))
    return out


def _where(view: BountyView) -> str:
    if view.stage is Stage.SUBMITTING:
        return "submitting" if view.now <= view.deadline else "rows"
    return {
        Stage.CLAIMING: "claiming",
        Stage.CHOOSING: "judging",
        Stage.JUDGING: "judging",
        Stage.CURE: "judging",
        Stage.LOCKING: "delivering",
        Stage.DELIVERING: "delivering",
        Stage.WINDOW: "window",
    }.get(view.stage, "end")


def _left_of(view: BountyView, name: str) -> int:
    """Return the seconds of the stage under way that lie behind its next deadline."""
    lengths = view.lengths
    if view.stage is Stage.LOCKING:
        return lengths["delivering"]
    if name != "judging" or view.stage is Stage.CURE:
        return 0
    if view.stage is Stage.CHOOSING:
        return sum(lengths[part] for part in _LENGTHS["judging"])
    after = {Phase.DRAWING: ("committing", "revealing"), Phase.COMMITTING: ("revealing",)}
    return sum(lengths[part] for part in after.get(view.panel.phase, ()))


def _reached(view: BountyView, name: str) -> bool:
    if name in ("rows", "claiming"):
        return view.rows_key is not None
    if name == "judging":
        return view.panel.number > 0
    if name == "delivering":
        return bool(view.flags & PASSED)
    return name != "window" or view.outcome in (Outcome.PAID, Outcome.BAD_ROWS)


def _note(view: BountyView, name: str) -> str:
    """Say in a few words what came of a stage so far."""
    claims = sum(one.claimed is not None for one in view.entrants)
    if name == "submitting":
        return _count(len(view.entrants), "model")
    if name == "rows":
        return f"{view.terms.row_count} test rows, {'public' if view.rows_key is not None else 'hidden'}"
    if name == "claiming":
        bad = ", the rows are said to be bad" if int(view.rows_claimer, 16) else ""
        return _count(claims, "claim") + bad if view.rows_key is not None else ""
    if name == "judging":
        panels = _count(view.panel.number, "panel") if view.panel.number else ""
        # the panel's word needs no quorum when everybody can check it
        return f"{panels}, the largest group counts" if view.flags & KEY_PUBLIC and panels else panels
    if name == "delivering":
        return "delivered" if view.flags & DELIVERED else "waived" if view.flags & PASSED else ""
    if name == "window":
        return _meaning(view) if view.stage is Stage.WINDOW else ""
    if _goes_on(view):
        return "after the claims that are left"
    return view.outcome.name.lower().replace("_", " ") if view.outcome else "everybody is paid"


def _goes_on(view: BountyView) -> bool:
    """Tell whether the verdict in its window ends the claim, and not the contest."""
    return view.stage is Stage.WINDOW and not view.flags & MET and view.verdict is not Verdict.BAD_ROWS


def _meaning(view: BountyView) -> str:
    """Say what happens if the verdict in its window stands."""
    if view.verdict is Verdict.BAD_ROWS:
        return "the rows are bad: everybody gets his money, the requester loses his deposit"
    if not _goes_on(view):
        return "the claim holds: its maker is paid"
    if view.candidate is None:
        return "the rows are good: who said they are bad loses his bond, the claims are judged"
    return (
        f"the claim of submission {view.candidate.index} is false: its bond is lost, the next one is judged"
    )


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
