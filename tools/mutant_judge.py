"""Judging mutants by forge: which tests see which mutants, and which of them noticed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

from compile import ROOT
from mutant_build import HOME, instrument
from mutant_sites import Mutant

FORGE = ROOT / ".venv" / "bin" / "forge"
TESTS = Path("tests") / "forge"
RESULTS = HOME / "results.json"
A_RUN = 20  # mutants that one run of forge judges
STARTED = time.monotonic()
ENDING = (
    "ContestMoney",
    "DeliveryMoney",
    "BountyMoney",
    "PanelMoney",
    "OpenMoney",
    "DrawMoney",
    "EdgesMoney",
)
OPENING = (
    "OpenMoney",
    "BountyMoney",
    "ContestMoney",
    "DeliveryMoney",
    "PanelMoney",
    "DrawMoney",
    "EdgesMoney",
)
PANEL = (
    "PanelMoney",
    "DrawMoney",
    "ContestMoney",
    "DeliveryMoney",
    "BountyMoney",
    "EdgesMoney",
    "RoundsMoney",
    "TallyMoney",
)
SHOWN = ("ScoreFormMoney", "ModelShapeMoney", "RowsFileMoney", "DemandsMoney", "ScoresMoney")
KILLERS = {
    "Vault": ("VaultMoney",),
    "Exchange": ("ExchangeMoney",),
    "Assets": ("AssetsMoney",),
    "Operators": ("OperatorsMoney",),
    "ChaCha20": ("ChaChaMoney", "RefereeMoney"),
    "Pieces": ("RefereeMoney", "VouchedMoney"),
    "Referee": ("RefereeMoney", "VouchedMoney", *SHOWN),
    "Scores": ("ScoreFormMoney", "ScoresMoney", "ModelShapeMoney", "ScoreProofsMoney"),
    "Challenges": ("ScoreFormMoney", "VouchedMoney", "DemandsMoney", "ScoresMoney", "RowsFileMoney"),
    **dict.fromkeys(
        ("TreeScore", "LinearScore", "Heads"),
        ("ScoreEdgesMoney", "LanesMoney", "ScoresMoney", "ModelShapeMoney", "ScoreProofsMoney"),
    ),
    **dict.fromkeys(("SumTree", "RowJudge", "Reads"), ("SumEdgesMoney", "AnswersMoney", "ScoresMoney")),
    "Demands": ("DemandsMoney",),
    "Answers": ("AnswersMoney", "LanesMoney"),
    **dict.fromkeys(("RowsFile", "WholeFile"), ("RowsFileMoney",)),
    "ModelShape": ("ModelShapeMoney",),
    **dict.fromkeys(("BountyRules", "Claims"), OPENING),
    **dict.fromkeys(("Bounties", "BountyEnds", "BountyChecks", "Verdicts", "Relays"), ENDING),
    **dict.fromkeys(
        ("KeyEquation", "Metrics", "Bits", "Places", "Schedule", "Rules"), ("LibrariesMoney", *PANEL)
    ),
    "Drawing": ("DrawMoney", "DrawEdgesMoney", *PANEL[2:], "PanelMoney"),
    "BlockHistory": ("DrawMoney", "DrawEdgesMoney"),
    **dict.fromkeys(("Proofs", "ProofRules"), ("ProofsMoney", "ProofTermsMoney")),
}
"""The tests that judge the mutants of a file, the quickest first; those of panels judge all others."""


@cache
def closure(path: Path) -> frozenset[Path]:
    """Return a test's file and every file of the tests that it imports, directly or not."""
    found = {path}
    for name in re.findall(r'^import\b[^;"]*"(\.[^"]+)"', path.read_text("utf-8"), re.MULTILINE):
        here = (path.parent / name).resolve()
        if TESTS.as_posix() in here.as_posix():
            found |= closure(here)
    return frozenset(found)


