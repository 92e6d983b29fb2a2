"""Every liar in a contest pays: each ends poorer, nobody honest does, and no token is lost or made.

Sellers who lie are in test_disputes.py, panels that collude in test_audit.py; docs/disputes.md has the table.
"""

import copy
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from marketplace.crypto import grants
from marketplace.errors import ContractReverted, DataError
from marketplace.models.disputes import RowDispute, prove_row
from marketplace.services import challenges, contest, evaluate, request, submit
from marketplace.services.accounts import conservation
from marketplace.services.audit import audit
from marketplace.services.operators import list_seats
from marketplace.services.signing import sign
from marketplace.services.structs import Outcome, Stage, Verdict
from tests.integration.audit_lies import attest, granted, lie_about, row_said_wrong, said, truth
from tests.integration.contest_world import E

BOND = 1_000 * E
SIXTEENTH = BOND // 16


def wealth(world, name):
    """Return all that somebody has: free money, and bonds of seats."""
    market = world[name]
    return world.money(name) + sum(one.bond for one in list_seats(market, market.account))


def coin(world, name):
    return world.node.web3.eth.get_balance(world[name].account)


class Books:
    """What everybody has, taken when all that a contest locks is locked."""

    def __init__(self, world, liar):
        self.world, self.liar = world, liar
        self.before = {name: wealth(world, name) for name in world.markets}
        self.coin = coin(world, liar)

    def close(self):
        """Return what the liar has lost since; nobody else may have."""
        now = {name: wealth(self.world, name) for name in self.before}
        robbed = [name for name, had in self.before.items() if name != self.liar and now[name] < had]
        assert not robbed
        assert conservation(self.world["anybody"]).holds
        return self.before[self.liar] - now[self.liar]


def end(world, bounty):
    """Deliver what is to be delivered, and pay everybody."""
    if world.view(bounty).stage is Stage.LOCKING:
        request.lock_delivery(world["requester"], bounty)
        submit.deliver(world.by_address(world.view(bounty).candidate.maker), bounty)
    return world.finish(bounty)


def liar_of(world, bounty):
    """Return the name of an evaluator who has one place on the panel."""
    view = world.view(bounty)
    return next(one.wallet.name for one in world.panel(bounty) if len(evaluate.own_places(one, view)) == 1)


def others(world, bounty, liar):
    return [one for one in world.panel(bounty) if one.wallet.name != liar]


def test_maker_who_swaps_the_model_after_the_rows__is_judged_by_the_one_submitted(world):
    bounty = world.open()
    world.submit(bounty, mallory=world.bad_model, alice=world.fair_model)
    world.open_rows(bounty)
    mallory, view = world["mallory"], world.view(bounty)
    # with the rows in her hands she trains a better one, stores it, and claims what it scores
    better = world.good_model
    entrant = view.entrant_of(mallory.account)
    stored = submit.artifacts.seal_into(
        mallory.store, submit.io.BytesIO(better), submit.own_key(mallory, view), b"\7" * 32
    )
    assert stored.content_root != entrant.submission.content_root
    with pytest.raises(DataError, match="in the stage claiming"):
        submit.submit_model(mallory, bounty, better)
    rows = submit.open_test_rows(mallory, view)
    score = submit.score_model(view.terms, submit.decode_model(better), rows)
    submit.claim_score(mallory, bounty, score)
    submit.claim_score(world["alice"], bounty)
    world.close_claims(bounty)
    books = Books(world, "mallory")
    assert world.view(bounty).candidate.maker == mallory.account
    assert world.judge(bounty).stage is Stage.WINDOW
    world.late(bounty)
    contest.finalize(world["anybody"], bounty)
    contest.choose(world["anybody"], bounty)
    world.judge(bounty)
    view = end(world, bounty)
    assert view.outcome is Outcome.PAID
    assert books.close() == 0  # her bond was locked before, and does not come back
    fee = mallory.client.call("Bounties", "SUBMISSION_FEE")
    assert world.money("mallory") == 100_000 * E - fee - view.terms.claim_bond


