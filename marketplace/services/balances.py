"""Money of an account: what is free, what is locked and why."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.chain import TOKEN
from marketplace.services.accounts import LATER, MODULES
from marketplace.services.locks import Lock, find_locks
from marketplace.services.market import Market


@dataclass(frozen=True)
class Balances:
    """Money of an account, token base units.

    Parameters
    ----------
    account : str
    coin_wei : int
        The chain's own coin, for gas.
    wallet : int
        Tokens outside of the Vault.
    free : int
        In the Vault, to spend or withdraw.
    caps : dict of str to int
        How much more each module may lock; `UNLIMITED` without limit.
    locked : tuple of Lock
        What can be freed now first.
    now : int
        Time of the block that the amounts are of, Unix seconds.
    """

    account: str
    coin_wei: int
    wallet: int
    free: int
    caps: dict[str, int]
    locked: tuple[Lock, ...]
    now: int

    @property
    def locked_units(self) -> int:
        """All that is locked and the account's own, token base units."""
        return sum(one.amount for one in self.locked if not one.awaited)

    @property
    def ready_units(self) -> int:
        """What a sweep would free, or bring nearer, token base units."""
        return sum(one.amount for one in self.locked if one.ready)


def load_balances(market: Market, account: str | None = None) -> Balances:
    """Read the money of an account, the market's own by default: all of it as it is in one block."""
    market = market.pinned()
    deployment = market.client.deployment
    modules = [*MODULES, *(one for one in LATER if deployment and one in deployment.contracts)]
    account, locked = account or market.account, find_locks(market, account)
    with market.client.at() as now:
        return Balances(
            account=account,
            coin_wei=market.client.node.balance_wei(account),
            wallet=now.call(TOKEN, "balanceOf", account),
            free=now.call("Vault", "balanceOf", account),
            caps={name: now.call("Vault", "capOf", account, market.address(name)) for name in modules},
            locked=locked,
            now=now.block.timestamp,
        )
