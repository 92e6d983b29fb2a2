#!/usr/bin/env python3
"""Measure gas and speed, print a table, write build/bench.json: name -> {value, unit, goal, better, how}.

``bench.py`` measures everything; ``bench.py envelope models`` measures these parts and writes nothing. Every
value comes from a run in this very call. Ratios are our speed over theirs, both measured in turns, the best
of each; each part of the benchmark says in its own file (tools/bench_*.py) what is compared with what.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench_chain import measure_chain
from bench_common import ROOT, Results
from bench_demo import measure_demo
from bench_envelope import measure_envelope
from bench_gas import measure_gas
from bench_models import measure_models
from bench_proving import measure_proving
from bench_store import measure_store

PARTS: dict[str, Callable[[Path], Results]] = {
    "gas": measure_gas,
    "envelope": measure_envelope,
    "storage": measure_store,
    "models": measure_models,
    "chain": measure_chain,
    "zk": measure_proving,
    "demo": measure_demo,
}
"""Each takes a folder that is empty and goes away."""


def show(results: Results) -> None:
    """Print the table."""
    width = max(map(len, results), default=0)
    print(f"{'name':{width}} {'value':>12} {'unit':7} {'goal':>12}  met")
    for name, one in results.items():
        value, goal = one["value"], one["goal"]
        assert isinstance(value, int | float)
        line = f"{name:{width}} {value:>12,} {one['unit']:7} "
        if isinstance(goal, int | float):
            met = value <= goal if one["better"] == "lower" else value >= goal
            line += f"{goal:>12,}  {'yes' if met else 'NO'}"
        print(line)


def main() -> None:
    """Run the command line."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SystemExit(f"error: there is no part {unknown[0]}\nhint: there are: {' '.join(PARTS)}")
    results: Results = {}
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            results |= PARTS[name](Path(folder))
    show(results)
    if wanted == list(PARTS):
        path = ROOT / "build" / "bench.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(results, indent=1) + "\n")
        print(f"\nwritten to {path.relative_to(ROOT)}, with how each value was measured")


if __name__ == "__main__":
    main()
