"""What is listed and ordered, read from the logs: terms, births, orders, income."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from marketplace.chain.events import Event
from marketplace.chain.index_search import Query, asset_ids
from marketplace.crypto.points import Point
from marketplace.errors import ChainError, DataError
from marketplace.services.amounts import show_tokens
from marketplace.services.manifest import KINDS, MAX_MANIFEST_BYTES, Manifest, parse_manifest
from marketplace.services.market import Market
from marketplace.services.structs import AssetTerms, Birth, Order, Parent
from marketplace.types import RAW_CODEC, Cid, format_id

ZERO_ADDRESS = "0x" + 40 * "0"
SHARES = 10_000
"""Shares of an asset: its ERC-1155 supply (contracts/Assets.sol)."""

SHOWN_MATCHES = 100
"""Ids that begin alike are counted up to here."""

_ASSET_EVENTS = (
    "AssetListed",
    "AssetActivated",
    "AssetRevised",
    "AssetUnlisted",
    "BondReleased",
    "BondSlashed",
)
ORDER_EVENTS = ("OrderSettled", "OrderRefunded", "OrderCollected", "OrderReversed")
"""What happens to an order after it was funded."""


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

    def __repr__(self) -> str:
        """Say what it is in a line; the fields have the rest."""
        return (
            f"<Listing {format_id(self.asset_id)[:12]}: {KINDS.get(self.terms.kind, 'asset')}, {self.state}, "
            f"{show_tokens(self.terms.price)} tokens, of {self.terms.seller}>"
        )


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
    block : int
        In which it was funded.
    """

    order_id: int
    order: Order
    ephemeral: Point
    listing: Listing
    state: OrderState
    t: int | None = None
    settled_at: int = 0
    block: int = 0

    def __repr__(self) -> str:
        """Say what it is in a line; the fields have the rest."""
        return (
            f"<Sale {format_id(self.order_id)[:12]}: {self.state}, "
            f"of asset {format_id(self.order.asset_id)[:12]} to {self.order.buyer} "
            f"for {show_tokens(self.order.price)} tokens>"
        )

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


