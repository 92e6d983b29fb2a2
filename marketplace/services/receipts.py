"""Receipts of sales and purchases: everything that was agreed and done, and how to check it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.errors import MarketplaceError
from marketplace.services.amounts import show_tokens
from marketplace.services.catalog import OrderState, Sale, read_manifest
from marketplace.services.croissant import licence_url
from marketplace.services.manifest import KINDS, Manifest
from marketplace.services.market import Market
from marketplace.types import RAW_CODEC, Cid, format_id

_FATES = {
    "OrderSettled": "key handed over, checked by the contract",
    "OrderRefunded": "price paid back to the buyer",
    "OrderCollected": "income passed to the asset's holders",
    "OrderReversed": "sale reversed, price paid back to the buyer",
}


@dataclass(frozen=True)
class Step:
    """Something that happened to an order.

    Parameters
    ----------
    what : str
    time : int
        Unix seconds, of its block.
    block : int
    tx_hash : str
    """

    what: str
    time: int
    block: int
    tx_hash: str


def order_receipt(market: Market, sale: Sale) -> dict[str, Any]:
    """Return the receipt of an order as plain data; whoever reads the chain can make the same.

    Parameters
    ----------
    market : Market
    sale : Sale
    """
    terms, order = sale.terms, sale.order
    deployment = ("Exchange", "Assets", "Vault")
    return {
        "type": "tessera/receipt/v1",
        "order": format_id(sale.order_id),
        "state": str(sale.state),
        "buyer": order.buyer,
        "seller": terms.seller,
        "price": show_tokens(order.price),
        "price_units": str(order.price),
        "asset": format_id(order.asset_id),
        "what": _goods(market, sale),
        "terms_hash": "0x" + order.terms_hash.hex(),
        "manifest_sha256": terms.manifest.hex(),
        "manifest_cid": str(Cid(RAW_CODEC, terms.manifest)),
        "content_root": terms.content_root.hex(),
        "deadline": order.deadline,
        "disputable_until": sale.matures_at if sale.settled_at else None,
        "steps": [vars(step) for step in order_steps(market, sale)],
        "chain": {
            "id": market.chain_id,
            "token": market.client.deployment.token if market.client.deployment else None,
            **{name: market.address(name) for name in deployment},
        },
        "check": _checks(sale),
    }


def order_steps(market: Market, sale: Sale) -> list[Step]:
    """Return what happened to an order, with times and transactions, in the order of the chain."""
    filters = {"orderId": sale.order_id}
    names = {"OrderFunded": "ordered, price locked", **_FATES}
    events = [
        event for name in names for event in market.client.events("Exchange", name, argument_filters=filters)
    ]
    return [
        Step(names[event.name], market.client.node.block(event.block).timestamp, event.block, event.tx_hash)
        for event in sorted(events, key=lambda event: (event.block, event.log_index))
    ]


def _goods(market: Market, sale: Sale) -> dict[str, Any] | None:
    """Say what was sold, by its manifest; None if that is not here."""
    try:
        manifest: Manifest = read_manifest(market, sale.terms)
    except MarketplaceError:
        return None
    stored = manifest.stored
    return {
        "name": manifest.name,
        "kind": KINDS[manifest.kind],
        "version": manifest.version,
        "published": manifest.published,
        "licence": manifest.licence,
        "licence_url": licence_url(manifest.licence),
        "uses": list(manifest.uses),
        "bytes": stored.length if stored else None,
        "artifact": str(stored.cid) if stored else None,
        "model_hash": manifest.subject.get("hash"),
    }


def _checks(sale: Sale) -> list[str]:
    found = [
        f"tessera order show {format_id(sale.order_id)} reads the same from any node of this chain",
        "each transaction is on the chain under its hash, sent to the Exchange or a contract that called it",
        "the terms hash is the Keccak-256 of the terms in the asset's event AssetListed or AssetRevised",
        "the manifest is the block that ipfs block get gives for its CID; its SHA-256 is as above",
        "the content root leads to each piece of the encrypted file: tessera order receive checks them all",
    ]
    if sale.state is OrderState.REFUNDED:
        found = found[:3]
    return found
