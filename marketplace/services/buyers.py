"""Buyers a seller accepts: a list of his own on his computer, never published.

The manifest says that buyers must be accepted, not who was. An order of somebody else is left, and his
money goes back to him after the deadline.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from marketplace.codec import canonical_json
from marketplace.constants import MAX_RECORD_BYTES
from marketplace.crypto.files import atomic_writer
from marketplace.errors import DataError
from marketplace.foreign import read_text
from marketplace.services.accounts import checked_address
from marketplace.services.catalog import Listing, Sale, read_manifest
from marketplace.services.market import Market
from marketplace.types import format_id


def accepted_buyers(market: Market, asset_id: int) -> tuple[str, ...] | None:
    """Return the accounts on an asset's list, or None if the asset has no list.

    Raises
    ------
    DataError
        If the list can't be read: nobody is taken to be accepted then.
    """
    path = _path(market, asset_id)
    try:
        found = json.loads(read_text(path, MAX_RECORD_BYTES))["accepted"]
        return tuple(checked_address(one) for one in found)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"the list of buyers {path} can't be read: {error}",
            "correct it, or start anew: tessera asset buyers ASSET clear",
        ) from error


def accept_buyers(market: Market, asset_id: int, buyers: Iterable[str]) -> tuple[str, ...]:
    """Put accounts on an asset's list, which is made if there is none; return the list."""
    before = accepted_buyers(market, asset_id) or ()
    return _save(market, asset_id, {*before, *map(checked_address, buyers)})


def remove_buyers(market: Market, asset_id: int, buyers: Iterable[str]) -> tuple[str, ...]:
    """Take accounts off an asset's list; an empty list accepts nobody.

    Raises
    ------
    DataError
        If one is not on it.
    """
    before = set(accepted_buyers(market, asset_id) or ())
    for one in map(checked_address, buyers):
        if one not in before:
            raise DataError(f"{one} is not on the list", "see: tessera asset buyers ASSET list")
        before.remove(one)
    return _save(market, asset_id, before)


def clear_buyers(market: Market, asset_id: int) -> None:
    """Forget the list of an asset: who pays is accepted, unless the manifest says otherwise."""
    _path(market, asset_id).unlink(missing_ok=True)


def require_accepted(market: Market, sale: Sale) -> None:
    """Refuse an order of a buyer who was not accepted, if there is a list or the manifest promises one.

    Raises
    ------
    DataError
    """
    asset_id = sale.order.asset_id
    buyers = accepted_buyers(market, asset_id)
    if buyers is None and not read_manifest(market, sale.terms).accepted_only:
        return
    if sale.order.buyer not in (buyers or ()):
        shown = format_id(asset_id)[:12]
        raise DataError(
            f"order {format_id(sale.order_id)[:10]}: the buyer {sale.order.buyer} is not on your list",
            f"accept him: tessera asset buyers {shown} add {sale.order.buyer}; or settle with --anyway",
        )


def promises_list(market: Market, listing: Listing) -> bool:
    """Tell whether the manifest of an asset says that buyers must be accepted."""
    return read_manifest(market, listing.terms).accepted_only


def _save(market: Market, asset_id: int, buyers: set[str]) -> tuple[str, ...]:
    path, found = _path(market, asset_id), tuple(sorted(buyers))
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with atomic_writer(path) as sink:
        sink.write(canonical_json({"accepted": list(found), "asset": format_id(asset_id)}))
    return found


def _path(market: Market, asset_id: int) -> Path:
    """Name the list of an asset; ids are hashes of chain and contract too, so one name is enough."""
    return market.workspace() / "buyers" / f"{format_id(asset_id)}.json"
