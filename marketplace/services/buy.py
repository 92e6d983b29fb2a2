"""A buyer's part: check the whole ciphertext, lock the money, receive the file, or get it back."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from marketplace.chain import Receipt
from marketplace.crypto import envelope
from marketplace.crypto.points import Point, lock_address, recover_key, sale_h, shared_address
from marketplace.errors import DataError, DecryptionError
from marketplace.services.accounts import ensure_funds
from marketplace.services.amounts import show_time
from marketplace.services.artifacts import Stored
from marketplace.services.catalog import (
    AssetState,
    Listing,
    OrderState,
    Sale,
    list_orders,
    load_order,
    read_manifest,
)
from marketplace.services.manifest import MODEL, Manifest
from marketplace.services.market import Market
from marketplace.services.structs import AssetTerms, order_id
from marketplace.types import format_id

Progress = Callable[[int], object]

_ALIVE = (OrderState.OPEN, OrderState.SETTLED, OrderState.COLLECTED)


def check(market: Market, terms: AssetTerms, progress: Progress | None = None) -> Manifest:
    """Fetch manifest and whole ciphertext of an asset, and check them against its terms.

    Parameters
    ----------
    market : Market
    terms : AssetTerms
    progress : callable, optional
        Called with the bytes checked so far.

    Raises
    ------
    ContentNotFound, ContentMismatch
        Naming the block or piece.
    DataError
        If the manifest speaks of something else.
    """
    manifest = read_manifest(market, terms)
    stored = _stored(manifest)
    with market.store.open(stored.cid) as source:
        envelope.check(cast(BinaryIO, source), terms.content_root, stored.length, progress)
    return manifest


def order(market: Market, listing: Listing, *, again: bool = False, progress: Progress | None = None) -> Sale:
    """Order an asset under the terms of a listing: what was never published can't be paid for.

    Parameters
    ----------
    market : Market
    listing : Listing
        As the buyer saw it; if its terms change meanwhile the contract refuses.
    again : bool, default False
        Buy although an order of the same terms is open or settled.
    progress : callable, optional
        Called with the bytes checked so far.

    Raises
    ------
    DataError
        If it is not listed, was ordered before, or money is missing.
    ContentNotFound, ContentMismatch
        If the artifact is not what the terms say; nothing is paid then.
    """
    terms = listing.terms
    earlier = require_orderable(market, listing, again=again)
    check(market, terms, progress)
    salt = _salt(market, listing.asset_id, terms.digest(), len(earlier))
    new_id = order_id(market.chain_id, market.address("Exchange"), market.account, salt)
    lock = lock_address(terms.key, _blinding(market, new_id, terms))
    ephemeral = Point.from_scalar(market.order_key(new_id))
    ensure_funds(market, "Exchange", terms.price)
    args = (salt, listing.asset_id, terms, ephemeral, lock)
    market.send("order, lock the price", "Exchange", "order", *args, intent=f"order:{new_id:#x}")
    return load_order(market, new_id)


def require_orderable(market: Market, listing: Listing, *, again: bool = False) -> list[Sale]:
    """Return this account's earlier orders of the same terms, or refuse; see `order`."""
    terms, shown = listing.terms, format_id(listing.asset_id)[:10]
    if listing.state is not AssetState.LISTED:
        raise DataError(f"asset {shown} is {listing.state}", "see: tessera asset list")
    if not (terms.seal.is_valid() and terms.key.is_valid()):
        raise DataError(f"the points of asset {shown} are invalid", "do not buy this asset")
    digest = terms.digest()
    earlier = list_orders(market, asset_id=listing.asset_id, buyer=market.account)
    same = [sale for sale in earlier if sale.order.terms_hash == digest]
    alive = [sale for sale in same if sale.state in _ALIVE]
    if alive and not again:
        raise DataError(
            f"this was ordered already: {format_id(alive[-1].order_id)[:10]} is {alive[-1].state}",
            "see: tessera order show; or buy it once more with --again",
        )
    return same


def receive(market: Market, sale: Sale, path: Path, progress: Progress | None = None) -> Manifest:
    """Open the file of a settled order; it appears only when every piece was verified.

    Parameters
    ----------
    market : Market
    sale : Sale
    path : Path
        Replaced if it exists.
    progress : callable, optional
        Called with the bytes written so far.

    Raises
    ------
    DataError
        If the order is another's, or not settled yet; or the file is another model than was named.
    DecryptionError
        If a piece is not what the seller committed to; it is named.
    ContentNotFound, ContentMismatch
        If the store's copy is damaged.
    """
    k, terms = file_key(market, sale), sale.terms
    manifest = read_manifest(market, terms)
    stored = _stored(manifest)
    target = _checked_target(path)
    try:
        with market.store.open(stored.cid) as source:
            envelope.open_to_path(
                cast(BinaryIO, source), target, k, terms.content_root, stored.length, progress
            )
    except DecryptionError as error:
        raise DecryptionError(
            f"the seller cheated: the listed key is right, the file is not ({error})",
            f"get your money back until {show_time(sale.matures_at)} with: "
            f"tessera order verify {format_id(sale.order_id)[:12]}",
        ) from error
    if manifest.kind == MODEL:
        _check_model(target, manifest)
    return manifest


