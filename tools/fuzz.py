#!/usr/bin/env python3
"""Throw bytes at every parser of foreign bytes: ``fuzz.py [--seconds N] [TARGET...]``.

The targets are those of tests/fuzz. The fuzzer is libFuzzer by way of atheris: it tells by the lines that
bytes reach which to change next. Atheris has wheels for some machines only; it lies in a folder of its own
under build/fuzz, so that it meets nothing of .venv. What is found on the way is kept in build/fuzz/corpus,
where the next run begins. Bytes that break a parser are written to build/fuzz/found: put them into
tests/fuzz/corpus/TARGET, and mend the parser.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "fuzz"
WHEELS = FOLDER / "lib"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
SECONDS, EXECUTIONS = 4, 20_000
"""Of each target, whatever comes first, unless told otherwise."""

HANG_SECONDS, MEMORY_MB = 10, 2048
AT_ONCE = 2


def missing() -> str | None:
    """Say why there is no fuzzer here; install it if that is all it takes."""
    if not (WHEELS / "atheris").is_dir():
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--only-binary=:all:",
        ]
        done = subprocess.run([*pip, "--no-deps", "--target", str(WHEELS), "atheris>=3"], capture_output=True)
        if done.returncode:
            return "there is no wheel of atheris for this machine and Python, or no network to fetch it"
    return None


def run_one(name: str, given: list[str]) -> None:
    """Be the fuzzer of one target; ends the process."""
    sys.path[:0] = [str(ROOT), str(WHEELS)]
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["marketplace", "eth_keyfile"]):
        from tests.fuzz import TARGETS
    target = TARGETS[name]
    corpus = FOLDER / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
        target.one(seed)  # imports what is imported late, before it is timed
    places = [str(place) for place in (corpus, CORPUS / name) if place.is_dir()]
    atheris.Setup([sys.argv[0], *given, f"-max_len={target.longest}", *places], target.one)
    atheris.Fuzz()


def throw(name: str, seconds: int, executions: int, seed: int) -> tuple[str, int, str]:
    """Run the fuzzer of one target; return name, executions, and what went wrong."""
    found = FOLDER / "found"
    found.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-runs={executions}", f"-seed={seed}", "-print_final_stats=1"]
    limits += [f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={found}/{name}-"]
    command = [sys.executable, __file__, "--one", name, "--", *limits]
    environ: dict[str, Any] = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, errors="replace")
    count = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    said = re.sub(r"(?m)^(INFO|WARNING): .*\n", "", done.stdout + done.stderr)
    wrong = "" if done.returncode == 0 else said[-6000:]
    return name, int(count[1]) if count else 0, wrong


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all of tests/fuzz by default")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each target (default: %(default)s)")
    parser.add_argument("--executions", type=int, help=f"of each target, at most ({EXECUTIONS:,}; -1: any)")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="of libFuzzer")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(given.one, given.targets)
    reason = missing()
    if reason is not None:
        print(f"fuzz: not run: {reason}", file=sys.stderr)
        return 1
    sys.path.insert(0, str(ROOT))
    from tests.fuzz import TARGETS

    names = given.targets or list(TARGETS)
    executions = given.executions or (EXECUTIONS if given.seconds == SECONDS else -1)
    started, total, broken = time.monotonic(), 0, []
    print(f"fuzz: {len(names)} parsers, --seed {given.seed}", flush=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, count, wrong in pool.map(lambda n: throw(n, given.seconds, executions, given.seed), names):
            total += count
            print(f"  {name:14}{count:>12,} executions{'  BROKEN' if wrong else ''}", flush=True)
            if wrong:
                broken.append(name)
                print(wrong, flush=True)
    kept = "; the bytes are in build/fuzz/found" if broken else ""
    shown = f"{len(names) - len(broken)} passed, {len(broken)} failed, {total:,} executions"
    print(f"fuzz: {shown} in {time.monotonic() - started:.0f} s{kept}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
