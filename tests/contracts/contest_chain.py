"""The node itself, past Brownie: transactions that must succeed, blocks, time."""

import contextlib
import http.client
import json
import time
from urllib.parse import urlsplit

from brownie import web3

_connection = None
_impersonated = set()


def rpc(method, *arguments):
    """Ask the node itself, over one connection that stays open."""
    global _connection
    if _connection is None:
        _connection = http.client.HTTPConnection(urlsplit(web3.provider.endpoint_uri).netloc, timeout=30)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": arguments})
    _connection.request("POST", "/", body, {"Content-Type": "application/json"})
    answer = json.loads(_connection.getresponse().read())
    assert "error" not in answer, answer
    return answer["result"]


def send(method, *arguments, sender):
    """Send a transaction that must succeed, past Brownie's bookkeeping, which takes most of a test's time."""
    if sender.address not in _impersonated:
        rpc("anvil_impersonateAccount", sender.address)
        _impersonated.add(sender.address)
    data = method.encode_input(*arguments)
    call = {
        "from": sender.address,
        "to": method._address,
        "data": data,
        "gas": hex(20_000_000),
        "gasPrice": "0x0",
    }
    tx = rpc("eth_sendTransaction", call)
    give_up = time.monotonic() + 20
    while (receipt := rpc("eth_getTransactionReceipt", tx)) is None:
        assert time.monotonic() < give_up, f"{method._name} was not mined"
        time.sleep(0.001)
    assert int(receipt["status"], 16) == 1, f"{method._name} failed"


def view(method, *arguments):
    """Return what a view function says."""
    call = {"to": method._address, "data": method.encode_input(*arguments)}
    return method.decode_output(rpc("eth_call", call, "latest"))


def mine(blocks=1):
    """Mine so many blocks at once."""
    rpc("anvil_mine", hex(blocks))


def sleep(seconds):
    """Let time pass."""
    rpc("evm_increaseTime", hex(seconds))
    mine()


@contextlib.contextmanager
def undone():
    """Undo at the end what happened on the chain, for fixtures that several tests share."""
    before = rpc("evm_snapshot")
    yield
    rpc("evm_revert", before)


def set_next(timestamp):
    """Give the next block, and so the next transaction, exactly this time."""
    rpc("evm_setNextBlockTimestamp", timestamp)


def now():
    """Return the time of the last block."""
    return int(rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
