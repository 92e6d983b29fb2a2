"""What the story should have cost and earned everybody, computed without the chain, and its gas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.services.accounts import Conservation, conservation
from marketplace.services.cast import BUYER, CHEAT, EVERYBODY, MAKERS, REQUESTER, SELLER, START_TOKENS, Cast
from marketplace.services.market import Step
from marketplace.services.request import BOND_PART
from marketplace.services.rivals import COMPARED, Rival
from marketplace.services.scene import Scene, require
from marketplace.services.story import DATASET_BPS, MODEL_PRICE, PRICE, REWARD
from marketplace.services.story_panel import PANEL_FEE

FULL_BPS = 10_000
PANEL_SIZE = 3
CONTEST_STEPS = (
    "open the bounty",
    "submit a model",
    "open the test rows",
    "claim scores",
    "choose the best claim",
    "draw the panel, grant it the key",
    "commit to attestations",
    "reveal attestations",
    "deliver the key",
    "finalize",
)


@dataclass(frozen=True)
class Line:
    """One person's account, token base units.

    Parameters
    ----------
    name, role : str
    paid, earned : int
        Sums of what went out and came in for good.
    """

    name: str
    role: str
    paid: int
    earned: int

    @property
    def net(self) -> int:
        """What is left of it."""
        return self.earned - self.paid


@dataclass(frozen=True)
class GasLine:
    """The gas of a step of ours beside that of others."""

    step: str
    gas: int
    rivals: tuple[Rival, ...]


def settle_accounts(scene: Scene) -> list[Line]:
    """Compute everybody's account by the rules and compare it with what he really has.

    Raises
    ------
    StoryError
        Naming whose money is not what the rules say.
    """
    paid = dict.fromkeys(EVERYBODY, 0)
    earned = dict.fromkeys(EVERYBODY, 0)
    fee = scene.cast[BUYER].client.call("Bounties", "SUBMISSION_FEE")
    claim_bond = PANEL_SIZE * PANEL_FEE + -(-REWARD // BOND_PART)
    for maker in MAKERS:
        paid[maker] += PRICE + fee
    earned[SELLER] += PRICE * len(MAKERS)
    for maker in scene.forfeited:
        paid[maker] += claim_bond
    dataset_part = REWARD * DATASET_BPS // FULL_BPS
    paid[REQUESTER] += REWARD + PANEL_SIZE * PANEL_FEE
    earned[SELLER] += dataset_part
    earned[scene.winner] += REWARD - dataset_part
    for name, amount in scene.fees.items():
        earned[name] += amount
    for name, amount in scene.slashed.items():
        paid[name] += amount
    earned[scene.winner] += scene.challenge_reward
    lineage_part = MODEL_PRICE * DATASET_BPS // FULL_BPS
    paid[BUYER] += MODEL_PRICE
    earned[SELLER] += lineage_part
    earned[scene.winner] += MODEL_PRICE - lineage_part
    paid[CHEAT] += scene.lost_bond  # what she sold was not what she had listed
    earned[BUYER] += scene.reward
    lines = [Line(name, role_of(name), paid[name], earned[name]) for name in EVERYBODY]
    for line in lines:
        got = scene.cast.wealth(line.name) - START_TOKENS
        require(got == line.net, f"{line.name} has {got} more than at the start, the rules say {line.net}")
    return lines


def role_of(name: str) -> str:
    """Return what somebody does in the story."""
    known = {SELLER: "sells data", REQUESTER: "asks for a model", BUYER: "buys the model"}
    return known.get(name, "makes models" if name in MAKERS else "evaluates")


def check_conservation(cast: Cast) -> Conservation:
    """Check that every token in the Vault belongs to somebody.

    Raises
    ------
    StoryError
    """
    found = conservation(cast[BUYER])
    require(found.holds, f"the Vault's books do not add up: {'; '.join(found.problems) or found}")
    return found


def compare_gas(steps: Sequence[Step]) -> list[GasLine]:
    """Put the gas of our steps, the last of each kind, beside what others take.

    Raises
    ------
    StoryError
        If the story has no such step: a sum without it would be too low.
    """
    last = {step.what: step.receipt.gas_used for step in steps}
    lines = []
    for name, parts, rivals in COMPARED:
        wanted = parts or CONTEST_STEPS
        missing = [what for what in wanted if what not in last]
        require(not missing, f"the story has no step {', '.join(missing)}: its gas can't be compared")
        gas = sum(last[what] for what in wanted)
        lines.append(GasLine(name, gas // PANEL_SIZE if name.startswith("attest") else gas, rivals))
    return lines
