"""What tests of the event index share: logs, and a chain in memory that can be reorganized."""

from hashlib import sha256

from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic
from web3.providers import BaseProvider

from marketplace.chain import Deployment, Placed
from marketplace.chain.artifacts import artifact_names, load_artifact

COIN = 10**18
CONTRACTS = [name for name in artifact_names() if name != "TestToken"]


def address(number):
    return f"0x{number:040x}"


DEPLOYMENT = Deployment(
    31337, address(9), {name: Placed(address(i + 16), 1) for i, name in enumerate(CONTRACTS)}
)
ALICE, BOB = "0x" + 20 * "aA", "0x" + 20 * "Bb"


def event_abi(contract, name):
    return next(one for one in load_artifact(contract).abi if one["type"] == "event" and one["name"] == name)


def make_log(contract, name, args):
    """Encode an event with values by name; what is not given is zero."""
    abi = event_abi(contract, name)
    indexed = [one for one in abi["inputs"] if one["indexed"]]
    plain = [one for one in abi["inputs"] if not one["indexed"]]
    topics = [event_abi_to_log_topic(abi)]
    topics += [encode([one["type"]], [args.get(one["name"], zero(one))]) for one in indexed]
    data = encode(
        [collapse_if_tuple(one) for one in plain], [args.get(one["name"], zero(one)) for one in plain]
    )
    return {
        "address": DEPLOYMENT.address(contract),
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
    }


def zero(item):
    return some(item, None)


def some(item, chance):
    """Return a value of a type: random ones, or zero."""
    kind = item["type"]
    if kind.endswith("[]"):
        count = chance.randint(0, 4) if chance else 0
        return [some({**item, "type": kind[:-2]}, chance) for _ in range(count)]
    if kind == "tuple":
        return tuple(some(one, chance) for one in item["components"])
    if kind == "address":
        return "0x" + (chance.randbytes(20) if chance else bytes(20)).hex()
    if kind == "bool":
        return bool(chance and chance.randint(0, 1))
    if kind.startswith("uint"):
        bits = int(kind[4:] or 256)
        return chance.choice((0, 1, 2**bits - 1, chance.randrange(2**bits))) if chance else 0
    if kind == "string":
        return "".join(chance.choice("aäß€𝕏") for _ in range(chance.randint(0, 70))) if chance else ""
    size = int(kind[5:]) if kind != "bytes" else chance.randint(0, 70) if chance else 0
    return chance.randbytes(size) if chance else bytes(size)


def listed(asset, seller=BOB, price=COIN, manifest=bytes(32), root=bytes(32)):
    terms = (seller, 1, price, 0, 60, 60, root, manifest, (5, 27), (6, 28))
    return make_log("Assets", "AssetListed", {"assetId": asset, "seller": seller, "terms": terms})


def unlisted(asset, seller=BOB):
    return make_log("Assets", "AssetUnlisted", {"assetId": asset, "seller": seller, "at": 7})


def deposited(owner=ALICE, amount=COIN):
    return make_log("Vault", "Deposited", {"owner": owner, "amount": amount})


class MadeUpChain(BaseProvider):
    """A chain in memory. Switches: ``most_blocks`` and ``most_logs`` of one answer, ``times`` in logs,
    ``garbage`` instead of logs, ``height`` below the real one, ``on_logs`` called at each request of logs."""

    def __init__(self):
        super().__init__()
        self.blocks = []
        self.most_blocks, self.most_logs, self.times, self.garbage = None, None, True, None
        self.height, self.on_logs, self.requests = None, None, []
        self.mine(salt="genesis")

    def mine(self, *logs, salt=""):
        """Add a block with logs; return its number."""
        number = len(self.blocks)
        parent = self.blocks[-1]["hash"] if self.blocks else "0x" + 64 * "0"
        found = "0x" + sha256(f"{parent} {salt} {logs}".encode()).hexdigest()
        self.blocks.append({"hash": found, "time": 1_700_000_000 + number, "logs": logs})
        return number

    def drop(self, depth):
        """Forget the newest blocks."""
        del self.blocks[len(self.blocks) - depth :]

    def make_request(self, method, params):
        self.requests.append(method)
        answer = getattr(self, method)(*params)
        if isinstance(answer, dict) and "code" in answer:
            return {"jsonrpc": "2.0", "id": 1, "error": answer}
        return {"jsonrpc": "2.0", "id": 1, "result": answer}

    def top(self):
        return len(self.blocks) - 1 if self.height is None else min(self.height, len(self.blocks) - 1)

    def eth_chainId(self):
        return hex(31337)

    def eth_getBlockByNumber(self, which, _full):
        number = self.top() if which == "latest" else int(which, 16)
        if number > self.top():
            return None
        block = self.blocks[number]
        return {"number": hex(number), "hash": block["hash"], "timestamp": hex(block["time"])}

    def eth_getLogs(self, wanted):
        if self.on_logs is not None:
            self.on_logs(self)
        if self.garbage is not None:
            return self.garbage
        low = int(wanted["fromBlock"], 16)
        high = min(int(wanted["toBlock"], 16), self.top())
        if self.most_blocks is not None and high - low >= self.most_blocks:
            return {"code": -32600, "message": f"block range is too wide, at most {self.most_blocks}"}
        found = [log for number in range(low, high + 1) for log in self._logs_of(number)]
        topics = wanted.get("topics")
        if topics:
            found = [log for log in found if _matches(log, wanted["address"], topics)]
        if self.most_logs is not None and len(found) > self.most_logs:
            return {"code": -32005, "message": "query returned more than 10000 results"}
        return found

    def _logs_of(self, number):
        block = self.blocks[number]
        for index, log in enumerate(block["logs"]):
            whole = {
                **log,
                "blockNumber": hex(number),
                "blockHash": block["hash"],
                "transactionHash": "0x" + sha256(f"{block['hash']}{index}".encode()).hexdigest(),
                "transactionIndex": "0x0",
                "logIndex": hex(index),
                "removed": False,
            }
            yield {**whole, "blockTimestamp": hex(block["time"])} if self.times else whole


def _matches(log, place, topics):
    places = [place] if isinstance(place, str) else place
    if log["address"].lower() not in [one.lower() for one in places]:
        return False
    for topic, wanted in zip(log["topics"], topics):
        allowed = [wanted] if isinstance(wanted, str) else wanted
        if allowed is not None and topic not in allowed:
            return False
    return True


def fill(chain, blocks, start=0):
    """Add blocks with a few events each."""
    for i in range(start, start + blocks):
        logs = [deposited(amount=i + 1)]
        if i % 3 == 0:
            logs.append(listed(2**200 + i, price=(i + 1) * COIN))
        chain.mine(*logs) if i % 4 else chain.mine()
