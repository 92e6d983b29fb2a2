#!/usr/bin/env python3
"""Plot how cost grows with size: ``plots.py`` measures, writes docs/speed.md and docs/speed.svg (make plots).

``plots.py files seats`` measures these groups alone and keeps the points in build/plots; ``plots.py --kept``
writes the documents from what is kept there.

For each curve the exponent is fitted: the slope of cost over size on logarithmic scales, over the larger half
of the sizes, where what is spent once no longer shows. Cost may not grow faster than its input: an exponent
above 1.1 (a tenth is what caches and chance add) fails, and names the curve.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import numpy as np
from plots_series import Series, by_file, by_listing, by_model, by_seat

ROOT = Path(__file__).resolve().parent.parent
MOST = 1.1
GROUPS: dict[str, Callable[[], Iterator[Series]]] = {
    "files": lambda: by_file(2**32),
    "listings": lambda: by_listing(100_000),
    "models": by_model,
    "seats": lambda: by_seat(270),
}
HEAD = """# How cost grows

Written by `make plots`, which measures it and fails where cost grows faster than its input. Time is that of
the processor, all cores together, on one machine; how we compare with others is printed by `make bench`.

![Cost against size, on logarithmic scales](speed.svg)

*Exponent*: cost grows as size to this power, fitted over the larger half of the sizes; 1 is in proportion, 0
is not at all.
"""
KEPT = ROOT / "build" / "plots"


def exponent(points: list[tuple[float, float]]) -> float:
    """Return the slope of cost over size, on logarithmic scales, over the larger half of the sizes."""
    half = points[(len(points) - 1) // 2 :]
    x, y = np.log(np.array(half, dtype=float).T)
    return float(np.polyfit(x, y, 1)[0])


def draw(found: list[Series], path: Path) -> None:
    """Draw a panel for each pair of axes."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "tessera"  # the same names for the same picture
    from matplotlib import pyplot

    panels = [list(group) for _, group in groupby(found, lambda one: (one.size, one.cost))]
    columns = 3
    figure, places = pyplot.subplots(
        -(-len(panels) // columns), columns, figsize=(13, 3.4 * -(-len(panels) // columns)), squeeze=False
    )
    for place in places.flat[len(panels) :]:
        place.axis("off")
    for place, panel in zip(places.flat, panels, strict=False):
        for one in panel:
            x, y = zip(*one.points, strict=True)
            place.loglog(x, y, marker="o", label=f"{one.what} ({exponent(one.points):.2f})")
        place.set(xlabel=panel[0].size, ylabel=panel[0].cost)
        costs = [cost for one in panel for _, cost in one.points]
        if max(costs) < 10 * min(costs):  # what hardly changes shall look so
            middle = (max(costs) * min(costs)) ** 0.5
            place.set_ylim(middle / 10, middle * 10)
        place.grid(alpha=0.3)
        place.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def table(found: list[Series]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| what | size | cost | exponent | points (size: cost) |", "|---|---|---|--:|---|"]
    for one in found:
        points = ", ".join(f"{size:,.0f}: {cost:,.3g}" if cost < 1000 else f"{size:,.0f}: {cost:,.0f}"
                           for size, cost in one.points)  # fmt: skip
        lines.append(f"| {one.what} | {one.size} | {one.cost} | {exponent(one.points):.2f} | {points} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, write, and fail where cost grows too fast."""
    wanted = [name for name in sys.argv[1:] if name != "--kept"]
    if unknown := [name for name in wanted if name not in GROUPS]:
        raise SystemExit(f"error: there is no group {unknown[0]}\nhint: there are: {' '.join(GROUPS)}")
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in wanted or ([] if "--kept" in sys.argv else GROUPS):
        found = []
        for one in GROUPS[name]():
            print(f"{one.what} by {one.size}: {one.cost}, exponent {exponent(one.points):.2f}", flush=True)
            found.append(one)
        (KEPT / f"{name}.json").write_text(json.dumps([asdict(one) for one in found]), "utf-8")
    if wanted:
        return
    found = [Series(**one) for name in GROUPS for one in json.loads((KEPT / f"{name}.json").read_text())]
    docs = ROOT / "docs"
    draw(found, docs / "speed.svg")
    (docs / "speed.md").write_text(f"{HEAD}\n{table(found)}\n", "utf-8")
    print("written to docs/speed.md and docs/speed.svg")
    if fast := [one.what for one in found if exponent(one.points) > MOST]:
        raise SystemExit(
            f"error: cost grows faster than its input: {'; '.join(fast)}\nhint: see docs/speed.md"
        )


if __name__ == "__main__":
    main()
