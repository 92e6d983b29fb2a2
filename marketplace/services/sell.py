"""A seller's part: settle orders, collect income, change or end a listing, move shares."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from marketplace.chain import Receipt
from marketplace.chain.batch import Planned
from marketplace.crypto.points import Point, lock_address, sale_h, settlement_scalar, shared_address
from marketplace.errors import DataError
from marketplace.services.accounts import checked_address, once, sent_before
from marketplace.services.amounts import show_time
from marketplace.services.buyers import require_accepted
from marketplace.services.catalog import (
    SHARES,
    AssetState,
    Listing,
    OrderState,
    Sale,
    list_orders,
    load_asset,
    load_orders,
    read_manifest,
)
from marketplace.services.confirmed import require_deep
from marketplace.services.market import Market
from marketplace.services.publish import revise
from marketplace.services.structs import AssetTerms, Order
from marketplace.types import format_id

SETTLE_MARGIN_SECONDS = 120
"""``t`` is public once broadcast, so it is sent only while inclusion in time is safe: ten blocks."""

COLLECT_BATCH = 50
"""Orders collected in one transaction: about a million gas."""


_COLLECTION = "collect:"


@dataclass(frozen=True)
class OrderRef:
    """An order with its id, for batches (contracts/types/Order.sol)."""

    order_id: int
    order: Order


def open_sales(market: Market) -> list[Sale]:
    """Return the orders that wait for this seller's key, oldest first."""
    return [s for s in list_orders(market, seller=market.account) if s.state is OrderState.OPEN]


def settle(market: Market, sale: Sale, *, anyway: bool = False) -> Receipt:
    """Hand over the key of an order; if the asset has a list of buyers, to those on it, or ``anyway``.

    The lock is checked first: a buyer who locked another key gets nothing, and his money goes back
    to him after the deadline.

    Raises
    ------
    DataError
        If the order is not this seller's, not open, of a buyer who was not accepted, too close to its
        deadline, or has another lock.
    """
    planned = settlement(market, sale, anyway=anyway)
    market.client.expire(planned.intent, sale.order.deadline - SETTLE_MARGIN_SECONDS)
    order_id, order, t = planned.args
    return market.send("settle an order", "Exchange", "settle", order_id, order, t, intent=planned.intent)


def settlement(
    market: Market, sale: Sale, *, anyway: bool = False, k: int | None = None, now: int | None = None
) -> Planned:
    """Return the transaction that hands over the key of an order, once it is sure that it is right.

    Parameters
    ----------
    anyway : bool, default False
        Also for a buyer who was not accepted.
    k : int, optional
        Scalar of the artifact, for who settles many orders of it; it is derived by default.
    now : int, optional
        Unix seconds; the chain's time by default, or the computer's if that is later.

    Raises
    ------
    DataError
        As `settle`.
    """
    require_seller(market, sale.terms)
    shown = format_id(sale.order_id)[:10]
    if sale.state is not OrderState.OPEN:
        raise DataError(f"order {shown} is {sale.state}, not open", "see: tessera order list")
    if not anyway:
        require_accepted(market, sale)
    left = sale.order.deadline - (latest_time(market) if now is None else now)
    intent = settle_intent(sale)
    if left < 0 or (left < SETTLE_MARGIN_SECONDS and not market.client.was_sent(intent)):
        raise _too_late(market, sale, left)
    if market.client.confirmations > 1 and not market.client.was_sent(intent):
        require_deep(market, sale.block, f"order {shown}")
    k = artifact_scalar(market, sale.listing, sale.terms) if k is None else k
    shared = shared_address(market.seller_key(), sale.ephemeral)
    h = sale_h(shared, market.chain_id, market.address("Exchange"), sale.order_id)
    if lock_address(sale.terms.key, h) != sale.order.key_lock:
        raise DataError(
            f"order {shown} locks its money against another key: it can't be settled",
            "leave it: the buyer's money goes back to him after the deadline",
        )
    t = settlement_scalar(k, h)
    until = sale.order.deadline - SETTLE_MARGIN_SECONDS
    arguments = (sale.order_id, sale.order, t)
    return Planned(intent, "Exchange", "settle", arguments, until, what="settle an order")


def _too_late(market: Market, sale: Sale, left: int) -> DataError:
    """Say why a key is not shown any more; or that two clocks disagree about it, and no harm is done yet."""
    shown, ahead = format_id(sale.order_id)[:10], int(time.time()) - market.now()
    if left + ahead >= SETTLE_MARGIN_SECONDS:
        return DataError(
            f"this computer's clock is {ahead:,} seconds ahead of the newest block: by the one order {shown} "
            "is too late, by the other it is not, so its key is not shown",
            "set this computer's clock, or wait until the node has caught up; see: tessera doctor",
        )
    return DataError(
        f"order {shown} has {max(left, 0)} seconds left: too few to publish its key safely",
        "the buyer's money goes back to him with: tessera order refund",
    )


