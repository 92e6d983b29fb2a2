"""What every part of the benchmark shares: figures, and two sides measured in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Results = dict[str, dict[str, object]]


def figure(
    value: float, unit: str, goal: float | None, how: str, *, better: str = "higher"
) -> dict[str, object]:
    """Describe a figure."""
    return {"value": value, "unit": unit, "goal": goal, "better": better, "how": how}


def ratio(ours: float, theirs: float, goal: float | None, how: str) -> dict[str, object]:
    """Describe by how much we are quicker, from the seconds of both."""
    return figure(round(theirs / ours, 2), "x", goal, f"{how} (ours {ours:.3g} s, theirs {theirs:.3g} s)")


def timed(work: Callable[[], object]) -> float:
    """Return how long work takes, seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def warm(folder: Path, size: int) -> None:
    """Use and free as much memory as a side will write.

    A virtual machine hands memory it does not use back to its host. To have it back is no side's work.
    """
    path, zeros = folder / "warm", bytes(2**22)
    with path.open("wb") as sink:
        for _ in range(size // len(zeros) + 32):
            sink.write(zeros)
    path.unlink()


def best_in_turns(times: int, *sides: Callable[[], float]) -> list[float]:
    """Let each side measure itself in turns, so that a busy machine disturbs all; return each one's least."""
    rounds = [[side() for side in sides] for _ in range(times)]
    return [min(each) for each in zip(*rounds, strict=True)]


def missing(what: str, hint: str) -> Results:
    """Say what can't be measured here, and what to do about it."""
    print(f"not measured: {what}; {hint}", flush=True)
    return {}
