"""Challenges of scores, end to end: a panel lies, one row shows it, its bonds pay, an honest panel judges."""

from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_utils import keccak

from marketplace.chain import Localnet, Node
from marketplace.chain.encoding import encode_call
from marketplace.errors import ContractReverted
from marketplace.models import Metric, build_evidence, decode_model, score_from_sums
from marketplace.models.disputes import Attested, NodeDispute, RowDispute, find_in_tree, prove_row
from marketplace.models.evidence_tree import read_evidence, tree_of_file
from marketplace.services import challenges, contest, evaluate, submit
from marketplace.services.operators import list_seats
from marketplace.services.structs import Attestation, Phase, Stage, Verdict
from tests.integration.contest_world import E, World
from tests.integration.score_lies import number
from tests.integration.score_worlds import World as Told
from tests.integration.score_worlds import change_record

BOND = 1_000 * E


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("challenges")
    with Localnet(folder / "localnet") as state:
        yield World(Node(state.url), folder).build()


@pytest.fixture
def world(built):
    return built.fresh()


def granted(world, model):
    """Return a contest whose panel has the key, and what is true of its candidate."""
    bounty = world.open()
    world.submit(bounty, alice=model)
    world.open_rows(bounty)
    submit.claim_score(world["alice"], bounty)
    world.close_claims(bounty)
    world.draw(bounty)
    submit.grant_key(world["alice"], bounty)
    return bounty, truth(world, bounty, model)


def truth(world, bounty, data):
    """Return the candidate's evidence, every node of it."""
    view = world.view(bounty)
    k = evaluate.candidate_key(world.panel(bounty)[0], view).to_bytes(32, "big")
    own_id = view.candidate.submission_id.to_bytes(32, "big")
    rows = submit.open_test_rows(world["anybody"], view)
    model = decode_model(data)
    evidence = build_evidence(model, *rows.arrays(), view.terms.metric, view.terms.classes, 0, k, own_id)
    told = read_evidence(evidence.file_bytes)
    attested = Attested(evidence.root, evidence.sums, view.terms.metric, view.terms.classes, 0, k, own_id)
    tree = tree_of_file(told, k, own_id)
    return Told(view.terms.metric, view.terms.classes, 0, model, rows, told, tree, attested)


def wrong_row(told):
    """Return the evidence that says that a row which is predicted right is not."""
    i = next(i for i, _ in enumerate(told.rows.rows) if told.told.contributions(i) == (1,))
    record = told.told.records[i]
    raw = int.from_bytes(record[:16], "big", signed=True)
    return change_record(told, i, number(number(record, 0, 1 - 2 * raw, True), 16, -1, False))


def attest(world, bounty, told):
    """Let the whole panel attest the same; return what it attested."""
    said = finding(told)
    for one in world.commit(bounty, said):
        evaluate.reveal(one, bounty)
    return said


def finding(told):
    """Return what a panel attests of this evidence."""
    root, sums = told.attested.root, told.attested.sums
    score = score_from_sums(Metric(told.metric), sums, len(told.rows.rows), told.classes, 0)
    return Attestation(Verdict.SCORED, score, sums, root, b"\1" * 32)


def find(told):
    return find_in_tree(told.attested, told.tree, told.told, told.rows, told.model)


def test_challenge__score_too_low__panel_pays_and_an_honest_one_pays_the_maker(world):
    bounty, told = granted(world, world.good_model)
    lie = wrong_row(told)
    said = attest(world, bounty, lie)
    assert world.view(bounty).stage is Stage.WINDOW
    signers, before = world.panel(bounty), world.money("alice")
    dispute = find(lie)
    assert isinstance(dispute, RowDispute)
    receipt = challenges.file_challenge(world["alice"], bounty, said, dispute)
    view = world.view(bounty)
    assert (view.stage, view.panel.phase) == (Stage.JUDGING, Phase.VOIDED)
    assert contest.due(view).exit == "collect"
    assert receipt.gas_used < 130_000
    assert contest.advance(world["anybody"], bounty) == "collect"
    assert world.money("alice") == before + 3 * BOND // 4
    for one in signers:
        lost = sum(seat.bond < BOND for seat in list_seats(one, one.account))
        assert lost > 0
    world.chain.mine(5)
    assert world.judge(bounty).stage is Stage.LOCKING