def test_maker_who_grants_rubbish__can_not_be_scored_and_loses_the_bond(world):
    bounty = world.open()
    world.submit(bounty, mallory=world.good_model)
    world.open_rows(bounty)
    submit.claim_score(world["mallory"], bounty)
    world.close_claims(bounty)
    world.draw(bounty)
    books = Books(world, "mallory")
    mallory, view = world["mallory"], world.view(bounty)
    keys = submit.panel_keys(mallory, view.panel.seats)
    rubbish = grants.make_grant(12345, keys, submit.grant_context(mallory, view))
    cid = mallory.store.add(rubbish)
    mallory.send("grant rubbish", "Bounties", "grant", bounty, cid.digest, intent="rubbish")
    for one in world.commit(bounty):
        evaluate.reveal(one, bounty)
    view = world.view(bounty)
    assert (view.stage, view.verdict) == (Stage.CURE, Verdict.UNSCORABLE)
    arguments = (view.terms.ref(), view.candidate.submission, 12345)
    with pytest.raises(ContractReverted) as refused:
        mallory.send("publish rubbish", "Bounties", "publishKey", *arguments, intent="publish")
    assert refused.value.name == "Bounties_WrongKey"
    world.late(bounty)
    assert contest.advance(world["anybody"], bounty) == "lapse"
    assert contest.advance(world["anybody"], bounty) == "choose"
    assert world.view(bounty).outcome is Outcome.NOBODY
    assert books.close() == 0
    fee = mallory.client.call("Bounties", "SUBMISSION_FEE")
    assert world.money("mallory") == 100_000 * E - fee - view.terms.claim_bond


def test_evaluator_who_copies__can_not_open_it_and_loses_a_sixteenth(world):
    bounty = granted(world, alice=world.good_model)
    liar = liar_of(world, bounty)
    books = Books(world, liar)
    for one in others(world, bounty, liar):
        evaluate.commit(one, bounty)
    view = world.view(bounty)
    seen = evaluate.round_events(world["anybody"], "Committed", view)[0]["hash"]
    (place,) = evaluate.own_places(world[liar], view)
    world[liar].send("copy", "Panels", "commit", bounty, place, bytes(seen), intent="copy")
    opened = [evaluate.open_attestations(one, bounty) for one in others(world, bounty, liar)]
    with pytest.raises(DataError, match="committed to something else"):
        evaluate.open_attestations(world[liar], bounty)
    copied = replace(opened[0][0], place=place)
    with pytest.raises(ContractReverted) as refused:
        evaluate.reveal(world[liar], bounty, [copied])
    assert refused.value.name == "Panels_NotCommitted"
    for one in others(world, bounty, liar):
        evaluate.reveal(one, bounty)
    world.late(bounty)
    assert contest.advance(world["anybody"], bounty) == "close-reveals"
    assert end(world, bounty).outcome is Outcome.PAID
    assert books.close() == SIXTEENTH


def test_evaluator_who_lies_alone__is_outvoted_and_not_paid(world):
    bounty = granted(world, alice=world.good_model)
    liar = liar_of(world, bounty)
    books = Books(world, liar)
    told = truth(world, bounty, world.good_model)
    lie = replace(said(world, told), score=10**9, sums=(len(told.rows.rows),), evidence_root=b"\1" * 32)
    for one in world.panel(bounty):
        evaluate.commit(one, bounty, lie if one.wallet.name == liar else None)
    for one in world.panel(bounty):
        evaluate.reveal(one, bounty)
    assert world.view(bounty).stage is Stage.LOCKING
    honest = {one.wallet.name for one in others(world, bounty, liar)}
    view = end(world, bounty)
    assert view.outcome is Outcome.PAID
    assert books.close() == 0  # no token, but the gas; the others have their fees
    assert coin(world, liar) < books.coin
    assert all(wealth(world, name) > books.before[name] for name in honest)


def test_evaluator_who_stays_silent__loses_a_sixteenth_and_is_replaced(world):
    bounty = granted(world, alice=world.good_model)
    liar = liar_of(world, bounty)
    books = Books(world, liar)
    for one in others(world, bounty, liar):
        evaluate.commit(one, bounty)
    world.late(bounty)
    assert contest.advance(world["anybody"], bounty) == "close-commits"
    world.draw(bounty)
    submit.grant_key(world["alice"], bounty)
    for one in world.panel(bounty):
        view = world.view(bounty)
        if set(evaluate.own_places(one, view)) - view.panel.committed:
            evaluate.commit(one, bounty)
    for one in world.panel(bounty):
        evaluate.reveal(one, bounty)
    assert end(world, bounty).outcome is Outcome.PAID
    fees = 10 * E if world.money(liar) > books.before[liar] - 2 * BOND else 0  # if the other seat was drawn
    assert books.close() == SIXTEENTH - fees


