#!/usr/bin/env python3
"""Run the tests, stage by stage, and say at the end what was shown: ``test.py [quick | deep]``.

``deep`` is for hours: every step of a sweep instead of a sample, fuzzers at length.

Each stage's output goes straight to the terminal. A stage that fails does not stop the next one, so that one
run tells everything; the exit code is 1 when any failed, or found nothing to test. One after the other: nodes
that share two cores with other tests answer late, and what waits for them would fail by chance.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import fuzz
import proving
from geth import GETH
from go_program import GoPrograms
from kubo import KUBO

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTEST = [str(BIN / "python"), "-m", "pytest", "-p", "no:pytest-brownie", "--no-header", "-q"]
TWO = ["-n", "2", "--dist"]
FUZZ = [str(BIN / "python"), "tools/fuzz.py"]
FUZZED = "parsers under a fuzzer"
FUZZ_SECONDS = 600
"""Of each parser in ``deep``."""

FAILED = re.compile(r"(FAILED|ERROR) \S*\.py\b|\[FAIL\b")
"""How a line of pytest or of forge begins that names a test which failed."""

NEEDS = {
    "postgres": "the tests of the event index in a real PostgreSQL",
    "systemd": "the check of the documents' systemd units",
    "shells": "completion in shells that are not here (what they would read was written)",
    "compiler": "the compiled code (hashlib and numpy were tested in its place)",
    "fuzzer": "the fuzzer (what it found before was tried again)",
    "geth": "the tests against geth (sale and contest on another node than anvil)",
    "kubo": "the tests with a real IPFS node (sale and contest on Kubo, its CIDs)",
    "proving": "the tests with real proofs (a proved bounty, end to end)",
}
"""What needs which program that may not be on a machine."""

MARKERS = ("postgres", "geth", "kubo", "proving")
"""Of their tests, for pytest; the others leave themselves out."""

MOST_NAMES, NAME_CHARS = 30, 300
"""Of the tests that failed, said once more at the end for whoever sees the last lines only."""

PURE = ["tests/marketplace", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("tests/test_*.py"))]


@dataclass(frozen=True)
class Stage:
    """One kind of test: what it shows, the command that runs it."""

    shows: str
    command: list[str]


QUICK = [Stage("tests of the package", [*PYTEST, "-n", "2", "-m", "not slow", *PURE])]
ALL = [
    # two at a time, neighbours together: they share what is costly to set up
    Stage("tests of the package", [*PYTEST, *TWO, "worksteal", *PURE]),
    Stage("contract tests", [str(BIN / "brownie"), "test", "tests/contracts"]),
    Stage("invariants and fuzz tests", [str(BIN / "python"), "tools/invariants.py"]),
    Stage(FUZZED, FUZZ),
    # two files at a time, in the order of tests/integration/conftest.py: the longest first
    Stage(
        "whole stories on a chain",
        [*PYTEST, *TWO, "loadfile", "--no-loadscope-reorder", "tests/integration"],
    ),
]


@dataclass(frozen=True)
class Result:
    """What became of a stage: whether it passed, how many tests did, which failed."""

    stage: Stage
    ok: bool
    passed: int
    failed: list[str]


def title(stage: Stage) -> str:
    """Return the line above a stage's output."""
    return f"\n=== {stage.shows}: {' '.join(stage.command).replace(f'{BIN}/', '.venv/bin/')}"


