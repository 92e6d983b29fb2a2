"""HTTP whose answers end in bounded time, headers too: a timeout of `requests` begins anew with each byte."""

from __future__ import annotations

import io
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

PATIENCE = 10
"""Times the timeout, which is that of one wait, that a whole answer may take."""


class _Bounded(io.RawIOBase):
    """Read a socket until a time has come.

    Parameters
    ----------
    inner : io.RawIOBase
        The socket as a file.
    sock : socket.socket
    wait : float
        Longest wait for a piece, seconds.
    """

    def __init__(self, inner: Any, sock: Any, wait: float) -> None:
        self._inner, self._sock, self._wait = inner, sock, wait
        self._ends = time.monotonic() + PATIENCE * wait

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(min(self._wait, left))
        read: int | None = self._inner.readinto(buffer)
        return read

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that is read until a time has come."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        wait = sock.gettimeout()
        if wait is not None:
            self.fp = io.BufferedReader(_Bounded(self.fp.detach(), sock, wait))


class _Connection(HTTPConnection):
    response_class = _Response


class _SafeConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


class BoundedAdapter(HTTPAdapter):
    """Speak HTTP for a session of `requests`; an answer takes no longer than `PATIENCE` times its timeout."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the manager of connections."""
        super().init_poolmanager(*args, **kwargs)
        _bound(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the manager of connections to a proxy."""
        found = super().proxy_manager_for(*args, **kwargs)
        _bound(found)
        return found


def _bound(manager: Any) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}
