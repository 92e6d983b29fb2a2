"""What anybody may do for a contest: draw, choose, close stages, carry verdicts out, pay bonds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.chain.localnet import LocalChain
from marketplace.chain.rpc import LOCAL_CHAIN_ID
from marketplace.crypto.points import Point
from marketplace.errors import ChainError, DataError
from marketplace.services.accounts import once
from marketplace.services.bounties import DELIVERED, KEY_PUBLIC, MET, BountyView, load_bounty
from marketplace.services.market import Market
from marketplace.services.structs import Phase, Stage, Submission, Verdict
from marketplace.types import format_id

SEED_TIMEOUT_SECONDS = 180.0
"""Seeds come four blocks after their order: under a minute on Ethereum."""

SEED_POLL_SECONDS = 2.0
STEPS = ("choose", "draw", "close-commits", "close-reveals", "collect", "lapse", "finalize", "release")
NO_POINT = Point(0, 0)
NOTHING = b"\0" * 32


@dataclass(frozen=True)
class Due:
    """What a contest waits for.

    Parameters
    ----------
    stage : str
    who : str
        Who may act now.
    what : str
        What he may do.
    until : int
        Unix seconds; 0: no deadline.
    exit : str or None
        What anybody can do now, if a deadline has passed or none is needed.
    """

    stage: str
    who: str
    what: str
    until: int
    exit: str | None


def due(view: BountyView) -> Due:
    """Say what is due next in a contest, from whom, until when, and what anybody can do now."""
    late = view.now > view.deadline
    if view.stage is Stage.SUBMITTING:
        return _due_before_claims(view)
    if view.stage is Stage.CLAIMING:
        return Due("claiming", "makers", "claim a score", view.deadline, "choose" if late else None)
    if view.stage is Stage.CHOOSING:
        return Due("choosing", "anybody", "choose the best claim left", 0, "choose")
    if view.stage is Stage.JUDGING:
        return _due_of_panel(view)
    if view.stage is Stage.WINDOW:
        what = "wait until the verdict is final"
        return Due("window", "everybody", what, view.deadline, "finalize" if late else None)
    if view.stage in (Stage.HALVING, Stage.ABANDONED):
        return Due(view.stage.name.lower(), "anybody", "end the bounty", 0, "finalize")
    if view.stage is Stage.DONE:
        if not view.owed:
            return Due("done", "-", "-", 0, None)
        return Due("done", "anybody", "pay bonds out", 0, "release")
    who, what = {
        Stage.CURE: ("maker", "publish the model's key"),
        Stage.LOCKING: ("requester", "lock the delivery"),
        Stage.DELIVERING: ("maker", "deliver"),
    }[view.stage]
    return Due(view.stage.name.lower(), who, what, view.deadline, "lapse" if late else None)


def forfeits(view: BountyView, account: str, step: str) -> bool:
    """Tell whether a step that anybody may take costs an account the bond of its claim; others may take it.

    As `Bounties.finalize` and `Bounties.lapse` decide.
    """
    loser = view.rows_claimer if view.candidate is None else view.candidate.maker
    if loser != account:
        return False
    if step == "finalize":
        holds = view.flags & MET or view.verdict is Verdict.BAD_ROWS
        return view.stage is Stage.WINDOW and not holds
    halved = view.stage is Stage.CURE and view.flags & DELIVERED
    return step == "lapse" and view.stage in (Stage.CURE, Stage.DELIVERING) and not halved


def _due_before_claims(view: BountyView) -> Due:
    if view.now <= view.deadline:
        return Due("submitting", "makers", "submit a model", view.deadline, None)
    if not view.entrants:
        return Due("rows", "anybody", "end the bounty", 0, "lapse")
    late = view.now > view.rows_deadline
    return Due("rows", "requester", "open the test rows", view.rows_deadline, "lapse" if late else None)


def _due_of_panel(view: BountyView) -> Due:
    panel, late = view.panel, view.now > view.panel.deadline
    if panel.phase is Phase.DRAWING:
        return Due("drawing", "anybody", "draw the panel", panel.deadline, "draw")
    if panel.phase is Phase.COMMITTING:
        step = "close-commits" if late else None
        granting = panel.candidate != 0 and not view.flags & KEY_PUBLIC and not panel.granted
        if granting and view.now <= panel.grant_deadline:
            return Due("committing", "maker, then evaluators", "grant the key, commit", panel.deadline, step)
        return Due("committing", "evaluators", "commit", panel.deadline, step)
    if panel.phase is Phase.VOIDED:
        return Due("voided", "anybody", "slash those who signed the verdict, draw anew", 0, "collect")
    step = "close-reveals" if late else None
    return Due("revealing", "evaluators", "reveal", panel.deadline, step)


def advance(market: Market, bounty_id: int) -> str | None:
    """Do what anybody can do now; return its name, or None if it is somebody's turn.

    Raises
    ------
    ContractReverted
        If it is not possible yet, for instance a draw whose seed block is not mined.
    """
    view = load_bounty(market, bounty_id)
    step = due(view).exit
    if step is None:
        return None
    if step == "draw":
        await_seed(market, bounty_id)
    take(market, view, step)
    return step


def take(market: Market, view: BountyView, step: str) -> None:
    """Take one of the `STEPS` that anybody may."""
    {
        "choose": choose,
        "draw": draw,
        "close-commits": close_commits,
        "close-reveals": close_reveals,
        "collect": collect,
        "lapse": lapse,
        "finalize": finalize,
        "release": release,
    }[step](market, view.bounty_id)


def choose(market: Market, bounty_id: int) -> None:
    """Make the best untried claim the candidate, or end the bounty if there is none."""
    view = load_bounty(market, bounty_id)
    intent = _intent("choose", view)
    market.send("choose the best claim", "Bounties", "choose", view.terms.ref(), view.makers, intent=intent)


def await_seed(market: Market, bounty_id: int, timeout_seconds: float = SEED_TIMEOUT_SECONDS) -> None:
    """Wait until the block that seeds a draw is mined; a local chain, which stands still, mines it.

    Raises
    ------
    ChainError
        If it is not mined in time.
    """
    node = market.client.node
    end = time.monotonic() + timeout_seconds
    missing = load_bounty(market, bounty_id).panel.seed_block + 1 - node.block().number
    if missing > 0 and market.chain_id == LOCAL_CHAIN_ID:
        with contextlib.suppress(ChainError):
            LocalChain(node).mine(missing)
    while missing > 0:
        missing = load_bounty(market, bounty_id).panel.seed_block + 1 - node.block().number
        if missing > 0 and time.monotonic() > end:
            raise ChainError(f"{missing} blocks are still to be mined before the draw", "draw again later")
        if missing > 0:
            time.sleep(SEED_POLL_SECONDS)


def draw(market: Market, bounty_id: int) -> bool:
    """Draw the panel; return whether it is complete (else draw again)."""
    view = load_bounty(market, bounty_id)
    intent = once(market, _intent("draw", view))  # one that found too few seats is repeated
    receipt = market.send("draw the panel", "Panels", "draw", view.terms.ref(), intent=intent)
    return any(e.name == "SeatsDrawn" and e["phase"] == Phase.COMMITTING for e in receipt.events)


def close_commits(market: Market, bounty_id: int) -> None:
    """Slash and replace evaluators who did not commit in time."""
    view = load_bounty(market, bounty_id)
    intent = _intent("close-commits", view)
    market.send("close the committing stage", "Panels", "closeCommits", view.terms.ref(), intent=intent)


def close_reveals(market: Market, bounty_id: int) -> None:
    """Slash evaluators who did not reveal in time, and judge."""
    view = load_bounty(market, bounty_id)
    intent = _intent("close-reveals", view)
    market.send("close the revealing stage", "Panels", "closeReveals", view.terms.ref(), intent=intent)


def collect(market: Market, bounty_id: int) -> None:
    """Slash those who signed a voided verdict; then a fresh panel can be drawn."""
    view = load_bounty(market, bounty_id)
    intent = _intent("collect", view)
    market.send("slash the voided panel", "Panels", "collect", view.terms.ref(), intent=intent)


def lapse(market: Market, bounty_id: int) -> None:
    """Move on because somebody stayed silent past his deadline."""
    view = load_bounty(market, bounty_id)
    maker = view.candidate.maker if view.candidate else market.account
    intent = _intent("lapse", view)
    market.send("move on past a silent party", "Bounties", "lapse", view.terms.ref(), maker, intent=intent)


def finalize(market: Market, bounty_id: int) -> None:
    """Carry the verdict out after its window."""
    view = load_bounty(market, bounty_id)
    submission = view.candidate.submission if view.candidate else _no_submission()
    terms = view.terms
    arguments = (terms.ref(), submission, terms.rows_digest(), terms.datasets)
    intent = _intent("finalize", view)
    market.send("finalize", "Bounties", "finalize", *arguments, intent=intent)


def release(market: Market, bounty_id: int, makers: Sequence[str] | None = None) -> None:
    """Pay out bonds after the end: of the makers given, or of all to whom something may be owed.

    Raises
    ------
    DataError
        If nothing is owed to anybody.
    """
    view = load_bounty(market, bounty_id)
    owed = [maker for maker in view.owed if not makers or maker in makers]
    if not owed:
        raise DataError(
            f"no bond of bounty {format_id(bounty_id)} is left to pay out",
            "see the submissions: tessera bounty show",
        )
    intent = f"{_intent('release', view)}:{','.join(owed)}"
    market.send("pay bonds out", "Bounties", "release", view.terms.ref(), owed, intent=intent)


def _intent(step: str, view: BountyView) -> str:
    """Name a step from this very state of the contest: after a crash it is found again, and sent once."""
    return f"{step}:{format_id(view.bounty_id)}:{view.mark()}"


def _no_submission() -> Submission:
    zero = "0x" + 40 * "0"
    return Submission(zero, NOTHING, 0, NOTHING, NOTHING, NOTHING, NO_POINT, NO_POINT)