def list_assets(
    market: Market,
    seller: str | None = None,
    *,
    states: Iterable[AssetState] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[Listing]:
    """Return assets, oldest first: all, or a page of them.

    Parameters
    ----------
    market : Market
    seller : str, optional
        Only his.
    states : iterable of AssetState, optional
        Only in these.
    limit, offset : int, optional
        At most so many, after leaving out so many.
    """
    wanted = tuple(AssetState(state) for state in states)
    query = Query(seller=seller, states=wanted, sort="oldest", limit=limit, offset=offset)
    ids = market.client.with_index(lambda index: asset_ids(index, market.client.node, query))
    if ids is not None:
        found = load_assets(market, ids)
        with _steady(market):
            return [found[one] for one in ids]
    every = _listings(market, None).values()
    mine = [item for item in every if seller in (None, item.terms.seller)]
    kept = [item for item in mine if not wanted or item.state in wanted]
    return kept[offset:] if limit is None else kept[offset : offset + limit]


def load_assets(market: Market, ids: Iterable[int]) -> dict[int, Listing]:
    """Read several assets at once, by their ids; those never listed are left out."""
    wanted = list(dict.fromkeys(ids))
    return _listings(market, wanted) if wanted else {}


def load_asset(market: Market, asset_id: int) -> Listing:
    """Read one asset.

    Raises
    ------
    DataError
        If it was never listed.
    """
    found = _listings(market, [asset_id])
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
    return load_asset(market, find_id(market, text, "asset", "Assets", _ASSET_EVENTS[:2], "assetId"))


def list_orders(
    market: Market,
    *,
    asset_id: int | Sequence[int] | None = None,
    buyer: str | None = None,
    seller: str | None = None,
) -> list[Sale]:
    """Return orders, oldest first: all, or of an asset (or of several), a buyer or a seller."""
    filters: dict[str, object] = {"assetId": asset_id, "buyer": buyer}
    if seller is not None and asset_id is None:
        names = ("AssetListed", "AssetActivated")  # a seller never changes
        born = market.client.events("Assets", names, argument_filters={"seller": seller})
        if not born:
            return []
        filters["assetId"] = [event["assetId"] for event in born]
    given = {name: value for name, value in filters.items() if value is not None}
    funded = market.client.events("Exchange", "OrderFunded", argument_filters=given)
    sales = _sales(market, funded, narrow=bool(given))
    return [sale for sale in sales if seller is None or sale.terms.seller == seller]


def load_orders(market: Market, order_ids: Iterable[int]) -> list[Sale]:
    """Read some orders, oldest first; those that do not exist are left out."""
    if not (wanted := list(order_ids)):
        return []
    funded = market.client.events("Exchange", "OrderFunded", argument_filters={"orderId": wanted})
    return _sales(market, funded, narrow=True)


def load_order(market: Market, order_id: int) -> Sale:
    """Read one order.

    Raises
    ------
    DataError
        If there is none.
    """
    found = load_orders(market, [order_id])
    if not found:
        raise _unknown("order", format_id(order_id))
    return found[0]


def find_order(market: Market, text: str) -> Sale:
    """Return the order that a unique prefix of its id names.

    Raises
    ------
    DataError
        If none or several match.
    """
    return load_order(market, find_id(market, text, "order", "Exchange", ("OrderFunded",), "orderId"))


def read_manifest(market: Market, terms: AssetTerms) -> Manifest:
    """Fetch the manifest of terms from the store, and check it against them.

    Raises
    ------
    ContentNotFound, ContentMismatch
        If the store does not have it, or has something else.
    DataError
        If it is not a manifest of these terms.
    """
    manifest = parse_manifest(manifest_bytes(market, terms))
    if manifest.stored is None or manifest.stored.content_root != terms.content_root:
        raise DataError("the manifest speaks of another file than the terms", "do not buy this asset")
    if manifest.kind != terms.kind:
        raise DataError("the manifest speaks of another kind than the terms", "do not buy this asset")
    if manifest.creator and manifest.creator != f"did:pkh:eip155:{market.chain_id}:{terms.seller}":
        raise DataError("the manifest names another seller than the terms", "do not buy this asset")
    return manifest


def manifest_bytes(market: Market, terms: AssetTerms) -> bytes:
    """Fetch the bytes of a manifest; `read_manifest` reads and checks them."""
    return b"".join(market.store.get(Cid(RAW_CODEC, terms.manifest), 0, MAX_MANIFEST_BYTES + 1))


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


def find_id(market: Market, text: str, what: str, contract: str, names: Iterable[str], argument: str) -> int:
    """Return the id that a unique prefix names, among an argument of events.

    Raises
    ------
    DataError
        If none or several match.
    """
    prefix = text.strip().lower().removeprefix("0x")
    found: list[int] = []
    if prefix and len(prefix) <= 64 and not set(prefix) - set("0123456789abcdef"):
        for name in names:
            found += market.client.find_ids(contract, name, argument, prefix, SHOWN_MATCHES)
    return pick(text, found, what)


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
        many = f"{len(found)}{' or more' if len(found) >= SHOWN_MATCHES else ''}"
        several = "bounties" if what == "bounty" else f"{what}s"
        raise DataError(f"{many} {several} have an id that begins with {text[:70]}", "give more digits of it")
    raise _unknown(what, text[:70])


def _unknown(what: str, text: str) -> DataError:
    return DataError(f"there is no {what} {text} on this market", f"see: tessera {what} list")


def _listings(market: Market, ids: list[int] | None) -> dict[int, Listing]:
    """Rebuild assets, all or those of the ids, in the order of their listing."""
    filters = {} if ids is None else {"assetId": ids}
    names = ("AssetRecorded", *_ASSET_EVENTS)
    recorded: dict[int, Event] = {}
    found: dict[int, Listing] = {}
    events = market.client.events("Assets", names, argument_filters=filters)
    with _steady(market):
        for event in events:
            one = event["assetId"]
            if event.name == "AssetRecorded":
                recorded[one] = event
            elif event.name == "AssetListed":
                found[one] = _born(event, event, event["seller"], ZERO_ADDRESS)
            elif event.name == "AssetActivated":
                record = recorded[one]
                found[one] = _born(event, record, record["creator"], market.address("Bounties"))
            else:
                found[one] = _changed(found[one], event)
    return found


@contextmanager
def _steady(market: Market) -> Iterator[None]:
    """Say that the chain changed where what was read last lacks what was read of before: by a reorg.

    Raises
    ------
    ChainError
    """
    try:
        yield
    except KeyError as error:
        raise ChainError(
            f"the chain at {market.client.node.where} changed while it was read", "run the command again"
        ) from error


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


def _sales(market: Market, funded: list[Event], *, narrow: bool) -> list[Sale]:
    """Rebuild orders; with ``narrow`` only what concerns them is read."""
    if not funded:
        return []
    filters = {"orderId": [event["orderId"] for event in funded]} if narrow else {}
    listings = _listings(market, list({event["assetId"] for event in funded}) if narrow else None)
    fates: dict[int, list[Event]] = {}
    for event in market.client.events("Exchange", ORDER_EVENTS, argument_filters=filters):
        fates.setdefault(event["orderId"], []).append(event)
    settled = {e.block for fate in fates.values() for e in fate if e.name == "OrderSettled"}
    times = market.client.block_times(settled)
    now = market.now()
    with _steady(market):
        sales = [_sale(event, fates.get(event["orderId"], []), listings, times, now) for event in funded]
        for sale in sales:
            _ = sale.terms  # the version that was ordered is there
    return sales


def _sale(
    funded: Event,
    fate: list[Event],
    listings: Mapping[int, Listing],
    times: Mapping[int, int],
    now: int,
) -> Sale:
    order = Order.from_log(funded["order"])
    point = Point(funded["ephemeral"]["x"], funded["ephemeral"]["parity"])
    state = OrderState.EXPIRED if now > order.deadline else OrderState.OPEN
    t, settled_at = None, 0
    for event in fate:
        state = OrderState(event.name.removeprefix("Order").lower())
        if event.name == "OrderSettled":
            t, settled_at = event["t"], times[event.block]
    listing = listings[order.asset_id]
    return Sale(funded["orderId"], order, point, listing, state, t, settled_at, funded.block)
