"""A node in memory: enough JSON-RPC to send transactions to, with switches for trouble."""

from eth_account import Account
from eth_utils import keccak
from hexbytes import HexBytes
from web3.providers import BaseProvider

from marketplace.chain import ChainClient, Limits, LocalSigner

ALICE = LocalSigner(Account.from_key(bytes([1]) * 32))
BOB = "0x" + 39 * "0" + "b"
GWEI = 10**9
GENESIS = "0x" + 64 * "a"


class FakeNode(BaseProvider):
    """Answer what the chain client asks.

    Attributes are switches: ``mining`` (blocks are made at once), ``revert`` (data with which estimates
    fail), ``send_error`` (message with which sending fails), ``lose`` (answer to sending gets lost),
    ``status`` (of new receipts).
    """

    def __init__(self, chain_id=31337):
        super().__init__()
        self.chain_id, self.genesis = chain_id, GENESIS
        self.mining, self.revert, self.send_error, self.lose, self.status = True, None, None, False, 1
        self.base_fee, self.balance, self.estimate, self.gas_used = GWEI, 10**20, 50_000, 40_000
        self.height = 5
        self.pool, self.receipts, self.sent = {}, {}, []

    def make_request(self, method, params):
        answer = getattr(self, method)(*params)
        return {
            "jsonrpc": "2.0",
            "id": 1,
            **(answer if isinstance(answer, dict) and "error" in answer else {"result": answer}),
        }

    def eth_chainId(self):
        return hex(self.chain_id)

    def eth_getBlockByNumber(self, number, _full):
        number = self.height if number == "latest" else int(number, 16)
        found = self.genesis if number == 0 else "0x" + keccak(number).hex()
        return {
            "number": hex(number),
            "hash": found,
            "timestamp": hex(1_700_000_000 + number),
            "baseFeePerGas": hex(self.base_fee),
            "gasLimit": hex(30_000_000),
        }

    def eth_maxPriorityFeePerGas(self):
        return hex(GWEI)

    def eth_getBalance(self, _address, _block):
        return hex(self.balance)

    def eth_estimateGas(self, _transaction, *_):
        return self.reverted() if self.revert is not None else hex(self.estimate)

    def eth_call(self, _transaction, *_):
        return self.reverted() if self.revert is not None else "0x"

    def reverted(self):
        return {"error": {"code": 3, "message": "execution reverted", "data": self.revert}}

    def eth_getTransactionCount(self, _address, _block):
        return hex(len(self.receipts) + len(self.pool))

    def eth_sendRawTransaction(self, raw):
        raw = bytes(HexBytes(raw))
        found = "0x" + keccak(raw).hex()
        self.sent.append(found)
        if self.send_error is not None:
            return {"error": {"code": -32000, "message": self.send_error}}
        if found in self.receipts:
            return {"error": {"code": -32000, "message": "nonce too low"}}
        if found in self.pool:
            return {"error": {"code": -32000, "message": "already known"}}
        self.pool[found] = raw
        if self.mining:
            self.mine()
        if self.lose:
            raise ConnectionError("gone")
        return found

    def mine(self):
        for found, raw in self.pool.items():
            self.height += 1
            self.receipts[found] = {
                "transactionHash": found,
                "blockNumber": hex(self.height),
                "blockHash": "0x" + keccak(self.height).hex(),
                "from": Account.recover_transaction(raw),
                "status": hex(self.status),
                "gasUsed": hex(self.gas_used),
                "effectiveGasPrice": hex(2 * GWEI),
                "contractAddress": None,
                "logs": [],
            }
        self.pool.clear()

    def eth_getTransactionReceipt(self, found):
        return self.receipts.get(found if isinstance(found, str) else "0x" + found.hex())

    def eth_getTransactionByHash(self, found):
        receipt = self.receipts.get(found)
        if receipt is None:
            return None
        return {"hash": found, "from": receipt["from"], "to": receipt["from"], "input": "0x", "value": "0x0"}


def make_client(node, journal, **limits):
    """Return alice's client; it waits for no receipt that does not come at once."""
    given = Limits(**{"receipt_timeout_seconds": 0.05, **limits})
    return ChainClient(node, None, ALICE, journal, limits=given)


def history(client, journal):
    """Return what the journal holds of alice."""
    return journal.history(client.node.network, ALICE.address)
