"""The library that decides challenges of scores, on a chain of its own, asked in batches."""

import http.client
import json
import sys
import time
from pathlib import Path

from eth_abi import encode
from eth_utils import keccak

from marketplace.services.structs import MODEL_PROOF, NODE_PROOF, ROW_PROOF, SCORED_CASE, TREES_PROOF

ROOT = Path(__file__).parents[2]
SIGNATURES = {
    "linear": [SCORED_CASE, ROW_PROOF, "bytes"],
    "trees": [SCORED_CASE, ROW_PROOF, TREES_PROOF],
    "node": [SCORED_CASE, NODE_PROOF],
    "shape": [SCORED_CASE, MODEL_PROOF],
    "form": [SCORED_CASE, "bytes"],
}
ERRORS = (
    "WrongLength(uint256,uint256)",
    "NoLeaf(uint256,uint256)",
    "NotRow(bytes32,bytes32)",
    "NotEvidence(bytes32,bytes32)",
    "NotModel(bytes32,bytes32)",
    "NotRecord(bytes32,bytes32)",
    "DoesNotAdd()",
    "RowRight(uint256)",
    "NodeRight(uint256,uint256)",
    "ModelRight()",
    "RootRight()",
)
NAMES = {keccak(text=f"Referee_{one}")[:4]: one.partition("(")[0] for one in ERRORS}
BATCH = 100
DEPLOY_SECONDS = 60
GAS = hex(10**9)


def compiled(path):
    """Return a contract of contracts/ as the repository's compiler makes it; what did not change is kept."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from compile import compile_file
    finally:
        sys.path.pop(0)
    output = compile_file(ROOT / path)
    return output["contracts"][path][Path(path).stem]["evm"]["bytecode"]["object"]


class ScoreChain:
    """A chain with the library and a contract that calls it."""

    def __init__(self, url):
        self._http = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)
        self.sender = self.ask(("eth_accounts", []))[0]["result"][0]
        library = "contracts/libraries/Scores.sol"
        mark = keccak(text=f"{library}:Scores").hex()[:34]
        code = compiled("contracts/test/ScoreProbe.sol")
        self.address = self.deploy(code.replace(f"__${mark}$__", self.deploy(compiled(library))[2:]))

    def ask(self, *calls):
        """Ask the node several things at once."""
        body = [{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, (m, p) in enumerate(calls)]
        self._http.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(self._http.getresponse().read())

    def deploy(self, code):
        """Deploy bytecode and return its address."""
        transaction = {"from": self.sender, "data": "0x" + code, "gas": hex(10_000_000)}
        sent = self.ask(("eth_sendTransaction", [transaction]))[0]["result"]
        end = time.monotonic() + DEPLOY_SECONDS
        while (receipt := self.ask(("eth_getTransactionReceipt", [sent]))[0]["result"]) is None:
            assert time.monotonic() < end, "the library was not deployed"
            time.sleep(0.02)
        return receipt["contractAddress"]

    def data(self, kind, *arguments):
        """Return the call of a challenge."""
        types = SIGNATURES[kind]
        return keccak(text=f"{kind}({','.join(types)})")[:4] + encode(types, arguments)

    def decide(self, challenges):
        """Return for each call why it is refused; None where the score is disproved."""
        found = []
        for first in range(0, len(challenges), BATCH):
            calls = [
                ("eth_call", [{"to": self.address, "data": "0x" + data.hex(), "gas": GAS}, "latest"])
                for data in challenges[first : first + BATCH]
            ]
            found += [reason(answer) for answer in self.ask(*calls)]
        return found

    def gas(self, data):
        """Return what a call would cost as a transaction."""
        call = {"from": self.sender, "to": self.address, "data": "0x" + data.hex()}
        return int(self.ask(("eth_estimateGas", [call]))[0]["result"], 16)


def reason(answer):
    """Return the name of the error a node answers with; None if there is none."""
    if "error" not in answer:
        return None
    data = bytes.fromhex((answer["error"].get("data") or "0x")[2:])
    return NAMES.get(data[:4], f"unnamed: {answer['error']}")
