"""Freeing what can be freed: one transaction after the other, each tried on paper first.

Nothing here can cost more than gas: every step pays money out to its owner, or moves a contest on past a
deadline. A step that would revert is not sent, and told with its reason. What was sent before a crash is
found in the journal: each step is named by what it does, and what is done already is no lock any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from web3 import Web3

from marketplace.chain import Receipt
from marketplace.errors import ContractReverted, DataError, TransactionFailed
from marketplace.services import buy, contest, demands, operators, proof_request, proof_submit, sell
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.catalog import load_asset, load_order
from marketplace.services.locks.contests import step_now
from marketplace.services.locks.find import find_locks
from marketplace.services.locks.kinds import Lock, LockKind
from marketplace.services.locks.sales import (
    children_first,
    load_estate,
    sales_of,
    short,
    worth_collecting,
)
from marketplace.services.market import Market, Step

MAX_PASSES = 64
"""Looks at everything again, as long as something was freed: more than a contest has steps in a row."""

MAX_WASTED = 3
"""Transactions that passed the trial and reverted all the same (somebody was faster), or were not final in
time (each is waited for): then it ends."""


@dataclass(frozen=True)
class Freed:
    """One transaction of a sweep.

    Parameters
    ----------
    what, transaction : str
    amount : int
        What the Vault paid to the account by it, token base units.
    gas : int
    """

    what: str
    transaction: str
    amount: int
    gas: int


@dataclass(frozen=True)
class Sweep:
    """What a sweep did.

    Parameters
    ----------
    freed : tuple of Freed
    kept : dict of str to str
        Why a step was not taken, by what it was.
    stopped : str
        Why it ended before all was done; empty if it was.
    """

    freed: tuple[Freed, ...]
    kept: dict[str, str]
    stopped: str = ""

    @property
    def amount(self) -> int:
        """All that was paid to the account, token base units."""
        return sum(one.amount for one in self.freed)

    @property
    def gas(self) -> int:
        """All gas it took."""
        return sum(one.gas for one in self.freed)


class _Enough(Exception):
    """The limit of gas, or of wasted transactions, is reached."""


class _Sweeper:
    """Takes steps and keeps account of them."""

    def __init__(self, market: Market, max_gas: int | None) -> None:
        self._watcher = market.on_step
        self.market = market.watched(self._note)
        self.max_gas = max_gas
        self.freed: list[Freed] = []
        self.kept: dict[str, str] = {}
        self.wasted = 0

    def _note(self, step: Step) -> None:
        receipt = step.receipt
        self.freed.append(Freed(step.what, receipt.tx_hash, self._paid(receipt), receipt.gas_used))
        self._watcher(step)

    def _paid(self, receipt: Receipt) -> int:
        me = self.market.account
        return sum(
            event["amount"]
            for event in receipt.events
            if (event.contract, event.name) == ("Vault", "Paid") and event["to"] == me
        )

    def take(self, what: str, work: Callable[..., object], *args: object) -> None:
        """Take a step, unless the trial says that it would revert."""
        if self.max_gas is not None and sum(one.gas for one in self.freed) >= self.max_gas:
            raise _Enough(f"the limit of {self.max_gas:,} gas is reached")
        if what in self.kept:
            return
        before = self._mined()
        try:
            work(self.market, *args)
        except (ContractReverted, TransactionFailed, DataError) as error:
            self.kept[what] = str(error)
            if isinstance(error, TransactionFailed) or self._mined() > before:
                self.wasted += 1
        if self.wasted >= MAX_WASTED:
            raise _Enough(f"{self.wasted} transactions did nothing although their trial had passed")

    def _mined(self) -> int:
        node = self.market.client.node
        with node.errors():
            return node.web3.eth.get_transaction_count(Web3.to_checksum_address(self.market.account))


def sweep(market: Market, *, max_gas: int | None = None) -> Sweep:
    """Free all that can be freed now for the market's account.

    Parameters
    ----------
    market : Market
        With a wallet.
    max_gas : int, optional
        No further transaction once so much gas was used.

    Returns
    -------
    Sweep

    Raises
    ------
    ChainError
        If the node can't be reached; what was done stays done.
    """
    market.client.resume()
    work = _Sweeper(market, max_gas)
    try:
        for _ in range(MAX_PASSES):
            done = len(work.freed)
            _take_all(work, work.market, [one for one in find_locks(market) if one.ready])
            if len(work.freed) == done:
                return Sweep(tuple(work.freed), work.kept)
    except _Enough as error:
        return Sweep(tuple(work.freed), work.kept, str(error))
    return Sweep(tuple(work.freed), work.kept, f"after {MAX_PASSES} looks at everything")


def _take_all(work: _Sweeper, market: Market, locks: Sequence[Lock]) -> None:
    """Do something about each lock, once; what that leads to is found by the next look."""
    for bounty_id in dict.fromkeys(lock.bounty for lock in locks if lock.step):
        _contest(work, market, bounty_id)
    for lock in locks:
        if lock.kind is LockKind.ORDER:
            work.take(lock.command, buy.refund, load_order(market, lock.subject))
        elif lock.kind in (LockKind.DEMAND_BOND, LockKind.DEMAND_FEE):
            work.take(lock.command, demands.settle_of, lock.bucket, lock.subject)
        elif lock.kind is LockKind.LISTING_BOND:
            work.take(lock.command, sell.release_bond, load_asset(market, lock.subject))
        elif lock.kind is LockKind.SEAT_BOND and not lock.step:
            work.take(lock.command, operators.leave, lock.subject)
        elif lock.kind in _PROOFS:
            work.take(lock.command, _PROOFS[lock.kind], lock.subject)
    if any(lock.kind in _INCOME for lock in locks):
        _income(work, market)


def _release_own(market: Market, bounty_id: int) -> None:
    proof_submit.release(market, bounty_id, [market.account])


_PROOFS: Mapping[LockKind, Callable[[Market, int], None]] = {
    LockKind.PROOF_ASKED: proof_request.close_proof,
    LockKind.PROOF_BOND: _release_own,
    LockKind.PROOF_DECLINED: proof_submit.vindicate,
    LockKind.PROOF_PENALTY: _release_own,
}
"""What frees each kind of a proved bounty's money."""

