"""A node that answers rubbish: each method, with whatever stands for a result or for the whole answer."""

from dataclasses import replace

import pytest

from tests.integration.garbling import BODIES, RESULTS, Garbler
from tests.integration.shell import Shell
from tests.integration.test_rubbish_lines import try_line

METHODS = (
    "eth_chainId",
    "eth_blockNumber",
    "eth_getBlockByNumber",
    "eth_call",
    "eth_getLogs",
    "eth_getCode",
    "eth_getBalance",
    "eth_getTransactionCount",
    "eth_estimateGas",
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
    "eth_maxPriorityFeePerGas",
)
LINES = (
    ["vault", "show"],
    ["asset", "list"],
    ["doctor"],
    ["vault", "deposit", "0.001", "--yes"],
)
TRIES = 2
"""Of each method; all kinds of rubbish with --deep."""


@pytest.fixture(scope="module")
def garbler(town):
    node = Garbler(town.node.web3.provider.endpoint_uri)
    yield node
    node.close()


@pytest.mark.parametrize("method", METHODS)
def test_node__answers_rubbish__is_said(town, garbler, chance, deep, method, monkeypatch, record_property):
    monkeypatch.setenv("TESSERA_RECEIPT_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("TESSERA_RPC_TIMEOUT_SECONDS", "5")
    rubbish = (*RESULTS, *BODIES)
    wrong, tried, refused = [], 0, 0
    for item in rubbish if deep else chance.sample(rubbish, TRIES):
        settings, address = town.citizen("keeper")
        shell = Shell(replace(settings, rpc_url=garbler.url), address)
        garbler.method, garbler.rubbish, garbler.hits = method, item, 0
        for line in LINES if deep else chance.sample(LINES, 2):
            before = len(wrong)
            refused += try_line(shell, line, wrong)
            wrong[before:] = [f"{str(item)[:60]!r}: {one}" for one in wrong[before:]]
            tried += 1
    record_property("tried", tried)
    record_property("refused", refused)
    assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)
