"""What the story has come to, and how it ends if something is not as promised."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from marketplace.constants import SCORE_ONE
from marketplace.datasets import RowSchema, Table
from marketplace.errors import MarketplaceError
from marketplace.models import IntegerModel
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.cast import REQUESTER, Cast
from marketplace.services.catalog import Listing
from marketplace.services.narrator import Narrator


class StoryError(MarketplaceError):
    """Something did not come out as promised."""

    default_hint = "this is a defect of Tessera: please report it with the output above"


@dataclass
class Scene:
    """What the story has come to.

    Parameters
    ----------
    cast : Cast
    tell : Narrator
    folder : Path
    schema : RowSchema
    training, tests : Table
    """

    cast: Cast
    tell: Narrator
    folder: Path
    schema: RowSchema
    training: Table
    tests: Table
    listing: Listing | None = None
    bounty_id: int = 0
    models: dict[str, IntegerModel] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    forfeited: list[str] = field(default_factory=list)
    winner: str = ""
    lost_bond: int = 0
    reward: int = 0
    slashed: dict[str, int] = field(default_factory=dict)
    challenge_reward: int = 0

    @property
    def view(self) -> BountyView:
        """The contest as it stands."""
        return load_bounty(self.cast[REQUESTER], self.bounty_id)

    @property
    def dataset(self) -> Listing:
        """The dataset's listing."""
        if self.listing is None:
            raise StoryError("no dataset is listed")
        return self.listing


def require(holds: bool, problem: str) -> None:
    """Stop the story if something is not as promised."""
    if not holds:
        raise StoryError(problem)


def percent(score: int) -> str:
    """Show a score."""
    return f"{score * 100 / SCORE_ONE:.2f} %"
