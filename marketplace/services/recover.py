"""Find everything of an account again: from its wallet, the chain and the content store alone.

Every scalar derives from the market secret, an id and, for an artifact, the nonce in its header, so
there is nothing to restore but what this computer kept for convenience: received files, and drafts
that let a command be repeated. Each key is derived anew here and compared with what the chain says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from marketplace.errors import MarketplaceError
from marketplace.services import buy, buyers, sell
from marketplace.services.amounts import show_time
from marketplace.services.catalog import AssetState, OrderState, Sale, list_assets, list_orders, read_manifest
from marketplace.services.manifest import DATASET
from marketplace.services.market import Market
from marketplace.services.operators import list_seats
from marketplace.services.recover_contests import find_attestations, find_bounties, find_submissions
from marketplace.services.recover_proofs import find_asked, find_pledges
from marketplace.services.recovered import Recovered
from marketplace.types import format_id

OnFound = Callable[[Recovered], object]


def recover(market: Market, folder: Path, on_found: OnFound | None = None) -> list[Recovered]:
    """Rebuild purchases, orders, sales, listings, submissions, bounties, attestations, seats and proofs.

    Nothing is sent. It can be repeated.

    Parameters
    ----------
    market : Market
    folder : Path
        For the files of purchases; made if needed, readable by its owner only.
    on_found : callable (Recovered), optional
        Told of each as it is found.

    Returns
    -------
    list of Recovered
        With the reason where something could not be rebuilt: a missing file stops nothing else.
    """
    found = []
    for part in _PARTS:
        for one in part(market, folder):
            found.append(one)
            if on_found is not None:
                on_found(one)
    return found


def _purchases(market: Market, folder: Path) -> Iterator[Recovered]:
    """Orders of this account: files fetched and decrypted again, locks made again."""
    for sale in list_orders(market, buyer=market.account):
        if sale.state in (OrderState.SETTLED, OrderState.COLLECTED):
            yield _received(market, sale, folder)
        elif sale.state in (OrderState.OPEN, OrderState.EXPIRED):
            yield _ordered(market, sale)


def _received(market: Market, sale: Sale, folder: Path) -> Recovered:
    shown = format_id(sale.order_id)
    try:
        suffix = ".csv" if read_manifest(market, sale.terms).kind == DATASET else ".model"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"order-{shown[2:14]}{suffix}"
        buy.receive(market, sale, path)
    except (MarketplaceError, OSError) as error:
        return Recovered("purchase", shown, str(sale.state), problem=_why(error))
    return Recovered("purchase", shown, str(sale.state), file=path)


def _ordered(market: Market, sale: Sale) -> Recovered:
    shown = format_id(sale.order_id)
    if not buy.is_own_lock(market, sale):
        return Recovered("order", shown, str(sale.state), problem="another market secret made its lock")
    if sale.state is OrderState.EXPIRED:
        return Recovered("order", shown, "expired", f"tessera order refund {shown[:14]}")
    until = show_time(sale.order.deadline)
    return Recovered("order", shown, "open", f"the seller hands the key over until {until}")


def _listings(market: Market, _: Path) -> Iterator[Recovered]:
    """Assets of this account, with the keys of every version that is or can be ordered."""
    for listing in list_assets(market, market.account):
        if listing.state is AssetState.RETIRED:
            continue
        shown, due, problem = format_id(listing.asset_id), "", None
        try:
            sell.artifact_scalar(market, listing, listing.terms)
            if (
                buyers.promises_list(market, listing)
                and buyers.accepted_buyers(market, listing.asset_id) is None
            ):
                due = f"accept its buyers again: tessera asset buyers {shown[:14]} add ADDRESS"
        except MarketplaceError as error:
            problem = _why(error)
        yield Recovered("listing", shown, str(listing.state), due, problem=problem)


def _sales(market: Market, _: Path) -> Iterator[Recovered]:
    """Orders that wait for this account's key, or whose income can be collected."""
    for sale in list_orders(market, seller=market.account):
        shown = format_id(sale.order_id)
        if sale.state is OrderState.SETTLED:
            due = f"tessera order collect, after {show_time(sale.matures_at)}"
            yield Recovered("sale", shown, "settled", due)
        elif sale.state is OrderState.OPEN:
            try:
                sell.artifact_scalar(market, sale.listing, sale.terms)
            except MarketplaceError as error:
                yield Recovered("sale", shown, "open", problem=_why(error))
                continue
            due = f"tessera order settle {shown[:14]}, until {show_time(sale.order.deadline)}"
            yield Recovered("sale", shown, "open", due)


def _seats(market: Market, _: Path) -> Iterator[Recovered]:
    for one in list_seats(market, market.account):
        state = "on a panel" if one.locked else "can be drawn" if one.whole else "bond not whole"
        due = f"tessera operator leave {one.seat}, from {show_time(one.leave_at)} on" if one.leave_at else ""
        yield Recovered("seat", str(one.seat), state, due)


def _why(error: Exception) -> str:
    return str(error).splitlines()[0]


_PARTS = (
    _purchases,
    _listings,
    _sales,
    find_submissions,
    find_bounties,
    _seats,
    find_attestations,
    find_asked,
    find_pledges,
)
