"""Stories of proved bounties for sweep and reorgs: two that end with a proof, and two without one."""

from pathlib import Path

import pytest

from marketplace.chain import ChainClient, Journal, LocalSigner, save_deployment
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore
from marketplace.datasets import load_breast_cancer_table, read_table, split, write_table
from marketplace.proving.shapes import LINEAR
from marketplace.services import proof_request, proof_setup
from marketplace.services.market import Market
from marketplace.services.proof_models import decode_any, encode_any, to_integers, to_proved
from marketplace.services.proof_train import train_for
from marketplace.services.proofs import load_proof
from tests.integration.conftest import COIN, PASSWORD
from tests.integration.proof_cache import make_tools
from tests.integration.same_people import same_wallet
from tests.integration.stories import Story
from tests.integration.sweep import step

STAGES = ("--committing", "10m", "--opening", "10m", "--proving", "10m")

DEEPEST = 20
"""Empty blocks before the first step, so that a reorg of so many can be made of any of the few steps."""


def as_param(kind):
    """Return a story of any kind as a test's parameter."""
    marks = [pytest.mark.proving] if issubclass(kind, ProvedBounty) else []
    return pytest.param(kind, id=kind.__name__, marks=marks)


class ProvedBounty(Story):
    """A requester and two makers, who commit."""

    def people(self):
        world = self.world
        world.environment["TESSERA_PROVING"] = str(make_tools(world.folder / "proving"))
        self._deploy()
        for name in ("ruth", "alice", "bob"):
            world.settle_in(name, wallet=same_wallet)
        for name, table in zip(("rest", "tests"), split(load_breast_cancer_table(), 30, 7)):
            path = world.town.folder / f"{name}.csv"
            path.write_bytes(write_table(table))
            world.found[name] = str(path)
        self._train(world.found["rest"], world.found["tests"])
        world.more_facts = self.facts

    def _deploy(self):
        """Add the contract of proofs, always at the same address: proofs are for one."""
        world = self.world
        deployer = same_wallet(Keystore(world.folder / "deployer", SCRYPT_N_LIGHT), "deployer", PASSWORD)
        world.town.local.set_balance(deployer.address, 100 * COIN)
        client = ChainClient(world.town.node, None, LocalSigner(deployer.account), Journal(None))
        world.town.deployment = proof_setup.deploy_proofs(client, world.town.deployment)
        save_deployment(world.town.deployment, world.town.file)
        world.connect()

    def _train(self, rest, tests):
        """Train in this process what `tessera proved train` would."""
        table, hidden = read_table(Path(rest)), read_table(Path(tests))
        schema = proof_request.coarse_schema(hidden, "diagnosis")
        (self.world.out / "alice.bin").write_bytes(encode_any(train_for(LINEAR, table, schema)))

    def view(self):
        return load_proof(self.world.reader, int(self.world.found["proved"], 16))

    def facts(self):
        """Return where the bounty is, and whether what the requester received is what alice committed to."""
        if "proved" not in self.world.found:
            return {}
        view, names = self.view(), self.world.names
        turns = {names[one.maker]: one.turn.name for one in view.pledges}
        received = [path.read_bytes() for path in self.world.out.glob("model-*.bin")]
        return {
            "proved": (turns, names.get(view.winner), view.closed),
            "received": [data == self._canonical() for data in received],
        }

    def _canonical(self):
        """Return the model that was committed to, as its buyer gets it."""
        model = decode_any((self.world.out / "alice.bin").read_bytes())
        return encode_any(to_integers(to_proved(model, self.view().shape), model.head.features))

    def opening(self):
        self.world.town.node.request("anvil_mine", hex(DEEPEST))
        return [
            step(
                "ruth", "proved", "open", "{tests}", "--target", "diagnosis", "--wrong", "17",
                "--reward", "50", "--makers", "2", *STAGES, proved="bounty",
            ),
            self.typed("alice", "commit", "{out}/alice.bin"),
            self.typed("bob", "commit", "{out}/alice.bin"),
        ]  # fmt: skip

    def typed(self, who, verb, *words, again=""):
        return step(who, "proved", verb, "{proved}", *words, again=again)

    def follow(self, who, *words):
        return step(who, "proved", "follow", "--once", *words)

    def after(self, deadline, *steps):
        """Return a beat that comes after a deadline."""

        def beat():
            view = self.view()
            self.world.town.advance(max(1, getattr(view, deadline) - view.now + 1))
            return steps

        return beat


class TypedProved(ProvedBounty):
    """Every step by hand; bob does not prove, and has his bond back."""

    def beats(self):
        return [
            self.opening,
            self.after(
                "committing_until",
                self.typed("ruth", "rows"),
                self.typed("alice", "prove", "{out}/alice.bin"),
                self.typed("ruth", "receive", "--out", "{out}/model-of-ruth.bin"),
                self.typed("bob", "release"),
                self.typed("ruth", "close"),
            ),
        ]


class DaemonProved(ProvedBounty):
    """Every step by a daemon that is run until it finds no more to do; alice proves first."""

    def beats(self):
        ruth = self.follow("ruth", "--out", "{out}")
        return [
            self.opening,
            self.after("committing_until", ruth, self.follow("alice"), ruth, self.follow("bob")),
        ]


class SilentRequester(ProvedBounty):
    """One maker is declined although his lock is right, the other gets no rows: both get two bonds."""

    def beats(self):
        return [
            self.opening,
            self.declined,
            self.after(
                "opening_until",
                self.follow("bob"),
                self.typed("alice", "release"),
            ),
            self.after("proving_until", self.follow("ruth", "--out", "{out}")),
        ]

    def declined(self):
        """Let ruth lie, as no command does."""
        self.after("committing_until")()
        settings = self.world.people["ruth"]
        wallet = Keystore(settings.wallets_path, SCRYPT_N_LIGHT).unlock(settings.wallet, PASSWORD)
        liar = Market.connect(settings, wallet)
        liar.send("lie", "Proofs", "decline", self.view().terms, self.world.found["alice"], intent="lie")
        return [self.typed("alice", "vindicate")]


class NobodyProves(ProvedBounty):
    """Both makers have the rows and let the time pass: their bonds burn, the reward goes back."""

    def beats(self):
        return [
            self.opening,
            self.after("committing_until", self.typed("ruth", "rows")),
            self.after("proving_until", self.typed("ruth", "close"), self.typed("ruth", "release")),
        ]
