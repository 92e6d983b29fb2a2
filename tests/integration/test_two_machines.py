"""One evaluator's wallet on two machines: the second one signs what the first committed, or nothing."""

from dataclasses import replace

import pytest

from marketplace.chain import ChainClient, Journal, LocalSigner
from marketplace.errors import DataError
from marketplace.node.evaluator import Evaluator
from marketplace.node.patience import Patience
from marketplace.node.report import Report
from marketplace.services import contest, evaluate, submit
from marketplace.services.structs import Phase, Verdict


def elsewhere(world, market, tmp_path):
    """Return the same wallet's market on another machine: no file of the first one is there."""
    signer = LocalSigner(market.wallet.account)
    client = ChainClient(world.node, world.deployment, signer, Journal(None))
    return replace(market, client=client, folder=tmp_path / "elsewhere")


def committing(world, *, grant=True):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    submit.claim_score(world["alice"], bounty)
    world.close_claims(bounty)
    world.draw(bounty)
    if grant:
        submit.grant_key(world["alice"], bounty)
    return bounty


def test_reveal__from_the_other_machine__is_the_same_to_the_bit(world, tmp_path):
    bounty = committing(world)
    panel = world.commit(bounty)
    assert world.view(bounty).panel.phase is Phase.REVEALING
    first = evaluate.open_attestations(panel[0], bounty)
    second = evaluate.open_attestations(elsewhere(world, panel[0], tmp_path), bounty)
    assert first == second


def test_reveal__other_finding_was_committed__nothing_is_signed(world, tmp_path):
    bounty = committing(world)
    one, *others = world.panel(bounty)
    false = replace(evaluate.judge(one, world.view(bounty)), score=1)
    evaluate.commit(one, bounty, false)
    for other in others:
        evaluate.commit(other, bounty)
    second = elsewhere(world, one, tmp_path)
    with pytest.raises(DataError, match="committed to something else"):
        evaluate.open_attestations(second, bounty)
    assert evaluate.open_attestations(one, bounty)[0].attestation == false


def test_commit__other_machine_was_first__is_not_sent_again(world, tmp_path):
    bounty = committing(world)
    one = world.panel(bounty)[0]
    second = elsewhere(world, one, tmp_path)
    evaluate.commit(one, bounty)
    before = world.node.web3.eth.get_transaction_count(one.account)
    if world.view(bounty).panel.phase is Phase.COMMITTING:
        evaluate.commit(second, bounty)
    assert world.node.web3.eth.get_transaction_count(one.account) == before


def daemon(market, lines):
    report = Report("operator", lines.append)
    return Evaluator(market.watched(report.sent), report, Patience(0.001), once=True)


def test_daemon__key_not_granted__is_not_called_unscorable_before_the_last_quarter(world):
    bounty = committing(world, grant=False)
    one, lines = world.panel(bounty)[0], []
    role = daemon(one, lines)
    assert role.turn() == 0
    assert "waits for the maker's key" in lines[-1]
    view = world.view(bounty)
    world.chain.advance(view.panel.grant_deadline - view.now + 1)
    assert role.turn() == 0
    assert "can't be scored" in lines[-1]
    view = world.view(bounty)
    world.chain.advance(view.panel.deadline - view.now - 60)
    assert daemon(one, lines).turn() > 0
    kept = evaluate.kept_attestation(one, world.view(bounty))
    assert kept is not None
    assert kept.verdict is Verdict.UNSCORABLE


def test_anybodys_step__journalled_and_repeated__is_sent_once(world):
    bounty = world.open()
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    submit.claim_score(world["alice"], bounty)
    world.late(bounty)
    view, anybody = world.view(bounty), world["anybody"]
    snapshot = world.node.request("evm_snapshot")
    contest.take(anybody, view, "choose")
    first = anybody.client._writer().journal.history(world.node.network, anybody.account)
    world.node.request("evm_revert", snapshot)  # the chain has forgotten it, the journal has not
    contest.take(anybody, view, "choose")
    again = anybody.client._writer().journal.history(world.node.network, anybody.account)
    assert [entry.tx_hash for entry in again] == [entry.tx_hash for entry in first]
    assert world.view(bounty).candidate is not None