def show_until(market: Market, intent: str, deadline: int, *, late: bool = False) -> None:
    """Refuse to show a model's key for the first time when it might be mined after a deadline only.

    What is journalled for the intent from now on is not first sent after that either.

    Parameters
    ----------
    market : Market
    intent : str
        Of the transaction that shows it: one that was sent before is public, and may be sent again.
    deadline : int
        Unix seconds.
    late : bool, default False
        Show it to the last moment: its owner was told that it may come too late.

    Raises
    ------
    DataError
    """
    left = deadline - latest_time(market)
    if left < SETTLE_MARGIN_SECONDS and not late and not market.client.was_sent(intent):
        raise DataError(
            f"{max(left, 0)} seconds are left, by the chain's clock or this computer's: too few to show the "
            "model's key safely",
            "show it all the same: tessera bounty deliver; if a clock is wrong: tessera doctor",
        )
    market.client.expire(intent, deadline if late else deadline - SETTLE_MARGIN_SECONDS)


def settle_intent(sale: Sale) -> str:
    """Name the intent of an order's settlement."""
    return f"settle:{sale.order_id:#x}"


def latest_time(market: Market) -> int:
    """Return the chain's time, or this computer's if that is later: a node may lag behind."""
    return max(market.now(), int(time.time()))


def artifact_scalar(market: Market, listing: Listing, terms: AssetTerms) -> int:
    """Find the key scalar of a version again, from the market secret and the nonce in its manifest.

    Raises
    ------
    DataError
        If this wallet did not make it.
    """
    nonce = read_manifest(market, terms).nonce
    owners: list[tuple[str, int | bytes]] = [("Assets", listing.asset_id)]
    if listing.attestation is not None:  # made for a contest, whose submission id became the salt
        owners += [("Bounties", int.from_bytes(listing.birth.salt, "big")), ("Bounties", listing.birth.salt)]
    for contract, owner in owners:
        k = market.artifact_key(contract, owner, nonce)
        if Point.from_scalar(k) == terms.key:
            return k
    raise DataError(
        f"this wallet does not have the key of asset {format_id(listing.asset_id)[:10]}",
        "use the wallet that published it, with its market secret",
    )


def matured_sales(market: Market, asset_id: int | None = None) -> list[Sale]:
    """Return settled orders whose dispute window is over, of this seller or of an asset."""
    seller = market.account if asset_id is None else None
    now = market.now()
    sales = list_orders(market, asset_id=asset_id, seller=seller)
    return [s for s in sales if s.state is OrderState.SETTLED and s.matures_at < now]


def collect(market: Market, sales: Iterable[Sale]) -> list[Receipt]:
    """Move the income of settled orders to their assets, in batches; anybody may.

    Raises
    ------
    DataError
        If one is not settled, or its dispute window still runs.
    """
    ordered = sorted(sales, key=lambda sale: (sale.order.asset_id, sale.order_id))
    now = market.now()
    for sale in ordered:
        shown = format_id(sale.order_id)[:10]
        if sale.state is not OrderState.SETTLED:
            raise DataError(f"order {shown} is {sale.state}, not settled", "see: tessera order show")
        if sale.matures_at >= now:
            raise DataError(
                f"the dispute window of order {shown} ends at {show_time(sale.matures_at)}",
                "collect it after that; on a local chain: tessera localnet advance",
            )
    batches = _batches(_without_collected(market, ordered))
    return [
        market.send("collect income", "Exchange", "collect", refs, intent=intent)
        for intent, refs in batches.items()
    ]


def _batches(sales: Sequence[Sale]) -> dict[str, list[OrderRef]]:
    """Part orders into those that are collected together, by intent."""
    found = {}
    for start in range(0, len(sales), COLLECT_BATCH):
        refs = [OrderRef(sale.order_id, sale.order) for sale in sales[start : start + COLLECT_BATCH]]
        name = sha256(b"".join(ref.order_id.to_bytes(32, "big") for ref in refs)).hexdigest()
        found[f"{_COLLECTION}{name}"] = refs
    return found


def _without_collected(market: Market, sales: Sequence[Sale]) -> Sequence[Sale]:
    """Wait for other batches that were sent and not final: of two that share an order the second reverts.

    Raises
    ------
    DataError
        If they are not final now either.
    """

    def others() -> set[str]:
        return set(market.client.unsettled(_COLLECTION)) - set(_batches(sales))

    if not others():
        return sales
    market.client.resume()
    if others():
        raise DataError(
            "a collection that was sent before is not final yet, and may hold some of these orders",
            "run the command again when it is: it goes on",
        )
    found = {sale.order_id: sale.state for sale in load_orders(market, [sale.order_id for sale in sales])}
    return [sale for sale in sales if found.get(sale.order_id) is OrderState.SETTLED]


