"""What a contest must fulfil before it is opened: asked before money moves, in the user's words."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.datasets import pack_rows
from marketplace.errors import DataError, MarketplaceError
from marketplace.services.amounts import show_seconds, show_tokens
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.market import Market
from marketplace.services.request import DAY, MINUTE, BountyDraft, find_draft
from marketplace.services.stakes import SILENCE_PARTS
from marketplace.services.structs import Stage
from marketplace.services.submit import open_test_rows, read_schema
from marketplace.types import format_id

MIN_STAGE, MAX_STAGE, MAX_DRAWING = 10 * MINUTE, 30 * DAY, 3 * DAY
"""Seconds (contracts/libraries/BountyRules.sol)."""

SEATS_A_PLACE = 3
KEPT_PARTS, BOND_PARTS = 3, 4  # what a void takes of a bond, whoever challenged
"""Live seats that there must be for each place of a panel (contracts/libraries/BountyRules.sol)."""


def was_opened(market: Market, draft: BountyDraft) -> bool:
    """Tell whether this very draft was opened before: opening it again sends nothing."""
    terms = find_draft(market, draft)
    if terms is None:
        return False
    bounty_id = terms.bounty_id(market.chain_id, market.address("Bounties"))
    return market.client.call("Bounties", "bountyOf", bounty_id).stage != Stage.NONE


def require_openable(market: Market, draft: BountyDraft) -> None:
    """Refuse what the contract would refuse, before anything moves.

    Raises
    ------
    DataError
        Naming the term, or the seats that are missing.
    """
    _require_schedule(draft.schedule)
    _require_panel(draft)
    held, live, bond = market.client.call("Operators", "standing", market.account)
    if held:
        raise DataError(
            f"{market.account} owns {held} seat(s): who evaluates can't open contests",
            "use a wallet that owns no seat",
        )
    most = draft.quorum * bond * KEPT_PARTS // BOND_PARTS
    least = SILENCE_PARTS * market.client.call("Bounties", "SUBMISSION_FEE")
    if not 1 <= draft.reward <= most:
        raise DataError(
            f"the reward is more than 0 and at most {show_tokens(most)} tokens, three quarters of the bonds "
            f"of {draft.quorum} seats; this is {show_tokens(draft.reward)}",
            "offer less, or ask for a larger quorum: --quorum, --panel-size",
        )
    if draft.deposit < least:
        raise DataError(
            f"the deposit is at least {show_tokens(least)} tokens, this is {show_tokens(draft.deposit)}",
            "leave --deposit out, or give more",
        )
    needed = SEATS_A_PLACE * draft.panel_size
    if live < needed:
        raise DataError(
            f"a panel of {draft.panel_size} takes a market of {needed} seats, there are {live}",
            "wait for evaluators to join (see: tessera operator show --all), or ask for a smaller panel",
        )


def _require_schedule(schedule: Mapping[str, int]) -> None:
    for name, seconds in schedule.items():
        most = MAX_DRAWING if name == "drawing" else MAX_STAGE
        if not MIN_STAGE <= seconds <= most:
            raise DataError(
                f"the stage {name} lasts {show_seconds(MIN_STAGE)} to {show_seconds(most)}, "
                f"not {show_seconds(seconds)}",
                f"give another length: --{name} 1h",
            )


def _require_panel(draft: BountyDraft) -> None:
    least = draft.panel_size // 2 + 1
    if not least <= draft.quorum <= draft.panel_size:
        raise DataError(
            f"of {draft.panel_size} evaluators {least} to {draft.panel_size} must agree, not {draft.quorum}",
            "leave --quorum out, or give another",
        )


def require_hidden(market: Market, draft: BountyDraft) -> None:
    """Refuse test rows that an earlier contest of this account made public: makers may know their labels.

    Raises
    ------
    DataError
        If more than half of the rows are public.
    """
    rows = pack_rows(*draft.schema.encode(draft.tests))
    mine = {"requester": market.account}
    for event in market.client.events("Bounties", "BountyOpened", argument_filters=mine):
        view = load_bounty(market, event["bountyId"])
        known = _published(market, view, draft)
        public = sum(row in known for row in rows)
        if 2 * public > len(rows):
            raise DataError(
                f"{public} of these {len(rows)} test rows are public since bounty "
                f"{format_id(view.bounty_id)}: makers can know their labels",
                "take rows that were never shown; to open it with these: --anyway",
            )


def _published(market: Market, view: BountyView, draft: BountyDraft) -> frozenset[bytes]:
    """Return the rows that a contest with the same row schema made public."""
    if view.rows_key is None:
        return frozenset()
    try:
        if read_schema(market, view.terms) != draft.schema:
            return frozenset()
        return frozenset(open_test_rows(market, view).rows)
    except MarketplaceError:
        return frozenset()  # what can't be opened here says nothing about these rows