def test_challenge__one_tree__is_disproved(world):
    bounty, told = granted(world, world.fair_model)
    lie = wrong_row(told)
    said = attest(world, bounty, lie)
    dispute = find(lie)
    assert isinstance(dispute, RowDispute)
    challenges.file_challenge(world["requester"], bounty, said, dispute)
    assert world.view(bounty).panel.phase is Phase.VOIDED


def test_challenge__sums_that_were_attested__are_disproved_by_the_root(world):
    bounty, told = granted(world, world.good_model)
    sums = (told.attested.sums[0] - 1,)
    lie = replace(told, attested=replace(told.attested, sums=sums))
    said = attest(world, bounty, lie)
    dispute = find(lie)
    assert isinstance(dispute, NodeDispute)
    challenges.file_challenge(world["bob"], bounty, said, dispute)
    assert world.view(bounty).panel.phase is Phase.VOIDED


def test_challenge__of_what_is_true__is_refused_and_costs_its_gas(world):
    bounty, told = granted(world, world.fair_model)
    lower = wrong_row(told)
    said = attest(world, bounty, lower)
    dispute = find(lower)
    right = prove_row(
        lower.attested, lower.tree, lower.rows, lower.told.records[-1], len(lower.rows.rows) - 1
    )
    shown = replace(dispute, proof=right)
    with pytest.raises(ContractReverted) as refused:
        challenges.file_challenge(world["mallory"], bounty, said, shown)
    assert refused.value.name in ("Referee_RowRight", "Referee_NotRecord")


def test_challenge__that_another_committed__can_not_be_copied(world):
    bounty, told = granted(world, world.good_model)
    lie = wrong_row(told)
    said = attest(world, bounty, lie)
    view = world.view(bounty)
    # what mallory sees of alice's in the pool
    function, arguments = challenges.challenge_call(world["alice"], view, said, find(lie))
    with pytest.raises(ContractReverted) as refused:
        world["mallory"].send("copy a challenge", "Referee", function, *arguments, intent="copy")
    assert refused.value.name == "Referee_NotCommitted"
    challenges.file_challenge(world["alice"], bounty, said, find(lie))


def test_challenge__committed_before_the_verdict__does_not_count(world):
    """A liar knows what to challenge before anybody else does."""
    bounty, told = granted(world, world.good_model)
    lie = wrong_row(told)
    said, mallory = finding(lie), world["mallory"]
    function, arguments = challenges.challenge_call(mallory, world.view(bounty), said, find(lie))
    data = encode_call(mallory.client.node.web3, "Referee", function, arguments)
    inner = keccak(bytes.fromhex(data[2:]))
    hidden = keccak(encode(["address", "bytes32"], [mallory.account, inner]))
    mallory.send("commit early", "Referee", "commit", hidden, intent="early")
    world.chain.advance(1)
    attest(world, bounty, lie)
    with pytest.raises(ContractReverted) as refused:
        mallory.send("challenge", "Referee", function, *arguments, intent="with what was ready")
    assert refused.value.name == "Referee_CommittedBefore"
    challenges.file_challenge(world["alice"], bounty, said, find(lie))
    assert world.view(bounty).panel.phase is Phase.VOIDED


def test_challenge__of_another_finding__is_refused(world):
    bounty, told = granted(world, world.good_model)
    lie = wrong_row(told)
    said = attest(world, bounty, lie)
    for other in (replace(said, score=said.score + 1), replace(said, evidence_root=b"\2" * 32)):
        with pytest.raises(ContractReverted) as refused:
            challenges.file_challenge(world["alice"], bounty, other, find(lie))
        assert refused.value.name == "Referee_NotVerdict"