def file_key(market: Market, sale: Sale) -> int:
    """Return the key ``k`` of a settled order's file; only its buyer can.

    Raises
    ------
    DataError
        If the order is another's, or not settled yet.
    DecryptionError
        If another wallet ordered it, so that this one can't tell the key.
    """
    shown = format_id(sale.order_id)[:10]
    require_buyer(market, sale)
    if sale.t is None:
        hint = "wait for the seller; after the deadline: tessera order refund"
        raise DataError(f"order {shown} is {sale.state}: its key was not handed over", hint)
    k = recover_key(sale.t, _blinding(market, sale.order_id, sale.terms))
    if Point.from_scalar(k) != sale.terms.key:
        raise DecryptionError(
            f"what was settled for order {shown} is not the listed key", "use the wallet that ordered it"
        )
    return k


def artifact_of(market: Market, sale: Sale) -> Stored:
    """Return where the artifact of an order lies, as its manifest says.

    Raises
    ------
    ContentNotFound, ContentMismatch, DataError
        If the manifest is not there, or names none.
    """
    return _stored(read_manifest(market, sale.terms))


def refund(market: Market, sale: Sale) -> Receipt:
    """Give the buyer his money back after the deadline; anybody may.

    Raises
    ------
    DataError
        If the order is not open, or its deadline has not passed.
    """
    shown = format_id(sale.order_id)[:10]
    if sale.state is OrderState.OPEN:
        raise DataError(
            f"the seller of order {shown} has time until {show_time(sale.order.deadline)}",
            "wait until then; on a local chain: tessera localnet advance",
        )
    if sale.state is not OrderState.EXPIRED:
        raise DataError(
            f"order {shown} is {sale.state}: there is nothing to refund", "see: tessera order list"
        )
    args = (sale.order_id, sale.order)
    return market.send("refund the buyer", "Exchange", "refund", *args, intent=f"refund:{sale.order_id:#x}")


def require_buyer(market: Market, sale: Sale) -> None:
    """Refuse an account that is not the buyer.

    Raises
    ------
    DataError
    """
    if sale.order.buyer != market.account:
        raise DataError(
            f"order {format_id(sale.order_id)[:10]} is of {sale.order.buyer}, not of {market.account}",
            "name the buyer's wallet with --wallet",
        )


def is_own_lock(market: Market, sale: Sale) -> bool:
    """Tell whether this wallet's secret makes the lock of an order again, so that it can open the file."""
    h = _blinding(market, sale.order_id, sale.terms)
    return lock_address(sale.terms.key, h) == sale.order.key_lock


def _blinding(market: Market, order: int, terms: AssetTerms) -> int:
    """Return ``h`` of an order of this account."""
    shared = shared_address(market.order_key(order), terms.seal)
    return sale_h(shared, market.chain_id, market.address("Exchange"), order)


def _salt(market: Market, asset_id: int, digest: bytes, count: int) -> bytes:
    """Return the salt of the next order of some terms.

    It follows from what is ordered, so that an order that a crash cut off is the same order when it
    is repeated, and from the buyer's own secret, so that nobody else knows it before.
    """
    secret = market.order_key(asset_id).to_bytes(32, "big")
    return sha256(b"tessera/v1/order-salt" + secret + digest + count.to_bytes(8, "big")).digest()


def _stored(manifest: Manifest) -> Stored:
    if manifest.stored is None:
        raise DataError("the manifest names no artifact", "do not buy this asset")
    return manifest.stored


def _check_model(path: Path, manifest: Manifest) -> None:
    """Compare a model with the hash its manifest names; attestations speak of that hash."""
    from marketplace.models import decode_model, model_hash
    from marketplace.services.estimators import SKOPS_MEDIA_TYPE

    try:
        if manifest.encoding == SKOPS_MEDIA_TYPE:
            got = sha256(path.read_bytes()).hexdigest()
        else:
            got = model_hash(decode_model(path.read_bytes())).hex()
    except DataError as error:
        raise DataError(
            f"{path} is no integer model: {error}", "the seller described another file"
        ) from error
    if got != manifest.subject.get("hash"):
        raise DataError(
            f"{path} is another model than the manifest names: its hash is {got}",
            "what was said or attested of the named model does not hold for this one",
        )


def _checked_target(path: Path) -> Path:
    target = Path(path)
    if target.is_dir() or not target.parent.is_dir():
        raise DataError(
            f"{target} is not a place for a file", "give a path in a folder that exists with --out"
        )
    return target
