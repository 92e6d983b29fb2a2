"""Death at a chosen point: just before or after the nth write of a file or the journal, or the nth send."""

import functools
import os
import signal

from marketplace.chain.journal import Journal
from marketplace.chain.sender import Sender

POINTS = [(Journal, "record"), (Journal, "settle"), (Sender, "broadcast"), (os, "replace")]


def arm(left):
    """Kill this process, with nothing cleaned up, at the point that is so many points away."""
    state = {"left": left}

    def count():
        state["left"] -= 1
        if state["left"] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(work):
        @functools.wraps(work)
        def run(*args, **options):
            count()
            found = work(*args, **options)
            count()
            return found

        return run

    for owner, name in POINTS:
        setattr(owner, name, wrap(getattr(owner, name)))
    from marketplace.chain import batch

    for module, name in ((batch, "_broadcast"), (batch, "record_many"), (batch, "settle_many")):
        setattr(module, name, wrap(getattr(module, name)))


def code(left):
    """Return the program of a daemon that dies at a point."""
    return f"from tests.integration.deaths import arm; arm({left}); from marketplace.cli import main; main()"
