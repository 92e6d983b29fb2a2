#!/usr/bin/env python3
"""Change the contracts in thousands of small ways, and say which changes no test of forge notices.

``mutants.py``                 judge every mutant of every contract and library
``mutants.py Vault Exchange``  only those of these files
``mutants.py --list``          only say which mutants there are

All mutants are compiled at once, each behind a switch (tools/mutant_sites.py). Answers are kept as long as
neither the contracts nor the tests change. Mutants that can't be told from the contract are listed with
the reason in tests/forge/equivalent.toml; that they survive is checked like everything else.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

from compile import ROOT, SHIPPED
from mutant_build import build, instrument
from mutant_judge import TESTS, judge_all, killers_of, prepare
from mutant_sites import Mutant

EQUIVALENT = ROOT / TESTS / "equivalent.toml"


def equivalents() -> dict[str, str]:
    """Return the mutants that can't be told from the contract, and why."""
    if not EQUIVALENT.exists():
        return {}
    return {one["name"]: one["reason"] for one in tomllib.loads(EQUIVALENT.read_text("utf-8"))["mutant"]}


def report(mutants: list[Mutant], answers: dict[str, dict[str, str]]) -> int:
    """Print a line a file, and the verdict; return the exit code."""
    listed = equivalents()
    killed = {name for name, answer in answers.items() if set(answer.values()) - {"passed"}}
    files: dict[str, Counter[str]] = {}
    for mutant in mutants:
        kind = "killed" if mutant.name in killed else "equivalent" if mutant.name in listed else "survived"
        files.setdefault(mutant.path, Counter())[kind] += 1
    for mutant in mutants:
        if mutant.name not in killed and mutant.name not in listed:
            print(f"survived  {mutant.path}:{mutant.line}  {mutant.name}")
    print(f"{'':<40}{'mutants':>9}{'killed':>9}{'equivalent':>12}{'survived':>10}")
    for path, count in [*files.items(), ("all", sum(files.values(), Counter()))]:
        shown = [count.total(), count["killed"], count["equivalent"], count["survived"]]
        print(f"{path:<40}{shown[0]:>9,}{shown[1]:>9,}{shown[2]:>12,}{shown[3]:>10,}")
    wrong = [f"listed as equivalent, but killed: {name}" for name in sorted(killed & set(listed))]
    paths = {mutant.path for mutant in mutants}
    if len(paths) == len({m.path for m in instrument()[1]}):
        wrong += [
            f"listed as equivalent, but there is none: {name}" for name in sorted(set(listed) - set(answers))
        ]
    for line in wrong:
        print(f"error: {line}; mend tests/forge/equivalent.toml", file=sys.stderr)
    survived = sum(count["survived"] for count in files.values())
    if survived:
        print(f"error: {survived:,} mutants survived; write the test that fails on each", file=sys.stderr)
    return 1 if survived or wrong else 0


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description="Mutate the contracts, and say which mutants survive the tests."
    )
    parser.add_argument("files", nargs="*", help="names of contracts or libraries, all by default")
    parser.add_argument("--list", action="store_true", help="only say which mutants there are")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs of forge side by side")
    options = parser.parse_args()
    chosen = [m for m in instrument()[1] if not options.files or Path(m.path).stem in options.files]
    if options.list:
        print("\n".join(f"{m.path}:{m.line}  {m.name}" for m in chosen))
        return 0
    names = [
        name
        for name in SHIPPED
        if name != "TestToken" and (not options.files or name in needed(options.files))
    ]
    print(f"compiling {', '.join(names)} with their mutants", file=sys.stderr, flush=True)
    build(names)
    prepare(sorted({test for mutant in chosen for test in killers_of(mutant)}))
    return report(chosen, judge_all(chosen, options.jobs))


def needed(files: list[str]) -> set[str]:
    """Return the contracts to compile for the mutants of these files: that are one, or import one."""
    return {name for name in SHIPPED if {path.stem for path in sources(name)} & set(files)}


def sources(name: str) -> set[Path]:
    """Return a contract's file and every file of the contracts that it imports, directly or not."""
    todo, found = [next((ROOT / "contracts").rglob(f"{name}.sol"))], set()
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            imports = re.findall(r'^import\b[^;"]*"(\.[^"]+)"', path.read_text("utf-8"), re.MULTILINE)
            todo += [(path.parent / one).resolve() for one in imports]
    return found


if __name__ == "__main__":
    sys.exit(main())
