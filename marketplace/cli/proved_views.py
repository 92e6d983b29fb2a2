"""Proved bounties for eyes and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marketplace.services.proofs import ProofView


def proof_data(view: ProofView) -> dict[str, Any]:
    """Return a proved bounty for programs."""
    from marketplace.types import format_id

    terms = view.terms
    return {
        "bounty": format_id(view.bounty_id),
        "requester": terms.requester,
        "stage": view.stage,
        "reward": terms.reward,
        "bond": terms.bond,
        "circuit": view.shape.name,
        "rows": terms.row_count,
        "most_wrong": terms.most_wrong,
        "most_makers": terms.makers,
        "committing_until": view.committing_until,
        "opening_until": view.opening_until,
        "proving_until": view.proving_until,
        "makers": [
            {"maker": one.maker, "turn": one.turn.name.lower(), "announced_until": one.until or None}
            for one in view.pledges
        ],
        "winner": view.winner,
    }


def proof_fields(view: ProofView) -> list[tuple[str, str]]:
    """Return a proved bounty for eyes, field by field."""
    from marketplace.services.amounts import show_time, show_tokens
    from marketplace.types import format_id

    terms = view.terms
    makers = [(one.maker, one.turn.name.lower()) for one in view.pledges]
    return [
        ("id", format_id(view.bounty_id)),
        ("requester", terms.requester),
        ("stage", view.stage),
        ("reward", f"{show_tokens(terms.reward)} tokens, to the maker of the first valid proof"),
        ("bond", f"{show_tokens(terms.bond)} tokens, of each side for each of at most {terms.makers} makers"),
        ("models", view.shape.words_for),
        ("asked", f"wrong on at most {terms.most_wrong} of {terms.row_count} hidden rows"),
        ("commit until", show_time(view.committing_until)),
        ("rows until", show_time(view.opening_until)),
        ("prove until", show_time(view.proving_until)),
        *makers,
        ("paid", view.winner or "nobody yet"),
    ]
