"""``tessera serve``: settle orders that are paid, many at once, and collect matured income."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from marketplace.chain import Receipt
from marketplace.chain.batch import Planned
from marketplace.node.orders import OrderBook
from marketplace.node.role import Role
from marketplace.node.selling import Clock, Deed, OrderFacts, next_deed
from marketplace.services import sell
from marketplace.services.amounts import show_tokens
from marketplace.services.buyers import accepted_buyers, require_accepted
from marketplace.services.catalog import OrderState, Sale, load_assets, read_manifest
from marketplace.types import format_id

SETTLE_BATCH = 200
"""Orders settled at once: 7 to 8 million gas, some of each block while others send as well."""


@dataclass
class Seller(Role):
    """Delivers for one seller."""

    _keys: dict[bytes, int] = field(default_factory=dict)
    _closed: dict[bytes, bool] = field(default_factory=dict)
    _orders: OrderBook | None = None
    _collected: int = 0
    _unclaimed: bool = True

    def turn(self) -> int:
        """Settle, collect and claim what is due."""
        block = self.market.client.node.block()
        sales = self._book().read(block)
        latest = max(block.timestamp, sell.latest_time(self.market))
        clock = Clock(block.timestamp, latest, block.number, self.market.client.confirmations)
        deeds = {sale.order_id: next_deed(self._facts(sale, clock), clock) for sale in sales}
        for sale in sales:
            self._tell_of(sale, deeds[sale.order_id])
        collected = sum(sale.state is OrderState.COLLECTED for sale in sales)
        if collected != self._collected:  # by whomever: anybody may
            self._collected, self._unclaimed = collected, True
        chosen = {deed: [s for s in sales if deeds[s.order_id] is deed] for deed in Deed}
        done = self._settle(chosen[Deed.SETTLE])
        return done + self._collect(chosen[Deed.COLLECT]) + self._claim(sales)

    def _book(self) -> OrderBook:
        if self._orders is None:
            self._orders = OrderBook(self.market)
        return self._orders

    def _facts(self, sale: Sale, clock: Clock) -> OrderFacts:
        in_doubt = (
            sale.order.deadline - clock.latest < sell.SETTLE_MARGIN_SECONDS
            or clock.block - sale.block + 1 < clock.confirmations
        )
        shown = sale.state is OrderState.OPEN and in_doubt
        shown = shown and self.market.client.was_sent(sell.settle_intent(sale))
        matures = sale.matures_at if sale.settled_at else 0
        return OrderFacts(sale.state, sale.order.deadline, matures, sale.block, shown)

    def _tell_of(self, sale: Sale, deed: Deed) -> None:
        if deed is Deed.LEAVE and sale.state is OrderState.OPEN:
            left = "too little time is left to publish its key safely: it is left to be refunded"
            self.report.waits(_name(sale), left)

    def _settle(self, sales: Sequence[Sale]) -> int:
        """Settle orders together; what stops one stops no other.

        The time is looked up again for each batch: waiting for the one before takes minutes.
        """
        done = 0
        for start in range(0, len(sales), SETTLE_BATCH):
            planned: list[Planned] = []
            names: dict[str, Sale] = {}
            now = sell.latest_time(self.market)
            for sale in sales[start : start + SETTLE_BATCH]:
                self.attempt(("plan", sale.order_id), _name(sale), self._plan, sale, now, planned)
                names[sell.settle_intent(sale)] = sale
            if planned and not self.stopping():
                done += self._send(planned, names)
        return done

    def _plan(self, sale: Sale, now: int, planned: list[Planned]) -> None:
        """Check an order and make its transaction."""
        buyers = accepted_buyers(self.market, sale.order.asset_id)
        if (buyers is not None or self._is_closed(sale)) and sale.order.buyer not in (buyers or ()):
            require_accepted(self.market, sale)
        digest = sale.order.terms_hash
        if digest not in self._keys:
            self._keys[digest] = sell.artifact_scalar(self.market, sale.listing, sale.terms)
        k = self._keys[digest]
        one = sell.settlement(self.market, sale, anyway=True, k=k, now=now)
        planned.append(replace(one, subject=_name(sale)))

    def _is_closed(self, sale: Sale) -> bool:
        """Tell whether the manifest of the version that was ordered says that buyers must be accepted."""
        digest = sale.order.terms_hash
        if digest not in self._closed:
            self._closed[digest] = read_manifest(self.market, sale.terms).accepted_only
        return self._closed[digest]

    def _send(self, planned: Sequence[Planned], names: dict[str, Sale]) -> int:
        done = 0
        for one, outcome in zip(planned, self.market.send_many(planned)):
            sale = names[one.intent]
            if isinstance(outcome, Receipt):
                done += 1
                self.patience.worked(("plan", sale.order_id))
            else:
                self.patience.failed(("plan", sale.order_id))
                self.report.failed(_name(sale), outcome)
        return done

    def _collect(self, sales: Sequence[Sale]) -> int:
        done = 0
        for start in range(0, len(sales), sell.COLLECT_BATCH):
            part = sales[start : start + sell.COLLECT_BATCH]
            total = show_tokens(sum(sale.order.price for sale in part))
            subject = f"{len(part)} order(s), {total} tokens"
            key = ("collect", part[0].order_id, len(part))
            if self.attempt(key, subject, sell.collect, self.market, part):
                done, self._unclaimed = done + len(part), True
        return done

    def _claim(self, sales: Sequence[Sale]) -> int:
        """Credit this seller with what his assets have earned: after collecting, and once at the start."""
        if not self._unclaimed:
            return 0
        done, whole = 0, True
        listings = load_assets(self.market, (sale.order.asset_id for sale in sales))
        for asset_id, listing in listings.items():
            amount = self.market.client.call("Assets", "claimable", asset_id, self.market.account)
            if not amount:
                continue
            subject = f"asset {format_id(asset_id)[:12]}…, {show_tokens(amount)} tokens"
            if self.attempt(("claim", asset_id), subject, sell.claim, self.market, listing):
                done += 1
            else:
                whole = False
        self._unclaimed = not whole
        return done


def _name(sale: Sale) -> str:
    return f"order {format_id(sale.order_id)[:12]}…, {show_tokens(sale.order.price)} tokens"