def reprice(market: Market, listing: Listing, price: int) -> Receipt:
    """Change the price, token base units. Orders that exist keep theirs."""
    require_listed(market, listing)
    if price == listing.terms.price:
        raise DataError("this is the price already", "give another with --price")
    return revise(market, listing, replace(listing.terms, price=price), "change the price")


def unlist(market: Market, listing: Listing) -> Receipt:
    """Stop taking orders. The bond can be released after the windows of the last order."""
    require_listed(market, listing)
    intent = f"unlist:{listing.asset_id:#x}"
    return market.send("unlist the asset", "Assets", "unlist", listing.asset_id, listing.terms, intent=intent)


def require_bond_free(market: Market, listing: Listing) -> None:
    """Refuse to release a bond before its time.

    Raises
    ------
    DataError
        If the asset is not unlisted, or the windows of its last order may still run.
    """
    if listing.state is not AssetState.UNLISTED:
        hint = "unlist it first: tessera asset unlist" if listing.state is AssetState.LISTED else None
        raise DataError(f"asset {format_id(listing.asset_id)[:10]} is {listing.state}, not unlisted", hint)
    free = listing.unlisted_at + listing.terms.settle_window + listing.terms.dispute_window
    if market.now() <= free:
        raise DataError(
            f"the bond is free after {show_time(free)}",
            "wait until then; on a local chain: tessera localnet advance",
        )


def release_bond(market: Market, listing: Listing) -> Receipt:
    """Give the bond of an unlisted asset back to its seller; anybody may."""
    require_bond_free(market, listing)
    args = (listing.asset_id, listing.terms, listing.unlisted_at)
    return market.send("release the bond", "Assets", "releaseBond", *args, intent=f"bond:{args[0]:#x}")


def flush(market: Market, listing: Listing) -> Receipt:
    """Count income and move the parents' part up; anybody may."""
    intent = once(market, f"flush:{listing.asset_id:#x}")
    what = "pass income to the parents"
    return market.send(what, "Assets", "flush", listing.asset_id, listing.birth, intent=intent)


def flush_up(market: Market, listing: Listing) -> list[Receipt]:
    """Flush an asset and then, generation by generation, all its ancestors that have parents."""
    receipts, queue, seen = [], [listing], {listing.asset_id}
    while queue:
        current = queue.pop(0)
        if not current.birth.parents:
            continue
        if market.client.call("Assets", "flushable", current.asset_id):
            receipts.append(flush(market, current))
        for parent in current.birth.parents:
            if parent.asset_id not in seen:
                seen.add(parent.asset_id)
                queue.append(load_asset(market, parent.asset_id))
    return receipts


def claim(market: Market, listing: Listing, holder: str | None = None) -> Receipt:
    """Credit a holder, this account by default, with what its shares have earned."""
    holder = market.account if holder is None else checked_address(holder)
    intent = once(market, f"claim:{listing.asset_id:#x}:{holder}")
    return market.send("claim income", "Assets", "claim", listing.asset_id, holder, intent=intent)


def transfer(market: Market, listing: Listing, to: str, shares: int) -> Receipt:
    """Give shares to another account; both sides are paid first what they earned so far.

    Raises
    ------
    DataError
        If this account has fewer.
    """
    to = checked_address(to)
    purpose = f"transfer:{listing.asset_id:#x}:{to}:{shares}"
    has = market.client.call("Assets", "balanceOf", market.account, listing.asset_id)
    if not 0 < shares <= has and not sent_before(market, purpose):
        raise DataError(
            f"{market.account} has {has} of {SHARES} shares, not {shares}", "see: tessera asset show"
        )
    intent = once(market, purpose)
    args = (market.account, to, listing.asset_id, shares, b"")
    return market.send("transfer shares", "Assets", "safeTransferFrom", *args, intent=intent)


def require_seller(market: Market, terms: AssetTerms) -> None:
    """Refuse an account that is not the seller.

    Raises
    ------
    DataError
    """
    if terms.seller != market.account:
        raise DataError(
            f"only the seller {terms.seller} may do this, not {market.account}",
            "name the seller's wallet with --wallet",
        )


def require_listed(market: Market, listing: Listing) -> None:
    """Refuse what only a seller can do, and only while his asset takes orders.

    Raises
    ------
    DataError
        If the account is not its seller, or the asset takes none any more.
    """
    require_seller(market, listing.terms)
    if listing.state is not AssetState.LISTED:
        raise DataError(
            f"asset {format_id(listing.asset_id)[:10]} is {listing.state}", "see: tessera asset list"
        )
