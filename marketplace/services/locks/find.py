"""Finding the locks of an account."""

from __future__ import annotations

from marketplace.services.locks.contests import contest_locks, relevant_bounties, seat_locks
from marketplace.services.locks.demanded import demand_locks
from marketplace.services.locks.kinds import Lock
from marketplace.services.locks.proofs import proof_locks
from marketplace.services.locks.sales import income_locks, listing_locks, load_estate, order_locks
from marketplace.services.market import Market


def find_locks(market: Market, account: str | None = None) -> tuple[Lock, ...]:
    """Return every sum of an account, the market's own by default, that it can't spend now.

    Parameters
    ----------
    market : Market
    account : str, optional
        Checksummed address.

    Returns
    -------
    tuple of Lock
        Those that can be freed now first.
    """
    account = account or market.account
    views, block = relevant_bounties(market, account), market.client.node.block().number
    found = [
        *order_locks(market, account),
        *income_locks(market, account, load_estate(market, account)),
        *listing_locks(market, account),
        *contest_locks(market, account, views, block),
        *demand_locks(market, account),
        *seat_locks(market, account, views, block),
        *proof_locks(market, account),
    ]
    return tuple(sorted(found, key=lambda one: not one.ready))
