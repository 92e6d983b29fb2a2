"""What listing would cost, estimated before anything is sent."""

from __future__ import annotations

import os
from dataclasses import dataclass

from web3 import Web3

from marketplace.chain.values import to_abi
from marketplace.crypto.points import Point
from marketplace.services.market import Market
from marketplace.services.planning import Plan
from marketplace.services.structs import AssetTerms

LOCK_GAS = 30_000
"""What locking a bond adds to ``Assets.list``: measured on the deployed contracts, see test_costs.py."""

TOP_UP_GAS = 150_000
"""A deposit by permit with the approval of a module, the first of an account: measured likewise."""

APPROVE_GAS = 50_000
"""The approval of a module alone: measured likewise."""

STAND_IN = "0x0000000000000000000000000000000000000001"
"""Seller of an estimate without a wallet."""


@dataclass(frozen=True)
class Cost:
    """An estimate.

    Parameters
    ----------
    gas : int
        Of all transactions together.
    gas_price_wei : int
        As the node tells it now.
    transactions : int
    deposit : int
        Tokens that would move from the wallet into the vault, base units.
    """

    gas: int
    gas_price_wei: int
    transactions: int
    deposit: int

    @property
    def wei(self) -> int:
        """The price of the gas, in wei of the chain's own coin."""
        return self.gas * self.gas_price_wei


def listing_cost(market: Market, plan: Plan, account: str | None) -> Cost:
    """Estimate what listing would cost an account, without its key; nothing is sent.

    The node estimates the listing itself with no bond, which works whoever asks; what the bond adds
    is measured.

    Parameters
    ----------
    market : Market
    plan : Plan
    account : str or None
        None if there is no wallet yet: nothing is in the vault then.
    """
    seller = Web3.to_checksum_address(account or STAND_IN)
    call = market.client.contract("Assets").functions["list"](
        os.urandom(32), to_abi(_stand_in_terms(plan, seller)), to_abi(plan.parents)
    )
    with market.client.node.errors():
        gas = int(call.estimate_gas({"from": seller}))
        gas_price = int(market.client.node.web3.eth.gas_price)
    free = cap = 0
    if account is not None:
        with market.client.at() as now:
            free = now.call("Vault", "balanceOf", seller)
            cap = now.call("Vault", "capOf", seller, market.address("Assets"))
    deposit, approves = max(0, plan.bond - free), cap < plan.bond
    gas += LOCK_GAS if plan.bond else 0
    gas += TOP_UP_GAS if deposit else APPROVE_GAS if approves else 0
    return Cost(gas, gas_price, 2 if deposit or approves else 1, deposit)


def _stand_in_terms(plan: Plan, seller: str) -> AssetTerms:
    """Return terms of the same size as those that will be sent."""
    point = Point.from_scalar(int.from_bytes(os.urandom(16), "big") + 1)
    return AssetTerms(
        seller=seller,
        kind=plan.manifest.kind,
        price=plan.price,
        bond=0,
        settle_window=plan.settle_window,
        dispute_window=plan.dispute_window,
        content_root=os.urandom(32),
        manifest=os.urandom(32),
        key=point,
        seal=point,
    )
