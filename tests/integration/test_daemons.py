"""A whole contest run by daemons alone, stopped, killed and started again; two evaluators with one wallet."""

import shutil
from dataclasses import replace

import pytest

from marketplace.chain import Localnet
from marketplace.services.structs import Outcome, Stage
from tests.integration import deaths
from tests.integration.conftest import Town
from tests.integration.daemon_town import EVALUATORS, Cast
from tests.integration.daemons import Daemon

E = 10**18
FOLLOWERS = ("ruth", "alice", *EVALUATORS)
KILLS = 6
POINTS_AWAY = 45
"""A daemon that is to die does so at one of so many points from its start."""


@pytest.fixture
def cast(tmp_path, cancer):
    """A chain of its own: seats of other tests' evaluators, who have no daemons, would be drawn as well."""
    with Localnet(tmp_path / "localnet") as state:
        yield from contest(Town(tmp_path, state.url), cancer, tmp_path)


def contest(town, cancer, tmp_path):
    found = Cast(town, cancer, tmp_path)
    yield found
    found.kill_all()


def require_promised(cast, before, bonds):
    """Everybody has what the rules promise: nothing paid twice, nothing lost, nobody slashed."""
    terms = cast.view().terms
    fees = terms.panel_size * terms.panel_fee
    back = terms.deposit
    assert cast.view().outcome is Outcome.PAID
    assert cast.gains(before) == (back, terms.reward, fees, 0)
    assert cast.bonds() == bonds
    held = cast.reader.client.call(
        "Vault", "bucketOf", cast.reader.address("Bounties"), cast.view().bounty_id
    )
    assert held == 0


def test_contest__by_daemons_alone__everybody_is_paid_and_the_model_delivered(cast, tmp_path):
    before, bonds = cast.money(), cast.bonds()
    cast.start_all()
    cast.play()
    (received,) = cast.received()
    assert cast.daemons["ruth"].steps().count("receive the model") == 1
    assert received.read_bytes() == (tmp_path / "model.bin").read_bytes()
    assert set(cast.stop_all().values()) == {0}, cast.texts()
    require_promised(cast, before, bonds)
    assert cast.daemons["alice"].steps().count("claim a score") == 1
    for one in cast.daemons.values():
        assert one.events()[-1]["event"] == "stop"
        assert "Traceback" not in one.text()


def test_contest__killed_and_stopped_at_random_points__ends_with_the_same_balances(cast, chance):
    rng, kills, stops = chance, 0, 0
    before, bonds = cast.money(), cast.bonds()
    for name in FOLLOWERS:
        cast.start(name, code=deaths.code(rng.randint(1, POINTS_AWAY)))

    def start_again(view):
        nonlocal kills, stops
        if view.stage is Stage.WINDOW and kills < KILLS:  # too few of them came by points of their own
            cast.daemons[rng.choice(FOLLOWERS)].process.kill()
        for name, one in list(cast.daemons.items()):
            code = one.process.poll()
            if code is None:
                continue
            assert code in (-9, 0) or (code == -15 and not one.events()), one.text()  # before it could listen
            kills, stops = kills + (code == -9), stops + (code != -9)
            dying = {"code": deaths.code(rng.randint(1, POINTS_AWAY))} if kills < KILLS else {}
            cast.start(name, **dying)
        if rng.random() < 0.01:  # in between: asked to end, whatever is under way
            cast.daemons[rng.choice(FOLLOWERS)].process.terminate()

    cast.play(tick=start_again)
    print(f"killed {kills} times, stopped {stops} times")
    assert kills >= 5, "too few deaths to show anything"
    require_promised(cast, before, bonds)


def test_contest__two_operators_with_one_wallet__nobody_signs_twice(cast, tmp_path):
    before, bonds = cast.money(), cast.bonds()
    for name in ("carol", "dave"):  # the same wallet on another machine
        home = tmp_path / f"{name}-elsewhere"
        shutil.copytree(cast[name].settings.wallets_path, home / "wallets")
        settings = replace(cast[name].settings, home=home)
        cast.daemons[f"{name} elsewhere"] = Daemon(settings, "operator", "run")
    cast.start_all()
    cast.play()
    assert set(cast.stop_all().values()) == {0}, cast.texts()
    require_promised(cast, before, bonds)
    revealed = cast.reader.client.events(
        "Panels", "Revealed", argument_filters={"bountyId": cast.view().bounty_id}
    )
    assert len({(one["number"], one["place"]) for one in revealed}) == len(revealed) == 3
    written = {}
    for path in tmp_path.parent.rglob("attestation-*.json"):
        written.setdefault(path.name, set()).add(path.read_bytes())
    for name in EVALUATORS:
        for path in (cast[name].settings.home / "work").glob("attestation-*.json"):
            written.setdefault(path.name, set()).add(path.read_bytes())
    assert all(len(texts) == 1 for texts in written.values())
