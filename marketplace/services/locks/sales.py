"""Money locked by trade: a buyer's orders, sales on their way to shareholders, income, bonds of listings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marketplace.services.amounts import show_seconds
from marketplace.services.catalog import (
    SHARES,
    AssetState,
    Listing,
    OrderState,
    Sale,
    list_assets,
    list_orders,
)
from marketplace.services.locks.kinds import Lock, LockKind
from marketplace.services.market import Market
from marketplace.services.stakes import FULL_BPS
from marketplace.services.structs import Parent
from marketplace.types import format_id

SCALE = 10**18
"""Of fractions of a token that reaches an account; rounded down at every generation."""

IDS_A_READ = 500
"""Assets whose orders are read at once."""

IDS_A_COMMAND = 3
"""Orders that a shown command names; who sells the asset need not name any."""


@dataclass(frozen=True)
class Estate:
    """Assets whose income reaches an account, as holder of shares in them or in one of their ancestors.

    Parameters
    ----------
    held : dict of int to int
        Shares by asset.
    parents : dict of int to tuple of Parent
        By asset, in an order in which parents come first.
    parts : dict of int to int
        What the account gets of a token that reaches an asset, by asset, in parts of `SCALE`.
    """

    held: dict[int, int]
    parents: dict[int, tuple[Parent, ...]]
    parts: dict[int, int]

    def of(self, asset_id: int, amount: int) -> int:
        """Return what the account gets of an amount that reaches an asset, token base units."""
        return amount * self.parts.get(asset_id, 0) // SCALE

    def upward(self, asset_id: int, amount: int) -> int:
        """Return what the account gets of an amount that goes to the parents of an asset."""
        parents = self.parents[asset_id]
        whole = sum(parent.bps for parent in parents)
        return sum(self.of(parent.asset_id, amount * parent.bps // whole) for parent in parents)


def short(one: int) -> str:
    """Return an id as commands take it: a beginning that names it."""
    return format_id(one)[:14]


def load_estate(market: Market, account: str) -> Estate:
    """Find the assets whose income reaches an account."""
    held = _held(market, account)
    if not held:
        return Estate({}, {}, {})
    recorded: dict[int, tuple[Parent, ...]] = {}
    parents: dict[int, tuple[Parent, ...]] = {}
    for event in market.client.events("Assets", ("AssetRecorded", "AssetListed", "AssetActivated")):
        one = event["assetId"]
        if event.name == "AssetActivated":
            parents[one] = recorded[one]
        else:
            found = tuple(Parent(item["assetId"], item["bps"]) for item in event["parents"])
            (recorded if event.name == "AssetRecorded" else parents)[one] = found
    parts: dict[int, int] = {}
    for one, above in parents.items():  # a parent is listed before its children
        own = SCALE * held.get(one, 0) // SHARES * (FULL_BPS - sum(p.bps for p in above))
        up = sum(p.bps * parts.get(p.asset_id, 0) for p in above)
        if part := (own + up) // FULL_BPS:
            parts[one] = part
    return Estate(held, {one: parents[one] for one in parts}, parts)


def _held(market: Market, account: str) -> dict[int, int]:
    """Return the shares of an account by asset."""
    ids: dict[int, None] = {}
    for event in market.client.events(
        "Assets", ("TransferSingle", "TransferBatch"), argument_filters={"to": account}
    ):
        ids |= dict.fromkeys([event["id"]] if event.name == "TransferSingle" else event["ids"])
    with market.client.at() as now:
        shares = now.call_many([("Assets", "balanceOf", account, one) for one in ids])
    return {one: count for one, count in zip(ids, shares) if count}


def order_locks(market: Market, account: str) -> Iterator[Lock]:
    """Yield the prices that an account has paid for keys it does not have yet."""
    for sale in list_orders(market, buyer=account):
        if sale.state not in (OrderState.OPEN, OrderState.EXPIRED):
            continue
        late = sale.state is OrderState.EXPIRED
        seller = f"the seller {sale.terms.seller}"
        yield Lock(
            LockKind.ORDER,
            bucket=sale.order.asset_id,
            subject=sale.order_id,
            amount=sale.order.price,
            what=f"order {short(sale.order_id)} of asset {short(sale.order.asset_id)}",
            why=f"{seller} did not hand over the key" if late else f"{seller} may still hand over the key",
            until=sale.order.deadline,
            waits_for="",
            command=f"tessera order refund {short(sale.order_id)}",
            ready=late,
        )


def income_locks(market: Market, account: str, estate: Estate) -> Iterator[Lock]:
    """Yield what shares have earned, on each of its stations towards the holder."""
    yield from _sale_locks(market, account, estate)
    above = children_first(estate)
    with market.client.at() as now:
        flushable = now.call_many([("Assets", "flushable", one) for one in above])
        claimable = now.call_many([("Assets", "claimable", one, account) for one in estate.held])
    for one, amount in zip(above, flushable):
        if part := estate.upward(one, amount):
            what = f"your part of the income of asset {short(one)}, through its parents"
            why = "nobody has passed it on yet"
            yield _at_once(LockKind.PARENTS_PART, one, part, what, why, f"tessera asset flush {short(one)}")
    for one, amount in zip(estate.held, claimable):
        if amount:
            what = f"income of asset {short(one)}"
            why = "you have not claimed it yet"
            yield _at_once(LockKind.INCOME, one, amount, what, why, f"tessera asset claim {short(one)}")


def _at_once(kind: LockKind, asset_id: int, amount: int, what: str, why: str, command: str) -> Lock:
    return Lock(kind, asset_id, asset_id, amount, what, why, 0, "", command, True)


def sales_of(market: Market, assets: Sequence[int]) -> Iterator[Sale]:
    """Yield the settled orders of some assets that were not collected yet."""
    for start in range(0, len(assets), IDS_A_READ):
        for sale in list_orders(market, asset_id=assets[start : start + IDS_A_READ]):
            if sale.state is OrderState.SETTLED:
                yield sale


def worth_collecting(estate: Estate, sales: Sequence[Sale]) -> list[Sale]:
    """Return the sales of which something reaches the account: gas for the others is for others to pay."""
    totals: Counter[int] = Counter()
    for sale in sales:
        totals[sale.order.asset_id] += sale.order.price
    return [sale for sale in sales if estate.of(sale.order.asset_id, totals[sale.order.asset_id])]


def _sale_locks(market: Market, account: str, estate: Estate) -> Iterator[Lock]:
    now = market.now()
    groups: dict[tuple[int, bool], list[Sale]] = {}
    for sale in sales_of(market, list(estate.parts)):
        groups.setdefault((sale.order.asset_id, sale.matures_at < now), []).append(sale)
    for (asset_id, ripe), sales in groups.items():
        amount = estate.of(asset_id, sum(sale.order.price for sale in sales))
        if amount:
            yield _sold(account, asset_id, sales, amount, ripe=ripe)


def _sold(account: str, asset_id: int, sales: list[Sale], amount: int, *, ripe: bool) -> Lock:
    """Return the lock of several sales of one asset, which are all ripe, or all not."""
    count = f"{len(sales)} sale{'s' * (len(sales) > 1)}"
    moments = sorted(sale.matures_at for sale in sales)
    named = "".join(f" {short(sale.order_id)}" for sale in sales[:IDS_A_COMMAND])
    own = sales[0].terms.seller == account
    runs = "the dispute window runs, the price is the buyer's security"
    if len(moments) > 1 and not ripe:
        runs += f"; that of the last of them {show_seconds(moments[-1] - moments[0])} longer"
    return Lock(
        LockKind.SALE,
        bucket=asset_id,
        subject=asset_id,
        amount=amount,
        what=f"your part of {count} of asset {short(asset_id)}",
        why="nobody has collected it yet" if ripe else runs,
        until=moments[0] + 1,
        waits_for="",
        command=f"tessera order collect{'' if own else named}",
        ready=ripe,
    )


def listing_locks(market: Market, account: str) -> Iterator[Lock]:
    """Yield the bonds of an account's listings."""
    now = market.now()
    states = (AssetState.LISTED, AssetState.UNLISTED)
    for listing in list_assets(market, seller=account, states=states):
        if listing.terms.bond:
            yield _listing_lock(listing, int(account, 16), now)


def _listing_lock(listing: Listing, bucket: int, now: int) -> Lock:
    name, terms = short(listing.asset_id), listing.terms
    windows = terms.settle_window + terms.dispute_window
    listed = listing.state is AssetState.LISTED
    free = 0 if listed else listing.unlisted_at + windows + 1
    return Lock(
        LockKind.LISTING_BOND,
        bucket=bucket,
        subject=listing.asset_id,
        amount=terms.bond,
        what=f"bond of asset {name}",
        why="it stands for the file as long as the asset is listed"
        if listed
        else "it stands for the file until the windows of the last order are over",
        until=free,
        waits_for=f"you unlist it; it is free {show_seconds(windows)} later" if listed else "",
        command=f"tessera asset {'unlist' if listed else 'release-bond'} {name}",
        ready=not listed and now >= free,
    )


def children_first(estate: Estate) -> list[int]:
    """Return the assets with parents in an order in which income passes through each once on its way up."""
    return [one for one in reversed(estate.parents) if estate.parents[one]]
