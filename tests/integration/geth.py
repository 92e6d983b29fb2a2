"""A chain that is not anvil: geth in its development mode, and a market on it."""

import itertools
import socket
import subprocess
import time
from pathlib import Path

from eth_account import Account
from web3 import Web3

from marketplace.chain import ChainClient, Journal, LocalChain, LocalSigner, Node, deploy_all, save_deployment
from marketplace.chain.artifacts import load_artifact
from tests.integration.conftest import COIN, Town

BUILD = Path(__file__).parents[2] / "build"
START_SECONDS = 240
WAIT_SECONDS = 120
POLL = 0.02


class Geth:
    """``geth --dev`` in a process; as a context manager, with its URL.

    Parameters
    ----------
    folder : Path
        Keeps the log.
    program : str
        "geth", as its makers publish it, or "geth-clock", the same with a clock that can be moved on.
    """

    def __init__(self, folder, program):
        self.log, self.program = folder / "geth.log", BUILD / program
        assert self.program.exists(), (
            f"{self.program} is missing: run make geth (or leave out: -m 'not geth')"
        )

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = [
            "--dev",
            "--ipcdisable",
            "--http",
            "--http.port",
            str(port),
            "--http.api",
            "eth,net,web3,dev",
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([self.program, *words], stdout=log, stderr=subprocess.STDOUT)
        ends = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < ends, "geth does not start"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}"
            time.sleep(POLL)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(START_SECONDS)


class GethChain(LocalChain):
    """What a development chain gives: coin from its own account, and time where it has the clock."""

    def __init__(self, node):
        self._node = node
        assert node.request("web3_clientVersion").startswith("Geth/")
        self._rich = node.web3.eth.accounts[0]

    def advance(self, seconds):
        """Move time on; what waits in the pool is mined first."""
        ends = time.monotonic() + WAIT_SECONDS
        while int(self._node.request("eth_getBlockTransactionCountByNumber", "pending"), 16):
            assert time.monotonic() < ends, "transactions stay in the pool"
            time.sleep(POLL)
        self._node.request("dev_advance", seconds)
        return self._node.block().timestamp

    def mine(self, blocks=1):
        for _ in range(blocks):
            self.advance(1)
        return self._node.block().number

    def set_balance(self, address, wei):
        """Send coin: this chain makes none."""
        self._transact({"to": address, "value": wei})

    def mint(self, token, address, amount):
        contract = self._node.web3.eth.contract(
            Web3.to_checksum_address(token), abi=load_artifact("TestToken").abi
        )
        data = contract.encode_abi("mint", args=[Web3.to_checksum_address(address), amount])
        self._transact({"to": token, "data": data})

    def _transact(self, fields):
        sent = self._node.web3.eth.send_transaction({"from": self._rich, **fields})
        assert self._node.web3.eth.wait_for_transaction_receipt(sent, poll_latency=POLL)["status"] == 1


class GethTown(Town):
    """A market on geth."""

    def __init__(self, folder, url):
        self.folder, self.node = folder, Node(url)
        self.local = GethChain(self.node)
        self.numbers = itertools.count(1)
        self.file = folder / "deployment.json"
        self.deployment = self._deploy()
        save_deployment(self.deployment, self.file)

    def _deploy(self):
        signer = LocalSigner(Account.create())
        self.local.set_balance(signer.address, 1000 * COIN)
        return deploy_all(ChainClient(self.node, None, signer, Journal(None)))
