"""Whether every token in the Vault belongs to somebody: all books rebuilt from the logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.chain import TOKEN
from marketplace.services.market import Market
from marketplace.types import format_id


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
        problems = []
        for owner, amount in free.items():
            if now.call("Vault", "balanceOf", owner) != amount:
                problems.append(f"the free balance of {owner}")
        for (module, bucket), amount in buckets.items():
            if now.call("Vault", "bucketOf", module, bucket) != amount:
                problems.append(f"the bucket {format_id(bucket)} of {module}")
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

    def each(name: str, book: Callable[[Any], None]) -> None:
        for event in market.client.events("Vault", name, to_block=block):
            book(event)

    def add(book: Any, key: Any, amount: int) -> None:
        book[key] += amount

    each("Deposited", lambda e: add(free, e["owner"], e["amount"]))
    each("Withdrawn", lambda e: add(free, e["owner"], -e["amount"]))
    each("Locked", lambda e: add(free, e["from"], -e["amount"]))
    each("Locked", lambda e: add(buckets, (e["module"], e["bucket"]), e["amount"]))
    each("Paid", lambda e: add(free, e["to"], e["amount"]))
    each("Paid", lambda e: add(buckets, (e["module"], e["bucket"]), -e["amount"]))
    each("Moved", lambda e: add(buckets, (e["module"], e["bucket"]), -e["amount"]))
    each("Moved", lambda e: add(buckets, (e["toModule"], e["toBucket"]), e["amount"]))
    for event in market.client.events("Vault", "Burned", to_block=block):
        buckets[event["module"], event["bucket"]] -= event["amount"]
        burned += event["amount"]
    for event in market.client.events("Vault", "FeeBurned", to_block=block):
        free[event["from"]] -= event["amount"]
        burned += event["amount"]
    return free, buckets, burned
