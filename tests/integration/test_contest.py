"""Contests through the services, on a real local chain: the story, and every dead end's way out."""

from dataclasses import replace

import pytest

from marketplace.crypto.points import Point
from marketplace.errors import ContractReverted, DataError, MarketplaceError
from marketplace.models import decode_model, encode_model
from marketplace.services import attestations, contest, evaluate, request, submit
from marketplace.services.accounts import conservation
from marketplace.services.catalog import list_assets
from marketplace.services.structs import Outcome, Phase, Stage, Verdict
from tests.integration.contest_world import MONEY, E

CLAIM_BOND = 92_500_000_000_000_000_000  # 3 fees of 10 and a sixteenth of 1000


@pytest.fixture(autouse=True)
def books(world):
    """After each test every token belongs to somebody, and the bounties that ended hold nothing."""
    yield
    assert conservation(world["anybody"]).holds
    opened = world["anybody"].client.events("Bounties", "BountyOpened")
    for bounty in opened:
        view = world.view(bounty["bountyId"])
        if view.stage is Stage.DONE and not view.owed:
            bucket = world["anybody"].client.call(
                "Vault", "bucketOf", world["anybody"].address("Bounties"), bounty["bountyId"]
            )
            assert bucket == 0


def judging(world, **models):
    """Return a bounty with the models submitted, their scores claimed, the best chosen."""
    bounty_id = world.open()
    world.submit(bounty_id, **models)
    world.open_rows(bounty_id)
    for name, model in models.items():
        if model is not world.bad_model:
            submit.claim_score(world[name], bounty_id)
    world.close_claims(bounty_id)
    return bounty_id


def delivering(world):
    bounty_id = judging(world, alice=world.good_model)
    view = world.judge(bounty_id)
    assert view.stage is Stage.LOCKING
    return bounty_id


