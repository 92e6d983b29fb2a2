"""Transactions that are not mined, on a real node: paid better, sent again, given up; and kills."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from eth_account import Account
from eth_utils import keccak

from marketplace.chain import ChainClient, Journal, Limits, LocalChain, Localnet, LocalSigner, Node, sender
from marketplace.chain.fees import fees_of
from marketplace.chain.journal_batch import set_expiry
from marketplace.chain.journal_tables import DROPPED, MINED, PENDING
from marketplace.chain.sender import Call
from marketplace.chain.stuck import Watch
from marketplace.errors import ChainError, TransactionFailed

GWEI, COIN = 10**9, 10**18
RIVAL = Account.create().address
SOON = 0.2
"""Seconds after which these tests call a transaction stuck."""

WAIT_SECONDS = 120
"""For what comes at once where nobody else wants the processor."""


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with Localnet(tmp_path_factory.mktemp("stuck") / "net") as state:
        yield state.url


@pytest.fixture
def node(url):
    """A node that makes blocks only when it is told to."""
    found = Node(url)
    found.request("evm_setAutomine", False)
    yield found
    found.request("anvil_dropAllTransactions")
    found.request("evm_setBlockGasLimit", hex(30_000_000))
    mine(found, base=GWEI)


@pytest.fixture(autouse=True)
def looks(monkeypatch):
    """Grows each time that somebody who waits looks at what became of his transactions."""
    found, look = [], Watch.look

    def counted(watch, upto):
        looked = look(watch, upto)
        found.extend([upto] if looked else [])
        return looked

    monkeypatch.setattr(Watch, "look", counted)
    return found


@pytest.fixture
def clock(monkeypatch):
    """The clock of whoever waits; what is appended is added to it, in seconds."""
    ahead = []
    shifted = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(ahead), sleep=time.sleep)
    monkeypatch.setattr(sender, "time", shifted)
    return ahead


@pytest.fixture
def alice(node):
    account = Account.create()
    LocalChain(node).set_balance(account.address, 1000 * COIN)
    return account


def mine(node, base=None):
    if base is not None:
        node.request("anvil_setNextBlockBaseFeePerGas", hex(base))
    node.request("evm_mine")


class Machine:
    """One of the computers on which alice's key lies, with a journal of its own."""

    def __init__(self, node, account, path, wei=5, **limits):
        self.wei = wei
        self.said, self.outcome, self.thread = [], None, None
        self.node, self.journal, self.bob = node, Journal(path), heir(account)
        given = Limits(**{"receipt_timeout_seconds": WAIT_SECONDS, "replace_after_seconds": SOON, **limits})
        self.client = ChainClient(
            node, None, LocalSigner(account), self.journal, limits=given, warn=self.said.append
        )

    def history(self):
        return self.journal.history(self.node.network, self.client.account)

    def submit(self, intent="pay"):
        return self.client._submit(lambda: Call(self.bob, "0x", self.wei), intent)

    def start_waiting(self, submitted):
        """Wait for it in the background."""

        def run():
            try:
                self.outcome = self.client.wait(submitted)
            except ChainError as error:
                self.outcome = error

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def until(self, test):
        end = time.monotonic() + WAIT_SECONDS
        while not test():
            assert time.monotonic() < end, (self.said, self.outcome, self.history())
            time.sleep(0.02)

    def until_in_pool(self):
        """Wait until the node has the newest version of its only transaction."""
        self.until(lambda: self.node.request("eth_getTransactionByHash", self.history()[0].tx_hash))

    def result(self):
        self.thread.join(WAIT_SECONDS)
        return self.outcome


@pytest.fixture
def machine(node, alice, tmp_path):
    def make(name="one", **limits):
        return Machine(node, alice, tmp_path / f"{name}.db", **limits)

    return make


def heir(account):
    """Return whom an account of these tests pays: nobody else does."""
    return Account.from_key(keccak(bytes(account.key))).address


def paid(node, account):
    return node.balance_wei(heir(account))


def test_wait__base_fee_above_what_it_offers__is_replaced_and_mined_once(node, alice, machine):
    one = machine()
    first = one.submit()
    one.start_waiting(first)
    mine(node, base=100 * GWEI)
    one.until(lambda: one.said)
    (entry,) = one.history()
    old, new = fees_of(first.entry.raw), fees_of(entry.raw)
    assert new.fee * 10 >= old.fee * 11
    assert new.tip * 10 >= old.tip * 11
    assert new.fee > 100 * GWEI
    one.until_in_pool()
    mine(node)
    receipt = one.result()
    assert receipt.tx_hash == entry.tx_hash != first.entry.tx_hash
    assert [(e.status, e.tx_hash) for e in one.history()] == [(MINED, receipt.tx_hash)]
    assert paid(node, alice) == 5
    assert one.submit().reused


