"""What is shown of an account's money is of one block, whatever happens while it is read."""

import pytest

from marketplace.chain.index import EventIndex
from marketplace.services import balances, buy
from marketplace.services.accounts import deposit
from marketplace.services.balances import load_balances
from marketplace.services.catalog import load_asset, load_order
from marketplace.services.publish import publish


@pytest.mark.parametrize("indexed", [False, True])
def test_load_balances__an_order_expires_and_is_refunded_meanwhile__no_token_is_counted_twice(
    town, alice, bob, plan, monkeypatch, tmp_path, indexed
):
    if indexed:
        alice.client.index = EventIndex(tmp_path / "index.db", alice.client.deployment)
    listing = load_asset(alice, publish(bob, plan).asset_id)
    sale = buy.order(alice, listing, again=True)
    before, original = load_balances(alice), balances.find_locks

    def slow(market, account=None):
        found = original(market, account)
        town.advance(sale.order.deadline - alice.now() + 1)
        buy.refund(alice, load_order(alice, sale.order_id))
        deposit(alice, 1)
        return found

    monkeypatch.setattr(balances, "find_locks", slow)
    during = load_balances(alice)
    assert during == before
    monkeypatch.undo()
    after = load_balances(alice)
    assert (after.locked, after.wallet) != (before.locked, before.wallet)
    assert after.wallet + after.free + after.locked_units == before.wallet + before.free + before.locked_units
