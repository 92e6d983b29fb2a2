"""What a submission and a claim must fulfil: asked before money moves."""

from __future__ import annotations

from marketplace.constants import SCORE_ONE
from marketplace.datasets import RowSchema
from marketplace.errors import DataError
from marketplace.models import IntegerModel, model_hash
from marketplace.services.bounties import BountyView
from marketplace.services.market import Market
from marketplace.services.request import require_stage, require_time
from marketplace.services.structs import Stage
from marketplace.types import format_id


def require_submittable(market: Market, view: BountyView, model: IntegerModel, schema: RowSchema) -> bool:
    """Refuse a submission that the contract would refuse, or that could not be scored.

    Returns
    -------
    bool
        True if this very model was handed in before.

    Raises
    ------
    DataError
        If it is too late, this account handed in another model or owns seats, or the model reads other rows.
    """
    require_stage(view, Stage.SUBMITTING)
    if market.account in view.makers:
        if view.entrant_of(market.account).submission.model_hash == model_hash(model):
            return True
        raise DataError(
            f"{market.account} has handed in another model already; a bounty takes one of each address",
            f"see it with: tessera bounty show {format_id(view.bounty_id)[:14]}",
        )
    require_time(view, view.deadline)
    if market.client.call("Operators", "seatsOf", market.account):
        raise DataError(
            f"{market.account} owns a seat: who evaluates can't enter contests",
            "use a wallet that owns no seat",
        )
    if model.head.features != schema.width:
        raise DataError(
            f"the model takes {model.head.features} features, the bounty's rows have {schema.width}",
            "convert it for the bounty's row schema: tessera bounty schema",
        )
    return False


def require_claimable(view: BountyView, maker: str, score: int) -> None:
    """Refuse a claim that the contract would refuse.

    Raises
    ------
    DataError
        If the maker submitted nothing, claimed before, or the score is below the threshold.
    """
    claimed = view.entrant_of(maker).claimed
    if claimed is not None:
        raise DataError(
            f"a score of {_decimals(claimed)} is claimed already", "see it with: tessera bounty show"
        )
    if score < view.terms.threshold:
        raise DataError(
            f"a score of {_decimals(score)} is below the threshold of {_decimals(view.terms.threshold)}",
            "nothing to claim: the submission costs no more than its fee",
        )


def _decimals(score: int) -> str:
    return f"{score // SCORE_ONE}.{score % SCORE_ONE:09d}"
