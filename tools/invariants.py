#!/usr/bin/env python3
"""Run forge's tests, and say how often the fuzzers reached each state: ``invariants.py [forge's arguments]``.

Each run of a campaign adds a line ``state=count,...`` to build/reached/<campaign>.txt. A state that no run
reached was not tested, whatever forge says: the exit code is 1 then too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "reached"
WIDTH = 100

Counts = dict[str, tuple[int, int]]
"""Of each state: how often it was reached, and in how many runs."""


def read(text: str) -> tuple[Counts, int]:
    """Add up the lines of a campaign; return the counts and the number of runs."""
    found: Counts = {}
    runs = 0
    for line in text.splitlines():
        runs += 1
        for part in line.split(","):
            name, _, value = part.rpartition("=")
            times, within = found.get(name, (0, 0))
            found[name] = (times + int(value), within + (int(value) > 0))
    return found, runs


def table(campaign: str, counts: Counts, runs: int) -> str:
    """Return a campaign's counts as lines of the terminal: times reached, share of the runs."""
    lines, line = [f"{campaign}: {runs:,} runs"], "  "
    for name, (times, within) in counts.items():
        cell = f"{name} {times:,} ({100 * within / runs:.0f} %)"
        if len(line) + len(cell) > WIDTH:
            lines.append(line.rstrip())
            line = "  "
        line += cell + "; "
    return "\n".join([*lines, line.rstrip("; ")])


def main() -> int:
    """Run the command line; return its exit code."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    forge = ROOT / ".venv" / "bin" / "forge"
    code = subprocess.run([str(forge), "test", *sys.argv[1:]], cwd=ROOT, check=False).returncode
    print(
        f"\nReached under profile {os.environ.get('FOUNDRY_PROFILE', 'default')}: times (share of the runs)"
    )
    never: list[str] = []
    for path in sorted(FOLDER.glob("*.txt")):
        counts, runs = read(path.read_text("utf-8"))
        print(table(path.stem, counts, runs))
        never += [f"{path.stem}: {name}" for name, (times, _) in counts.items() if not times]
    if never:
        print(f"NEVER reached, so not tested: {'; '.join(never)}")
    return code or int(bool(never))


if __name__ == "__main__":
    sys.exit(main())
