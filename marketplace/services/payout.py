"""From a settled order to money in the wallet, in one go."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace.services import sell
from marketplace.services.accounts import withdraw
from marketplace.services.catalog import Sale, load_asset, load_income
from marketplace.services.market import Market


def cash_in(market: Market, sales: Iterable[Sale]) -> int:
    """Collect settled orders, claim this account's part of their income, and withdraw it to the wallet.

    Each step can be done again: what was collected before is passed over, what was claimed before stays in
    the vault.

    Returns
    -------
    int
        Token base units withdrawn; parents and other holders keep their parts.

    Raises
    ------
    DataError
        If an order is not settled, or its dispute window still runs.
    """
    due = list(sales)
    sell.collect(market, due)
    amount = 0
    for asset_id in dict.fromkeys(sale.order.asset_id for sale in due):
        listing = load_asset(market, asset_id)
        part = load_income(market, listing, market.account).claimable
        if part:
            sell.claim(market, listing)
            amount += part
    if amount:
        withdraw(market, amount)
    return amount
