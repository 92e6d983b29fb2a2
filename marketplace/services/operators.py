"""Seats of evaluators: join, leave, look."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.crypto.grants import x25519_public
from marketplace.errors import ChainError, DataError
from marketplace.services.accounts import ensure_funds, once, sent_before
from marketplace.services.market import Market

MAX_SEATS = 4096
"""As `Operators` has it; a node that answers rubbish tells of as many as it likes."""

_JOIN = "join"

FULL_PARTS = 16
"""Sixteenths of a whole bond (contracts/Operators.sol)."""


@dataclass(frozen=True)
class SeatView:
    """A seat at one block.

    Parameters
    ----------
    seat : int
    owner : str
    since, leave_at : int
        Unix seconds; 0: leaving was not announced.
    bond : int
        What is left of it, token base units.
    whole, locked : bool
        Whether it can be drawn; whether it sits on a panel.
    """

    seat: int
    owner: str
    since: int
    leave_at: int
    bond: int
    whole: bool
    locked: bool


def join(market: Market) -> int:
    """Take a seat with its bond; the key for grants is registered with it. Return the seat."""
    if not joined_before(market):
        ensure_funds(market, "Operators", market.client.call("Operators", "SEAT_BOND"))
    key = x25519_public(market.operator_key())
    receipt = market.send("take a seat", "Operators", "join", key, intent=once(market, _JOIN))
    return int(receipt.event("SeatJoined")["seat"])


def joined_before(market: Market) -> bool:
    """Tell whether a process took a seat, and died before it told which: joining tells it, and takes none."""
    return sent_before(market, _JOIN)


def announce_leave(market: Market, seat: int) -> int:
    """Say that this account will leave a seat; return from when it may, Unix seconds."""
    intent = once(market, f"announce:{seat}")
    receipt = market.send("announce leaving", "Operators", "announceLeave", seat, intent=intent)
    return int(receipt.event("SeatLeaving")["leaveAt"])


def leave(market: Market, seat: int) -> int:
    """Leave a seat; return what is left of its bond, token base units."""
    receipt = market.send("leave a seat", "Operators", "leave", seat, intent=once(market, f"leave:{seat}"))
    return int(receipt.event("SeatLeft")["amount"])


def list_seats(market: Market, owner: str | None = None) -> list[SeatView]:
    """Return all seats with an owner, or those of one owner.

    Raises
    ------
    ChainError
        If the node tells of more seats than there can be.
    """
    with market.client.at() as pinned:
        part = pinned.call("Operators", "SEAT_BOND") // FULL_PARTS
        count = pinned.call("Operators", "count")
        if count > MAX_SEATS:
            where = market.client.node.where
            raise ChainError(
                f"the node at {where} tells of more seats than the {MAX_SEATS:,} there can be",
                "ask another node: TESSERA_RPC_URL",
            )
        every = pinned.call_many([("Operators", "seatOf", seat) for seat in range(count)])
        mine = [
            (seat, fields)
            for seat, fields in enumerate(every)
            if int(fields.owner, 16) != 0 and owner in (None, fields.owner)
        ]
        locked = pinned.call_many([("Operators", "isLocked", seat) for seat, _ in mine])
        return [
            SeatView(
                seat=seat,
                owner=fields.owner,
                since=fields.since,
                leave_at=fields.leaveAt,
                bond=part * fields.parts,
                whole=fields.parts == FULL_PARTS,
                locked=on_panel,
            )
            for (seat, fields), on_panel in zip(mine, locked)
        ]


def own_seats(market: Market) -> list[SeatView]:
    """Return this account's seats.

    Raises
    ------
    DataError
        If it has none.
    """
    seats = list_seats(market, market.account)
    if not seats:
        raise DataError(f"{market.account} owns no seat", "take one with: tessera operator join")
    return seats
