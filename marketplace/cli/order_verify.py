"""``tessera order verify``: is the bought file the one that was listed; if not, get the money back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marketplace.cli.common import App, shared

if TYPE_CHECKING:
    from marketplace.crypto.wrong_piece import PieceProof
    from marketplace.services.catalog import Sale
    from marketplace.services.dispute import Recourse, Reversal
    from marketplace.services.market import Market


@click.command("verify")
@click.argument("order_id", metavar="ORDER")
@shared
def order_verify(app: App, order_id: str) -> None:
    """Compare a bought file with what was listed, piece by piece; a wrong one is disputed, and refunded.

    The contract decides by one piece of the file, which it decrypts itself: nobody is asked. In the order's
    dispute window only, and by its buyer. A dispute makes the file's key public; you are asked before.

    \b
    tessera order verify 0x9c41
    """
    from marketplace.services import buy, catalog, dispute
    from marketplace.types import format_id

    market = app.market()
    sale = catalog.find_order(market, order_id)
    buy.require_buyer(market, sale)
    if sale.state is catalog.OrderState.REVERSED:
        _tell(app, sale, None, dispute.load_reversal(market, sale))
        return
    with app.progress("comparing", buy.artifact_of(market, sale).length) as tell:
        proof = dispute.verify_file(market, sale, tell)
    if proof is None:
        data = {"order": format_id(sale.order_id), "state": str(sale.state), "right": True}
        app.done(data, "the file is what was listed: every piece decrypts to what its seller committed to")
        return
    app.note(_explained(sale, proof))
    _ask(app, market, sale, dispute.recourse(market, sale, proof))
    _tell(app, sale, proof, dispute.dispute_file(market, sale, proof))


def _explained(sale: Sale, proof: PieceProof) -> str:
    from marketplace.constants import PIECE_BYTES

    start = proof.index * PIECE_BYTES
    return (
        f"The file is not the one that was listed: piece {proof.index} (bytes {start:,} to "
        f"{start + len(proof.cipher) - 1:,}) does not decrypt to what {sale.terms.seller} committed to."
    )


def _ask(app: App, market: Market, sale: Sale, found: Recourse) -> None:
    """Say what a dispute brings, costs and makes public, and ask."""
    from marketplace.services.amounts import show_coin, show_time, show_tokens
    from marketplace.services.dispute import HURRY_SECONDS

    cost = show_coin(found.gas * found.gas_price_wei)
    lines = [
        "Dispute it: the contract decrypts that piece and decides at once.",
        f"  you get {show_tokens(found.refund)} tokens back, and {show_tokens(found.reward)} of the seller's "
        f"bond; he loses {show_tokens(found.reward + found.burned)} of it, and the asset is sold no more",
        f"  it costs about {found.gas:,} gas, {cost} of the chain's coin at today's price",
        f"  it is possible until {show_time(found.until)}",
        "  the file's key becomes public: anybody can open the whole file then",
    ]
    if found.is_tried:
        lines.append(
            "  the contract agrees: it was asked on this computer's own node, so nobody saw the key yet"
        )
    else:
        lines.append(
            f"  the contract was not asked beforehand: {market.client.node.where} is not on this computer, "
            "and would see the key"
        )
    if found.until - market.now() < HURRY_SECONDS:
        lines.append("  little time is left: mined too late, it makes the key public and refunds nothing")
    app.confirm(*lines)


def _tell(app: App, sale: Sale, proof: PieceProof | None, found: Reversal) -> None:
    from marketplace.services.amounts import show_tokens
    from marketplace.types import format_id

    data = {
        "order": format_id(sale.order_id),
        "state": "reversed",
        "right": False,
        "piece": None if proof is None else proof.index,
        "refunded": show_tokens(found.refund),
        "reward": show_tokens(found.reward),
        "burned": show_tokens(found.burned),
        "transaction": found.tx_hash,
    }
    app.done(
        data,
        f"refunded: {show_tokens(found.refund)} tokens; the file was not the one that was listed",
        f"the seller lost {show_tokens(found.reward + found.burned)} tokens of bond: "
        f"{show_tokens(found.reward)} of it to you, {show_tokens(found.burned)} burned",
        "your money: tessera vault show",
    )
