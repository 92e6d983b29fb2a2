"""What is listed and ordered, read from the logs: terms, births, orders, income."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from marketplace.chain.events import Event
from marketplace.crypto.points import Point
from marketplace.errors import DataError
from marketplace.services.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from marketplace.services.market import Market
from marketplace.services.structs import AssetTerms, Birth, Order, Parent
from marketplace.types import RAW_CODEC, Cid, format_id

ZERO_ADDRESS = "0x" + 40 * "0"
SHARES = 10_000
"""Shares of an asset: its ERC-1155 supply (contracts/Assets.sol)."""

_TIME_BITS = 40  # low bits of an order's state: when it was settled
_ASSET_EVENTS = (
    "AssetListed",
    "AssetActivated",
    "AssetRevised",
    "AssetUnlisted",
    "BondReleased",
    "BondSlashed",
)
_ORDER_EVENTS = ("OrderSettled", "OrderRefunded", "OrderCollected", "OrderReversed")


class AssetState(StrEnum):
    """Where an asset stands."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    RETIRED = "retired"


class OrderState(StrEnum):
    """Where an order stands; an expired one is open, and anybody may refund it."""

    OPEN = "open"
    EXPIRED = "expired"
    SETTLED = "settled"
    COLLECTED = "collected"
    REFUNDED = "refunded"
    REVERSED = "reversed"


@dataclass(frozen=True)
class Listing:
    """An asset with its current terms.

    Parameters
    ----------
    asset_id : int
    birth : Birth
    terms : AssetTerms
        The newest.
    state : AssetState
    versions : dict of bytes to AssetTerms
        Every terms it ever had, by their digest.
    revisions : int
    unlisted_at : int
        Unix seconds; 0 if it was not.
    attestation : bytes or None
        Of a contest's winner.
    block : int
        In which it was listed.
    """

    asset_id: int
    birth: Birth
    terms: AssetTerms
    state: AssetState
    versions: Mapping[bytes, AssetTerms] = field(repr=False)
    revisions: int = 0
    unlisted_at: int = 0
    attestation: bytes | None = None
    block: int = 0


@dataclass(frozen=True)
class Sale:
    """An order with its state.

    Parameters
    ----------
    order_id : int
    order : Order
    ephemeral : Point
        The buyer's ``B = b*G``.
    listing : Listing
        Of the asset, as it is now.
    state : OrderState
    t : int or None
        The published settlement.
    settled_at : int
        Unix seconds; 0 if it was not.
    """

    order_id: int
    order: Order
    ephemeral: Point
    listing: Listing
    state: OrderState
    t: int | None = None
    settled_at: int = 0

    @property
    def terms(self) -> AssetTerms:
        """The terms the buyer saw."""
        return self.listing.versions[self.order.terms_hash]

    @property
    def matures_at(self) -> int:
        """When the dispute window of a settled order ends, Unix seconds."""
        return self.settled_at + self.order.dispute_window


@dataclass(frozen=True)
class Income:
    """What an asset has earned for one holder, token base units.

    Parameters
    ----------
    shares : int
        Of 10,000.
    claimable : int
        For this holder now.
    flushable : int
        For the parents now.
    pending : int
        Prices in the Exchange: of open orders and those whose dispute window runs.
    """

    shares: int
    claimable: int
    flushable: int
    pending: int


def list_assets(market: Market, seller: str | None = None) -> list[Listing]:
    """Return every asset, oldest first; of one seller if given."""
    found = _listings(market, None)
    return [item for item in found.values() if seller is None or item.terms.seller == seller]


def load_asset(market: Market, asset_id: int) -> Listing:
    """Read one asset.

    Raises
    ------
    DataError
        If it was never listed.
    """
    found = _listings(market, asset_id)
    if asset_id not in found:
        raise _unknown("asset", format_id(asset_id))
    return found[asset_id]


def find_asset(market: Market, text: str) -> Listing:
    """Return the asset that a unique prefix of its id names.

    Raises
    ------
    DataError
        If none or several match.
    """
    events = [e for name in _ASSET_EVENTS[:2] for e in market.client.events("Assets", name)]
    return load_asset(market, pick(text, (event["assetId"] for event in events), "asset"))


def list_orders(
    market: Market, *, asset_id: int | None = None, buyer: str | None = None, seller: str | None = None
) -> list[Sale]:
    """Return orders, oldest first: all, or of an asset, a buyer or a seller."""
    filters = {"assetId": asset_id, "buyer": buyer}
    given = {name: value for name, value in filters.items() if value is not None}
    funded = market.client.events("Exchange", "OrderFunded", argument_filters=given)
    if not funded:
        return []
    sales = _sales(market, funded, _listings(market, asset_id))
    return [sale for sale in sales if seller is None or sale.terms.seller == seller]


def load_order(market: Market, order_id: int) -> Sale:
    """Read one order.

    Raises
    ------
    DataError
        If there is none.
    """
    funded = market.client.events("Exchange", "OrderFunded", argument_filters={"orderId": order_id})
    if not funded:
        raise _unknown("order", format_id(order_id))
    return _sales(market, funded, _listings(market, funded[0]["assetId"]), order_id)[0]


def find_order(market: Market, text: str) -> Sale:
    """Return the order that a unique prefix of its id names.

    Raises
    ------
    DataError
        If none or several match.
    """
    events = market.client.events("Exchange", "OrderFunded")
    return load_order(market, pick(text, (event["orderId"] for event in events), "order"))


