#!/usr/bin/env python3
"""Run a Node program of node_modules: ``npx.py solhint ...``, with the machine's Node or that of .venv."""

from __future__ import annotations

import json
import os
import sys

from setup import MODULES, node_tool


def main() -> None:
    """Replace this process by the program."""
    name, *arguments = sys.argv[1:]
    package = json.loads((MODULES / name / "package.json").read_text("utf-8"))
    entry = package["bin"] if isinstance(package["bin"], str) else package["bin"][name]
    node = str(node_tool("node"))
    os.execv(node, [node, str(MODULES / name / entry), *arguments])


if __name__ == "__main__":
    main()
