"""One sale and one contest on geth: nothing here may depend on how anvil behaves."""

import pytest
from eth_account import Account
from eth_utils import keccak

from marketplace.chain import ChainClient, Journal, Limits, LocalSigner
from marketplace.chain.batch import Planned
from marketplace.chain.journal import DROPPED, PENDING
from marketplace.chain.sender import Sender
from marketplace.datasets import load_breast_cancer_table, write_table
from marketplace.errors import ChainError, ContractReverted
from tests.integration.conftest import COIN
from tests.integration.geth import Geth, GethTown
from tests.integration.shell import citizen

pytestmark = [pytest.mark.geth, pytest.mark.slow]

EVALUATORS = ("carol", "dave", "erin")
SEATS_EACH = 3
BLOCKS_TO_SEED = 5


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A market on the program as its makers publish it: its time is the world's."""
    folder = tmp_path_factory.mktemp("geth")
    with Geth(folder, "geth") as url:
        yield GethTown(folder, url)


@pytest.fixture(scope="module")
def clocked(tmp_path_factory):
    """A market on the same node with a clock that can be moved on."""
    folder = tmp_path_factory.mktemp("geth-clock")
    with Geth(folder, "geth-clock") as url:
        yield GethTown(folder, url)


def sell(town, table, out):
    """Publish, order, settle and receive; return seller, buyer, asset and order."""
    bob, alice = citizen(town, "bob"), citizen(town, "alice")
    asset = bob.json("asset", "publish", table, "--price", "12.5", "--bond", "2")["asset"]
    order = alice.json("order", "create", asset[:14])["order"]
    assert bob.json("order", "settle")["settled"] == [order]
    assert bob.json("order", "settle")["settled"] == []
    alice.ok("order", "receive", order[:14], "--out", out)
    assert out.read_bytes() == table.read_bytes()
    return bob, alice, asset, order


def test_sale__geth_as_published__file_is_the_sold_one(plain, table, tmp_path):
    bob, alice, _, order = sell(plain, table, tmp_path / "bought.csv")
    assert "dispute" in bob.fails("order", "collect", order)
    assert alice.json("order", "show", order)["state"] == "settled"
    assert bob.json("vault", "check")["holds"] is True


def test_sale__to_the_last_token__everybody_has_his_money(clocked, table, tmp_path):
    bob, alice, asset, order = sell(clocked, table, tmp_path / "bought.csv")
    late = alice.json("order", "create", asset, "--again")["order"]
    clocked.advance(3601)
    assert "expired" in bob.fails("order", "settle", late)
    assert alice.json("order", "refund", late)["refunded"] == "12.5"
    clocked.advance(90_000)
    assert bob.json("order", "collect")["amount"] == "12.5"
    assert bob.json("asset", "claim", asset)["claimed"] == "12.5"
    assert bob.json("vault", "withdraw", "12.5")["withdrawn"] == "12.5"
    assert bob.json("order", "show", order)["state"] == "collected"
    bob.ok("asset", "unlist", asset)
    clocked.advance(94_000)
    assert bob.json("asset", "release-bond", asset)["released"] == "2"
    assert bob.json("vault", "check")["holds"] is True
    assert bob.json("index", "status", "--check")["check"]["problems"] == []


class Contest:
    """A contest on geth, its people by name."""

    def __init__(self, town, folder):
        self.town, self.folder = town, folder
        self.people = {name: citizen(town, name, 6000) for name in ("ruth", "alice", "mallory", *EVALUATORS)}
        for name in EVALUATORS:
            for _ in range(SEATS_EACH):
                self[name].ok("operator", "join")
        town.advance(10)
        self.id = self._open()

    def __getitem__(self, name):
        return self.people[name]

    def _open(self):
        table = self.folder / "cancer.csv"
        table.write_bytes(write_table(load_breast_cancer_table()))
        return self["ruth"].json(
            "bounty", "open", table, "--target", "diagnosis", "--test-share", "30",
            "--train-out", self.folder / "train.csv", "--reward", "500", "--fast",
        )["bounty"]  # fmt: skip

    def enter(self, name, kind):
        model = self.folder / f"{kind}.bin"
        train = self.folder / "train.csv"
        self[name].ok("model", "train", train, "--bounty", self.id, "--kind", kind, "--out", model)
        self[name].ok("bounty", "submit", self.id, model)
        return model

    def shown(self):
        return self["ruth"].json("bounty", "show", self.id)

    def pass_deadline(self):
        found = self.shown()
        self.town.advance(found["due"]["until"] - found["time"] + 1)

    def panel(self):
        """Return who sits on the panel."""
        seated = {one["evaluator"] for one in self.shown()["panel"]["places"]}
        return [one for one in self.people.values() if one.address in seated]

    def judge(self):
        self.town.local.mine(BLOCKS_TO_SEED)
        self["mallory"].ok("bounty", "draw", self.id)
        self["alice"].ok("bounty", "grant", self.id)
        for verb in ("commit", "reveal"):
            for one in self.panel():
                one.ok("operator", verb, self.id)


