"""The loop of a daemon: a turn, a pause, and a clean end."""

from __future__ import annotations

import threading

from marketplace.errors import ChainError, ConfigError, MarketplaceError, SpendingLimitReached
from marketplace.node.patience import pause_after
from marketplace.node.role import Role, as_told

MOST_TURNS = 1000
"""Turns of one run with ``--once``: a bound, should steps never end."""


def run(role: Role, stop: threading.Event, *, poll_seconds: float, once: bool = False) -> None:
    """Take turns until asked to stop; with ``once`` until a turn finds nothing to do.

    What a node or a store can't do now is tried again, later and later. What only the user can mend ends it.

    Raises
    ------
    SpendingLimitReached, ConfigError
        For the user to mend.
    MarketplaceError
        With ``once``, whatever stops a turn.
    BrokenPipeError
        Nobody reads any more what is said.
    """
    role.once, role.stopping = once, stop.is_set
    failures, turns = 0, 0
    while not stop.is_set():
        try:
            done = role.turn()
            role.report.passed(role.market.client.node.block().number)
            role.report.waits("node", "")
            failures = 0
        except (SpendingLimitReached, ConfigError, BrokenPipeError):
            raise
        except Exception as error:
            if once:
                raise _plain(error) from error
            failures, done, shown = failures + 1, 0, as_told(error)
            role.report.trouble = str(shown)
            role.report.failed("node", shown)
        turns += 1
        if once and (not done or turns == MOST_TURNS):
            return
        if failures or not done:
            stop.wait(pause_after(failures, poll_seconds) if failures else poll_seconds)


def _plain(error: Exception) -> MarketplaceError:
    """Return an error of the tree: this computer's refusals are told like any other."""
    shown = as_told(error)
    if isinstance(shown, MarketplaceError):
        return shown
    return ChainError(f"this computer refused: {error}", "check the free space and the permissions")