def read_manifest(market: Market, terms: AssetTerms) -> Manifest:
    """Fetch the manifest of terms from the store, and check it against them.

    Raises
    ------
    ContentNotFound, ContentMismatch
        If the store does not have it, or has something else.
    DataError
        If it is not a manifest of these terms.
    """
    cid = Cid(RAW_CODEC, terms.manifest)
    manifest = parse_manifest(b"".join(market.store.get(cid, 0, MAX_MANIFEST_BYTES + 1)))
    if manifest.stored is None or manifest.stored.content_root != terms.content_root:
        raise DataError("the manifest speaks of another file than the terms", "do not buy this asset")
    if manifest.kind != terms.kind:
        raise DataError("the manifest speaks of another kind than the terms", "do not buy this asset")
    if manifest.creator and manifest.creator != f"did:pkh:eip155:{market.chain_id}:{terms.seller}":
        raise DataError("the manifest names another seller than the terms", "do not buy this asset")
    return manifest


def load_income(market: Market, listing: Listing, holder: str) -> Income:
    """Read what an asset has earned for a holder, at one block."""
    asset_id = listing.asset_id
    with market.client.at() as now:
        return Income(
            shares=now.call("Assets", "balanceOf", holder, asset_id),
            claimable=now.call("Assets", "claimable", asset_id, holder),
            flushable=now.call("Assets", "flushable", asset_id),
            pending=now.call("Vault", "bucketOf", market.address("Exchange"), asset_id),
        )


def pick(text: str, ids: Iterable[int], what: str) -> int:
    """Return the one id that begins with some hex digits.

    Raises
    ------
    DataError
        If none or several do.
    """
    wanted = text.strip().lower().removeprefix("0x")
    found = {one for one in ids if format_id(one)[2:].startswith(wanted)} if wanted else set()
    if len(found) == 1:
        return found.pop()
    if found:
        raise DataError(
            f"{len(found)} {what}s have an id that begins with {text[:70]}", "give more digits of it"
        )
    raise _unknown(what, text[:70])


def _unknown(what: str, text: str) -> DataError:
    return DataError(f"there is no {what} {text} on this market", f"see: tessera {what} list")


def _events(
    market: Market, contract: str, names: Iterable[str], filters: Mapping[str, object]
) -> list[Event]:
    """Return events of several names in the order of the chain."""
    found = [e for name in names for e in market.client.events(contract, name, argument_filters=filters)]
    return sorted(found, key=lambda event: (event.block, event.log_index))


def _listings(market: Market, asset_id: int | None) -> dict[int, Listing]:
    filters = {} if asset_id is None else {"assetId": asset_id}
    recorded = {e["assetId"]: e for e in _events(market, "Assets", ("AssetRecorded",), filters)}
    found: dict[int, Listing] = {}
    for event in _events(market, "Assets", _ASSET_EVENTS, filters):
        one = event["assetId"]
        if event.name == "AssetListed":
            found[one] = _born(event, event, event["seller"], ZERO_ADDRESS)
        elif event.name == "AssetActivated":
            record = recorded[one]
            found[one] = _born(event, record, record["creator"], market.address("Bounties"))
        else:
            found[one] = _changed(found[one], event)
    return found


def _born(event: Event, source: Event, creator: str, origin: str) -> Listing:
    parents = tuple(Parent(item["assetId"], item["bps"]) for item in source["parents"])
    terms = AssetTerms.from_log(event["terms"])
    return Listing(
        asset_id=event["assetId"],
        birth=Birth(creator, origin, bytes(source["salt"]), parents),
        terms=terms,
        state=AssetState.LISTED,
        versions={terms.digest(): terms},
        attestation=bytes(event["attestation"]) if "attestation" in event.args else None,
        block=event.block,
    )


def _changed(listing: Listing, event: Event) -> Listing:
    values = dict(vars(listing))
    if event.name == "AssetRevised":
        terms = AssetTerms.from_log(event["terms"])
        values |= {"terms": terms, "versions": {**listing.versions, terms.digest(): terms}}
        values["revisions"] += 1
    elif event.name == "AssetUnlisted":
        values |= {"state": AssetState.UNLISTED, "unlisted_at": event["at"]}
    else:
        values["state"] = AssetState.RETIRED
    return Listing(**values)


def _sales(
    market: Market, funded: list[Event], listings: Mapping[int, Listing], order_id: int | None = None
) -> list[Sale]:
    filters = {} if order_id is None else {"orderId": order_id}
    now = market.now()
    fates: dict[int, list[Event]] = {}
    for event in _events(market, "Exchange", _ORDER_EVENTS, filters):
        fates.setdefault(event["orderId"], []).append(event)
    return [_sale(market, event, fates.get(event["orderId"], []), listings, now) for event in funded]


def _sale(
    market: Market, funded: Event, fate: list[Event], listings: Mapping[int, Listing], now: int
) -> Sale:
    order = Order.from_log(funded["order"])
    point = Point(funded["ephemeral"]["x"], funded["ephemeral"]["parity"])
    state = OrderState.EXPIRED if now > order.deadline else OrderState.OPEN
    t, settled_at = None, 0
    for event in fate:
        state = OrderState(event.name.removeprefix("Order").lower())
        if event.name == "OrderSettled":
            t, settled_at = event["t"], market.client.node.block(event.block).timestamp
    return Sale(funded["orderId"], order, point, listings[order.asset_id], state, t, settled_at)