def test_contest__two_honest_makers__best_is_paid_and_delivered(world, tmp_path):
    bounty_id = judging(world, bob=world.fair_model, alice=world.good_model)
    view = world.view(bounty_id)
    assert view.candidate.maker == world["alice"].account
    assert world.judge(bounty_id).verdict is Verdict.SCORED
    request.lock_delivery(world["requester"], bounty_id)
    assert submit.deliver(world["alice"], bounty_id) == "delivered"
    request.receive_model(world["requester"], bounty_id, tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == world.good_model
    assert world.finish(bounty_id).outcome is Outcome.PAID
    fee = world["alice"].client.call("Bounties", "SUBMISSION_FEE")
    assert world.money("alice") == MONEY + 1000 * E - fee
    assert world.money("bob") == MONEY - fee
    assert world.money("requester") == MONEY - 1000 * E - 30 * E
    told = attestations.list_attestations(world["anybody"], bounty_id)
    assert len(told) == 3
    assert {one.attestation.score for one in told} == {view.candidate.claimed}
    assert len({one.attestation.evidence_root for one in told}) == 1


def test_contest__listing_promised__winner_lists_it_once(world):
    bounty_id = world.open()
    listing = submit.ModelListing("the winner", 50 * E, 20 * E)
    submit.submit_model(world["alice"], bounty_id, world.good_model, listing)
    world.open_rows(bounty_id)
    submit.claim_score(world["alice"], bounty_id)
    world.close_claims(bounty_id)
    world.judge(bounty_id)
    request.lock_delivery(world["requester"], bounty_id)
    submit.deliver(world["alice"], bounty_id)
    world.finish(bounty_id)
    asset_id = submit.activate_model(world["alice"], bounty_id)
    assert submit.activate_model(world["alice"], bounty_id) == asset_id
    (listed,) = list_assets(world["anybody"])
    assert (listed.asset_id, listed.terms.price) == (asset_id, 50 * E)
    assert listed.attestation is not None


def test_claim_score__false_claim__loses_its_bond_and_the_next_is_judged(world):
    bounty_id = world.open()
    world.submit(bounty_id, mallory=world.bad_model, alice=world.good_model)
    world.open_rows(bounty_id)
    submit.claim_score(world["mallory"], bounty_id, 10**9)
    submit.claim_score(world["alice"], bounty_id)
    world.close_claims(bounty_id)
    view = world.judge(bounty_id)
    assert (view.stage, view.candidate.maker) == (Stage.WINDOW, world["mallory"].account)
    world.late(bounty_id)
    contest.finalize(world["anybody"], bounty_id)
    contest.choose(world["anybody"], bounty_id)
    assert world.view(bounty_id).candidate.maker == world["alice"].account
    world.judge(bounty_id)
    request.lock_delivery(world["requester"], bounty_id)
    submit.deliver(world["alice"], bounty_id)
    assert world.finish(bounty_id).outcome is Outcome.PAID
    fee = world["alice"].client.call("Bounties", "SUBMISSION_FEE")
    assert world.money("mallory") == MONEY - fee - CLAIM_BOND
    assert world.money("alice") == MONEY - fee + 1000 * E


def test_grant_key__withheld__cured_by_publishing(world):
    bounty_id = judging(world, alice=world.good_model)
    view = world.judge(bounty_id, grant=False)
    assert (view.stage, view.verdict) == (Stage.CURE, Verdict.UNSCORABLE)
    first = set(view.panel.seats.values())
    submit.publish_key(world["alice"], bounty_id)
    assert contest.due(world.view(bounty_id)).exit == "draw"
    view = world.judge(bounty_id, grant=False)
    assert (view.stage, view.verdict) == (Stage.WINDOW, Verdict.SCORED)
    assert not first & set(view.panel.seats.values())
    assert encode_model(request.receive_model(world["requester"], bounty_id)) == world.good_model
    assert world.finish(bounty_id).outcome is Outcome.PAID


def test_publish_key__never__is_a_false_claim(world):
    bounty_id = judging(world, alice=world.good_model)
    world.judge(bounty_id, grant=False)
    world.late(bounty_id)
    assert contest.advance(world["anybody"], bounty_id) == "lapse"
    assert contest.advance(world["anybody"], bounty_id) == "choose"
    assert world.view(bounty_id).outcome is Outcome.NOBODY
    fee = world["alice"].client.call("Bounties", "SUBMISSION_FEE")
    assert world.money("alice") == MONEY - fee - CLAIM_BOND
    assert world.money("requester") == MONEY


def test_lock_delivery__wrong_lock__is_refuted_and_paid(world):
    bounty_id = delivering(world)
    requester, view = world["requester"], world.view(bounty_id)
    wrong = Point.from_scalar(7).address()
    requester.client.send("Bounties", "lock", view.terms.ref(), wrong, intent="a wrong lock")
    assert submit.deliver(world["alice"], bounty_id) == "refuted"
    assert world.finish(bounty_id).outcome is Outcome.PAID
    with pytest.raises(DataError, match="nothing was delivered"):
        request.receive_model(requester, bounty_id)


def test_lock_delivery__never__delivery_is_waived(world):
    bounty_id = delivering(world)
    world.late(bounty_id)
    assert contest.advance(world["anybody"], bounty_id) == "lapse"
    assert world.finish(bounty_id).outcome is Outcome.PAID


def test_deliver__never__is_a_false_claim(world):
    bounty_id = delivering(world)
    request.lock_delivery(world["requester"], bounty_id)
    world.late(bounty_id)
    assert contest.advance(world["anybody"], bounty_id) == "lapse"
    assert contest.advance(world["anybody"], bounty_id) == "choose"
    assert world.view(bounty_id).outcome is Outcome.NOBODY
    assert world.money("requester") == MONEY


def bad_rows(world, *, really):
    terms = request.draft_bounty(world["requester"], world.draft())
    if really:
        terms = replace(terms, rows_root=bytes(31) + b"\1")
    bounty_id = request.open_bounty(world["requester"], terms)
    world.submit(bounty_id, alice=world.good_model, bob=world.fair_model)
    world.open_rows(bounty_id)
    return bounty_id


def test_claim_bad_rows__they_are__requester_pays_everybody(world):
    bounty_id = bad_rows(world, really=True)
    with pytest.raises(DataError, match="do not match the root"):
        submit.claim_score(world["alice"], bounty_id)
    submit.claim_bad_rows(world["alice"], bounty_id)
    world.close_claims(bounty_id)
    view = world.judge(bounty_id, grant=False)
    assert (view.candidate, view.verdict) == (None, Verdict.BAD_ROWS)
    assert world.finish(bounty_id).outcome is Outcome.BAD_ROWS
    fee = world["alice"].client.call("Bounties", "SUBMISSION_FEE")
    assert world.money("alice") == world.money("bob") == MONEY - fee + 2 * E
    assert world.money("requester") == MONEY - 256 * E - 30 * E


def test_claim_bad_rows__they_are_good__costs_the_bond(world):
    bounty_id = bad_rows(world, really=False)
    submit.claim_bad_rows(world["bob"], bounty_id)
    submit.claim_score(world["alice"], bounty_id)
    world.close_claims(bounty_id)
    assert world.judge(bounty_id, grant=False).verdict is Verdict.ROWS_GOOD
    world.late(bounty_id)
    contest.finalize(world["anybody"], bounty_id)
    assert contest.advance(world["anybody"], bounty_id) == "choose"
    assert world.view(bounty_id).candidate.maker == world["alice"].account
    world.judge(bounty_id)
    request.lock_delivery(world["requester"], bounty_id)
    submit.deliver(world["alice"], bounty_id)
    assert world.finish(bounty_id).outcome is Outcome.PAID
    fee = world["alice"].client.call("Bounties", "SUBMISSION_FEE")
    assert world.money("bob") == MONEY - fee - CLAIM_BOND


def test_open_rows__never__each_submission_is_compensated(world):
    bounty_id = world.open()
    world.submit(bounty_id, alice=world.good_model, bob=world.fair_model)
    world.late(bounty_id)
    assert contest.due(world.view(bounty_id)).exit is None
    view = world.view(bounty_id)
    world.chain.advance(view.rows_deadline - view.now + 1)
    assert contest.advance(world["anybody"], bounty_id) == "lapse"
    assert contest.advance(world["anybody"], bounty_id) == "release"
    assert contest.advance(world["anybody"], bounty_id) is None
    fee = world["alice"].client.call("Bounties", "SUBMISSION_FEE")
    assert world.view(bounty_id).outcome is Outcome.SILENT
    assert world.money("alice") == world.money("bob") == MONEY - fee + 2 * E
    assert world.money("requester") == MONEY - 256 * E


def test_submit__nobody__everything_goes_back(world):
    bounty_id = world.open()
    world.late(bounty_id)
    assert contest.advance(world["anybody"], bounty_id) == "lapse"
    assert world.view(bounty_id).outcome is Outcome.NO_SUBMISSION
    assert world.money("requester") == MONEY


def test_reveal__relayed__one_transaction_of_anybody(world):
    bounty_id = judging(world, alice=world.good_model)
    world.draw(bounty_id)
    submit.grant_key(world["alice"], bounty_id)
    evaluators = world.commit(bounty_id)
    view = world.view(bounty_id)
    files = [
        attestations.write_opened(one, view, evaluate.open_attestations(one, bounty_id)) for one in evaluators
    ]
    before = {one.account: one.client.node.web3.eth.get_transaction_count(one.account) for one in evaluators}
    found, opened = attestations.read_opened(world["anybody"], files)
    assert (found, len(opened)) == (bounty_id, 3)
    evaluate.reveal(world["anybody"], bounty_id, opened)
    assert world.view(bounty_id).stage is Stage.LOCKING
    for one in evaluators:
        assert one.client.node.web3.eth.get_transaction_count(one.account) == before[one.account]


def test_commit__one_silent__is_replaced_and_slashed(world):
    bounty_id = judging(world, alice=world.good_model)
    world.draw(bounty_id)
    submit.grant_key(world["alice"], bounty_id)
    silent, *others = world.panel(bounty_id)
    for one in others:
        evaluate.commit(one, bounty_id)
    world.late(bounty_id)
    assert contest.advance(world["anybody"], bounty_id) == "close-commits"
    world.draw(bounty_id)
    assert (
        silent not in world.panel(bounty_id) or len(evaluate.own_places(silent, world.view(bounty_id))) == 1
    )
    submit.grant_key(world["alice"], bounty_id)
    for one in world.panel(bounty_id):
        view = world.view(bounty_id)
        if set(evaluate.own_places(one, view)) - view.panel.committed:
            evaluate.commit(one, bounty_id)
    assert world.view(bounty_id).panel.phase is Phase.REVEALING
    for one in world.panel(bounty_id):
        evaluate.reveal(one, bounty_id)
    assert world.view(bounty_id).verdict is Verdict.SCORED


def test_reveal__all_silent__a_fresh_panel_judges(world):
    bounty_id = judging(world, alice=world.good_model)
    world.draw(bounty_id)
    submit.grant_key(world["alice"], bounty_id)
    world.commit(bounty_id)
    world.late(bounty_id)
    assert contest.advance(world["anybody"], bounty_id) == "close-reveals"
    view = world.view(bounty_id)
    assert (view.panel.phase, view.panel.number) == (Phase.DRAWING, 2)


def test_submit_model__rows_withheld__is_refused_before_paying(world):
    terms = request.draft_bounty(world["requester"], world.draft())
    bounty_id = request.open_bounty(world["requester"], replace(terms, content_digest=bytes(32)))
    with pytest.raises(MarketplaceError):
        submit.submit_model(world["alice"], bounty_id, world.good_model)
    assert world.money("alice") == MONEY


def test_steps__out_of_turn__say_so_and_send_nothing(world):
    bounty_id = world.open()
    world.submit(bounty_id, alice=world.good_model)
    names = ("requester", "anybody", "alice", "bob", "carol")
    before = [world.nonce(name) for name in names]
    for name, step in [
        ("alice", submit.claim_score),
        ("alice", submit.claim_bad_rows),
        ("alice", submit.grant_key),
        ("alice", submit.deliver),
        ("alice", submit.publish_key),
        ("alice", submit.activate_model),
        ("bob", request.open_rows),
        ("requester", request.lock_delivery),
        ("requester", request.receive_model),
        ("carol", evaluate.commit),
        ("carol", evaluate.reveal),
    ]:
        with pytest.raises(DataError):
            step(world[name], bounty_id)
    for step in (contest.choose, contest.draw, contest.close_commits, contest.close_reveals, contest.lapse):
        with pytest.raises(ContractReverted):
            step(world["anybody"], bounty_id)
    assert contest.advance(world["anybody"], bounty_id) is None
    with pytest.raises(DataError, match="only after"):
        request.open_rows(world["requester"], bounty_id)
    assert [world.nonce(name) for name in names] == before


class Twice:
    """Do each step twice: the second time nothing more may be sent, whatever it answers."""

    def __init__(self, world):
        self.world = world

    def __call__(self, step, market, *args):
        first = step(market, *args)
        before = market.client.node.web3.eth.get_transaction_count(market.account)
        try:
            again = step(market, *args)
        except MarketplaceError:
            again = None
        assert market.client.node.web3.eth.get_transaction_count(market.account) == before, step.__name__
        return first, again


def test_steps__each_twice__send_nothing_twice(world):
    twice, requester, alice, anybody = Twice(world), world["requester"], world["alice"], world["anybody"]
    terms, again = twice(request.draft_bounty, requester, world.draft())
    assert terms == again
    bounty_id, again = twice(request.open_bounty, requester, terms)
    assert bounty_id == again
    submission, again = twice(submit.submit_model, alice, bounty_id, world.good_model)
    assert submission == again
    assert decode_model(world.good_model)
    world.late(bounty_id)
    twice(request.open_rows, requester, bounty_id)
    twice(submit.claim_score, alice, bounty_id)
    world.late(bounty_id)
    twice(contest.choose, anybody, bounty_id)
    contest.await_seed(anybody, bounty_id)
    twice(contest.draw, anybody, bounty_id)
    twice(submit.grant_key, alice, bounty_id)
    evaluators = world.panel(bounty_id)
    for one in evaluators:
        twice(evaluate.commit, one, bounty_id)
    for one in evaluators:
        twice(evaluate.reveal, one, bounty_id)
    twice(request.lock_delivery, requester, bounty_id)
    twice(submit.deliver, alice, bounty_id)
    world.late(bounty_id)
    twice(contest.finalize, anybody, bounty_id)
    assert world.view(bounty_id).outcome is Outcome.PAID
