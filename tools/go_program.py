"""Build programs for the tests from a Go module in tools/, or tell what is missing."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def go_version() -> str | None:
    """Return the version of the machine's Go, such as ``1.26.8``; None without one."""
    go = shutil.which("go")
    if go is None:
        return None
    shown = subprocess.run([go, "env", "GOVERSION"], cwd=ROOT, capture_output=True, text=True).stdout
    return shown.strip().removeprefix("go") or None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@dataclass(frozen=True)
class GoPrograms:
    """Programs that one Go module in tools/ gives.

    Nothing is built again until the module's files or the machine's Go change.
    """

    name: str
    """Folder in tools/, and what make calls it."""
    about: str
    """What is built, for the line that says so."""
    programs: Mapping[str, str]
    """Package, by the file's name in build/."""

    @property
    def module(self) -> Path:
        """Folder of the module."""
        return ROOT / "tools" / self.name

    def wanted_go(self) -> str:
        """Return the oldest Go that go.mod allows."""
        found = re.search(r"^go (\S+)$", (self.module / "go.mod").read_text("utf-8"), re.MULTILINE)
        assert found, "go.mod names no version of Go"
        return found[1]

    def missing(self) -> str | None:
        """Say what keeps them from being built here, and how to get it; None when nothing does."""
        found, wanted = go_version(), self.wanted_go()
        if found is not None and _numbers(found) >= _numbers(wanted):
            return None
        has = "no Go" if found is None else f"Go {found} only"
        get = f"install Go {wanted} or newer (https://go.dev/dl), then: make {self.name}"
        return f"this machine has {has}: {get}"

    def build(self) -> None:
        """Build what is not there; stop with the compiler's output when that fails."""
        inputs = [path.read_bytes() for path in sorted(self.module.iterdir()) if path.is_file()]
        stamp = hashlib.sha256(b"\0".join([*inputs, str(go_version()).encode()])).hexdigest()
        for file, package in self.programs.items():
            self._build_one(ROOT / "build" / file, package, stamp)

    def _build_one(self, program: Path, package: str, stamp: str) -> None:
        mark = program.with_suffix(".stamp")
        if program.exists() and mark.exists() and mark.read_text("utf-8") == stamp:
            return
        print(
            f"{self.name}: building {self.about} (the first time fetches modules, takes minutes)", flush=True
        )
        started = time.monotonic()
        program.parent.mkdir(exist_ok=True)
        fresh = program.with_suffix(".new")
        command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(fresh), package]
        done = subprocess.run(command, cwd=self.module, env={**os.environ, "GOTOOLCHAIN": "local"}, text=True)
        if done.returncode:
            hint = "is the network reachable? call it again, it goes on from here"
            raise SystemExit(f"error: {program.name} could not be built: {' '.join(command)}\nhint: {hint}")
        fresh.replace(program)
        mark.write_text(stamp, "utf-8")
        seconds = time.monotonic() - started
        print(f"{self.name}: {program.relative_to(ROOT)} is built, in {seconds:.0f} s", flush=True)

    def main(self) -> int:
        """Build, as a program; return its exit code."""
        reason = self.missing()
        if reason is not None:
            print(f"{self.name}: not built: {reason}", file=sys.stderr)
            return 1
        self.build()
        return 0
