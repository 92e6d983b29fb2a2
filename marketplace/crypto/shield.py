"""Keep a process that has keys in memory from being dumped to disk or read by its user's other programs."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


@functools.cache
def shield_memory() -> None:
    """Allow no core file of this process; on Linux no other process of this user may read its memory either.

    Done once, when the first key is opened; where the system does not know these, nothing happens.

    References
    ----------
    https://man7.org/linux/man-pages/man2/pr_set_dumpable.2const.html
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
