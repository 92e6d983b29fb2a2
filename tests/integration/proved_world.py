"""A market for proved bounties: one is open with real encrypted rows, and each test begins there.

What takes seconds to prove, the sheet and alice's score, is proved once: both hold at any time of the bounty.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from marketplace.chain import ChainClient, Journal, LocalSigner, deploy_all, new_intent
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from marketplace.datasets import BREAST_CANCER_TARGET, load_breast_cancer_table, split
from marketplace.models import LinearModel
from marketplace.proving.toolchain import Toolchain
from marketplace.services import proof_request, proof_setup, proof_submit
from marketplace.services.conservation import conservation
from marketplace.services.proof_structs import Turn
from marketplace.services.proofs import load_proof
from marketplace.services.train import train
from tests.integration.contest_world import MONEY, World
from tests.integration.proof_cache import make_tools
from tests.integration.same_people import same_wallet

E = 10**18
REWARD, BOND, PLACES = 100 * E, 2 * E, 3
TOOLS = Toolchain(Path(__file__).parents[2] / "build" / "proving")
PEOPLE = ("requester", "alice", "bob", "mallory", "anybody")


class ProvedWorld(World):
    """People with money, the contract of proofs, and an open bounty of `requester`."""

    def build(self):
        keystore = Keystore(self.folder / "wallets", scrypt_n=SCRYPT_N_LIGHT)
        for name in PEOPLE:
            self.wallets[name] = same_wallet(keystore, name, "password")
            self.chain.set_balance(self.wallets[name].address, 100 * E)
        deployer = LocalSigner(self.wallets["anybody"].account)
        client = ChainClient(self.node, None, deployer, Journal(None))
        deployment = deploy_all(client)
        client = ChainClient(self.node, deployment, deployer, Journal(None))
        self.deployment = proof_setup.deploy_proofs(client, deployment)
        self._connect()
        for name, market in self.markets.items():
            self.chain.mint(self.deployment.token, market.account, MONEY)
            intent = new_intent(name)
            market.client.send("TestToken", "approve", market.address("Vault"), MONEY, intent=f"a{intent}")
            market.client.send("Vault", "deposit", MONEY, intent=f"d{intent}")
        self.once = Toolchain(make_tools(self.folder / "proving"))
        self.terms = proof_request.draft_proof(self["requester"], self.draft, self.once)
        self.bounty = proof_request.open_proof(self["requester"], self.terms)
        self.start = dict.fromkeys(PEOPLE, MONEY)
        self.snapshot = self.node.request("evm_snapshot")
        self.served("alice")
        assert self.proof
        return self.fresh()

    # --- data and models

    @cached_property
    def coarse(self):
        return proof_request.coarse_schema(load_breast_cancer_table(), BREAST_CANCER_TARGET)

    @cached_property
    def rows(self):
        return split(load_breast_cancer_table(), 40, 7)

    @cached_property
    def draft(self):
        tests = self.rows[1]
        return proof_request.ProofDraft(self.coarse, tests, tests.count // 10, REWARD, BOND, PLACES)

    @cached_property
    def good(self):
        """A model that is good enough."""
        return train(self.rows[0], self.coarse, "linear").model

    @cached_property
    def bad(self):
        """A model that is wrong wherever the good one is right."""
        good = self.good
        return LinearModel(good.head, good.feature, good.mode, good.operand, -good.weights, -good.bias)

    @cached_property
    def proof(self):
        """Alice's proof that the good model, which she has committed to and has the rows for, is good."""
        return proof_submit.make_proof(self["alice"], self.view(), self.good, self.once)

    # --- steps

    def view(self, bounty=None, name="anybody"):
        return load_proof(self[name], bounty or self.bounty)

    def commit(self, *names, model=None):
        for name in names:
            proof_submit.commit_model(self[name], self.bounty, model or self.good)

    def end_commits(self):
        self.until(self.view().committing_until)

    def until(self, moment):
        """Pass a deadline."""
        self.chain.advance(max(1, moment - self["anybody"].now() + 1))

    def hand_out(self):
        return dict(proof_request.hand_out(self["requester"], self.bounty))

    def served(self, *names):
        """Let some commit to the good model and get the rows."""
        self.commit(*names)
        self.end_commits()
        self.hand_out()

    def prove(self):
        """Let alice be paid."""
        proof_submit.send_proof(self["alice"], self.view(), self.proof)

    def finish(self):
        """Pass all deadlines, end all pledges, and give the requester the rest."""
        if not self.view().closed:
            self.until(self.view().proving_until)
        proof_submit.release(self["anybody"], self.bounty)
        if not self.view().closed:
            proof_request.close_proof(self["anybody"], self.bounty)
        view = self.view()
        assert all(one.turn is Turn.DONE for one in view.pledges)
        market = self["anybody"]
        assert market.client.call("Vault", "bucketOf", market.address("Proofs"), self.bounty) == 0
        assert conservation(market).holds

    def gains(self):
        """Return how much more people have than before the bounty, token base units, of whom it changed."""
        found = {name: self.money(name) - had for name, had in self.start.items()}
        return {name: change for name, change in found.items() if change}


def other_terms(terms, **changes):
    """Return terms like others, under another salt."""
    return replace(terms, salt=b"\7" * 32, **changes)
