#!/usr/bin/env python3
"""Fetch the proving tools of the tests, make their reference string, or tell what is missing."""

from __future__ import annotations

import sys

from setup import ROOT, node_tool

sys.path.insert(0, str(ROOT))

FOLDER = ROOT / "build" / "proving"


def missing() -> str | None:
    """Say what keeps real proofs from being made here, and how to get it; None when nothing does."""
    if node_tool("npm") is None:
        return "this machine has no npm: install Node 20 or newer (https://nodejs.org), then: make proving"
    return None


def prepare() -> str | None:
    """Fetch and make what is not there; say what is missing."""
    reason = missing()
    if reason is not None:
        return reason
    from marketplace.proving.reference import make_reference
    from marketplace.proving.shapes import SHAPES
    from marketplace.proving.toolchain import ProvingError, Toolchain

    try:
        Toolchain(FOLDER, lambda text: print(f"proving: {text}", flush=True)).install()
    except ProvingError as error:
        return f"{error}; {error.hint}"
    make_reference(FOLDER / "reference", max(shape.points for shape in SHAPES))
    return None


def main() -> int:
    """Run the command line; return its exit code."""
    reason = prepare()
    if reason is not None:
        print(f"proving: not prepared: {reason}", file=sys.stderr)
    return 0 if reason is None else 1


if __name__ == "__main__":
    sys.exit(main())
