#!/usr/bin/env python3
"""Build Kubo, the IPFS node, into build/ipfs, or tell what is missing: ``kubo.py``.

The version is that of tools/kubo/go.mod, every module checked against go.sum. The first build fetches its
modules and takes some minutes; after that nothing is done until go.mod, go.sum or the machine's Go change.
Modules and compiled packages lie where Go keeps its own (``go env GOMODCACHE GOCACHE``), 2.5 GB of them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE = ROOT / "tools" / "kubo"
PROGRAM = ROOT / "build" / "ipfs"
PACKAGE = "github.com/ipfs/kubo/cmd/ipfs"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def wanted_go() -> str:
    """Return the oldest Go that go.mod allows."""
    found = re.search(r"^go (\S+)$", (MODULE / "go.mod").read_text("utf-8"), re.MULTILINE)
    assert found, "go.mod names no version of Go"
    return found[1]


def go_version() -> str | None:
    """Return the version of the machine's Go, such as ``1.26.8``; None without one."""
    go = shutil.which("go")
    if go is None:
        return None
    shown = subprocess.run([go, "env", "GOVERSION"], cwd=ROOT, capture_output=True, text=True).stdout
    return shown.strip().removeprefix("go") or None


def missing() -> str | None:
    """Say what keeps Kubo from being built here, and how to get it; None when nothing does."""
    found = go_version()
    if found is not None and _numbers(found) >= _numbers(wanted_go()):
        return None
    has = "no Go" if found is None else f"Go {found} only"
    return f"this machine has {has}: install Go {wanted_go()} or newer (https://go.dev/dl), then: make kubo"


def build() -> None:
    """Build the program unless it is there; stop with the compiler's output when that fails."""
    inputs = [(MODULE / name).read_bytes() for name in ("go.mod", "go.sum")]
    stamp = hashlib.sha256(b"\0".join([*inputs, str(go_version()).encode()])).hexdigest()
    mark = PROGRAM.with_suffix(".stamp")
    if PROGRAM.exists() and mark.exists() and mark.read_text("utf-8") == stamp:
        return
    print("kubo: building the IPFS node (the first time fetches its modules and takes minutes)", flush=True)
    started = time.monotonic()
    PROGRAM.parent.mkdir(exist_ok=True)
    fresh = PROGRAM.with_suffix(".new")
    command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(fresh), PACKAGE]
    done = subprocess.run(command, cwd=MODULE, env={**os.environ, "GOTOOLCHAIN": "local"}, text=True)
    if done.returncode:
        hint = "is the network reachable? call it again, it goes on from here"
        raise SystemExit(f"error: Kubo could not be built: {' '.join(command)}\nhint: {hint}")
    fresh.replace(PROGRAM)
    mark.write_text(stamp, "utf-8")
    print(f"kubo: {PROGRAM.relative_to(ROOT)} is built, in {time.monotonic() - started:.0f} s", flush=True)


def main() -> int:
    """Run the command line; return its exit code."""
    reason = missing()
    if reason is not None:
        print(f"kubo: not built: {reason}", file=sys.stderr)
        return 1
    build()
    return 0


if __name__ == "__main__":
    sys.exit(main())
