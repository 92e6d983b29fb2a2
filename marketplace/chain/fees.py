"""What a transaction offers for a unit of gas (EIP-1559), and how much more replaces it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from eth_account.typed_transactions import TypedTransaction
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes

GWEI = 10**9

BASE_FEE_FACTOR = 2
"""Highest fee over the base fee: it can rise by 1/8 a block, so this lasts six full blocks (EIP-1559)."""

GAS_MARGIN_PERCENT = 25
"""Added to an estimate: state may change before the block, and 1/64 stays behind at each call (EIP-150)."""

GAS_CHANCE = 1024
"""Units of gas by which limits differ by chance; what is not used is not paid."""

RAISE_PERCENT = 10
"""Nodes replace a waiting transaction only for one whose fee and tip are both higher by this.
https://geth.ethereum.org/docs/interface/command-line-options (txpool.pricebump)"""


@dataclass(frozen=True)
class Fees:
    """Highest price of a unit of gas, and the part of it that the block's proposer gets; wei.

    Parameters
    ----------
    fee, tip : int
    """

    fee: int
    tip: int

    def raised(self, base: int, tip: int, most: int) -> Fees | None:
        """Return fees that replace these where the network asks ``base`` and ``tip``.

        None if ``most`` is too little for that, or for any block now.

        Parameters
        ----------
        base, tip, most : int
            Wei a unit of gas.
        """
        least_fee, least_tip = _more(self.fee), _more(self.tip)
        tip = max(tip, least_tip)
        fee = min(max(BASE_FEE_FACTOR * base + tip, least_fee), most)
        return Fees(fee, min(tip, fee)) if fee >= max(least_fee, least_tip, base) else None


def _more(wei: int) -> int:
    return wei + max(1, -(-wei * RAISE_PERCENT // 100))


def offer(base: int, tip: int, most: int) -> Fees | None:
    """Return what a new transaction offers where the network asks ``base`` and ``tip``; None if that is
    above ``most``."""
    fee = min(BASE_FEE_FACTOR * base + tip, most)
    return Fees(fee, min(tip, fee)) if base + tip <= most else None


def own_gas(gas: int, most: int) -> int:
    """Return a limit of gas with a margin over an estimate, and a little by chance on top.

    Two computers with one wallet that do the same at the same time would else sign the same bytes: one
    transaction, which each would take for its own.
    """
    return min(gas * (100 + GAS_MARGIN_PERCENT) // 100 + secrets.randbelow(GAS_CHANCE), most)


def signed_fields(raw: bytes) -> dict[str, Any]:
    """Return the fields of a signed EIP-1559 transaction as they were given to the signer."""
    found = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    names = ("chainId", "type", "gas", "nonce", "value", "maxFeePerGas", "maxPriorityFeePerGas")
    fields = {name: found[name] for name in names}
    target = {"to": to_checksum_address(found["to"])} if found["to"] else {}
    return {**fields, **target, "data": "0x" + bytes(found["data"]).hex()}


def fees_of(raw: bytes) -> Fees:
    """Return what a signed transaction offers."""
    fields = signed_fields(raw)
    return Fees(fields["maxFeePerGas"], fields["maxPriorityFeePerGas"])
