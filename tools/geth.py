#!/usr/bin/env python3
"""Build geth, the Ethereum node, or tell what is missing: ``geth.py``.

build/geth is the program as its makers publish it. build/geth-clock is its ``--dev`` mode from the same
packages, with one call more, ``dev_advance``, for deadlines that lie days ahead (tools/geth/main.go).
The version is that of tools/geth/go.mod, every module checked against go.sum. The first build takes minutes.
"""

from __future__ import annotations

import sys

from go_program import GoPrograms

GETH = GoPrograms(
    "geth", "the Ethereum node", {"geth": "github.com/ethereum/go-ethereum/cmd/geth", "geth-clock": "."}
)

if __name__ == "__main__":
    sys.exit(GETH.main())
