"""What a console shows of listings, orders, bounties, receipts and errors: a line, not a page of numbers."""

import traceback

import pytest

from marketplace.chain.events import Event
from marketplace.chain.receipts import Receipt
from marketplace.crypto.points import Point
from marketplace.errors import DataError
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.cast import Cast
from marketplace.services.catalog import AssetState, Listing, OrderState, Sale
from marketplace.services.structs import AssetTerms, Birth, Order, Stage

SELLER, BUYER = "0x" + 40 * "a", "0x" + 40 * "b"
POINT = Point(2**255, 0)
TERMS = AssetTerms(SELLER, 1, 50 * 10**18, 10**18, 3600, 86_400, bytes(32), bytes(32), POINT, POINT)
LISTING = Listing(2**255, Birth(SELLER, BUYER, bytes(32), ()), TERMS, AssetState.LISTED, {})


def bounty(**given):
    """Make a view with the fields that are shown."""
    view = object.__new__(BountyView)
    for name, value in given.items():
        object.__setattr__(view, name, value)
    return view


def test_listing__shown__is_a_line():
    assert repr(LISTING) == f"<Listing 0x8000000000: dataset, listed, 50 tokens, of {SELLER}>"


def test_sale__shown__is_a_line():
    order = Order(2**255, bytes(32), BUYER, SELLER, 10**18 // 2, 1, 86_400)
    sale = Sale(2**254, order, POINT, LISTING, OrderState.OPEN)
    assert repr(sale) == f"<Sale 0x4000000000: open, of asset 0x8000000000 to {BUYER} for 0.5 tokens>"


def test_bounty__shown__is_a_line():
    terms = type("Terms", (), {"reward": 1000 * 10**18})
    view = bounty(bounty_id=2**255, terms=terms, stage=Stage.CLAIMING, entrants=(1, 2))
    assert repr(view) == "<BountyView 0x8000000000: CLAIMING, 1000 tokens, submissions: 2>"


def test_receipt__shown__is_a_line():
    event = Event("Exchange", "OrderSettled", {"t": 2**255}, 7, "0x" + 64 * "1", "0x" + 64 * "2", 0)
    receipt = Receipt("0x" + 64 * "2", 7, "0x" + 64 * "1", SELLER, 36_196, 1, (event,))
    assert repr(receipt) == "<Receipt 0x2222222222: block 7, gas 36,196, Exchange.OrderSettled>"


def test_load_bounty__given_a_view__says_what_it_takes():
    with pytest.raises(DataError, match="named by its id, a number; this is a BountyView") as caught:
        load_bounty(None, bounty())
    assert "bounty_id" in caught.value.hint


def test_cast__nobody_of_that_name__says_who_is_there():
    with pytest.raises(DataError, match="nobody is called 'zoe'") as caught:
        Cast({"ada": None, "ben": None}, None, "")["zoe"]
    assert "ada, ben" in caught.value.hint


def test_error__in_a_traceback__shows_its_hint():
    shown = "".join(traceback.format_exception(DataError("no such row", "count again")))
    assert shown.endswith("DataError: no such row\nhint: count again\n")
