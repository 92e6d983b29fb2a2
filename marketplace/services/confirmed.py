"""Confirmations before what can't be taken back: secrets are shown only for what is deep in the chain.

A reorg can take an order, a lock, a draw or a commitment out of the chain again. What was shown for it
stays shown. So what a secret is shown for must stand in the block that is `TESSERA_CONFIRMATIONS` deep.
"""

from __future__ import annotations

from typing import Any

from marketplace.errors import ContractReverted, DataError
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.market import Market
from marketplace.types import format_id

HINT = "repeat this when some more blocks are there (TESSERA_CONFIRMATIONS)"


def require_deep(market: Market, block: int, what: str) -> None:
    """Refuse to show a secret for something in a block that is not deep enough.

    Raises
    ------
    DataError
    """
    wanted = market.client.confirmations
    if wanted == 1:
        return
    depth = market.client.node.block().number - block + 1
    if depth < wanted:
        raise DataError(f"{what} has {max(depth, 0)} of {wanted} confirmations: a reorg may undo it", HINT)


def require_confirmed(market: Market, view: BountyView) -> BountyView:
    """Refuse to show a secret in a contest whose stage, candidate, panel or lock is not deep enough.

    Returns
    -------
    BountyView
        As it stood in the block that is deep enough.

    Raises
    ------
    DataError
    """
    deep = _deep_block(market)
    if deep is None:
        return view
    try:
        before = load_bounty(market, view.bounty_id, block=deep)
    except DataError:
        before = None
    if before is None or _standing(before) != _standing(view):
        raise _too_early(market, view)
    return before


def require_confirmed_over(market: Market, view: BountyView, deadline: int) -> None:
    """Refuse to show a secret after a deadline that a reorg could bring back.

    Raises
    ------
    DataError
    """
    if require_confirmed(market, view).now <= deadline:
        raise _too_early(market, view)


def require_confirmed_draw(market: Market, view: BountyView, word: int) -> None:
    """Refuse to grant a key to a panel that another block hash would draw otherwise.

    Raises
    ------
    DataError
    """
    deep = _deep_block(market)
    if deep is None:
        return
    try:
        before, _ = market.client.call("Panels", "draw", view.terms.ref(), block=deep)
    except ContractReverted:
        before = None
    if before != word:
        raise _too_early(market, view)


def _deep_block(market: Market) -> int | None:
    wanted = market.client.confirmations
    return None if wanted == 1 else max(market.client.node.block().number - wanted + 1, 0)


def _standing(view: BountyView) -> tuple[Any, ...]:
    """Return what a secret is shown for."""
    candidate = None if view.candidate is None else view.candidate.index
    panel = view.panel
    seats = sorted(panel.seats.items())
    return view.stage, view.deadline, candidate, view.key_lock, panel.number, panel.phase, seats


def _too_early(market: Market, view: BountyView) -> DataError:
    return DataError(
        f"what bounty {format_id(view.bounty_id)[:12]} waits for has fewer than "
        f"{market.client.confirmations} confirmations: a reorg may undo it",
        HINT,
    )
