"""A market with requester, makers and evaluators on a local chain, for tests of contests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from marketplace.chain import ChainClient, Journal, LocalChain, LocalSigner, Node, deploy_all, new_intent
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from marketplace.datasets import build_schema, load_breast_cancer_table, split
from marketplace.models import encode_model
from marketplace.services import contest, evaluate, operators, request, submit
from marketplace.services.bounties import load_bounty
from marketplace.services.market import Market
from marketplace.services.train import default_metric, fit, train
from marketplace.storage import FolderStore

E = 10**18
MONEY = 100_000 * E
MAKERS = ("alice", "bob", "mallory")
EVALUATORS = ("carol", "dave", "erin", "frank", "grace")
SEATS_EACH = 2
SET_UP_SECONDS = 600
"""Many blocks in a second run ahead of the clock, to which the chain falls back with its snapshot."""


@dataclass
class World:
    """A deployed market; every test gets its own markets, journals and folders on one snapshot of it."""

    node: Node
    folder: object
    deployment: object = None
    wallets: dict = field(default_factory=dict)
    markets: dict = field(default_factory=dict)
    snapshot: str = ""
    tests: int = 0
    open_store: Callable = FolderStore
    """Gives a person's store, from the folder of a test."""

    def build(self):
        """Deploy, give everybody money, seat the evaluators."""
        keystore = Keystore(self.folder / "wallets", scrypt_n=SCRYPT_N_LIGHT)
        for name in ("requester", "anybody", *MAKERS, *EVALUATORS):
            self.wallets[name] = keystore.create(name, "password")
            self.chain.set_balance(self.wallets[name].address, 100 * E)
        deployer = LocalSigner(self.wallets["anybody"].account)
        self.deployment = deploy_all(ChainClient(self.node, None, deployer, Journal(None)))
        self._connect()
        for name, market in self.markets.items():
            self.chain.mint(self.deployment.token, market.account, MONEY)
            intent = new_intent(name)
            market.client.send("TestToken", "approve", market.address("Vault"), MONEY, intent=f"a{intent}")
            market.client.send("Vault", "deposit", MONEY, intent=f"d{intent}")
        for name in EVALUATORS:
            for _ in range(SEATS_EACH):
                operators.join(self[name])
        self.snapshot = self.node.request("evm_snapshot")
        return self

    def fresh(self):
        """Go back to the snapshot, with empty journals and folders."""
        self.node.request("evm_revert", self.snapshot)
        self.snapshot = self.node.request("evm_snapshot")
        self.chain.advance(SET_UP_SECONDS)
        self.tests += 1
        self._connect()
        return self

    def _connect(self):
        home = self.folder / str(self.tests)
        for name, wallet in self.wallets.items():
            signer = LocalSigner(wallet.account)
            client = ChainClient(self.node, self.deployment, signer, Journal(None))
            self.markets[name] = Market(client, self.open_store(home / "store"), wallet, home / name)

    def __getitem__(self, name):
        return self.markets[name]

    @cached_property
    def chain(self):
        return LocalChain(self.node)

    # --- people

    def by_address(self, address):
        return next(m for m in self.markets.values() if m.account == address)

    def money(self, name):
        """Free balance in the Vault, token base units."""
        return self[name].client.call("Vault", "balanceOf", self[name].account)

    def nonce(self, name):
        return self.node.web3.eth.get_transaction_count(self[name].account)

    # --- data and models

    @cached_property
    def table(self):
        return split(load_breast_cancer_table(), 30, 1)

    @cached_property
    def schema(self):
        return build_schema(load_breast_cancer_table(), "diagnosis")

    @cached_property
    def good_model(self):
        return encode_model(train(self.table[0], self.schema, "linear").model)

    @cached_property
    def fair_model(self):
        return encode_model(train(self.table[0], self.schema, "tree").model)

    @cached_property
    def bad_model(self):
        features, labels = self.schema.encode(self.table[0])
        return encode_model(fit(features, 1 - labels, self.schema, "tree").model)

    # --- steps

    def view(self, bounty_id):
        return load_bounty(self["anybody"], bounty_id)

    def draft(self, **changes):
        options = {"threshold": 800_000_000, "reward": 1000 * E, "deposit": 256 * E, "panel_fee": 10 * E}
        options |= changes
        return request.BountyDraft(self.schema, self.table[1], default_metric(self.schema), **options)

    def open(self, **changes):
        terms = request.draft_bounty(self["requester"], self.draft(**changes))
        return request.open_bounty(self["requester"], terms)

    def submit(self, bounty_id, **models):
        for name, model in models.items():
            submit.submit_model(self[name], bounty_id, model)

    def late(self, bounty_id):
        """Pass the deadline of the stage under way."""
        view = self.view(bounty_id)
        judging = view.stage.name == "JUDGING"
        deadline = view.panel.deadline if judging else view.deadline
        self.chain.advance(max(1, deadline - view.now + 1))

    def open_rows(self, bounty_id):
        self.late(bounty_id)
        request.open_rows(self["requester"], bounty_id)

    def close_claims(self, bounty_id):
        self.late(bounty_id)
        contest.choose(self["anybody"], bounty_id)

    def draw(self, bounty_id):
        contest.await_seed(self["anybody"], bounty_id)
        while not contest.draw(self["anybody"], bounty_id):
            contest.await_seed(self["anybody"], bounty_id)

    def panel(self, bounty_id):
        """Return the markets of the panel's evaluators."""
        seats = self.view(bounty_id).panel.seats.values()
        owners = [self["anybody"].client.call("Operators", "ownerOf", seat) for seat in seats]
        return [self.by_address(owner) for owner in dict.fromkeys(owners)]

    def commit(self, bounty_id, attestation=None):
        evaluators = self.panel(bounty_id)
        for one in evaluators:
            evaluate.commit(one, bounty_id, attestation)
        return evaluators

    def judge(self, bounty_id, *, grant=True):
        """Draw, grant, commit and reveal: a whole round."""
        self.draw(bounty_id)
        if grant:
            submit.grant_key(self.by_address(self.view(bounty_id).candidate.maker), bounty_id)
        for one in self.commit(bounty_id):
            evaluate.reveal(one, bounty_id)
        return self.view(bounty_id)

    def finish(self, bounty_id):
        """Pass the window, finalize, pay bonds."""
        self.late(bounty_id)
        contest.finalize(self["anybody"], bounty_id)
        if self.view(bounty_id).owed:
            contest.release(self["anybody"], bounty_id)
        return self.view(bounty_id)
