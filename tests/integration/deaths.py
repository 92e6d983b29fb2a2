"""Death at a chosen point: just before or just after the nth write of a process, or the nth send."""

import builtins
import functools
import http.client
import io
import os
import signal
from pathlib import Path

from sqlalchemy.engine.default import DefaultDialect

SEND = b"eth_sendRawTransaction"
RENAMES = ("replace", "rename", "link", "unlink", "remove")


class Reaper:
    """Counts the points of this process, and kills it, with nothing cleaned up, at the one that is due.

    Parameters
    ----------
    left : int
        Which point is the last; 0 only counts.
    folders : sequence of path
        What is written elsewhere is no point: Python's own files, the terminal. Empty: everywhere.
    log : path, optional
        Gets the name of each point, a line each, before the death that it may be.
    """

    def __init__(self, left, folders=(), log=None):
        self.left = left
        self.folders = tuple(str(folder) for folder in folders)
        self.log = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.inside = False

    def count(self, name):
        self.left -= 1
        if self.log is not None:
            os.write(self.log, f"{name}\n".encode())
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def is_ours(self, path):
        if isinstance(path, int):  # a descriptor that is open already
            return False
        return not self.folders or str(Path(os.fsdecode(path)).absolute()).startswith(self.folders)

    def around(self, work, name):
        """Return a function that passes a point before and one after; what it calls itself has none."""
        if self.inside:
            return work()
        self.count(f"before {name}")
        self.inside = True
        try:
            found = work()
        finally:
            self.inside = False
        self.count(f"after {name}")
        return found

    # --- what is watched

    def watch(self):
        for name in RENAMES:
            self._watch_names(name)
        self._watch_opens()
        self._watch_commits()
        self._watch_sends()

    def _watch_names(self, name):
        work = getattr(os, name)

        @functools.wraps(work)
        def run(path, *args, **options):
            if not self.is_ours(path):
                return work(path, *args, **options)
            return self.around(lambda: work(path, *args, **options), f"{name} {short(path)}")

        setattr(os, name, run)

    def _watch_opens(self):
        low, high = os.open, io.open

        def open_low(path, flags, *args, **options):
            if not flags & os.O_CREAT or not self.is_ours(path):
                return low(path, flags, *args, **options)
            return self.around(lambda: low(path, flags, *args, **options), f"create {short(path)}")

        def open_high(file, mode="r", *args, **options):
            if not set(mode) & set("wax+") or not self.is_ours(file):
                return high(file, mode, *args, **options)
            return self.around(lambda: high(file, mode, *args, **options), f"create {short(file)}")

        os.open = open_low
        io.open = builtins.open = open_high

    def _watch_commits(self):
        commit = DefaultDialect.do_commit

        def run(dialect, connection):
            where = connection.execute("PRAGMA database_list").fetchone()[2]
            return self.around(lambda: commit(dialect, connection), f"commit {short(where)}")

        DefaultDialect.do_commit = run

    def _watch_sends(self):
        send, answer = http.client.HTTPConnection.send, http.client.HTTPConnection.getresponse

        def run_send(connection, data):
            connection.sends = isinstance(data, bytes) and SEND in data
            if connection.sends:
                self.count("before send")
            return send(connection, data)

        def run_answer(connection, *args, **options):
            found = answer(connection, *args, **options)
            if getattr(connection, "sends", False):
                connection.sends = False
                self.count("after send")
            return found

        http.client.HTTPConnection.send, http.client.HTTPConnection.getresponse = run_send, run_answer


def short(path):
    """Return the name of a file, without what chance made of it."""
    return os.path.basename(os.fsdecode(path))


def arm(left, folders=(), log=None):
    """Kill this process at the point that is so many points away."""
    reaper = Reaper(left, folders, log)
    reaper.watch()
    return reaper


def code(left):
    """Return the program of a daemon that dies at a point."""
    return f"from tests.integration.deaths import arm; arm({left}); from marketplace.cli import main; main()"
