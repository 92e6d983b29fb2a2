"""What a node's answers may look like beside their results: numbers, errors that are none, other chains."""

import json

import pytest
import requests

from marketplace.chain.provider import BoundedProvider
from marketplace.errors import ChainError

BLOCK_NUMBER = ("eth_blockNumber", [])


class Canned(BoundedProvider):
    """A provider whose node answers as a function says."""

    def __init__(self, answer):
        super().__init__("http://127.0.0.1:1", 1, requests.Session(), "the node")
        self.answer = answer

    def _ask(self, data):
        return self.answer(json.loads(data))


@pytest.mark.parametrize("more", [{}, {"error": None}])
def test_request__another_chain_at_the_same_address__is_refused(more, monkeypatch):
    """Some nodes say of each answer that it is no error."""
    monkeypatch.setattr("marketplace.chain.provider.CHAIN_CHECK_SECONDS", 0.0)
    chains = ["0x1", "0x1", "0x5"]

    def answer(asked):
        result = chains.pop(0) if asked["method"] == "eth_chainId" else "0x9"
        return {"jsonrpc": "2.0", "id": asked["id"], "result": result, **more}

    provider = Canned(answer)
    for _ in range(2):
        assert provider.make_request(*BLOCK_NUMBER)["result"] == "0x9"
    with pytest.raises(ChainError, match="is on chain 5 now"):
        provider.make_request(*BLOCK_NUMBER)


def test_request__chain_was_asked_for_just_now__is_not_asked_for_again():
    methods = []

    def answer(asked):
        methods.append(asked["method"])
        return {"jsonrpc": "2.0", "id": asked["id"], "result": "0x1", "error": None}

    provider = Canned(answer)
    for _ in range(3):
        provider.make_request(*BLOCK_NUMBER)
    assert methods == ["eth_chainId"] + ["eth_blockNumber"] * 3


@pytest.mark.parametrize("number", [[], {}, None, "1", 1.5, True])
def test_batch__answer_without_a_number_of_ours__is_refused(number):
    def answer(asked):
        if isinstance(asked, dict):
            return {"jsonrpc": "2.0", "id": asked["id"], "result": "0x1"}
        return [{"jsonrpc": "2.0", "id": number, "result": "0x1"} for _ in asked]

    with pytest.raises(ChainError, match="other numbers"):
        Canned(answer).make_batch_request([BLOCK_NUMBER, BLOCK_NUMBER])
