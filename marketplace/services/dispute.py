"""A buyer's recourse: find the piece that convicts the seller, and get the money back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, cast

from marketplace.crypto.wrong_piece import PieceProof, find_wrong_piece
from marketplace.errors import DataError
from marketplace.services.amounts import show_time
from marketplace.services.buy import artifact_of, file_key
from marketplace.services.catalog import AssetState, OrderState, Sale
from marketplace.services.market import Market
from marketplace.types import format_id

CHALLENGER_PART = 4
"""A buyer who was cheated gets a quarter of the listing's bond (contracts/Assets.sol)."""

DISPUTE_GAS = 500_000
"""Gas of disputing a file of 1 GiB, for nodes that are not asked beforehand: see tools/bench_gas.py."""

HURRY_SECONDS = 120
"""A dispute mined after its window makes the key public in vain: with less left than ten blocks, say so."""


@dataclass(frozen=True)
class Recourse:
    """What disputing an order costs and brings.

    Parameters
    ----------
    refund : int
        The price, token base units.
    reward : int
        Part of the listing's bond, token base units; 0 if the bond is gone.
    burned : int
        What the seller loses besides, token base units.
    until : int
        Last moment, Unix seconds.
    gas : int
    gas_price_wei : int
        As the node tells it now.
    is_tried : bool
        The contract was asked on this computer's own node, and agrees.
    """

    refund: int
    reward: int
    burned: int
    until: int
    gas: int
    gas_price_wei: int
    is_tried: bool


@dataclass(frozen=True)
class Reversal:
    """How a dispute ended, token base units.

    Parameters
    ----------
    refund, reward : int
        Paid to the buyer: the price, and his part of the bond.
    burned : int
        The rest of the bond.
    tx_hash : str
    """

    refund: int
    reward: int
    burned: int
    tx_hash: str


def verify_file(
    market: Market, sale: Sale, progress: Callable[[int], object] | None = None
) -> PieceProof | None:
    """Compare every piece of a settled order's file with what its seller committed to.

    Parameters
    ----------
    market : Market
    sale : Sale
    progress : callable, optional
        Called with the bytes looked at so far.

    Returns
    -------
    PieceProof or None
        The first piece that differs; None if the file is what was listed.

    Raises
    ------
    DataError
        If the order is another's, or not settled yet.
    DecryptionError
        If another wallet's secret ordered it.
    ContentNotFound, ContentMismatch
        If the store's copy is damaged: that is not the seller's doing, and no proof.
    """
    k = file_key(market, sale)
    stored = artifact_of(market, sale)
    with market.store.open(stored.cid) as source:
        root = sale.terms.content_root
        return find_wrong_piece(cast(BinaryIO, source), k, root, stored.length, progress)


def recourse(market: Market, sale: Sale, proof: PieceProof) -> Recourse:
    """Tell what disputing costs and brings; nothing is sent, and the key leaves this computer for no other.

    A node on this computer is asked what the contract would say; another would see the key.

    Raises
    ------
    DataError
        If the dispute window is over, or the income was collected.
    ContractReverted
        If the contract would not agree.
    """
    require_disputable(market, sale)
    node = market.client.node
    gas = market.client.estimate("Referee", "disputePiece", *_arguments(sale, proof)) if node.is_own else 0
    bond = 0 if sale.listing.state is AssetState.RETIRED else sale.terms.bond
    reward = bond // CHALLENGER_PART
    price_wei = int(node.request("eth_gasPrice"), 16)
    return Recourse(
        sale.order.price, reward, bond - reward, sale.matures_at, gas or DISPUTE_GAS, price_wei, node.is_own
    )


def require_disputable(market: Market, sale: Sale) -> None:
    """Refuse an order whose dispute window is over.

    Raises
    ------
    DataError
    """
    shown = format_id(sale.order_id)[:10]
    is_open = sale.state is OrderState.SETTLED and market.now() <= sale.matures_at
    if not is_open and not market.client.was_sent(_intent(sale)):
        raise DataError(
            f"the dispute window of order {shown} ended at {show_time(sale.matures_at)}: the sale stands",
            "verify what you buy as soon as it is settled: tessera order verify",
        )


def dispute_file(market: Market, sale: Sale, proof: PieceProof) -> Reversal:
    """Show the contract the wrong piece: the price comes back, the listing loses its bond.

    Makes the file's key public. May be repeated: nothing is sent twice.

    Parameters
    ----------
    market : Market
    sale : Sale
    proof : PieceProof
        From `verify_file`.

    Raises
    ------
    DataError
        If the dispute window is over.
    ContractReverted
        If the contract does not agree; nothing was sent then.
    """
    require_disputable(market, sale)
    intent = _intent(sale)
    market.client.expire(intent, sale.matures_at)
    arguments = _arguments(sale, proof)
    market.send("disprove the file by one piece", "Referee", "disputePiece", *arguments, intent=intent)
    return load_reversal(market, sale)


def load_reversal(market: Market, sale: Sale) -> Reversal:
    """Read from the chain how an order was reversed.

    Raises
    ------
    DataError
        If it was not.
    """
    found = market.client.events(
        "Exchange", "OrderReversed", argument_filters={"orderId": sale.order_id}, from_block=sale.block
    )
    if not found:
        raise DataError(f"order {format_id(sale.order_id)[:10]} was not reversed", "see: tessera order show")
    (event,) = found
    slashed = market.client.events(
        "Assets",
        "BondSlashed",
        argument_filters={"assetId": sale.order.asset_id},
        from_block=event.block,
        to_block=event.block,
    )
    rewards = [one["reward"] for one in slashed if one.tx_hash == event.tx_hash]
    reward = sum(rewards)
    burned = sale.terms.bond - reward if rewards else 0
    return Reversal(event["amount"], reward, burned, event.tx_hash)


def _intent(sale: Sale) -> str:
    return f"dispute:{sale.order_id:#x}"


def _arguments(sale: Sale, proof: PieceProof) -> tuple[object, ...]:
    return sale.order_id, sale.order, sale.terms, proof
