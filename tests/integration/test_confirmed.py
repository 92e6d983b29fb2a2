"""What can't be taken back waits for confirmations: what is shown is shown for what is deep."""

from dataclasses import replace

import pytest

from marketplace.chain import ChainClient, Journal, Limits, LocalSigner
from marketplace.errors import DataError, TransactionFailed
from marketplace.services import buy, evaluate, relays, request, sell, submit
from marketplace.services.catalog import find_asset, load_asset
from marketplace.services.publish import publish

DEEP = 3
TOO_EARLY = "confirmations"


def careful(market):
    """Return the same person, with a setting of three confirmations."""
    client = market.client
    limits = Limits(confirmations=DEEP, receipt_timeout_seconds=0.2)
    signer = LocalSigner(market.wallet.account)
    fresh = ChainClient(client.node, client.deployment, signer, Journal(None), limits=limits)
    return replace(market, client=fresh)


def shows_nothing(market, work, *args):
    """Try a step that is too early: nothing is sent, so that no secret is in any pool."""
    count = market.client._writer().count
    before = count("pending")
    with pytest.raises(DataError, match=TOO_EARLY) as caught:
        work(market, *args)
    assert "TESSERA_CONFIRMATIONS" in caught.value.hint
    assert count("pending") == before


def goes(market, work, *args):
    """Do a step: it is sent, and not final before more blocks come."""
    with pytest.raises(TransactionFailed, match="not final"):
        work(market, *args)


def test_settle__order_not_deep__keeps_its_key(town, alice, bob, plan):
    listing = load_asset(bob, publish(bob, plan).asset_id)
    buy.order(alice, find_asset(alice, f"{listing.asset_id:#x}"))
    (sale,) = sell.open_sales(bob)
    shows_nothing(careful(bob), sell.settle, sale)
    town.local.mine(DEEP - 1)
    goes(careful(bob), sell.settle, sale)


def test_contest__each_step_that_shows_something__waits_for_what_it_is_shown_for(world):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    requester, maker = careful(world["requester"]), careful(world["alice"])
    world.late(bounty)
    shows_nothing(requester, request.open_rows, bounty)
    world.chain.mine(DEEP)
    goes(requester, request.open_rows, bounty)
    submit.claim_score(world["alice"], bounty)
    world.close_claims(bounty)
    world.draw(bounty)
    shows_nothing(maker, submit.grant_key, bounty)
    world.chain.mine(DEEP)
    goes(maker, submit.grant_key, bounty)
    evaluators = world.commit(bounty)
    for one in evaluators:
        shows_nothing(careful(one), evaluate.open_attestations, bounty)
    world.chain.mine(DEEP)
    for one in evaluators:
        evaluate.reveal(one, bounty, evaluate.open_attestations(careful(one), bounty))
    lock = relays.sign_lock(world["requester"], bounty)
    shows_nothing(maker, relays.deliver_signed, bounty, lock)
    request.lock_delivery(world["requester"], bounty)
    shows_nothing(maker, submit.deliver, bounty)
    world.chain.mine(DEEP)
    goes(maker, submit.deliver, bounty)


def test_draw_and_grant__seed_not_deep__grants_nothing(world):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    submit.claim_score(world["alice"], bounty)
    world.close_claims(bounty)
    maker = careful(world["alice"])
    seed = world.view(bounty).panel.seed_block
    world.chain.mine(max(1, seed - world.node.block().number + 1))
    shows_nothing(maker, submit.draw_and_grant, bounty)
    world.chain.mine(DEEP)
    goes(maker, submit.draw_and_grant, bounty)
