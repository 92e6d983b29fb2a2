"""A maker and a whole panel deliver a file that is not what was submitted: one piece of it convicts them."""

import io
from dataclasses import replace

import pytest

from marketplace.crypto import envelope
from marketplace.crypto.wrong_piece import PieceProof
from marketplace.errors import ContractReverted
from marketplace.models import decode_model, model_hash
from marketplace.services import challenges, contest, disproof, request
from marketplace.services.accounts import conservation
from marketplace.services.audit import Result, audit
from marketplace.services.lies import ContentParts, LengthDispute, PieceDispute
from marketplace.services.structs import Outcome, Stage, Verdict
from marketplace.services.two_faced import seal_another
from tests.integration.audit_lies import NONCE, attest, delivered, granted, hand_in, judged, key_of
from tests.integration.contest_world import MONEY, E

BOND = 1_000 * E


def other_file(world, bounty, model, at=-1):
    """Store an artifact that commits to a model and holds something else; return what names it."""
    given = bytearray(model)
    given[at] ^= 1
    _, k = key_of(world, bounty)
    artifact, root = seal_another(model, bytes(given), k, NONCE)
    return root, len(model), world["mallory"].store.add(artifact).digest


def test_wrong_file__delivered_by_maker_and_panel__one_piece_convicts_them(world):
    model, bounty = world.good_model, world.open()
    hand_in(world, bounty, other_file(world, bounty, model), model_hash(decode_model(model)))
    judged(world, bounty, model)
    requester = world["requester"]
    found = audit(requester, world.view(bounty))
    assert isinstance(found.found, PieceDispute)
    assert found.is_right is False
    assert found.checks[-2].result is Result.WRONG
    filing = disproof.plan_filing(requester, found)
    assert (filing.reward, filing.burned) == (3 * BOND // 4, 9 * BOND // 4)
    assert "the model's key" in filing.public
    assert filing.shown.startswith("piece 0 of the model's file")
    assert disproof.harms_itself(world["mallory"], audit(world["mallory"], world.view(bounty)))
    before, steps = world.money("requester"), []
    voided = disproof.file_dispute(requester.watched(steps.append), found)
    assert sum(one.receipt.gas_used for one in steps) <= filing.gas
    assert voided.is_collected
    assert world.money("requester") == before + filing.reward
    world.chain.mine(5)
    view = world.judge(bounty, grant=False)
    assert (view.stage, view.verdict) == (Stage.WINDOW, Verdict.UNSCORABLE)  # its key is public: no cure
    had = world.money("mallory")
    world.late(bounty)
    assert contest.advance(world["anybody"], bounty) == "finalize"
    assert contest.advance(world["anybody"], bounty) == "choose"
    assert world.view(bounty).outcome is Outcome.NOBODY  # a false claim: reward and deposit went back
    assert world.money("requester") == MONEY + filing.reward
    assert world.money("mallory") == had < MONEY - view.terms.claim_bond
    assert conservation(world["anybody"]).holds


def test_wrong_piece__of_many__is_found_and_shown(world):
    model, bounty = world.fair_model, world.open()
    hand_in(world, bounty, other_file(world, bounty, model, at=0), model_hash(decode_model(model)))
    finding = judged(world, bounty, model)
    found = audit(world["requester"], world.view(bounty)).found
    for wrong in (
        replace(found.proof, key=found.proof.key + 1),
        replace(found.proof, nonce=bytes(32)),
        replace(found.proof, cipher=found.proof.cipher + b"\0"),
    ):
        with pytest.raises(ContractReverted) as refused:
            challenges.file_challenge(world["bob"], bounty, finding, replace(found, proof=wrong))
        assert refused.value.name in ("Referee_WrongKey", "Referee_NotInFile")
    challenges.file_challenge(world["bob"], bounty, finding, found)  # who was told the key
    assert world.view(bounty).stage is Stage.JUDGING


def test_length__another_than_the_files__needs_no_key(world):
    model, bounty = world.good_model, world.open()
    root, length, digest = other_file(world, bounty, model)
    hand_in(world, bounty, (root, length + 1, digest), model_hash(decode_model(model)))
    judged(world, bounty, model)
    stranger = world["bob"]
    found = audit(stranger, world.view(bounty))
    assert isinstance(found.found, LengthDispute)
    assert found.found.parts.length == len(model)
    filing = disproof.plan_filing(stranger, found)
    assert "nothing of the model" in filing.public
    steps = []
    assert disproof.file_dispute(stranger.watched(steps.append), found).is_collected
    assert sum(one.receipt.gas_used for one in steps) <= filing.gas


def test_honest_delivery__has_no_piece_to_show(world):
    bounty = granted(world, alice=world.good_model)
    attest(world, bounty, None)
    delivered(world, bounty)
    requester, view = world["requester"], world.view(bounty)
    found = audit(requester, view)
    assert found.is_right is True
    finding = found.standing.finding
    stored = request.model_artifact(view.candidate.submission)
    with requester.store.open(stored.cid) as source:
        data = source.read()
    facts = envelope.check(io.BytesIO(data), stored.content_root, stored.length)
    plain_hash, cipher = data[-64:-32], data[64 : 64 + stored.length]
    proof = PieceProof(found.truth.k, facts.nonce, stored.length, 0, plain_hash, cipher, ())
    with pytest.raises(ContractReverted) as refused:
        challenges.file_challenge(requester, bounty, finding, PieceDispute(proof, "it is right"))
    assert refused.value.name == "Referee_PieceRight"
    parts = ContentParts(facts.nonce, facts.length, facts.pieces, facts.tree_root)
    with pytest.raises(ContractReverted) as refused:
        challenges.file_challenge(requester, bounty, finding, LengthDispute(parts, "it is right"))
    assert refused.value.name == "Referee_LengthRight"