_INCOME = (LockKind.SALE, LockKind.PARENTS_PART, LockKind.INCOME)


def _contest(work: _Sweeper, market: Market, bounty_id: int) -> None:
    """Move a contest on as far as it goes."""
    for _ in range(MAX_PASSES):
        view, done = load_bounty(market, bounty_id), len(work.freed)
        step = step_now(view, market.account, market.client.node.block().number)
        if step:
            work.take(f"tessera bounty {step} {short(bounty_id)}", _move, view, step)
        if len(work.freed) == done:
            return


def _move(market: Market, view: BountyView, step: str) -> None:
    if step == "release":
        contest.release(market, view.bounty_id, [market.account])
    else:
        contest.take(market, view, step)


def _income(work: _Sweeper, market: Market) -> None:
    """Collect sales, pass their income up through all generations, and claim."""
    estate, now = load_estate(market, market.account), market.now()
    over = [sale for sale in sales_of(market, list(estate.parts)) if sale.matures_at < now]
    ripe = worth_collecting(estate, over)
    for start in range(0, len(ripe), sell.COLLECT_BATCH):
        part = ripe[start : start + sell.COLLECT_BATCH]
        work.take(f"tessera order collect {short(part[0].order_id)} …", sell.collect, part)
    for one in children_first(estate):
        if estate.upward(one, market.client.call("Assets", "flushable", one)):
            work.take(f"tessera asset flush {short(one)}", sell.flush, load_asset(market, one))
    for one in estate.held:
        if market.client.call("Assets", "claimable", one, market.account):
            work.take(f"tessera asset claim {short(one)}", sell.claim, load_asset(market, one))
