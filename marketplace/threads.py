"""Work spread over the machine's cores, its results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_MAX_THREADS = 8
"""Each holds buffers of its own, and one thread that reads and writes can't feed more."""

Job = TypeVar("Job")
Done = TypeVar("Done")


def core_count() -> int:
    """Return how many cores this process may use, 8 at most."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MAX_THREADS)


def alive(threads: int) -> int:
    """Return how many jobs of `in_order` are alive at once: job n may use what job n - ``alive`` used."""
    return threads + 2


def in_order(work: Callable[[Job], Done], jobs: Iterator[Job], threads: int | None = None) -> Iterator[Done]:
    """Do jobs in several threads and yield what they return, in their order; one that raises ends it.

    Parameters
    ----------
    work : callable
        Should spend its time where the interpreter's lock is not held.
    jobs : iterator
        Taken as they are needed.
    threads : int, optional
        As many as `core_count` by default.
    """
    first, second = next(jobs, None), next(jobs, None)
    if first is None:
        return
    if second is None:  # not worth a thread
        yield work(first)
        return
    count = core_count() if threads is None else threads
    pending: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(count, "tessera-work") as pool:
        try:
            pending.extend(pool.submit(work, job) for job in (first, second))
            for job in jobs:
                pending.append(pool.submit(work, job))
                if len(pending) == alive(count):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