def test_wait__others_pay_more__blocks_pass_it_over_until_it_pays_more_than_they(node, machine, looks):
    one, rival = machine(), node.web3.eth.accounts[0]
    node.request("evm_setBlockGasLimit", hex(30_000))  # one payment fills a block
    mine(node, base=GWEI)
    tip = int(1.05 * GWEI)
    fields = {
        "from": rival,
        "to": RIVAL,
        "value": "0x1",
        "maxFeePerGas": hex(int(3.05 * GWEI)),
        "gas": hex(21_000),
    }
    for _ in range(2):
        node.request("eth_sendTransaction", {**fields, "maxPriorityFeePerGas": hex(tip)})
    submitted = one.submit()
    one.start_waiting(submitted)
    one.until(lambda: looks)  # the block that comes is one that passes it over
    mine(node)
    assert one.outcome is None
    one.until(lambda: one.said)
    one.until_in_pool()
    mine(node)
    assert one.result().tx_hash == one.history()[0].tx_hash != submitted.entry.tx_hash


def test_wait__chain_stands_still__nothing_is_paid_for_that(node, machine, looks):
    one = machine()
    submitted = one.submit()
    one.start_waiting(submitted)
    one.until(lambda: len(looks) >= 4)
    assert (one.said, one.history()[0].tx_hash) == ([], submitted.entry.tx_hash)
    mine(node)
    assert one.result().tx_hash == submitted.entry.tx_hash


def test_wait__bound_of_the_user__is_not_passed_and_named(node, machine, looks, clock):
    low = machine(max_fee_gwei=4)
    submitted = low.submit()
    low.start_waiting(submitted)
    mine(node, base=100 * GWEI)
    low.until(lambda: low.said and len(looks) >= 3)
    clock.append(2 * WAIT_SECONDS)
    assert "not final" in str(low.result())
    clock.clear()
    assert len(low.said) == 1, low.said
    assert "TESSERA_MAX_FEE_GWEI" in low.said[0]
    assert low.history()[0].tx_hash == submitted.entry.tx_hash
    high = machine(max_fee_gwei=1000)
    again = high.submit()
    assert again.reused
    high.start_waiting(again)
    high.until(lambda: high.said)
    assert fees_of(high.history()[0].raw).fee <= 1000 * GWEI
    high.until_in_pool()
    mine(node)
    assert high.result().tx_hash != submitted.entry.tx_hash


def test_wait__dropped_by_the_node__is_sent_again(node, machine):
    one = machine()
    submitted = one.submit()
    node.request("anvil_dropTransaction", submitted.entry.tx_hash)
    assert not one.client._writer().is_known(submitted.entry)
    one.start_waiting(submitted)
    one.until(lambda: one.client._writer().is_known(submitted.entry))
    mine(node)
    assert one.result().tx_hash == submitted.entry.tx_hash


@pytest.mark.parametrize("confirmations", [1, 3])
def test_wait__nonce_used_on_another_machine__says_so_and_goes_on(node, alice, machine, looks, confirmations):
    one, other = machine(confirmations=confirmations), machine("other", wei=7)
    lost = one.submit("buy:1")
    node.request("anvil_dropTransaction", lost.entry.tx_hash)
    other.submit("sell:1")
    one.start_waiting(lost)
    mine(node)
    if confirmations > 1:
        before = len(looks)
        one.until(lambda: len(looks) >= before + 3)
        assert one.outcome is None, "a reorg may take the other one out again"
        mine(node)
        mine(node)
    error = one.result()
    assert isinstance(error, TransactionFailed)
    assert all(part in str(error) for part in ("buy", "nonce 0", "sent from elsewhere"))
    assert "again" in error.hint
    assert [e.status for e in one.history()] == [DROPPED]
    again = one.submit("buy:1")
    assert (again.reused, again.entry.nonce) == (False, 1)
    mine(node)
    assert paid(node, alice) == 12


def test_resume__nonce_used_on_another_machine_meanwhile__is_said(node, machine):
    lost = machine().submit("buy:1")
    node.request("anvil_dropTransaction", lost.entry.tx_hash)
    machine("other", wei=7).submit("sell:1")
    mine(node)
    later = machine()
    assert later.client.resume() == []
    assert "buy" in later.said[0]
    assert "sent from elsewhere" in later.said[0]


