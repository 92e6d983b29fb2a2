"""A read-only content store behind trustless HTTP gateways: for whoever has no node.

A gateway gives raw blocks and CARs, and is trusted in nothing: every block is verified against its CID, no
answer is read further than a block may be long, and a gateway that gave wrong bytes is asked last.

References
----------
https://specs.ipfs.tech/http-gateways/trustless-gateway/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as Several
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import urljoin

import requests
import urllib3

from marketplace.errors import ContentMismatch, ContentNotFound, DataError, StorageError
from marketplace.storage.car import read_block, read_header
from marketplace.storage.places import check_redirect
from marketplace.storage.remote import CONNECT_SECONDS, Feed, Sequence, pieces, read_at_most
from marketplace.storage.source import BlockSource, check_block
from marketplace.storage.store import BlockStore, ContentWriter, Source
from marketplace.storage.unixfs import MAX_DEPTH, Load
from marketplace.types import CHUNK_BYTES, RAW_CODEC, Cid

MAX_REDIRECTS = 3
"""A path gateway sends on to https, to another host of its own and to a subdomain of the CID at most."""

_RAW = "application/vnd.ipld.raw"
_CAR = "application/vnd.ipld.car; version=1; order=dfs; dups=y"
_ABSENT = (404, 410, 504)

_T = TypeVar("_T")


class GatewayStore(BlockSource):
    """Read content from HTTP gateways, every block verified; nothing can be written.

    Parameters
    ----------
    urls : sequence of str
        Gateways such as ``https://gateway.example``, tried in this order.
    cache : BlockStore, optional
        Where fetched blocks are kept, so that a read goes on where it broke off and nothing is fetched twice.
    timeout_seconds : float, optional
        Longest wait for one block.
    """

    def __init__(
        self, urls: Several[str], cache: BlockStore | None = None, *, timeout_seconds: float = 60
    ) -> None:
        self.urls = [url.rstrip("/") for url in urls]
        self.cache = cache
        self.timeout_seconds = timeout_seconds
        self._lied: set[str] = set()
        self._session = requests.Session()

    def __str__(self) -> str:
        return (
            f"the gateway {self.urls[0]}" if len(self.urls) == 1 else f"the gateways {', '.join(self.urls)}"
        )

    # --- reading

    def load_block(self, cid: Cid, offset_bytes: int = 0, expected: int | None = None) -> bytes:
        """Load one block from the cache or the first gateway that has it, and check it.

        Raises
        ------
        ContentNotFound
            If no gateway has the block.
        ContentMismatch
            If the only answers were wrong.
        StorageError
            If no gateway answers; it says what is wrong with each.
        """
        data = self._cached(cid)
        if data is None:
            data = self._first(
                cid, offset_bytes, lambda url: self._fetch_block(url, cid, offset_bytes, expected)
            )
            if self.cache is not None:
                self.cache._save(cid, data)
        return check_block(cid, data, offset_bytes, expected)

    def _load(self, cid: Cid, limit_bytes: int) -> bytes | None:
        try:
            return self.load_block(cid)[:limit_bytes]
        except ContentNotFound:
            return None

    def _exists(self, cid: Cid) -> bool:
        if self._cached(cid) is not None:
            return True
        try:
            return self._first(cid, 0, lambda url: self._head(url, cid))
        except ContentNotFound:
            return False

    def _missing(self, cid: Cid, offset_bytes: int) -> StorageError:
        return ContentNotFound(f"block {cid} at byte {offset_bytes} was not found by {self}")

    def _cached(self, cid: Cid) -> bytes | None:
        if self.cache is not None:
            # A damaged copy is as good as none: it is fetched and written anew.
            with suppress(ContentNotFound, ContentMismatch):
                return self.cache.load_block(cid)
        return None

    @contextmanager
    def _loading(self, cid: Cid) -> Iterator[Load]:
        def start(offset_bytes: int) -> _Car:
            return self._first(cid, offset_bytes, lambda url: _Car(self, url, cid, offset_bytes))

        def load(block: Cid, offset_bytes: int, expected: int | None) -> bytes:
            data = self._cached(block)
            if data is not None:
                sequence.passed(block, offset_bytes, data)
                return check_block(block, data, offset_bytes, expected)
            data = sequence(block, offset_bytes, expected)
            if self.cache is not None:
                self.cache._save(block, data)
            return data

        with Sequence(self.load_block, start) as sequence:
            try:
                yield load
            finally:
                if self.cache is not None:
                    self.cache._sync()

    # --- writing

    def writer(self) -> ContentWriter:
        """Refuse: a gateway only reads.

        Raises
        ------
        StorageError
        """
        self._refuse()

    def add(self, source: Source) -> Cid:
        """Refuse: a gateway only reads.

        Raises
        ------
        StorageError
        """
        self._refuse()

    def add_path(self, path: Path) -> Cid:
        """Refuse: a gateway only reads.

        Raises
        ------
        StorageError
        """
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise StorageError(
            f"nothing can be written through {self}",
            "to publish, name an IPFS node: TESSERA_STORE=kubo:http://127.0.0.1:5001 (docs/storage.md)",
        )

    # --- gateways

    def _first(self, cid: Cid, offset_bytes: int, ask: Callable[[str], _T]) -> _T:
        """Return the first good answer; the gateway that gave it is asked first from now on."""
        wrong: list[StorageError] = []
        for url in list(self.urls):
            try:
                answer = ask(url)
            except StorageError as error:
                wrong.append(error)
                if isinstance(error, ContentMismatch):
                    self._demote(url)
            else:
                if wrong:
                    self.urls.sort(key=lambda one: (one in self._lied, one != url))
                return answer
        if all(isinstance(error, ContentNotFound) for error in wrong):
            raise self._missing(cid, offset_bytes)
        hint = "try again later, or name another gateway in TESSERA_STORE"
        false = [error for error in wrong if isinstance(error, ContentMismatch)]
        if false and all(isinstance(error, ContentNotFound | ContentMismatch) for error in wrong):
            raise ContentMismatch("; ".join(map(str, false)), hint)
        raise StorageError("; ".join(map(str, wrong)), hint)

    def _demote(self, url: str) -> None:
        """Ask a gateway that gave wrong bytes after all others."""
        self._lied.add(url)
        self.urls.sort(key=lambda one: one in self._lied)

    def _fetch_block(self, url: str, cid: Cid, offset_bytes: int, expected: int | None) -> bytes:
        with self._errors(url), self._ask(url, cid, "?format=raw", _RAW) as response:
            body = pieces(response.raw)
            data = read_at_most(body, CHUNK_BYTES + 1, self.timeout_seconds)
        try:
            return check_block(cid, data, offset_bytes, expected)
        except ContentMismatch as error:
            raise ContentMismatch(f"{url} gave something else: {error}") from error

    def _head(self, url: str, cid: Cid) -> bool:
        with self._errors(url), self._ask(url, cid, "?format=raw", _RAW, method="HEAD"):
            return True

    @contextmanager
    def _ask(
        self, url: str, cid: Cid, query: str, accept: str, method: str = "GET"
    ) -> Iterator[requests.Response]:
        response = self.request(method, url, f"{url}/ipfs/{cid}{query}", accept)
        try:
            yield response
        finally:
            response.close()

    def request(self, method: str, gateway: str, url: str, accept: str) -> requests.Response:
        """Ask a gateway and follow it a few steps; the answer's body is not read.

        Raises
        ------
        ContentNotFound
            If it does not have the content.
        StorageError
            If it says anything else than the content.
        """
        wait = (min(CONNECT_SECONDS, self.timeout_seconds), self.timeout_seconds)
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        for _ in range(MAX_REDIRECTS + 1):
            response = self._session.request(
                method, url, headers=headers, timeout=wait, stream=True, allow_redirects=False
            )
            if not response.is_redirect:
                return self._accepted(response, gateway)
            response.close()
            onward = urljoin(url, response.headers["location"])
            check_redirect(gateway, url, onward)
            url = onward
        raise StorageError(f"{gateway} sends from one address to the next")

    def _accepted(self, response: requests.Response, gateway: str) -> requests.Response:
        status = response.status_code
        if status == 200:
            return response
        response.close()
        if status in _ABSENT:
            raise ContentNotFound(f"{gateway} does not have it (status {status})")
        if status == 429:
            raise StorageError(f"{gateway} asks to come back later (status 429)")
        raise StorageError(f"{gateway} does not give it (status {status})")

    @contextmanager
    def _errors(self, url: str) -> Iterator[None]:
        try:
            yield
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise StorageError(f"{url} did not answer within {self.timeout_seconds:g} s") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if "timed out" in str(error).lower():
                raise StorageError(f"{url} did not answer within {self.timeout_seconds:g} s") from error
            if isinstance(error, requests.exceptions.SSLError):
                raise StorageError(f"{url} shows no valid certificate") from error
            if isinstance(error, requests.ConnectionError):
                raise StorageError(f"{url} can't be reached") from error
            raise StorageError(f"the connection to {url} broke") from error


class _Car:
    """The blocks of a file from an offset on, as one CAR."""

    def __init__(self, store: GatewayStore, url: str, cid: Cid, offset_bytes: int) -> None:
        self._store, self._url = store, url
        query = f"?format=car&car-order=dfs&car-dups=y&dag-scope=entity&entity-bytes={offset_bytes}:*"
        # The nodes that lead to the first leaf come before it.
        self._skip = MAX_DEPTH + 1
        with store._errors(url):
            self._response = store.request("GET", url, f"{url}/ipfs/{cid}{query}", _CAR)
            self._feed = Feed(pieces(self._response.raw), store.timeout_seconds)
            self._header_to_come = True

    def take(self, cid: Cid, offset_bytes: int, expected: int | None) -> bytes:
        with self._store._errors(self._url):
            try:
                return self._next(cid)
            except DataError as error:
                raise StorageError(f"{self._url} sends no CAR: {error}") from error

    def _next(self, cid: Cid) -> bytes:
        if self._header_to_come:
            self._header_to_come = False
            read_header(self._feed.read)
        while (found := read_block(self._feed.read)) is not None:
            if found[0] == cid:
                self._skip = 0
                return found[1]
            if found[0].codec == RAW_CODEC or not self._skip:
                break
            self._skip -= 1
        raise StorageError(f"{self._url} does not go on with block {cid}")

    def close(self) -> None:
        self._response.close()