def test_contest__by_hand__everybody_is_paid(clocked, tmp_path):
    contest = Contest(clocked, tmp_path)
    ruth, alice, mallory = (contest[name] for name in ("ruth", "alice", "mallory"))
    model = contest.enter("alice", "linear")
    contest.enter("mallory", "tree")
    contest.pass_deadline()
    ruth.ok("bounty", "open-rows", contest.id)
    alice.ok("bounty", "claim", contest.id)
    mallory.ok("bounty", "claim", contest.id)
    contest.pass_deadline()
    mallory.ok("bounty", "choose", contest.id)
    contest.judge()
    ruth.ok("bounty", "lock", contest.id)
    alice.ok("bounty", "deliver", contest.id)
    ruth.ok("bounty", "receive", contest.id, "--out", tmp_path / "received.bin")
    assert (tmp_path / "received.bin").read_bytes() == model.read_bytes()
    contest.pass_deadline()
    mallory.ok("bounty", "finalize", contest.id)
    mallory.ok("bounty", "release", contest.id)
    assert contest.shown()["outcome"] == "paid"
    assert ruth.json("vault", "check")["holds"] is True
    assert ruth.json("index", "status", "--check")["check"]["problems"] == []


# --- what a node says, in words that each has of its own


@pytest.fixture
def sender(plain, tmp_path):
    """Somebody with a little coin, who sends by hand."""
    signer = LocalSigner(Account.create())
    plain.local.set_balance(signer.address, COIN)
    return Sender(plain.node, signer, Journal(tmp_path / "journal.db"), Limits(receipt_timeout_seconds=30))


def entry(sender, nonce, *, value=1, gas=21_000, fee=10**10):
    """Return a journalled transfer."""
    fields = {"to": sender.signer.address, "value": value, "nonce": nonce, "gas": gas, "data": "0x"}
    fees = {"maxFeePerGas": fee, "maxPriorityFeePerGas": 1, "chainId": sender.node.chain_id, "type": 2}
    raw = sender.signer.sign_transaction({**fields, **fees})
    return sender.journal.record(
        network=sender.node.network,
        sender=sender.signer.address,
        intent=f"{nonce} {value} {fee}",
        nonce=nonce,
        tx_hash="0x" + keccak(raw).hex(),
        raw=raw,
        gas_limit=gas,
    )


def statuses(sender):
    return [one.status for one in sender.journal.history(sender.node.network, sender.signer.address)]


def test_broadcast__known_already__stays_pending(sender):
    waiting = entry(sender, 1)  # before it there is none yet, so that it waits
    assert sender.broadcast(waiting)
    assert sender.broadcast(waiting)
    assert statuses(sender) == [PENDING]
    assert sender.is_known(waiting)
    assert sender.broadcast(entry(sender, 0))
    assert sender.wait(waiting)["status"] == 1
    assert sender.broadcast(waiting)  # mined, so that its nonce is too low


def test_broadcast__nonce_used_elsewhere__is_dropped(sender, monkeypatch):
    monkeypatch.setattr("marketplace.chain.account.SURE_DEPTH", 1)
    lost = entry(sender, 0)
    sender.journal.settle(lost, DROPPED)  # of two machines with one wallet each knows its own
    mined = entry(sender, 0, value=2)
    assert sender.broadcast(mined)
    sender.wait(mined)
    assert not sender.broadcast(lost)


def test_broadcast__other_waits_with_that_nonce__is_dropped(sender):
    first = entry(sender, 3)
    assert sender.broadcast(first)
    sender.journal.settle(first, DROPPED)
    assert not sender.broadcast(entry(sender, 3, value=2), fresh=True)
    assert statuses(sender) == [DROPPED, DROPPED]


@pytest.mark.parametrize("changes", [{"value": 2 * COIN}, {"gas": 20_000}, {"gas": 10**9}])
def test_broadcast__refused__is_dropped_and_said(sender, changes):
    with pytest.raises(ChainError, match=r"coin|gas|fee"):
        sender.broadcast(entry(sender, 0, **changes), fresh=True)
    assert statuses(sender) == [DROPPED]


def test_revert__estimated_called_or_in_a_batch__has_its_name(plain, tmp_path):
    signer = LocalSigner(Account.create())
    plain.local.set_balance(signer.address, COIN)
    client = ChainClient(plain.node, plain.deployment, signer, Journal(tmp_path / "journal.db"))
    with pytest.raises(ContractReverted, match="Vault_"):
        client.send("Vault", "withdraw", 1, signer.address, intent="estimated")
    with pytest.raises(ContractReverted, match="Vault_"):
        client.send(
            "Vault", "withdraw", 1, signer.address, intent="sent", gas_limit=100_000
        )  # mined, and replayed
    planned = [Planned(f"one of many {n}", "Vault", "withdraw", (n, signer.address)) for n in (1, 2)]
    assert [one.name[:6] for one in client.send_many(planned)] == ["Vault_", "Vault_"]


def test_send_many__forty_at_once__are_mined(plain, tmp_path):
    signer = LocalSigner(Account.create())
    plain.local.set_balance(signer.address, COIN)
    client = ChainClient(plain.node, plain.deployment, signer, Journal(tmp_path / "journal.db"))
    exchange = client.address("Exchange")
    calls = [Planned(f"approve {n}", "Vault", "approve", (exchange, n)) for n in range(40)]
    receipts = client.send_many(calls)
    assert len({one.tx_hash for one in receipts}) == 40
    assert len({one.block for one in receipts}) < 40
