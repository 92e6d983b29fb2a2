"""Sell a dataset: ``brownie run sale``, on brownie's development network.

A hospital lists a table, three buyers order it, each key is checked by the contract, and after the dispute
window the income reaches the hospital. It calls the services of ``tessera asset`` and ``tessera order``.
"""

from marketplace.services import ledger, sell, story
from marketplace.services.amounts import show_tokens
from marketplace.services.cast import SELLER
from scripts.helpers import new_scene


def main():
    """Play the sale; return the scene."""
    scene = new_scene()
    story.sell_dataset(scene)
    scene.tell.chapter("After the dispute window the income is the seller's")
    seller = scene.cast[SELLER]
    scene.cast.pass_time(seller.now() + scene.dataset.terms.dispute_window)
    sell.collect(seller, sell.matured_sales(seller))
    sell.claim(seller, scene.dataset)
    income = seller.client.call("Vault", "balanceOf", seller.account)
    found = ledger.check_conservation(scene.cast)
    print(f"\n{SELLER} has earned {show_tokens(income)} tokens")
    print(f"The Vault's conservation held: {show_tokens(found.balance)} tokens")
    return scene