def test_send__others_transaction_waits_with_a_higher_fee__ours_is_kept_until_one_is_mined(node, machine):
    """Ours may lie in other nodes' pools: given up too early it could be made twice."""
    one, other = machine(), machine("other", wei=7)
    mine(node, base=GWEI)
    first = one.submit("buy:1")
    node.request("anvil_dropTransaction", first.entry.tx_hash)
    mine(node, base=50 * GWEI)
    other.submit("sell:1")  # the same nonce, for more
    again = machine().submit("buy:1")
    assert (again.reused, again.entry.status) == (True, PENDING)
    assert again.entry.tx_hash == first.entry.tx_hash


def test_resume__late_secret_dropped_before_others__the_gap_is_filled(node, machine):
    one = machine()
    secret, later = one.submit("secret"), one.submit("later")
    set_expiry(one.journal, node.network, one.client.account, "secret", 1)
    node.request("anvil_dropTransaction", secret.entry.tx_hash)
    two = machine()
    two.client._writer().rebroadcast()
    assert "left out" in two.said[0]
    mine(node)
    two.start_waiting(two.submit("later"))
    assert two.result().tx_hash == later.entry.tx_hash
    found = {e.intent.split(":")[0]: e.status for e in two.history()}
    assert found["secret"] == DROPPED
    assert node.web3.eth.get_transaction_count(one.client.account) == 2


PROGRAM = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from eth_account import Account
from eth_utils import keccak
from marketplace.chain import ChainClient, Journal, Limits, LocalSigner, Node, sender, stuck
_, _, url, path, key, what, extra, bob = sys.argv

def die(*_):
    os.kill(os.getpid(), 9)

def client():
    limits = Limits(receipt_timeout_seconds=60, replace_after_seconds=0.2)
    account = LocalSigner(Account.from_key(key))
    return ChainClient(Node(url), None, account, Journal(Path(path)), limits=limits, warn=print)

if what == "many":
    one = client()
    for i in range(int(extra)):
        one.transfer_wei(bob, 5, intent=f"pay:{os.getpid()}:{i}")
elif what == "die before the journal":
    Journal.replace = die
elif what == "die before sending":
    original = sender.Sender.broadcast
    sender.Sender.broadcast = lambda self, entry, **more: original(self, entry, **more) if more else die()
elif what == "die after sending":
    send = sender.Sender.broadcast
    def broadcast(self, entry, **more):
        send(self, entry, **more)
        if not more:
            die()
    sender.Sender.broadcast = broadcast
if what != "many":
    client().transfer_wei(bob, 5, intent="pay")
"""


def start(node, alice, path, what, extra="0"):
    root = str(Path(__file__).parents[2])
    url, key = node.web3.provider.endpoint_uri, alice.key.hex()
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, root, url, str(path), key, what, extra, heir(alice)]
    )


@pytest.mark.parametrize("old_one_is_mined", [False, True])
@pytest.mark.parametrize("point", ["die before the journal", "die before sending", "die after sending"])
def test_replace__killed__one_of_the_versions_is_mined_and_known(
    node, alice, machine, tmp_path, point, old_one_is_mined
):
    path = tmp_path / "one.db"
    process = start(node, alice, path, point)
    one = machine()
    one.until(lambda: node.web3.eth.get_transaction_count(alice.address, "pending") == 1)
    mine(node, base=100 * GWEI)
    assert process.wait(WAIT_SECONDS) == -9
    if old_one_is_mined:
        mine(node, base=0)  # the old one can be mined again, or whichever is in the pool
    found = one.submit("pay")
    assert found.reused
    one.start_waiting(found)

    def mined():
        mine(node)
        time.sleep(SOON)
        return one.outcome

    one.until(mined)
    receipt = one.result()
    assert [(e.status, e.tx_hash) for e in one.history()] == [(MINED, receipt.tx_hash)]
    assert paid(node, alice) == 5
    assert node.web3.eth.get_transaction_count(alice.address) == 1


def test_processes__four_with_one_wallet__wait_for_each_other(node, alice, machine, tmp_path):
    node.request("evm_setAutomine", True)
    running = [start(node, alice, tmp_path / "one.db", "many", "10") for _ in range(4)]
    assert [one.wait(WAIT_SECONDS) for one in running] == [0, 0, 0, 0]
    entries = [e for e in machine().history() if e.status == MINED]
    assert sorted(e.nonce for e in entries) == list(range(40))
    assert paid(node, alice) == 5 * 40
