"""When to try again what failed, and how long to hold back with what another daemon may do first."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

MOST_SECONDS = 30.0
"""Longest pause between two tries: a stage lasts ten minutes at least, and missing its end costs a bond."""


def pause_after(failures: int, poll_seconds: float) -> float:
    """Return the seconds to wait after so many failures in a row: doubled each time, up to a bound."""
    return min(poll_seconds * 2 ** min(max(failures - 1, 0), 16), MOST_SECONDS)


@dataclass
class Patience:
    """What failed or was put off, by a key that tells one thing in one state from another.

    Parameters
    ----------
    poll_seconds : float
    clock : callable, optional
        Seconds that only grow; tests give their own.
    """

    poll_seconds: float
    clock: Callable[[], float] = time.monotonic
    _failures: dict[Hashable, tuple[int, float]] = field(default_factory=dict)
    _first: dict[Hashable, float] = field(default_factory=dict)

    def is_due(self, key: Hashable) -> bool:
        """Tell whether something may be tried (again)."""
        return self.clock() >= self._failures.get(key, (0, 0.0))[1]

    def failed(self, key: Hashable) -> None:
        """Put off what failed."""
        count = self._failures.get(key, (0, 0.0))[0] + 1
        self._failures[key] = (count, self.clock() + pause_after(count, self.poll_seconds))

    def worked(self, key: Hashable) -> None:
        """Forget what failed before."""
        self._failures.pop(key, None)
        self._first.pop(key, None)

    def held_back(self, key: Hashable, turns: int) -> bool:
        """Tell whether to hold back still, ``turns`` turns from when this was first asked."""
        first = self._first.setdefault(key, self.clock())
        return self.clock() < first + turns * self.poll_seconds
