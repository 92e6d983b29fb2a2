"""Pages of text for a terminal: headings, pairs and tables that fit its width."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

import click

MIN_WIDTH, MAX_WIDTH, PIPED_WIDTH = 60, 120, 100
INDENT = "  "
GAP = "  "
KEPT = "\N{NO-BREAK SPACE}"
"""Where a line is not to be folded; written as a plain space."""


def page_width() -> int:
    """Return how wide a page may be: that of the terminal, within reason."""
    wide = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    return max(MIN_WIDTH, min(MAX_WIDTH, wide))


def heading(text: str) -> list[str]:
    """Return a blank line and a heading."""
    return ["", click.style(text, bold=True)]


def pairs(items: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Return names with their texts beside them, folded to the width."""
    return grid([(name, text) for name, text in items], width)


def grid(rows: Sequence[Sequence[str]], width: int, right: Sequence[int] = ()) -> list[str]:
    """Return rows in columns; the last column is folded to the width.

    Parameters
    ----------
    rows : sequence of sequence of str
    width : int
    right : sequence of int, optional
        Columns that are aligned to the right.

    Returns
    -------
    list of str
    """
    if not rows:
        return []
    last = len(rows[0]) - 1
    sizes = [max(len(row[i]) for row in rows) for i in range(last)]
    room = max(20, width - len(INDENT) - sum(sizes) - len(GAP) * last)
    lines = []
    for row in rows:
        cells = [
            text.rjust(size) if i in right else text.ljust(size)
            for i, (text, size) in enumerate(zip(row, sizes, strict=False))
        ]
        folded = textwrap.wrap(row[last], room, break_on_hyphens=False) or [""]
        lines.append((INDENT + GAP.join([*cells, folded[0]])).rstrip())
        behind = " " * (len(INDENT) + sum(sizes) + len(GAP) * last)
        lines += [behind + more for more in folded[1:]]
    return [line.replace(KEPT, " ") for line in lines]


def folded(text: str, width: int) -> list[str]:
    """Return a sentence folded to the width."""
    lines = textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT)
    return [line.replace(KEPT, " ") for line in lines]


def span(seconds: int) -> str:
    """Say how long something is, in its two largest units, for instance ``2 d 3 h``."""
    rest = abs(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def relative(timestamp: int, now: int) -> str:
    """Say how far a moment is away."""
    gap = timestamp - now
    text = f"in {span(gap)}" if gap >= 0 else f"{span(gap)} ago"
    return text.replace(" ", KEPT)
