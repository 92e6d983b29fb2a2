#!/usr/bin/env python3
"""Build Kubo, the IPFS node, into build/ipfs, or tell what is missing: ``kubo.py``.

The version is that of tools/kubo/go.mod, every module checked against go.sum. The first build fetches its
modules and takes some minutes; after that nothing is done until go.mod, go.sum or the machine's Go change.
Modules and compiled packages lie where Go keeps its own (``go env GOMODCACHE GOCACHE``), 2.5 GB of them.
"""

from __future__ import annotations

import sys

from go_program import GoPrograms

KUBO = GoPrograms("kubo", "the IPFS node", {"ipfs": "github.com/ipfs/kubo/cmd/ipfs"})

if __name__ == "__main__":
    sys.exit(KUBO.main())