def digest(paths: list[Path]) -> str:
    """Return a hash of what is in the files."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


@cache
def code_digest() -> str:
    """Return the hash of the contracts and their mutants; comments do not count."""
    return hashlib.sha256(json.dumps(instrument()[0]).encode()).hexdigest()[:16]


@cache
def test_digest(test: str) -> str:
    """Return the hash of a test and all it needs; empty if there is no such test."""
    path = ROOT / TESTS / f"{test}.t.sol"
    if not path.exists():
        return ""
    vectors = {ROOT / name for name in re.findall(r"tests/vectors/\w+\.json", path.read_text("utf-8"))}
    return digest([*closure(path), *vectors]) + code_digest()


def killers_of(mutant: Mutant) -> list[str]:
    """Return the tests that judge ``mutant``."""
    return [test for test in KILLERS.get(Path(mutant.path).stem, PANEL) if test_digest(test)]


def forge(arguments: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run forge in the folder of mutants; raise SystemExit where it does not get as far as testing."""
    command = [str(FORGE), "test", "--root", str(HOME), "-j", "1", *arguments]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True)
    if "test suite" not in done.stdout:
        raise SystemExit(f"error: forge did not test: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


def prepare(tests: list[str]) -> None:
    """Compile the tests against the mutants."""
    paths = [f"{TESTS}/{test}.t.sol" for test in tests]
    print(f"compiling {', '.join(tests)}", file=sys.stderr, flush=True)
    subprocess.run([str(FORGE), "build", "--root", str(HOME), *paths], check=True, stdout=subprocess.DEVNULL)


def ask(test: str, numbers: list[int]) -> dict[int, str]:
    """Judge mutants by the tests of one file that the fuzzer gives nothing; return what failed, or passed."""
    artifact = HOME / "build" / "forge" / f"{test}.t.sol" / f"{test}.json"
    methods = json.loads(artifact.read_text("utf-8"))["methodIdentifiers"]
    names = sorted(name for name in methods if name.startswith("test") and name.endswith("()"))
    first = "0x" + methods["setUp()"] if "setUp()" in methods else "0x00"
    answers: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="mutants", dir=HOME) as scratch:
        told = Path(scratch) / "answers"
        settings = {
            "MUTANTS": ",".join(map(str, numbers)),
            "TESTS": ",".join([first, *("0x" + methods[name] for name in names)]),
            "ARTIFACT": artifact.relative_to(HOME).as_posix(),
            "ANSWERS": str(told),
        }
        forge(["--match-path", f"{TESTS}/MutantDriver.t.sol"], settings)
        for line in told.read_text("utf-8").splitlines() if told.exists() else ():
            number, answer = line.split()
            answers[int(number)] = answer if answer == "passed" else ["set-up", *names][int(answer)]
    missing = sorted(set(numbers) - set(answers))
    if missing == numbers == [numbers[0]]:
        raise SystemExit(f"error: no answer about the mutant {missing[0]} from {test}")
    for number in missing:  # a row that breaks the table takes the others with it
        answers |= ask(test, [number])
    return answers


def judge_all(mutants: list[Mutant], jobs: int) -> dict[str, dict[str, str]]:
    """Judge all mutants: all by their first test, who survives by the next; return the answers by test."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    fresh = {mutant.name: still_true(mutant, known) for mutant in mutants}
    for turn in range(max(len(killers_of(mutant)) for mutant in mutants)):
        tasks: dict[str, list[Mutant]] = {}
        for mutant in mutants:
            tests = killers_of(mutant)
            if turn >= len(tests) or set(fresh[mutant.name].values()) - {"passed"}:
                continue
            if f"{tests[turn]} {test_digest(tests[turn])}" not in fresh[mutant.name]:
                tasks.setdefault(tests[turn], []).append(mutant)
        for test, todo in tasks.items():
            for answers in asked(test, todo, jobs):
                for name, answer in answers.items():
                    fresh[name][f"{test} {test_digest(test)}"] = answer
                    known[name] = fresh[name]
                save(known)
    return fresh


def still_true(mutant: Mutant, known: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the answers about a mutant that tests as they are now gave."""
    keys = {f"{test} {test_digest(test)}" for test in killers_of(mutant)}
    return {key: answer for key, answer in known.get(mutant.name, {}).items() if key in keys}


def asked(test: str, mutants: list[Mutant], jobs: int) -> Iterator[dict[str, str]]:
    """Judge mutants by one test, several at a time; yield answers by name, and say how far it is."""
    print(f"{test}: {len(mutants):,} mutants", file=sys.stderr, flush=True)
    if ask(test, [0]) != {0: "passed"}:
        raise SystemExit(f"error: {test} fails without a mutant; run: .venv/bin/forge test")
    names = {mutant.number: mutant.name for mutant in mutants}
    parts = [list(names)[i : i + A_RUN] for i in range(0, len(names), A_RUN)]
    done = 0
    with ThreadPoolExecutor(jobs) as pool:
        for answers in pool.map(partial(ask, test), parts):
            done += len(answers)
            print(f"  {done:,} judged, {time.monotonic() - STARTED:.0f} s", file=sys.stderr, flush=True)
            yield {names[number]: answer for number, answer in answers.items()}


def save(known: dict[str, dict[str, str]]) -> None:
    """Keep answers."""
    part = RESULTS.with_suffix(".part")
    part.write_text(json.dumps(known, indent=0, sort_keys=True), "utf-8")
    part.replace(RESULTS)
