"""Everything but the wallet's backup is lost in the middle of a story, and the story goes on to its end."""

import shutil
from dataclasses import replace

import pytest

from marketplace.chain import Localnet
from marketplace.services.spending import SPENDING
from tests.integration.conftest import PASSWORD, Town
from tests.integration.shell import Shell
from tests.integration.spending import spending_counted  # noqa: F401 (a fixture)

EVALUATORS = ("carol", "dave", "erin")
SEATS_EACH = 3


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """A chain of its own: nobody else has seats on it."""
    folder = tmp_path_factory.mktemp("village")
    with Localnet(folder / "localnet") as state:
        yield Town(folder, state.url)


class Person(Shell):
    """Somebody who can lose all that is in his home."""

    def __init__(self, town, name):
        settings, address = town.citizen(name, tokens=8000)
        self.safe = town.folder / f"safe-{name}-{address}"
        self.safe.mkdir()
        (self.safe / "password").write_text(PASSWORD)
        super().__init__(replace(settings, password_file=self.safe / "password"), address)
        self.ok("wallet", "backup", "--out", self.safe / "backup")

    def lose_everything(self):
        """Delete the whole home, and put the wallet back from a backup made before the story began."""
        shutil.rmtree(self.settings.home)
        assert self.json("wallet", "restore", "--from", self.safe / "backup")["address"] == self.address
        assert sorted(p.name for p in self.settings.home.iterdir()) == ["deployments", "wallets"]
        return self.recovered()

    def recovered(self):
        found = self.json("wallet", "recover")
        assert [one["problem"] for one in found if one["problem"]] == []
        return {(one["what"], one["state"].split(",")[0]): one for one in found}


@pytest.fixture(scope="module")
def people(village):
    found = {name: Person(village, name) for name in ("ruth", "alice", "bob", *EVALUATORS)}
    for name in EVALUATORS:
        for _ in range(SEATS_EACH):
            found[name].ok("operator", "join")
    village.advance(10)
    return found


def test_story__all_lost_after_the_commitments__ends_as_if_nothing_was(
    village,
    people,
    cancer,
    tmp_path,
    spending_counted,  # noqa: F811
):
    ruth, alice, bob = (people[name] for name in ("ruth", "alice", "bob"))
    publishing = ("asset", "publish", cancer, "--price", "10", "--bond", "1", "--settle-window", "2d")
    asset = bob.json(*publishing)["asset"]
    bought = alice.json("order", "create", asset)["order"]
    bob.ok("order", "settle")
    waiting = alice.json("order", "create", asset, "--again")["order"]
    opening = (
        "bounty", "open", cancer, "--target", "diagnosis", "--test-share", "30", "--reward", "500", "--fast",
        "--train-out", tmp_path / "train.csv",
    )  # fmt: skip
    bounty = ruth.json(*opening)["bounty"]
    model = tmp_path / "model.bin"
    alice.ok("model", "train", tmp_path / "train.csv", "--bounty", bounty, "--kind", "linear", "--out", model)
    alice.ok("bounty", "submit", bounty, model, "--price", "20", "--bond", "5", "--name", "The winner")

    def pass_deadline():
        waits = ruth.json("bounty", "show", bounty)
        village.advance(waits["due"]["until"] - waits["time"] + 1)

    pass_deadline()
    ruth.ok("bounty", "open-rows", bounty)
    alice.ok("bounty", "claim", bounty)
    pass_deadline()
    bob.ok("bounty", "choose", bounty)
    bob.ok("bounty", "draw", bounty)
    alice.ok("bounty", "grant", bounty)
    places = ruth.json("bounty", "show", bounty)["panel"]["places"]
    panel = [one for one in people.values() if one.address in {p["evaluator"] for p in places}]
    for one in panel:
        one.ok("operator", "commit", bounty)

    # everybody's computer is lost
    found = alice.lose_everything()
    assert found["purchase", "settled"]["id"] == bought
    received = found["purchase", "settled"]["file"]
    assert found["order", "open"]["id"] == waiting
    assert found["submission", "revealing"]["id"] == bounty
    with open(received, "rb") as file:
        assert file.read() == cancer.read_bytes()
    found = bob.lose_everything()
    assert found["listing", "listed"]["id"] == asset
    assert found["sale", "open"]["id"] == waiting
    assert bob.json(*publishing)["asset"] == asset  # nor a second listing
    assert len(bob.json("asset", "list", "--mine")) == 1
    assert ruth.lose_everything()["bounty", "revealing"]["id"] == bounty
    assert ruth.json(*opening)["bounty"] == bounty  # the same wish opens no second bounty
    for one in panel:
        found = one.lose_everything()
        assert found["attestation", "committed"]["id"] == bounty
        assert found["seat", "on a panel"]

    # and the story goes on
    assert bob.json("order", "settle")["settled"] == [waiting]
    alice.ok("order", "receive", waiting, "--out", tmp_path / "second.csv")
    assert (tmp_path / "second.csv").read_bytes() == cancer.read_bytes()
    for one in panel:
        one.ok("operator", "reveal", bounty)
    ruth.ok("bounty", "lock", bounty)
    assert alice.json("bounty", "deliver", bounty)["how"] == "delivered"
    ruth.ok("bounty", "receive", bounty, "--out", tmp_path / "received.bin")
    assert (tmp_path / "received.bin").read_bytes() == model.read_bytes()
    pass_deadline()
    bob.ok("bounty", "finalize", bounty)
    listed = alice.json("bounty", "activate", bounty)["asset"]
    shown = alice.json("asset", "show", listed)
    assert (shown["price"], shown["bond"], shown["manifest"]["name"]) == ("20", "5", "The winner")
    village.advance(90_000)
    assert bob.json("order", "collect")["amount"] == "20"
    bob.ok("asset", "claim", asset)
    bob.ok("vault", "withdraw", "1")
    bob.ok("vault", "withdraw", "2", "--to", alice.address)
    assert bob.json("vault", "check")["holds"] is True

    elsewhere = {
        ("Bounties", "claimBadRows"),
        ("Proofs", "open"),
        ("Proofs", "commit"),
        ("Referee", "demand"),
    }
    assert spending_counted == set(SPENDING) - elsewhere  # each kind was compared

    # at the end the same again
    assert alice.lose_everything()["listing", "listed"]["id"] == listed
    order = ruth.json("order", "create", listed)["order"]
    assert alice.json("order", "settle")["settled"] == [order]
    assert ruth.lose_everything()["purchase", "settled"]["id"] == order