def test_challenger_who_lies__is_refused_and_pays_the_gas(world):
    bounty = granted(world, alice=world.good_model)
    told = truth(world, bounty, world.good_model)
    finding = said(world, told)
    attest(world, bounty, None)
    request.lock_delivery(world["requester"], bounty)
    submit.deliver(world["alice"], bounty)
    books = Books(world, "requester")  # who would rather not pay
    proof = prove_row(told.attested, told.tree, told.rows, told.told.records[0], 0)
    lie = RowDispute(proof, world.good_model, "it is right")
    with pytest.raises(ContractReverted) as refused:
        challenges.file_challenge(world["requester"], bounty, finding, lie)
    assert refused.value.name == "Referee_RowRight"
    assert end(world, bounty).outcome is Outcome.PAID
    assert books.close() == -256 * E  # his deposit comes back, and nothing of the reward
    assert wealth(world, "alice") > books.before["alice"]
    assert coin(world, "requester") < books.coin


def test_challenger_who_copies__is_not_committed_and_earns_nothing(world):
    bounty = granted(world, alice=world.good_model)
    finding = lie_about(world, bounty, world.good_model, row_said_wrong)
    alice, mallory, view = world["alice"], world["mallory"], world.view(bounty)
    dispute = audit(alice, view).found
    function, arguments = challenges.challenge_call(alice, view, finding, dispute)
    before = wealth(world, "mallory"), coin(world, "mallory"), wealth(world, "alice")
    # mallory sees alice's challenge on its way: she commits to it for herself, too late, and sends it
    with pytest.raises(ContractReverted) as refused:
        mallory.send("copy", "Referee", function, *arguments, intent="copy")
    assert refused.value.name == "Referee_NotCommitted"
    challenges.file_challenge(alice, bounty, finding, dispute)
    with pytest.raises(ContractReverted):
        challenges.file_challenge(mallory, bounty, finding, dispute)
    contest.collect(world["anybody"], bounty)
    assert wealth(world, "mallory") == before[0]
    assert coin(world, "mallory") < before[1]
    assert wealth(world, "alice") == before[2] + 3 * BOND // 4
    assert conservation(world["anybody"]).holds


def elsewhere(message, how):
    """Return an attestation as it is signed for another bounty, chain or contract."""
    other = copy.deepcopy(message)
    if how == "bounty":
        other["message"]["bountyId"] ^= 1
    elif how == "chain":
        other["domain"]["chainId"] += 1
    else:
        other["domain"]["verifyingContract"] = "0x" + 40 * "1"
    return other


def digest_of(message):
    found = encode_typed_data(full_message=message)
    return keccak(b"\x19" + found.version + found.header + found.body)


@pytest.mark.parametrize("how", ["bounty", "chain", "contract"])
def test_replay_of_an_attestation__is_refused_and_counts_as_silence(world, how):
    """A lazy evaluator shows what he has signed elsewhere; who relays it to frame him gets nowhere either."""
    bounty = granted(world, alice=world.good_model)
    liar = liar_of(world, bounty)
    books = Books(world, liar)
    view, market = world.view(bounty), world[liar]
    (place,) = evaluate.own_places(market, view)
    told = evaluate.judge(market, view)
    other = elsewhere(evaluate.typed_attestation(market, view, place, told), how)
    salt = evaluate.commit_salt(market, view, place)
    hidden = keccak(encode(["bytes32", "bytes32"], [digest_of(other), salt]))
    for one in others(world, bounty, liar):
        evaluate.commit(one, bounty)
    market.send("commit", "Panels", "commit", bounty, place, hidden, intent="replay")
    opened = [evaluate.Opened(place, salt, told, sign(market, other))]
    for sender in (market, world["mallory"]):
        with pytest.raises(ContractReverted) as refused:
            evaluate.reveal(sender, bounty, opened)
        assert refused.value.name == "Panels_NotCommitted"
    for one in others(world, bounty, liar):
        evaluate.reveal(one, bounty)
    world.late(bounty)
    assert contest.advance(world["anybody"], bounty) == "close-reveals"
    assert end(world, bounty).outcome is Outcome.PAID
    assert books.close() == SIXTEENTH
