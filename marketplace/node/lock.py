"""One daemon of a kind for a wallet on a machine: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.errors import ConfigError
from marketplace.services.market import Market


@contextmanager
def alone(market: Market, role: str) -> Iterator[None]:
    """Hold the lock of a role, an account and a chain.

    Raises
    ------
    ConfigError
        If another process of this machine holds it.
    """
    path = market.workspace() / f"{role}-{market.chain_id}-{market.account}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(handle, 20).decode("ascii", "replace").strip()
            raise ConfigError(
                f"another process ({owner or 'just started'}) does this for {market.account} already",
                "let that one run, or stop it first",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)  # the file stays: removing it would let two hold locks of two files of one name
