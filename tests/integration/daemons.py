"""Daemons as real processes, and people who start, stop and kill them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WAIT_SECONDS = 240
"""For what comes in a second or two where nobody else wants the processor."""

POLL = 0.05
START = "from marketplace.cli import main; main()"


def environment(settings):
    """Return what a process of a citizen finds in its environment; nothing secret is in it."""
    found = {key: os.environ[key] for key in ("PATH", "HOME", "PYTHONPATH") if key in os.environ}
    return {
        **found,
        "TESSERA_HOME": str(settings.home),
        "TESSERA_RPC_URL": settings.rpc_url,
        "TESSERA_STORE": str(settings.store),
        "TESSERA_DEPLOYMENT": str(settings.deployment),
        "TESSERA_WALLET": settings.wallet,
        "TESSERA_PASSWORD_FILE": str(settings.password_file),
        "TESSERA_POLL_SECONDS": "1",
    }


class Daemon:
    """A daemon of a citizen, in a process of its own."""

    def __init__(self, settings, *words, code=START, extra=()):
        self.log = settings.home / f"{'-'.join(w for w in words if w.isalpha())}-{time.monotonic_ns()}.log"
        command = [sys.executable, "-c", code, *words, "--yes", "--json", *extra]
        self._file = self.log.open("wb")
        self.process = subprocess.Popen(
            command,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parents[2],
        )

    def text(self):
        return self.log.read_text()

    def events(self):
        """Return what it said, each line as data."""
        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]

    def steps(self):
        return [one["what"] for one in self.events() if one["event"] == "step"]

    def errors(self):
        return [one["text"] for one in self.events() if one["event"] == "error"]

    def until(self, test, seconds=WAIT_SECONDS):
        """Wait until something holds, while it runs."""
        end = time.monotonic() + seconds
        while not test():
            assert self.process.poll() is None, f"it ended:\n{self.text()}"
            assert time.monotonic() < end, f"it waits for ever:\n{self.text()}"
            time.sleep(POLL)

    def until_begun(self):
        """Wait until it listens to signals and takes turns."""
        self.until(lambda: any(one["event"] == "start" for one in self.events()))

    def until_step(self, what):
        self.until(lambda: what in self.steps())

    def stop(self, number=signal.SIGTERM):
        """Ask it to end, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(WAIT_SECONDS)
        self._file.close()
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)