def run(stage: Stage, deep: bool = False) -> Result:
    """Run ``stage`` and show all it says."""
    print(title(stage), flush=True)
    passed, failed, last = 0, dict[str, None](), ""
    with subprocess.Popen(
        stage.command,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": "build/hypothesis",
            "FOUNDRY_PROFILE": "deep" if deep else "default",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            # pytest: "12 passed, 1 warning in 3.4s"; forge: "3 tests passed, 0 failed, 0 skipped (3 …)"
            plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
            total = re.search(r"(\d+) tests passed, \d+ failed", plain) or re.search(
                r"\b(\d+) passed\b.* in ", plain
            )
            if total:
                passed = int(total[1])
            if FAILED.match(plain):
                failed[plain.strip()[:NAME_CHARS]] = None  # forge says each twice
            last = plain.strip() or last
    ok = process.returncode == 0 and passed > 0
    return Result(stage, ok, passed, list(failed) or [f"exit code {process.returncode}: {last[:NAME_CHARS]}"])


def told(results: list[Result]) -> list[str]:
    """Return the tests that failed, a line each, by stage."""
    lines = []
    for one in (result for result in results if not result.ok):
        more = len(one.failed) - MOST_NAMES
        lines += [f"\n{one.stage.shows}:", *(f"  {name}" for name in one.failed[:MOST_NAMES])]
        lines += [f"  and {more} more"] if more > 0 else []
    return lines


def at_length(stage: Stage) -> Stage:
    """Return ``stage`` with all that is sampled otherwise."""
    if stage.command == FUZZ:
        return replace(stage, command=[*FUZZ, "--seconds", str(FUZZ_SECONDS)])
    pytest = stage.command[: len(PYTEST)] == PYTEST
    return replace(stage, command=[*stage.command, "--deep"]) if pytest else stage


def without(stage: Stage, markers: list[str]) -> Stage:
    """Return ``stage`` without what needs programs that are not on this machine."""
    pytest = stage.command[: len(PYTEST)] == PYTEST
    named = " and ".join(f"not {marker}" for marker in markers)
    return replace(stage, command=[*stage.command, "-m", named]) if pytest and markers else stage


def missing_postgres() -> str | None:
    """Say what is missing for the tests of the index in PostgreSQL, and how to get it."""
    folders = [
        Path("/usr/lib/postgresql"),
        Path("/opt/homebrew/opt/postgresql"),
        Path("/usr/local/opt/postgresql"),
    ]
    if shutil.which("initdb") or any(next(folder.glob("**/initdb"), None) for folder in folders):
        return None
    return "initdb is not here: apt-get install postgresql (Debian), brew install postgresql (macOS)"


def prepare(programs: GoPrograms) -> str | None:
    """Build programs of the tests if that can be done here; say what is missing if not."""
    reason = programs.missing()
    if reason is None:
        try:
            programs.build()
        except SystemExit as error:  # its tests fail then, and say what to do
            print(error, flush=True)
    return reason


def missing_systemd() -> str | None:
    """Say what is missing for the check of the documents' units, and how to get it."""
    if shutil.which("systemd-analyze"):
        return None
    return "systemd-analyze is not here: apt-get install systemd (Debian)"


def missing_shells() -> str | None:
    """Say which shells are missing that `tessera completion` writes for, and how to get them."""
    names = " ".join(shell for shell in ("zsh", "fish") if shutil.which(shell) is None)
    return (
        f"missing: {names}: apt-get install {names} (Debian), brew install {names} (macOS)" if names else None
    )


def missing_compiler() -> str | None:
    """Say what is missing for the tests of the compiled code, and how to get it."""
    if shutil.which("cc"):
        return None
    then = "then .venv/bin/python -m pip install --editable ."
    return f"cc is not here: apt-get install gcc libc6-dev (Debian), xcode-select --install (macOS); {then}"


def missing() -> dict[str, str]:
    """Build what the tests need if that can be done here; return what is missing, and why."""
    found = {
        "postgres": missing_postgres(),
        "systemd": missing_systemd(),
        "shells": missing_shells(),
        "compiler": missing_compiler(),
        "fuzzer": fuzz.missing(),
        "geth": prepare(GETH),
        "kubo": prepare(KUBO),
        "proving": proving.prepare(),
    }
    return {name: reason for name, reason in found.items() if reason}


def main() -> int:
    """Run the command line; return its exit code."""
    quick, deep = sys.argv[1:] == ["quick"], sys.argv[1:] == ["deep"]
    stages = QUICK if quick else [at_length(one) for one in ALL] if deep else ALL
    started = time.monotonic()
    reasons = {} if quick else missing()
    markers = [name for name in MARKERS if name in reasons]
    stages = [without(one, markers) for one in stages if not ("fuzzer" in reasons and one.shows == FUZZED)]
    results = [run(stage, deep) for stage in stages]
    counts = ", ".join(f"{one.passed} {one.stage.shows}" for one in results)
    seconds = time.monotonic() - started
    failed = [one.stage.shows for one in results if not one.ok]
    for name, reason in reasons.items():
        print(f"\nNOT run: {NEEDS[name]}: {reason}")
    if failed:
        print("\n".join(told(results)))
        print(f"\nNOT shown: {'; '.join(failed)} failed (passed: {counts}; {seconds:.0f} s)")
        return 1
    print(f"\nShown: {counts}: all passed, in {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
