#!/usr/bin/env python3
"""Replay the quick start of README.md: ``quickstart.py`` compares, ``quickstart.py --write`` writes it anew.

The commands of the block are run by hand, as it were: on a terminal, in a fresh home, the password and each
``Go on?`` answered. Ids differ in every run; those in the commands are replaced by the run's own.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pexpect

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- quick start: written by tools/quickstart.py -->\n```\n", "```\n<!-- end -->"
HOME, USUAL_PORT = "/home/you", "127.0.0.1:8545"
MOST_COMMANDS = 10
PASSWORD = "correct horse battery staple"
ANSWERS = {r"Password: $": PASSWORD, r"confirmation: $": PASSWORD, r"\[y/N\]: $": "y"}
SECONDS = 600

NAME = re.compile(r"0x[0-9a-fA-F]{6,}|baf[a-z2-7]{20,}")
"""An id, an address, a transaction, a CID: whole, or the beginning that names it."""

CHANGING = (
    (re.compile(r"gas [\d,]+"), "gas N"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
)


PROGRESS = re.compile(r"(reading the chain|checking the ciphertext|encrypting|opening): .*")
"""A line that a slow machine shows, and a quick one doesn't."""


@dataclass(frozen=True)
class Step:
    """A command, what it said, and the line above it that says what it is for."""

    command: str
    output: str
    why: str = ""


def block(text: str) -> str:
    """Return the quick start of the README."""
    _, found, rest = text.partition(BEGIN)
    if not found:
        raise SystemExit(f"error: {README.name} has no line {BEGIN.splitlines()[0]}")
    return rest.partition(END)[0]


def parse(text: str) -> list[Step]:
    """Split a block at its prompts, each with a comment above it or none."""
    _, *parts = re.split(r"^((?:# .*\n)?)\$ (.*)\n?", text, flags=re.MULTILINE)
    return [
        Step(command, output.strip("\n"), why.strip("\n"))
        for why, command, output in zip(parts[::3], parts[1::3], parts[2::3])
    ]


def run(command: str, home: Path, folder: Path) -> str:
    """Run one command on a terminal, answer what it asks, return what is on the screen then."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TESSERA_")}
    environ |= {"HOME": str(home), "TERM": "dumb"}  # dumb: nothing moves on the screen
    environ["PATH"] = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)])
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", command],
        cwd=str(folder),
        env=environ,
        encoding="utf-8",
        timeout=SECONDS,
        dimensions=(50, 400),
    )
    prompts, said = [*ANSWERS, pexpect.EOF], ""
    while (which := child.expect(prompts)) < len(ANSWERS):
        said += child.before + child.after
        child.sendline(ANSWERS[prompts[which]])
    said += child.before
    child.close()
    lines = [line.rstrip() for line in said.replace("\r", "").splitlines()]
    text = "\n".join(line for line in lines if not PROGRESS.fullmatch(line)).strip("\n")
    text = re.sub(r"127\.0\.0\.1:\d+", USUAL_PORT, text.replace(str(home), HOME))
    if child.exitstatus != 0:
        raise SystemExit(f"error: this command failed: {command}\n{text}")
    return text


def names_met(before: str, now: str, known: dict[str, str]) -> None:
    """Pair the ids of an output as it was with those of this run, by lines that say the same."""
    lines: dict[str, list[str]] = {}
    for line in now.splitlines():
        lines.setdefault(unnamed(line), []).append(line)
    for line in before.splitlines():
        for same in lines.get(unnamed(line), [])[:1]:
            lines[unnamed(line)].pop(0)
            known.update(zip(NAME.findall(line), NAME.findall(same)))


def unnamed(line: str) -> str:
    """Return a line without what differs from run to run."""
    for pattern, instead in ((NAME, "#"), *CHANGING):
        line = pattern.sub(instead, line)
    return line


def translate(command: str, known: dict[str, str]) -> str:
    """Replace the ids of a command by those of this run, cut to the same length."""

    def renamed(found: re.Match[str]) -> str:
        text = found[0]
        whole = next((name for name in known if name.startswith(text)), None)
        return text if whole is None else known[whole][: len(text)]

    return NAME.sub(renamed, command)


def replay(steps: list[Step]) -> Iterator[Step]:
    """Run every step in a fresh home, where a local chain runs on after it is started; stop that at last."""
    known: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="tessera-quickstart-") as name:
        home = folder = Path(name).resolve()
        (folder / "docs").mkdir()
        shutil.copy(ROOT / "docs" / "patients.csv", folder / "docs")
        try:
            for step in steps:
                command = translate(step.command, known)
                output = run(command, home, folder)
                names_met(step.output, output, known)
                yield Step(command, output, step.why)
            original, bought = folder / "docs" / "patients.csv", folder / "bought.csv"
            if original.read_bytes() != bought.read_bytes():
                raise SystemExit("error: the file that was bought is not the one that was sold")
        finally:
            words = [
                ROOT / ".venv" / "bin" / "tessera",
                "localnet",
                "stop",
                "--yes",
                "--home",
                home / ".tessera",
            ]
            subprocess.run(words, capture_output=True, check=False)


def normal(steps: list[Step]) -> list[str]:
    """Return the lines of a session with each id numbered by its first appearance, times and gas left out."""
    seen: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        text = found[0]
        place = next((i for i, name in enumerate(seen) if name.startswith(text)), None)
        if place is None:
            seen.append(text)
            place = len(seen) - 1
        return f"<{place}>"

    text = NAME.sub(numbered, show(steps))
    for pattern, instead in CHANGING:
        text = pattern.sub(instead, text)
    return text.splitlines()


def show(steps: list[Step]) -> str:
    """Return a session as the README shows it."""
    return "\n".join(f"{step.why}\n$ {step.command}\n{step.output}\n".lstrip("\n") for step in steps)


def differences(steps: list[Step], now: list[Step]) -> list[str]:
    """Return in what a session differs from another, ids, times and gas aside."""
    return list(difflib.unified_diff(normal(steps), normal(now), "README.md", "this run", lineterm="", n=1))


def main() -> int:
    """Run the command line; return its exit code."""
    text = README.read_text("utf-8")
    steps = parse(block(text))
    now = list(replay(steps))
    if "--write" in sys.argv[1:]:
        README.write_text(text.replace(block(text), show(now)), "utf-8")
        return 0
    wrong = differences(steps, now)
    print("\n".join(wrong) or f"README.md shows what its {len(steps)} commands say")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
