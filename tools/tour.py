#!/usr/bin/env python3
"""Run docs/tour.ipynb: ``tour.py`` writes it back with fresh outputs, ``tour.py OUT`` writes to another file.

The notebook is its own source: edit it, then run this. Only its outputs are written.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
TOUR = ROOT / "docs" / "tour.ipynb"
MOST_SECONDS = 900


def run(source: Path, out: Path) -> nbformat.NotebookNode:
    """Run a notebook from start to end; stop at the first cell that fails."""
    book = nbformat.read(source, as_version=4)
    client = NotebookClient(book, timeout=MOST_SECONDS, kernel_name="python3", record_timing=False)
    client.execute(cwd=str(ROOT / "docs"))
    book.metadata.language_info = {"name": "python"}  # not which Python it was
    nbformat.write(book, out)
    return book


def main() -> int:
    """Run the command line; return its exit code."""
    out = Path(sys.argv[1]) if sys.argv[1:] else TOUR
    run(TOUR, out)
    print(f"wrote {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
