"""Contests in any state, made by hand: nothing is read from a chain."""

from dataclasses import replace

from marketplace.crypto.points import Point
from marketplace.services.bounties import BountyView, Entrant, Panel
from marketplace.services.structs import (
    BountyTerms,
    Outcome,
    Phase,
    Stage,
    Submission,
    Verdict,
    pack_schedule,
)

RUTH, ALICE, BOB, CAROL = ("0x" + 40 * digit for digit in "abcd")
NOW = 1_800_000_000
STAGES = "submitting rows claiming drawing committing revealing locking delivering window cure".split()
LENGTHS = dict.fromkeys(STAGES, 3600)
POINT = Point.from_scalar(7)
TERMS = BountyTerms(
    requester=RUTH, salt=bytes(32), reward=100, deposit=128, panel_fee=1, claim_bond=10, metric=1, classes=2,
    panel_size=3, quorum=2, error_bound=0, threshold=5, row_count=9, schema=bytes(32), rows_root=bytes(32),
    content_root=bytes(32), content_length=1, content_digest=bytes(32), key=POINT, seal=POINT,
    schedule=pack_schedule(LENGTHS), datasets=(),
)  # fmt: skip
NO_PANEL = Panel(Phase.NONE, 0, 0, 0, {}, frozenset(), frozenset(), 0, 0)


def entrant(maker, index, flags=0, claimed=None):
    submission = Submission(maker, bytes(32), 1, bytes(32), bytes(32), bytes(32), POINT, POINT)
    return Entrant(submission, index, index, claimed, flags)


def panel(phase, **changes):
    found = Panel(phase, 1, NOW + 1000, 50, {0: 10, 1: 11, 2: 12}, frozenset(), frozenset(), 1, NOW + 500)
    return replace(found, **changes)


def view(stage, **changes):
    """Return a contest of ruth that alice and bob entered; alice's claim is judged, if any is."""
    alice, bob = entrant(ALICE, 1), entrant(BOB, 2)
    judged = stage not in (Stage.SUBMITTING, Stage.CLAIMING, Stage.CHOOSING)
    found = BountyView(
        bounty_id=1, terms=TERMS, stage=stage, deadline=NOW + 1000, opened_at=NOW - 5000, now=NOW, flags=0,
        verdict=Verdict.NONE, candidate=alice if judged else None, entrants=(alice, bob), panel=NO_PANEL,
        rows_key=3, key_lock="0x" + 40 * "1", rows_claimer="0x" + 40 * "0", outcome=Outcome.NONE,
    )  # fmt: skip
    return replace(found, **changes)
