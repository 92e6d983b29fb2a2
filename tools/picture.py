#!/usr/bin/env python3
"""Draw docs/demo.svg, the picture in README.md, from a real run of ``tessera demo``: ``picture.py [FILE]``.

The demo runs on a terminal; of what it writes the picture shows some lines, in their order and colours, and
its title says that there were more. FILE holds a run that was kept: script -qc '.venv/bin/tessera demo' FILE
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
WIDTH, MOST_SECONDS = 108, 600

SHOWN = (
    r"A dataset is listed, and sold",
    r"  hospital  list the asset",
    r"  ada       order, lock the price",
    r"  hospital  settle an order",
    r"A bounty is opened",
    r"  insurer   open the bounty",
    r"    \d+ hidden rows",
    r"Makers score their own models",
    r"    \w+ claims ",
    r"A panel is drawn;",
    r"    \w+ finds .* commits",
    r"    cleo claimed too much",
    r"A panel is drawn for an honest claim",
    r"    \w+ agrees to say ",
    r"    caught: ",
    r"    \w+'s claim of .* holds",
    r"The winner delivers",
    r"  \w+ +deliver the key",
    r"    the requester has opened",
    r"What everyone paid and earned",
    r" who  ",
    r" ──",
    r" (hospital|insurer|clinic|ada|ben|cleo|eva|finn|gus|hana|ivo) .*[+-]?\d$",
    r"The Vault's conservation held",
)
"""Beginnings of the lines that are shown. Names are any; else the first that fits stands for its kind."""

STYLE = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img"
 aria-label="A terminal that shows: {label}">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
 font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""As rich's own, without a font from the network: a README's picture may load nothing."""


def record() -> str:
    """Run the demo on a terminal; return what it wrote, colours included."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TESSERA_")}
    child = pexpect.spawn(
        str(ROOT / ".venv" / "bin" / "tessera"),
        ["demo"],
        env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        encoding="utf-8",
        timeout=MOST_SECONDS,
        dimensions=(50, WIDTH + 60),
    )
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus != 0:
        raise SystemExit(f"error: the demo ended with {child.exitstatus}\n{child.before[-2000:]}")
    return child.before


def choose(written: str) -> list[Text]:
    """Return the lines to show, a blank one before each chapter."""
    chosen: list[Text] = []
    seen: set[str] = set()
    for line in Text.from_ansi(written.replace("\r", "")).split("\n"):
        line.rstrip()
        kind = next((one for one in SHOWN if re.match(one, line.plain)), None)
        chapter = not line.plain.startswith(" ")
        if kind is None or (kind in seen and not chapter and "w+" not in kind and "|" not in kind):
            continue
        seen.add(kind)
        line.truncate(WIDTH - 1, overflow="ellipsis")
        chosen += [Text(), line] if chapter else [line]
    return chosen


def draw(lines: list[Text]) -> str:
    """Return the picture of some lines on a terminal."""
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, highlight=False)
        console.print(Text("$ tessera demo", style="bold green"))
        for line in lines:
            console.print(line)
    label = "a dataset sold, a contest decided, everybody paid by contract"
    return console.export_svg(
        title="tessera demo, shortened", code_format=STYLE.replace("{label}", label), unique_id="demo"
    )


def main() -> int:
    """Run the command line; return its exit code."""
    written = Path(sys.argv[1]).read_text("utf-8") if sys.argv[1:] else record()
    text = draw(choose(written))
    PICTURE.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", "utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
