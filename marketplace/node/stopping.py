"""A clean end on SIGTERM and SIGINT. Imports nothing else of ours: it is there from the first moment."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop(threading.Event):
    """Set once the process was asked to end; until `begin` that ends it at once, for nothing is under way."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = False

    def begin(self) -> None:
        """From now on let the step under way finish."""
        self._begun = True

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """Be asked by a signal."""
        self.set()
        if self._begun:
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt  # at a prompt it must not wait for an answer
        sys.exit(0)


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Give an event that SIGTERM and SIGINT set, so that the step under way is finished before the end."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
