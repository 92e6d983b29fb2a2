"""Whether every token in the Vault belongs to somebody: all books rebuilt from the logs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from marketplace.chain import TOKEN
from marketplace.services.market import Market
from marketplace.types import format_id

_TO_FREE = {"Deposited": "owner", "Paid": "to"}
_FROM_FREE = {"Withdrawn": "owner", "Locked": "from", "FeeBurned": "from"}
_MOVES = ("Deposited", "Withdrawn", "Locked", "Paid", "Moved", "Burned", "FeeBurned")
"""Events of the Vault that move money; the tables name whose free balance grows and shrinks."""


@dataclass(frozen=True)
class Conservation:
    """Whether every token in the Vault belongs to somebody, token base units.

    Parameters
    ----------
    balance : int
        Tokens of the Vault.
    free, buckets, burned, donated : int
        What they are.
    problems : tuple of str
        Accounts and buckets whose books differ from what the logs say.
    """

    balance: int
    free: int
    buckets: int
    burned: int
    donated: int
    problems: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Tell whether it all adds up."""
        return not self.problems and self.balance == self.free + self.buckets + self.burned + self.donated


def conservation(market: Market) -> Conservation:
    """Rebuild every balance from the Vault's logs and compare it with the chain, at one block."""
    with market.client.at() as now:
        free, buckets, burned = _replay(market, now.block.number)
        owned = now.call_many([("Vault", "balanceOf", owner) for owner in free])
        held = now.call_many([("Vault", "bucketOf", *place) for place in buckets])
        problems = [
            f"the free balance of {owner}"
            for (owner, amount), right in zip(free.items(), owned)
            if right != amount
        ]
        problems += [
            f"the bucket {format_id(bucket)} of {module}"
            for ((module, bucket), amount), right in zip(buckets.items(), held)
            if right != amount
        ]
        total = sum(free.values()) + sum(buckets.values()) + burned
        if now.call("Vault", "accounted") != total:
            problems.append("the sum of deposits less withdrawals")
        return Conservation(
            balance=now.call(TOKEN, "balanceOf", market.address("Vault")),
            free=sum(free.values()),
            buckets=sum(buckets.values()),
            burned=burned,
            donated=now.call("Vault", "donated"),
            problems=tuple(problems),
        )


def _replay(market: Market, block: int) -> tuple[dict[str, int], dict[tuple[str, int], int], int]:
    """Return free balances, buckets and what was burned, as the logs say until a block."""
    free: dict[str, int] = defaultdict(int)
    buckets: dict[tuple[str, int], int] = defaultdict(int)
    burned = 0
    for event in market.client.events("Vault", _MOVES, to_block=block):
        amount, bucket = event["amount"], None
        if "bucket" in event.args:
            bucket = event["module"], event["bucket"]
        if event.name in _TO_FREE:
            free[event[_TO_FREE[event.name]]] += amount
        if event.name in _FROM_FREE:
            free[event[_FROM_FREE[event.name]]] -= amount
        if bucket is not None:
            buckets[bucket] += amount if event.name == "Locked" else -amount
        if event.name == "Moved":
            buckets[event["toModule"], event["toBucket"]] += amount
        if event.name in ("Burned", "FeeBurned"):
            burned += amount
    return free, buckets, burned
