"""The orders of one seller, kept in memory: each turn only what is new on the chain is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from marketplace.chain.rpc import Block
from marketplace.services.catalog import ORDER_EVENTS, OrderState, Sale, list_orders, load_orders
from marketplace.services.market import Market

OVERLAP_BLOCKS = 32
"""Blocks that are looked at again: of several nodes behind one address some lag behind."""

REREAD_SECONDS = 3600.0
"""After so long everything is read anew, whatever nodes may have left out."""


@dataclass
class OrderBook:
    """Follows the orders of the account's assets.

    Parameters
    ----------
    market : Market
    clock : callable, optional
        Seconds that only grow; tests give their own.
    """

    market: Market
    clock: Callable[[], float] = time.monotonic
    _sales: dict[int, Sale] = field(default_factory=dict)
    _assets: set[int] = field(default_factory=set)
    _heard: set[tuple[str, int]] = field(default_factory=set)
    _seen: Block | None = None
    _read: float = 0.0

    def read(self, newest: Block) -> list[Sale]:
        """Return all orders up to a block, the newest, oldest first.

        Raises
        ------
        ChainError
            If no node answers.
        """
        late = self.clock() >= self._read + REREAD_SECONDS
        # No event of a later block is read: a reorg that takes one away takes away what was seen, too.
        market = self.market.pinned(newest)
        if self._seen is None or late or not is_part(self.market, self._seen):
            self._read_all(market)
        else:
            self._read_new(market, max(0, self._seen.number - OVERLAP_BLOCKS))
        self._seen = newest
        return [_at(sale, newest.timestamp) for sale in self._sales.values()]

    def _read_all(self, market: Market) -> None:
        self._seen = None
        self._assets = _own_assets(market)
        self._sales = {sale.order_id: sale for sale in list_orders(market, seller=market.account)}
        self._heard = set()
        self._read = self.clock()

    def _read_new(self, market: Market, block: int) -> None:
        """Read again each order about which something was said from a block on."""
        self._assets |= _own_assets(market, block)
        if not self._assets:
            return
        client, changed = market.client, {}
        funded = {"assetId": list(self._assets)}
        known = self._sales
        for event in (
            *client.events("Exchange", "OrderFunded", from_block=block, argument_filters=funded),
            *client.events("Exchange", ORDER_EVENTS, from_block=block),
        ):
            key = event.block_hash, event.log_index  # a number may be another block's after a reorg
            mine = event.name == "OrderFunded" or event["orderId"] in known
            if mine and key not in self._heard:
                changed[key] = event["orderId"]
        sales = load_orders(market, dict.fromkeys(changed.values()))
        self._sales |= {sale.order_id: sale for sale in sales}
        self._heard |= set(changed)


def _own_assets(market: Market, block: int | None = None) -> set[int]:
    names, mine = ("AssetListed", "AssetActivated"), {"seller": market.account}
    born = market.client.events("Assets", names, from_block=block, argument_filters=mine)
    return {event["assetId"] for event in born}


def is_part(market: Market, block: Block) -> bool:
    """Tell whether a block is still in the chain: else what was read may be gone."""
    newest = market.client.node.block()
    return newest.number >= block.number and (
        newest.hash == block.hash or market.client.node.block(block.number).hash == block.hash
    )


def _at(sale: Sale, now: int) -> Sale:
    """Return an order as it is at a time: an open one expires without an event."""
    if sale.state is OrderState.OPEN and now > sale.order.deadline:
        return replace(sale, state=OrderState.EXPIRED)
    return sale
