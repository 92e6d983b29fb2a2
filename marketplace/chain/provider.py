"""JSON-RPC over HTTP with bounds: size and time of an answer, one chain, and answers to what was asked.

Nothing is logged: an address may carry an access key, a transaction a secret that is not public yet.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, cast

import requests
import urllib3
from web3 import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

from marketplace.chain.answers import MAX_ANSWER_BYTES, check_answer
from marketplace.chain.deadline import BoundedAdapter
from marketplace.errors import ChainError, NodeUnavailable

CHAIN_CHECK_SECONDS = 2.0
"""An address may begin to speak for another chain at any time: asked for so often at most."""

PIECE_BYTES = 2**16

OTHER_CHAIN = "nothing was sent there; check TESSERA_RPC_URL: what answers at it speaks for another chain now"


class BoundedProvider(HTTPProvider):
    """Ask one node.

    Parameters
    ----------
    endpoint : str
    timeout_seconds : float
        For the answer to begin, and between two pieces of it; the whole may take `PATIENCE` times that.
    session : requests.Session
    where : str
        How errors call the node.
    """

    def __init__(self, endpoint: str, timeout_seconds: float, session: requests.Session, where: str) -> None:
        super().__init__(endpoint, session=session, exception_retry_configuration=None)
        self._session = session
        for scheme in ("http://", "https://"):
            session.mount(scheme, BoundedAdapter())
        self._timeout_seconds = timeout_seconds
        self._where = where
        self._chain: int | None = None
        self._checked = 0.0

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Make one request; the answer is one to it, or an error."""
        if method != "eth_chainId":
            self._require_chain()
        data = self.encode_rpc_request(method, params)
        answer, asked = self._ask(data), json.loads(data)
        self._check(answer, asked)
        if answer.get("id") not in (asked["id"], None):
            raise self._unusable("an answer to another request")
        if method == "eth_chainId" and answer.get("error") is None:
            self._same_chain(int(str(answer["result"]), 16))
        return cast(RPCResponse, answer)

    def make_batch_request(
        self, batch_requests: list[tuple[RPCEndpoint, Any]]
    ) -> list[RPCResponse] | RPCResponse:
        """Make several requests at once; the answers come in their order, or one error for all."""
        self._require_chain()
        asked, data = self._encoded(batch_requests)
        answers = self._ask(data)
        if not isinstance(answers, list):
            return cast(RPCResponse, answers)
        by_id = {one["id"]: one for one in answers if isinstance(one, dict) and type(one.get("id")) is int}
        if len(answers) != len(asked) or set(by_id) != {one["id"] for one in asked}:
            raise self._unusable("a batch was answered with other numbers than it asked by")
        ordered = [by_id[one["id"]] for one in asked]
        for answer, one in zip(ordered, asked):
            self._check(answer, one)
        return cast(list[RPCResponse], ordered)

    def _encoded(self, requests: list[tuple[RPCEndpoint, Any]]) -> tuple[list[dict[str, Any]], bytes]:
        """Return requests as JSON has them, and in bytes: at once, or as web3 puts its own types."""
        numbered = zip(requests, self.request_counter)
        asked = [{"jsonrpc": "2.0", "method": m, "params": p, "id": number} for (m, p), number in numbered]
        try:
            return asked, json.dumps(asked).encode()
        except TypeError:
            data = self.encode_batch_rpc_request(requests)
            return json.loads(data), data

    def _require_chain(self) -> None:
        if time.monotonic() - self._checked < CHAIN_CHECK_SECONDS:
            return
        self.make_request(RPCEndpoint("eth_chainId"), [])

    def _same_chain(self, chain: int) -> None:
        if self._chain is None:
            self._chain = chain
        elif chain != self._chain:
            raise ChainError(
                f"the node at {self._where} was on chain {self._chain}, and is on chain {chain} now",
                OTHER_CHAIN,
            )
        self._checked = time.monotonic()

    def _check(self, answer: Any, asked: dict[str, Any]) -> None:
        if not isinstance(answer, dict) or not ("error" in answer or "result" in answer):
            raise self._unusable(f"{asked['method']} was answered with no JSON-RPC")
        if answer.get("error") is None:
            try:
                check_answer(asked["method"], asked["params"], answer.get("result"))
            except ChainError as error:
                raise self._unusable(str(error)) from error

    def _unusable(self, why: str) -> NodeUnavailable:
        return NodeUnavailable(f"the node at {self._where} answered what can't be used: {why}")

    def _ask(self, data: bytes) -> Any:
        """Send a request and read its answer, a bounded one in bounded time."""
        out = bytearray()
        headers = {"Content-Type": "application/json", "User-Agent": "tessera"}
        with self._session.post(
            str(self.endpoint_uri),
            data=data,
            headers=headers,
            timeout=self._timeout_seconds,
            stream=True,
            allow_redirects=False,
        ) as response:
            if not response.ok or response.is_redirect:
                raise self._unusable(f"status {response.status_code}")
            for piece in _pieces(response):
                out += piece
                if len(out) > MAX_ANSWER_BYTES:
                    raise self._unusable(f"more than {MAX_ANSWER_BYTES:,} bytes")
        try:
            return json.loads(out)
        except (ValueError, RecursionError) as error:
            raise self._unusable("no JSON") from error


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives: whoever waits for whole pieces waits for ever when it drips."""
    try:
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
            yield piece
    except urllib3.exceptions.TimeoutError as error:
        raise requests.Timeout("no answer in time") from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError("the connection broke") from error
