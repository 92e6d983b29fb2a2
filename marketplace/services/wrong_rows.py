"""Opened rows that are something else than a panel says: find what shows it (docs/disputes.md)."""

from __future__ import annotations

from typing import BinaryIO, cast

from marketplace.crypto.envelope import artifact_bytes
from marketplace.crypto.wrong_piece import find_wrong_piece
from marketplace.models.disputes import Withheld
from marketplace.services.bounties import BountyView
from marketplace.services.lies import MOST_SHOWN_BYTES, Lie, PieceDispute, RowsDispute
from marketplace.services.market import Market
from marketplace.services.request import rows_artifact
from marketplace.services.structs import Verdict
from marketplace.services.submit import rows_are_bad


def find_wrong_rows(market: Market, view: BountyView, verdict: int) -> Lie | None:
    """Find what disproves what a verdict says of the rows; None if it is right, or says nothing.

    Raises
    ------
    ContentNotFound, ContentMismatch
        If the encrypted rows can't be had here.
    """
    if view.rows_key is None or verdict not in (Verdict.SCORED, Verdict.ROWS_GOOD, Verdict.BAD_ROWS):
        return None
    good = not rows_are_bad(market, view)
    if good == (verdict != Verdict.BAD_ROWS):
        return None
    stored = rows_artifact(view.terms)
    with market.store.open(stored.cid) as source:
        if not good:
            found = cast(BinaryIO, source), view.rows_key, stored.content_root, stored.length
            wrong = find_wrong_piece(*found)
            if wrong is not None:
                return PieceDispute(wrong, "it does not decrypt to what the requester committed to", True)
        size = artifact_bytes(stored.length)
        if size > MOST_SHOWN_BYTES:
            return Withheld(None, f"the rows' file of {size} bytes is too large to be shown in a transaction")
        source.seek(0)
        artifact = source.read(size)
    why = "they are good, and were called bad" if good else "they are bad, and were taken for good"
    return RowsDispute(view.rows_key, artifact, good, why)
