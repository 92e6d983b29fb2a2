"""A real IPFS node for tests: Kubo, built into build/ipfs, alone and offline."""

import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "build" / "ipfs"
START_SECONDS = 240


class Kubo:
    """A node in a folder; `start` and `stop` as often as one likes."""

    def __init__(self, folder):
        assert PROGRAM.exists(), (
            "build/ipfs is missing: run make kubo (or deselect these tests: -m 'not kubo')"
        )
        self.folder = folder
        self.process = None
        self.run("init", "--profile=test")

    @property
    def environment(self):
        return {**os.environ, "IPFS_PATH": str(self.folder)}

    def run(self, *words, data=None):
        """Run the ipfs program; return what it prints, as bytes."""
        done = subprocess.run([PROGRAM, *words], env=self.environment, input=data, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def text(self, *words):
        return self.run(*words).decode().strip()

    def start(self):
        (self.folder / "api").unlink(missing_ok=True)
        (self.folder / "gateway").unlink(missing_ok=True)
        log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [PROGRAM, "daemon", "--offline"], env=self.environment, stdout=log, stderr=subprocess.STDOUT
        )
        log.close()
        ends = time.monotonic() + START_SECONDS
        while b"Daemon is ready" not in (self.folder / "log").read_bytes():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < ends, "the node does not start"
            time.sleep(0.1)
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=START_SECONDS)
            self.process = None

    @property
    def api(self):
        """Multiaddress of the API."""
        return (self.folder / "api").read_text().strip()

    @property
    def gateway(self):
        """URL of the gateway."""
        return (self.folder / "gateway").read_text().strip()

    @property
    def pins(self):
        """CIDs of what is pinned by itself."""
        return set(self.text("pin", "ls", "--type=recursive", "-q").split())
