"""Play the whole story with brownie: ``brownie run demo``, on its development network.

It calls the services that ``tessera demo`` calls.
"""

from marketplace.services import ledger, story
from marketplace.services.amounts import show_tokens
from scripts.helpers import new_scene


def main():
    """Play the story, print what everyone paid and earned, and return the scene."""
    scene = new_scene()
    story.play(scene)
    print()
    for line in ledger.settle_accounts(scene):
        print(f"  {line.name:9} {line.role:17} {line.net / 10**18:+,.1f}")
    found = ledger.check_conservation(scene.cast)
    print(f"\nThe Vault's conservation held: {show_tokens(found.balance)} tokens")
    return scene
