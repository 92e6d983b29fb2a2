"""The loop of a daemon: a turn, a pause, and a clean end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from marketplace.errors import ChainError, ConfigError, MarketplaceError, SpendingLimitReached
from marketplace.node.patience import pause_after
from marketplace.node.role import Role

MOST_TURNS = 1000
"""Turns of one run with ``--once``: a bound, should steps never end."""


@contextmanager
def stop_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set an event on SIGTERM and SIGINT, so that the step under way is finished before the end."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(role: Role, stop: threading.Event, *, poll_seconds: float, once: bool = False) -> None:
    """Take turns until asked to stop; with ``once`` until a turn finds nothing to do.

    What a node or a store can't do now is tried again, later and later. What only the user can mend ends it.

    Raises
    ------
    SpendingLimitReached, ConfigError
        For the user to mend.
    MarketplaceError
        With ``once``, whatever stops a turn.
    """
    role.once, role.stopping = once, stop.is_set
    failures, turns = 0, 0
    while not stop.is_set():
        try:
            done = role.turn()
            role.report.passed(role.market.client.node.block().number)
            role.report.waits("node", "")
            failures = 0
        except (SpendingLimitReached, ConfigError):
            raise
        except (MarketplaceError, OSError) as error:
            if once:
                raise _plain(error) from error
            failures, done = failures + 1, 0
            role.report.trouble = str(error)
            role.report.failed("node", error)
        turns += 1
        if once and (not done or turns == MOST_TURNS):
            return
        if failures or not done:
            stop.wait(pause_after(failures, poll_seconds) if failures else poll_seconds)


def _plain(error: Exception) -> MarketplaceError:
    """Return an error of the tree: this computer's refusals are told like any other."""
    if isinstance(error, MarketplaceError):
        return error
    return ChainError(f"this computer refused: {error}", "check the free space and the permissions")
