"""Decide a contest: ``brownie run contest``, on brownie's development network.

An insurer locks a reward, three makers submit closed models, a drawn panel scores the best claim, the winner
delivers and everybody is paid. It calls the services that ``tessera bounty`` and ``tessera operator`` call.
"""

from marketplace.services import ledger, story
from marketplace.services.amounts import show_tokens
from scripts.helpers import new_scene

ACTS = (
    story.sell_dataset,
    story.fill_seats,
    story.open_contest,
    story.enter_contest,
    story.claim_scores,
    story.judge_claims,
    story.deliver_and_pay,
)


def main():
    """Play the contest; return the scene."""
    scene = new_scene()
    for act in ACTS:
        act(scene)
    view, found = scene.view, ledger.check_conservation(scene.cast)
    print(
        f"\n{scene.winner} won {show_tokens(view.terms.reward)} tokens, less what the dataset earns with it"
    )
    print(f"The Vault's conservation held: {show_tokens(found.balance)} tokens")
    return scene
