"""How long ``make demo`` takes when all is set up."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench_common import ROOT, Results, figure, timed


def measure_demo(_folder: Path) -> Results:
    """Run the demo as its user does, twice; the better one counts."""

    def demo() -> None:
        done = subprocess.run(["make", "demo"], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"error: make demo failed\nhint: run it; it ended with {done.stderr[-300:]!r}")

    seconds = min(timed(demo) for _ in range(2))
    how = "make demo when all is set up, the better of two"
    return {"demo.warm_s": figure(round(seconds, 1), "s", 45, how, better="lower")}
