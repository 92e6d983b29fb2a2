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
import io
import os
import re
import subprocess
import sys
import time
import traceback
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "fuzz"
WHEELS = FOLDER / "lib"
FOUND = FOLDER / "found"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
SECONDS, EXECUTIONS = 3, 20_000
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


def load() -> tuple[Any, dict[str, Any]]:
    """Import the fuzzer, and the parsers so that it sees which lines they reach."""
    sys.path[:0] = [str(ROOT), str(WHEELS)]
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process that forks has one thread
    import atheris  # type: ignore[import-not-found]

    listed = redirect_stderr(io.StringIO())  # every module that is instrumented
    with listed, atheris.instrument_imports(include=["marketplace", "eth_keyfile"]):
        from tests.fuzz import TARGETS
    return atheris, TARGETS


def throw(atheris: Any, name: str, target: Any, limits: list[str]) -> int:
    """Fork the fuzzer of one target, which writes what it says to a file; return its process."""
    child = os.fork()
    if child:
        return child
    try:
        with log_of(name).open("wb") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        corpus = FOLDER / "corpus" / name
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(target.seeds()):
            (corpus / f"seed-{number}").write_bytes(seed)
            target.one(seed)  # imports what is imported late, before it is timed
        places = [str(place) for place in (corpus, CORPUS / name) if place.is_dir()]
        bounds = [f"-max_len={target.longest}", f"-artifact_prefix={FOUND}/{name}-"]
        atheris.Setup([sys.argv[0], *limits, *bounds, *places], target.one)
        atheris.Fuzz()
    except SystemExit:
        raise  # of the fuzzer, which keeps the bytes as the process ends
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def log_of(name: str) -> Path:
    """Return where the fuzzer of a target says what it does."""
    return FOLDER / f"{name}.log"


def report(name: str, status: int) -> tuple[int, bool]:
    """Say how the fuzzer of a target ended; return its executions, and whether nothing broke."""
    said = log_of(name).read_text("utf-8", "replace")
    count = re.search(r"number_of_executed_units: (\d+)", said)
    executions = int(count[1]) if count else 0
    whole = status == 0 and executions > 0
    print(f"  {name:14}{executions:>12,} executions{'' if whole else '  BROKEN'}", flush=True)
    if not whole:
        print(re.sub(r"(?m)^(INFO|WARNING): .*\n", "", said)[-6000:], flush=True)
    return executions, whole


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all of tests/fuzz by default")
    parser.add_argument("--seconds", type=int, help=f"of each target; {SECONDS} or {EXECUTIONS:,} tries else")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="of libFuzzer")
    given = parser.parse_args()
    reason = missing()
    if reason is not None:
        print(f"fuzz: not run: {reason}", file=sys.stderr)
        return 1
    FOUND.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    atheris, targets = load()
    waiting = given.targets or list(targets)
    print(f"fuzz: {len(waiting)} parsers, --seed {given.seed}", flush=True)
    limits = [f"-max_total_time={given.seconds or SECONDS}", f"-runs={-1 if given.seconds else EXECUTIONS}"]
    limits += [f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-seed={given.seed}"]
    running: dict[int, str] = {}
    results: list[tuple[int, bool]] = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            name = waiting.pop(0)
            running[throw(atheris, name, targets[name], [*limits, "-print_final_stats=1"])] = name
        process, status = os.wait()
        results.append(report(running.pop(process), status))
    passed, total = sum(whole for _, whole in results), sum(count for count, _ in results)
    kept = "" if passed == len(results) else "; the bytes are in build/fuzz/found"
    shown = f"{passed} passed, {len(results) - passed} failed, {total:,} executions"
    print(f"fuzz: {shown} in {time.monotonic() - started:.0f} s{kept}")
    return 0 if passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
