"""How a Kubo node is spoken to: through ipfshttpclient, with bounds, and with our errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import ipfshttpclient
import ipfshttpclient.exceptions as ipfs
import requests
import urllib3
from requests.adapters import HTTPAdapter

from marketplace.config import is_multiaddress
from marketplace.errors import ConfigError, ContentNotFound, StorageError
from marketplace.storage.places import is_number
from marketplace.storage.remote import CONNECT_SECONDS, pieces
from marketplace.types import CHUNK_BYTES

MAX_ANSWER_BYTES = 2**16
"""Bound of an answer that is not content: each is about one CID, in some hundred bytes."""

PATIENCE = 10
"""Times the timeout for work on a whole file (flushing it to disk, walking its tree for a pin)."""

_PORTS = {"http": 5001, "https": 443}

_ABSENT = ("not found", "could not find", "not pinned or pinned indirectly", "is not pinned")
_FULL = ("no space left", "disk quota", "storage limit", "file too large")
_LATE = ("deadline exceeded", "context canceled")


class KuboClient:
    """A node's API.

    Parameters
    ----------
    address : str
        ``http://127.0.0.1:5001``, or the multiaddress ``/ip4/127.0.0.1/tcp/5001``.
    timeout_seconds : float

    Attributes
    ----------
    api : ipfshttpclient.Client
        To be used inside `errors` only.

    Raises
    ------
    ConfigError
        If the address is none.
    """

    def __init__(self, address: str, timeout_seconds: float) -> None:
        self.address = address
        self.timeout_seconds = timeout_seconds
        wait = (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        try:
            where, base = _multiaddress(address)
            # Not connect(), which refuses every node since 0.8.
            self.api = ipfshttpclient.Client(where, base, session=True, chunk_size=CHUNK_BYTES, timeout=wait)
        except (ipfs.Error, ValueError) as error:
            raise ConfigError(
                f"{address!r} is no address of an IPFS node's API",
                "TESSERA_STORE=kubo:http://127.0.0.1:5001 names the one on this computer",
            ) from error
        session = self.api._client._session
        session.trust_env = False  # neither proxies nor passwords meant for the web
        session.max_redirects = 0
        session.family = 0
        session.headers["Accept-Encoding"] = "identity"
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Bounded())

    def __str__(self) -> str:
        return f"the IPFS node at {self.address}"

    @property
    def patient(self) -> tuple[float, float]:
        """Timeouts (to connect and take each piece, to answer) of work on a whole file, in seconds."""
        return self.timeout_seconds, PATIENCE * self.timeout_seconds

    @contextmanager
    def errors(self, doing: str, *, missing: bool = False) -> Iterator[list[Any]]:
        """Turn whatever goes wrong into our errors; what is only missing leaves the list empty."""
        try:
            yield []
        except (ipfs.Error, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            text = str(error).lower()
            if missing and isinstance(error, ipfs.ErrorResponse) and any(word in text for word in _ABSENT):
                return
            if missing and isinstance(error, ipfs.ErrorResponse) and any(word in text for word in _LATE):
                raise ContentNotFound(
                    f"{self} did not find it within {self.timeout_seconds:g} s",
                    "is its publisher online? TESSERA_STORE_TIMEOUT_SECONDS gives the search more time",
                ) from error
            raise self._explain(error, text, doing) from error
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            # What the client library says of answers that no node gives.
            raise self._explain(error, "", doing) from error

    def _explain(self, error: Exception, text: str, doing: str) -> StorageError:
        if isinstance(error, ipfs.ErrorResponse):
            if any(word in text for word in _FULL):
                return StorageError(
                    f"{self} is full", "free space on its disk: tessera storage unpin CID, then ipfs repo gc"
                )
            return StorageError(f"{self} refused to {doing}: {first_line(error)}", "see the log of the node")
        if isinstance(error, ipfs.TimeoutError | requests.Timeout | TimeoutError) or "timed out" in text:
            return StorageError(
                f"{self} did not answer within {self.timeout_seconds:g} s, asked to {doing}",
                "it may be busy: try again, or raise TESSERA_STORE_TIMEOUT_SECONDS",
            )
        if isinstance(error, ipfs.StatusError | requests.TooManyRedirects):
            return StorageError(
                f"{self} does not let this computer {doing}{_status(error)}",
                "name its API (port 5001 by default), not its gateway; a gateway is named gateway:https://…",
            )
        if isinstance(error, ipfs.ConnectionError):
            return StorageError(
                f"nobody answers at {self.address}",
                "start the IPFS node (ipfs daemon), or name another store: TESSERA_STORE, docs/storage.md",
            )
        if isinstance(
            error, ipfs.ProtocolError | requests.RequestException | urllib3.exceptions.HTTPError | OSError
        ):
            return StorageError(
                f"the connection to {self} broke while it was asked to {doing}",
                "see the log of the node (is its disk full?), then run the command again",
            )
        return StorageError(
            f"what answers at {self.address} is no IPFS node", "check the address in TESSERA_STORE"
        )


def _multiaddress(text: str) -> tuple[str, str]:
    """Return the multiaddress and the path of a node's API."""
    if is_multiaddress(text):
        return text, "api/v0"
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
        kind = "dns" if not is_number(host) else f"ip{ip_address(host).version}"
    except KeyError as error:
        raise ValueError("neither http nor https") from error
    return f"/{kind}/{host}/tcp/{port}/{parts.scheme}", f"{parts.path.strip('/')}/api/v0".lstrip("/")


class _Bounded(HTTPAdapter):
    """Gives answers in pieces as they arrive, and none that is not content without end."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        response: requests.Response = super().send(request, *args, **kwargs)
        content = response.ok and ("/block/get?" in request.url or "/cat?" in request.url)
        limit = None if content else MAX_ANSWER_BYTES
        response.raw.stream = lambda *_, **__: _limited(response.raw, limit)  # type: ignore[method-assign]
        return response


def _limited(raw: Any, limit_bytes: int | None) -> Iterator[bytes]:
    count = 0
    for piece in pieces(raw):
        count += len(piece)
        if limit_bytes is not None and count > limit_bytes:
            raise ValueError("an answer without end")
        yield piece


def _status(error: Exception) -> str:
    answer = getattr(getattr(error, "original", None), "response", None)
    return "" if answer is None else f" (status {answer.status_code})"


def first_line(text: object) -> str:
    """Return the first line of what a node says, shortened and without control characters."""
    lines = str(text).splitlines() or ["no reason given"]
    return "".join(letter if letter.isprintable() else "?" for letter in lines[0][:200])
