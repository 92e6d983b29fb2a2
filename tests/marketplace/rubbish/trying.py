"""Run commands on bad input as a user would, in a process that may not take long, nor much memory."""

import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from marketplace.cli import cli

MIB = 2**20
SECONDS = 60
"""A hang, if a command takes longer: the slowest takes two."""

ROOM_BYTES = 3 * 2**30
"""Of addresses, above what the process has: what asks for more gets a MemoryError, and that fails."""

MEMORY_BYTES = 400 * MIB
"""That a command may touch beyond what it had. Unlocking a wallet of the usual cost takes 256 MiB."""


@dataclass(frozen=True)
class Case:
    """A command line, and what lies in the folder where it is run.

    Parameters
    ----------
    name : str
    args : tuple of str
    files : dict of str to bytes, or to a function that makes what lies there
    codes : tuple of int
        Exit codes that are right.
    """

    name: str
    args: tuple[str, ...]
    files: dict[str, bytes | Callable[[Path], object]] = field(default_factory=dict)
    env: dict[str, str | None] = field(default_factory=dict)
    codes: tuple[int, ...] = (1, 2)
    answer: bytes | None = None
    memory: int = MEMORY_BYTES


@dataclass
class Outcome:
    """What came of a case."""

    case: Case
    code: int | None = None
    wrong: str = ""

    @property
    def refused(self):
        return self.code in (1, 2)


def look(folder):
    """Return what lies in a folder: kind, size and time of everything."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        found[str(path.relative_to(folder))] = (about.st_mode, about.st_size, about.st_mtime_ns)
        if path.is_dir():
            found[str(path.relative_to(folder))] = (about.st_mode, 0, 0)
    return found


def form(case, result):
    """Say what is wrong with the form of an answer; nothing if it is right."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return "".join(traceback.format_exception(result.exception))[-3000:]
    lines = result.stderr.splitlines()
    if result.exit_code not in case.codes:
        return f"exit code {result.exit_code}: {result.output[-500:]}"
    if result.exit_code == 1:
        ends = [line.split(": ")[0] for line in lines if line.startswith(("error: ", "hint: "))]
        if ends != ["error", "hint"] or not lines[-1].startswith("hint: ") or len(lines[-1]) < 12:
            return f"not one error and one hint: {result.stderr[-500:]!r}"
        if result.stdout and "doctor" not in case.args:
            return f"a result in spite of an error: {result.stdout[:200]!r}"
    if result.exit_code == 2 and (
        sum(line.startswith("Error: ") for line in lines) != 1 or not lines[-1].startswith("Error: ")
    ):
        return f"not one error: {result.stderr[-500:]!r}"
    if any(len(line) > 4000 for line in lines):
        return f"a line of {max(map(len, lines))} characters"
    return ""


def peak_bytes():
    """Return the most memory that this process had since it was last asked; 0 where nobody tells."""
    try:
        status = Path("/proc/self/status").read_text()
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def now_bytes():
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def one(case, template, folder):
    """Run a case in a fresh folder; return its exit code and what is wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content)
    os.chdir(folder)
    before = look(folder)
    peak_bytes()
    had = now_bytes()
    environ = {
        "TESSERA_HOME": str(folder / "home"),
        "HOME": str(folder),
        "TESSERA_PASSWORD_FILE": str(folder / "password"),
    }
    result = CliRunner(env={**environ, **case.env}).invoke(cli, list(case.args), input=case.answer)
    took = peak_bytes() - had
    wrong = form(case, result)
    if not wrong and result.exit_code and (changed := look(folder).items() ^ before.items()):
        wrong = f"written: {sorted({name for name, _ in changed})}"
    if not wrong and took > case.memory:
        wrong = f"{took // MIB} MiB of memory"
    return result.exit_code, wrong


def _work(cases, template, folder, pipe):
    """Be the process that runs cases; tells each number when it begins, and how it ended."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM_BYTES, size + ROOM_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for case in cases:
        signal.alarm(SECONDS)
        began = time.monotonic()
        code, wrong = one(case, template, folder)
        signal.alarm(0)
        seconds = round(time.monotonic() - began, 2)
        os.write(pipe, json.dumps([code, wrong, seconds]).encode() + b"\n")


def try_all(cases, template, folder):
    """Run cases one after the other, in processes of their own; return their outcomes."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(cases):
        left = cases[len(outcomes) :]
        reading, writing = os.pipe()
        sys.stdout.flush()
        child = os.fork()
        if not child:
            try:
                os.close(reading)
                _work(left, template, folder, writing)
            except BaseException:
                traceback.print_exc()
                os._exit(3)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as source:
            for line, case in zip(source, left, strict=False):
                code, wrong, _ = json.loads(line)
                outcomes.append(Outcome(case, code, wrong))
        _, status = os.waitpid(child, 0)
        if status:
            how = (
                f"took more than {SECONDS} s"
                if os.WTERMSIG(status) == signal.SIGALRM
                else f"ended with {status}"
            )
            outcomes.append(Outcome(cases[len(outcomes)], None, how))
    return outcomes
