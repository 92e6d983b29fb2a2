"""How contests are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from marketplace.cli.scores import metric_name
from marketplace.services.amounts import show_time, show_tokens
from marketplace.services.bounties import CLAIMED, FORFEITED, RELEASED, TRIED, BountyView, Entrant
from marketplace.services.contest import due
from marketplace.services.structs import Phase, Stage, Verdict
from marketplace.types import RAW_CODEC, Cid, format_id

if TYPE_CHECKING:
    from marketplace.services.attestations import Revealed


def show_due(view: BountyView) -> str:
    """Say what a contest waits for, from whom, until when."""
    waits = due(view)
    if waits.what == "-":
        return f"nothing: it ended as {outcome_name(view)}"
    until = f", until {show_time(waits.until)}" if waits.until and view.now <= waits.until else ""
    command = f" (anybody can now: tessera bounty {waits.exit})" if waits.exit else ""
    return f"{waits.who}: {waits.what}{until}{command}"


def outcome_name(view: BountyView) -> str:
    """Return how a bounty ended, as words."""
    return view.outcome.name.lower().replace("_", " ")


def attestation_data(one: Revealed) -> dict[str, Any]:
    """Return an attestation as plain data."""
    return {
        "round": one.number,
        "evaluator": one.evaluator,
        "verdict": Verdict(one.attestation.verdict).name.lower(),
        "score": one.attestation.score,
        "evidence_root": one.attestation.evidence_root.hex(),
    }


def bounty_data(view: BountyView, owners: dict[int, str], told: Sequence[Revealed]) -> dict[str, Any]:
    """Return a contest as plain data: amounts in tokens, scores as parts of SCORE_ONE, Unix seconds."""
    terms, waits = view.terms, due(view)
    return {
        "bounty": format_id(view.bounty_id),
        "requester": terms.requester,
        "stage": waits.stage,
        "outcome": outcome_name(view) if view.stage is Stage.DONE else None,
        "due": {"who": waits.who, "what": waits.what, "until": waits.until or None, "exit": waits.exit},
        "time": view.now,
        "reward": show_tokens(terms.reward),
        "deposit": show_tokens(terms.deposit),
        "panel_fee": show_tokens(terms.panel_fee),
        "claim_bond": show_tokens(terms.claim_bond),
        "metric": metric_name(terms.metric),
        "threshold": terms.threshold,
        "rows": terms.row_count,
        "rows_open": view.rows_key is not None,
        "schema_cid": str(Cid(RAW_CODEC, terms.schema)),
        "datasets": [{"asset": format_id(p.asset_id), "bps": p.bps} for p in terms.datasets],
        "panel_size": terms.panel_size,
        "quorum": terms.quorum,
        "lengths": view.lengths,
        "candidate": view.candidate.maker if view.candidate else None,
        "verdict": view.verdict.name.lower(),
        "submissions": [_submission_data(view, one) for one in view.entrants],
        "panel": _panel_data(view, owners),
        "attestations": [attestation_data(one) for one in told],
    }


def verdict_name(verdict: int) -> str:
    """Return a verdict as words."""
    return Verdict(verdict).name.lower().replace("_", " ")


def _submission_data(view: BountyView, one: Entrant) -> dict[str, Any]:
    return {
        "maker": one.maker,
        "model_hash": one.submission.model_hash.hex(),
        "claimed": one.claimed,
        "state": entrant_states(one),
    }


def entrant_states(one: Entrant) -> list[str]:
    """Say what became of a submission's claim so far."""
    found, flags = [], one.flags
    if flags & TRIED:
        found.append("judged")
    if flags & FORFEITED:
        found.append("bond lost")
    if flags & CLAIMED and flags & RELEASED:
        found.append("bond paid back")
    return found


def _panel_data(view: BountyView, owners: dict[int, str]) -> dict[str, Any] | None:
    panel = view.panel
    if panel.phase is Phase.NONE:
        return None
    return {
        "round": panel.number,
        "phase": panel.phase.name.lower(),
        "deadline": panel.deadline,
        "grant_deadline": panel.grant_deadline or None,
        "places": [
            {
                "place": place,
                "seat": seat,
                "evaluator": owners.get(place),
                "committed": place in panel.committed,
                "revealed": place in panel.revealed,
            }
            for place, seat in panel.seats.items()
        ],
    }
