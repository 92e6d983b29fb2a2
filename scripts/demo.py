"""Play the whole story with brownie: ``brownie run demo``, on its development network.

It calls the services that ``tessera demo`` calls.
"""

import tempfile
from pathlib import Path

from brownie import network, web3

from marketplace.chain import Node
from marketplace.datasets import BREAST_CANCER_TARGET, load_breast_cancer_table
from marketplace.services import ledger, story
from marketplace.services.amounts import show_tokens
from marketplace.services.cast import make_cast
from marketplace.services.setup import deploy_to_localnet


class Teller:
    """Prints the story."""

    def __init__(self):
        self.steps = []

    def chapter(self, title):
        """Begin a chapter."""
        print(f"\n{title}")

    def say(self, text):
        """Print a remark."""
        print(f"    {text}")

    def step(self, name, step):
        """Print a transaction."""
        self.steps.append(step)
        print(f"  {name:9} {step.what:48} {step.receipt.gas_used:>9,} gas")


def main():
    """Play the story and print what everyone paid and earned."""
    if network.show_active() != "development":
        raise SystemExit("the demo passes time at will: run it on the development network")
    url, teller = web3.provider.endpoint_uri, Teller()
    with tempfile.TemporaryDirectory(prefix="tessera-demo-") as name:
        folder = Path(name)
        cast = make_cast(folder, url, deploy_to_localnet(Node(url)), teller.step)
        scene = story.make_scene(cast, teller, folder, load_breast_cancer_table(), BREAST_CANCER_TARGET)
        story.play(scene)
        print()
        for line in ledger.settle_accounts(scene):
            print(f"  {line.name:9} {line.role:17} {line.net / 10**18:+,.1f}")
        found = ledger.check_conservation(cast)
    print(f"\nThe Vault's conservation held: {show_tokens(found.balance)} tokens")
