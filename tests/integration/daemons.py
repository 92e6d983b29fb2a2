"""Daemons as real processes, and people who start, stop and kill them."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

WAIT_SECONDS = 120
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

    def until(self, test, seconds=WAIT_SECONDS):
        """Wait until something holds, while it runs."""
        end = time.monotonic() + seconds
        while not test():
            assert self.process.poll() is None, f"it ended:\n{self.text()}"
            assert time.monotonic() < end, f"it waits for ever:\n{self.text()}"
            time.sleep(POLL)

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


class Proxy:
    """Stands between a daemon and its node: can be away, and can lose the answer to what was sent."""

    def __init__(self, port):
        self._node, self._away, self._lose = port, threading.Event(), threading.Event()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if proxy._away.is_set():
                    self.close_connection = True
                    return
                request = urllib.request.Request(
                    f"http://127.0.0.1:{proxy._node}", body, {"Content-Type": "application/json"}
                )
                with urllib.request.urlopen(request, timeout=60) as answer:
                    data = answer.read()
                if proxy._lose.is_set() and b"eth_sendRawTransaction" in body:
                    proxy._lose.clear()
                    proxy.leave()
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def leave(self):
        """Answer nobody from now on."""
        self._away.set()

    def come_back(self):
        self._away.clear()

    def lose_the_next_answer(self):
        """Pass the next transaction on, then be away before it is answered."""
        self._lose.set()

    def is_away(self):
        return self._away.is_set()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