def test_recover__another_market_secret__says_so(village, people, cancer, tmp_path):
    bob = people["bob"]
    asset = bob.json("asset", "publish", cancer, "--price", "3", "--bond", "0")["asset"]
    buyer = Person(village, "buyer")
    buyer.ok("order", "create", asset)
    key = village_key(buyer)
    (tmp_path / "key").write_text(key)
    shutil.rmtree(buyer.settings.home)
    buyer.ok("wallet", "import", "--key-file", tmp_path / "key", "--light")
    assert "another market secret" in buyer.fails("wallet", "recover")


def test_recover__store_without_the_file__says_which_and_finds_the_rest(village, people, cancer, tmp_path):
    bob, buyer = people["bob"], Person(village, "poor")
    asset = bob.json("asset", "publish", cancer, "--price", "4", "--bond", "0")["asset"]
    buyer.ok("order", "create", asset)
    bob.ok("order", "settle")
    buyer.ok("order", "create", asset, "--again")
    result = buyer.run("wallet", "recover", "--yes", store=tmp_path / "empty")
    assert result.exit_code == 1
    assert "1 of 2 could not be rebuilt" in result.stderr
    assert "open" in result.stdout
    assert len(buyer.recovered()) == 2


def test_recover__buyers_had_to_be_accepted__nobody_is_served_before_he_is_named(village, cancer):
    seller, buyer = Person(village, "seller"), Person(village, "chosen")
    asset = seller.json("asset", "publish", cancer, "--price", "5", "--bond", "0", "--accepted-only")["asset"]
    order = buyer.json("order", "create", asset)["order"]
    found = seller.lose_everything()
    assert "tessera asset buyers" in found["listing", "listed"]["due"]
    assert "not on your list" in seller.fails("order", "settle", order)
    seller.ok("asset", "buyers", asset, "add", buyer.address)
    assert seller.json("order", "settle")["settled"] == [order]


def test_recover__nothing_done_yet__says_so(village):
    assert "has done nothing here yet" in Person(village, "new").ok("wallet", "recover")


def village_key(person):
    from marketplace.crypto.keystore import Keystore

    wallet = Keystore(person.settings.wallets_path).unlock(person.settings.wallet, PASSWORD)
    return wallet.account.key.hex()
