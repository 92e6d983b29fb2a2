"""Listings and orders, read while a reorg takes some of it away."""

from types import SimpleNamespace

import pytest

from marketplace.chain.events import Event
from marketplace.errors import ChainError
from marketplace.services import catalog

ME, WORD = "0x" + "11" * 20, b"\x07" * 32
POINT = {"x": 1, "parity": 0}
TERMS = {
    "seller": ME, "kind": 1, "price": 10, "bond": 0, "settleWindow": 600, "disputeWindow": 600,
    "manifest": WORD, "contentRoot": WORD, "key": POINT, "seal": POINT,
}  # fmt: skip
ORDER = {
    "assetId": 1, "termsHash": WORD, "buyer": ME, "keyLock": ME, "price": 10, "deadline": 99,
    "disputeWindow": 600,
}  # fmt: skip


def event(contract, name, **args):
    return Event(contract, name, args, 5, "0x", "0x", 0)


LISTED = event("Assets", "AssetListed", assetId=1, seller=ME, salt=WORD, terms=TERMS, parents=[])
FUNDED = event("Exchange", "OrderFunded", orderId=7, assetId=1, order=ORDER, ephemeral=POINT)
SETTLED = event("Exchange", "OrderSettled", orderId=7, t=3)
UNLISTED = event("Assets", "AssetUnlisted", assetId=1, seller=ME, at=9)
ACTIVATED = event("Assets", "AssetActivated", assetId=1, seller=ME, terms=TERMS, attestation=WORD)


def market(*events, times=True):
    """Return a market in which these events are left."""

    def found(contract, names, **_):
        wanted = [names] if isinstance(names, str) else names
        return [one for one in events if one.contract == contract and one.name in wanted]

    def block_times(numbers):
        return dict.fromkeys(numbers, 50) if times else {}

    client = SimpleNamespace(
        events=found,
        block_times=block_times,
        with_index=lambda _: [1],
        node=SimpleNamespace(where="a node"),
    )
    return SimpleNamespace(client=client, now=lambda: 60, address=lambda _: ME)


def test_orders__whole__are_read(monkeypatch):
    monkeypatch.setattr("marketplace.services.structs.AssetTerms.digest", lambda _: WORD)
    (sale,) = catalog.list_orders(market(LISTED, FUNDED, SETTLED))
    assert (sale.state, sale.settled_at) == (catalog.OrderState.SETTLED, 50)


@pytest.mark.parametrize(
    "left",
    [market(FUNDED), market(LISTED, FUNDED), market(LISTED, FUNDED, SETTLED, times=False)],
    ids=["asset gone", "version gone", "block gone"],
)
def test_orders__reorg_takes_away_what_they_speak_of__is_said(left):
    with pytest.raises(ChainError, match="changed while it was read"):
        catalog.list_orders(left)


@pytest.mark.parametrize(
    "left", [market(), market(UNLISTED), market(ACTIVATED)], ids=["asset gone", "birth gone", "record gone"]
)
def test_assets__reorg_takes_away_what_they_speak_of__is_said(left):
    with pytest.raises(ChainError, match="changed while it was read"):
        catalog.list_assets(left)
