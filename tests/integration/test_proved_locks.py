"""Money in proved bounties: each lock is shown with its way out, swept, told in histories, and recovered."""

import pytest

from marketplace.chain.index import EventIndex
from marketplace.errors import DataError
from marketplace.models import encode_model
from marketplace.services import proof_request, proof_submit
from marketplace.services.balances import load_balances
from marketplace.services.history import history
from marketplace.services.locks import EXITS, LockKind, find_locks, sweep
from marketplace.services.proof_models import to_linear, to_proved
from marketplace.services.proof_turns import turns_of
from marketplace.services.recover import recover
from marketplace.types import format_id
from tests.integration.proved_world import BOND, PLACES, REWARD
from tests.integration.test_proved_liars import send

pytestmark = pytest.mark.proving
OF_PROOFS = {kind for kind in LockKind if EXITS[kind].module == "Proofs"}


@pytest.fixture
def world(built_proved):
    found = built_proved.fresh()
    for name, market in found.markets.items():
        market.client.index = EventIndex(found.folder / f"{found.tests}-{name}.db", found.deployment)
    return found


def locks(world, name):
    """Return the amount, and whether it is free to be taken, of each lock of somebody, by kind."""
    found = find_locks(world[name])
    assert all(one.module == "Proofs" and one.bucket == world.bounty for one in found)
    seen.update(one.kind for one in found)
    return {one.kind: (one.amount, one.ready) for one in found}


seen = set()


def steps(world, name):
    return [str(turn.step) for turn in turns_of(world.view(), world[name].account)]


def test_pledge_id__ours__is_the_contracts(world):
    market, maker = world["alice"], world["bob"].account
    theirs = market.client.call("Proofs", "pledgeIdOf", world.bounty, maker)
    assert int.from_bytes(proof_request.pledge_id_of(market, world.bounty, maker), "big") == theirs


def test_locks__nobody_commits__all_comes_back_to_the_requester(world):
    (lock,) = find_locks(world["requester"])
    assert (lock.amount, lock.ready, lock.why) == (REWARD + PLACES * BOND, False, "makers may still commit")
    assert lock.until == world.view().committing_until + 1
    assert sweep(world["requester"]).freed == ()
    world.end_commits()
    (done,) = sweep(world["requester"]).freed
    assert done.amount == REWARD + PLACES * BOND
    assert find_locks(world["requester"]) == ()
    assert world.gains() == {}


def test_locks__of_a_whole_bounty__are_shown_waited_for_and_swept(world, tmp_path):
    asked, requester = LockKind.PROOF_ASKED, world["requester"]
    world.commit("alice", "bob", "mallory")
    assert locks(world, "bob") == {LockKind.PROOF_BOND: (BOND, False)}
    world.end_commits()
    assert "3 makers wait for the rows" in find_locks(requester)[0].why
    assert steps(world, "requester") == ["rows"]

    send(requester, "decline", world.terms, world["mallory"].account)
    assert locks(world, "mallory") == {LockKind.PROOF_DECLINED: (BOND, True)}
    assert steps(world, "mallory") == ["vindicate"]
    assert [one.amount for one in sweep(world["mallory"]).freed] == [0, 2 * BOND]
    assert locks(world, "mallory") == {}

    pledges = {one.maker: one for one in world.view().pledges}
    silent = pledges.pop(world["bob"].account)
    serve(world, pledges[world["alice"].account])
    assert steps(world, "alice") == []  # bob may still get the rows
    world.until(world.view().opening_until)
    assert silent.turn.name == "COMMITTED"
    assert locks(world, "bob") == {
        LockKind.PROOF_BOND: (BOND, True),
        LockKind.PROOF_PENALTY: (BOND, True),
    }
    assert load_balances(world["bob"]).locked_units == BOND
    assert load_balances(world["bob"]).ready_units == 2 * BOND
    assert [one.amount for one in sweep(world["bob"]).freed] == [2 * BOND]

    assert locks(world, "alice") == {LockKind.PROOF_BOND: (BOND, False)}
    (lock,) = find_locks(world["alice"])
    assert (lock.waits_for, lock.until) == ("you prove, or another maker does", 0)
    assert steps(world, "alice") == ["prove"]
    assert locks(world, "requester") == {asked: (REWARD + BOND, False)}
    world.prove()
    assert (locks(world, "alice"), steps(world, "alice")) == ({}, [])
    assert locks(world, "requester") == {asked: (BOND, False)}
    world.until(world.view().proving_until)
    assert steps(world, "requester") == ["receive", "close"]
    tell(world, tmp_path)
    assert [one.amount for one in sweep(requester).freed] == [BOND]
    assert not any(find_locks(world[name]) for name in world.start)
    world.finish()
    assert world.gains() == {"alice": REWARD, "bob": BOND, "mallory": BOND, "requester": -REWARD - 2 * BOND}
    assert seen == OF_PROOFS


def serve(world, pledge):
    """Give the rows to one maker alone."""
    from marketplace.services import proof_request

    requester, view = world["requester"], world.view()
    k = requester.artifact_key("Proofs", view.terms.salt, b"")
    r = requester.proof_key(proof_request.LABEL_R, view.terms.salt)
    assert proof_request._serve(requester, view, pledge, k, r) == "opened"


def tell(world, folder):
    """What happened is told, and found again from the wallets alone."""
    told = history(world["anybody"], format_id(world.bounty)[:14], kind="proved bounty")
    names = [one.event.name for one in told if one.event.contract == "Proofs"]
    assert names == [
        "ProofAsked", "ModelCommitted", "ModelCommitted", "ModelCommitted", "PledgeDeclined",
        "PledgeVindicated", "PledgeReleased", "SheetOpened",
        "PledgeReleased", "ProofAnnounced", "ScoreProved",
    ]  # fmt: skip
    assert told[0].what == "a proved bounty opened"
    assert history(world["anybody"], format_id(world.bounty)[:14]) == told
    with pytest.raises(DataError, match="nothing on this market"):
        history(world["anybody"], "0x00000000ffff")
    (asked,) = recover(world["requester"], folder / "requester")
    assert (asked.what, asked.state, asked.problem) == ("proved bounty", "paid", None)
    assert asked.due.startswith("tessera proved receive")
    expected = encode_model(to_linear(to_proved(world.good), world.coarse.width))
    assert asked.file.read_bytes() == expected
    (made,) = recover(world["alice"], folder / "alice")
    assert (made.what, made.state, made.due, made.problem) == ("committed model", "done", "", None)


def test_recover__another_market_secret__says_so(world, monkeypatch, tmp_path):
    world.commit("alice")
    monkeypatch.setattr(type(world["alice"]), "proof_key", lambda *_: 5)
    (made,) = recover(world["alice"], tmp_path)
    assert made.problem == "another market secret made its keys"


def test_locks__proved_too_late__are_no_money_of_the_makers(world):
    world.served("alice", "bob")
    proof_submit.announce(world["alice"], world.view())
    assert find_locks(world["alice"])[0].why == "only you can prove now"
    world.until(world.view().on_turn.until)
    assert find_locks(world["alice"]) == ()  # lost: anybody may burn it, and no sweep of hers does
    assert sweep(world["alice"]).freed == ()
    assert steps(world, "bob") == ["prove"]
    world.until(world.view().proving_until)
    assert find_locks(world["bob"]) == ()
    assert sweep(world["requester"]).amount == REWARD + PLACES * BOND
