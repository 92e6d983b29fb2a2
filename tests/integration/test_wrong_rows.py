"""Panels that lie about the opened rows: the whole file shows it, or one piece of it; anybody may show it."""

from dataclasses import replace

import pytest

from marketplace.crypto.pieces import Layout
from marketplace.errors import ContractReverted, DataError
from marketplace.models.disputes import Withheld
from marketplace.services import artifacts, challenges, contest, disproof, lies, request, submit
from marketplace.services.accounts import conservation
from marketplace.services.audit import Result, audit
from marketplace.services.lies import PieceDispute, RowsDispute
from marketplace.services.structs import Attestation, Phase, Stage, Verdict
from marketplace.services.two_faced import seal_another
from marketplace.services.wrong_rows import find_wrong_rows
from tests.integration.audit_lies import attest, delivered, granted
from tests.integration.contest_world import E

BOND = 1_000 * E


def finding(verdict):
    return Attestation(verdict, 0, (), bytes(32), bytes(32))


def accused(world, terms, verdict):
    """Return a contest whose rows alice calls bad, and what the panel says of them."""
    bounty = request.open_bounty(world["requester"], terms)
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    submit.claim_bad_rows(world["alice"], bounty)
    world.close_claims(bounty)
    world.draw(bounty)
    attest(world, bounty, finding(verdict))
    assert world.view(bounty).stage is Stage.WINDOW
    return bounty


def draft(world):
    return request.draft_bounty(world["requester"], world.draft())


def other_root(world):
    return replace(draft(world), rows_root=bytes(31) + b"\1")


def other_piece(world):
    """Return terms whose rows' file commits to other bytes than it holds, in its last piece."""
    requester, terms = world["requester"], draft(world)
    stored = request.rows_artifact(terms)
    with requester.store.open(stored.cid) as source:
        nonce = source.read(64)[32:]
    k = request.rows_key(requester, terms)
    plain = artifacts.open_bytes(requester.store, stored, k, terms.key)
    artifact, root = seal_another(plain, plain[:-1] + bytes([plain[-1] ^ 1]), k, nonce)
    digest = requester.store.add(artifact).digest
    return replace(terms, content_root=root, content_digest=digest)


def file(world, name, bounty):
    """Audit and challenge; return what was found and what it cost the signers."""
    market = world[name]
    found = audit(market, world.view(bounty))
    assert found.is_right is False
    assert any(one.result is Result.WRONG for one in found.checks)
    filing = disproof.plan_filing(market, found)
    assert "public already" in filing.public
    before, steps = world.money(name), []
    voided = disproof.file_dispute(market.watched(steps.append), found)
    assert 0.5 * filing.gas < sum(one.receipt.gas_used for one in steps) <= filing.gas
    assert voided.is_collected
    assert world.money(name) == before + filing.reward == before + 3 * BOND // 4
    assert world.view(bounty).panel.phase is Phase.DRAWING
    world.chain.mine(5)
    return found.found


def test_good_rows__called_bad__the_requester_shows_them_whole(world):
    bounty = accused(world, draft(world), Verdict.BAD_ROWS)
    assert not disproof.harms_itself(world["requester"], audit(world["requester"], world.view(bounty)))
    shown = file(world, "requester", bounty)
    assert isinstance(shown, RowsDispute)
    assert shown.good
    assert world.judge(bounty, grant=False).verdict is Verdict.ROWS_GOOD
    assert find_wrong_rows(world["bob"], world.view(bounty), Verdict.ROWS_GOOD) is None
    world.late(bounty)
    contest.finalize(world["anybody"], bounty)
    assert conservation(world["anybody"]).holds


def test_rows_of_another_root__called_good__the_claimer_shows_them_whole(world):
    bounty = accused(world, other_root(world), Verdict.ROWS_GOOD)
    assert disproof.harms_itself(world["requester"], audit(world["requester"], world.view(bounty)))
    shown = file(world, "alice", bounty)
    assert isinstance(shown, RowsDispute)
    assert not shown.good
    assert world.judge(bounty, grant=False).verdict is Verdict.BAD_ROWS


def test_rows_with_a_wrong_piece__called_good__one_piece_shows_it(world):
    bounty = accused(world, other_piece(world), Verdict.ROWS_GOOD)
    shown = file(world, "alice", bounty)
    assert isinstance(shown, PieceDispute)
    assert shown.proof.index == Layout(shown.proof.length).pieces - 1
    assert world.judge(bounty, grant=False).verdict is Verdict.BAD_ROWS


def test_score_on_bad_rows__is_void(world):
    """Who scores a model has opened the rows: their root is not that of the file."""
    bounty = request.open_bounty(world["requester"], other_root(world))
    world.submit(bounty, alice=world.good_model)
    world.open_rows(bounty)
    submit.claim_score(world["alice"], bounty, 900_000_000)
    world.close_claims(bounty)
    world.draw(bounty)
    submit.grant_key(world["alice"], bounty)
    count = world.view(bounty).terms.row_count
    attest(world, bounty, Attestation(Verdict.SCORED, 10**9, (count,), b"\1" * 32, bytes(32)))
    delivered(world, bounty)
    assert not file(world, "bob", bounty).good
    assert world.judge(bounty).verdict is Verdict.BAD_ROWS


def test_what_is_true_of_rows__can_not_be_disproved(world):
    good = granted(world, alice=world.good_model)
    attest(world, good, None)
    delivered(world, good)
    bob, view = world["bob"], world.view(good)
    whole = find_wrong_rows(bob, view, Verdict.BAD_ROWS)
    told = audit(bob, view).standing.finding
    with pytest.raises(ContractReverted) as refused:
        challenges.file_challenge(bob, good, told, whole)
    assert refused.value.name == "Referee_VerdictRight"
    for spoilt in (replace(whole, key=whole.key + 1), replace(whole, artifact=whole.artifact + b"\0")):
        with pytest.raises(ContractReverted) as refused:
            challenges.file_challenge(bob, good, told, spoilt)
        assert refused.value.name in ("Referee_WrongKey", "Referee_NotInFile")


def test_bad_rows__called_bad__is_right(world):
    bounty = accused(world, other_root(world), Verdict.BAD_ROWS)
    bob, view = world["bob"], world.view(bounty)
    assert find_wrong_rows(bob, view, Verdict.BAD_ROWS) is None
    whole = find_wrong_rows(bob, view, Verdict.ROWS_GOOD)
    with pytest.raises(ContractReverted) as refused:
        challenges.file_challenge(bob, bounty, finding(Verdict.BAD_ROWS), whole)
    assert refused.value.name == "Referee_VerdictRight"


def test_rows__too_large_to_be_shown__says_so(world, monkeypatch):
    bounty = accused(world, draft(world), Verdict.BAD_ROWS)
    monkeypatch.setattr("marketplace.services.wrong_rows.MOST_SHOWN_BYTES", 1_000)
    found = audit(world["requester"], world.view(bounty))
    assert isinstance(found.found, Withheld)
    assert "too large" in found.found.why
    with pytest.raises(DataError, match="nothing that is published shows it"):
        disproof.plan_filing(world["requester"], found)
    assert lies.MOST_SHOWN_BYTES == 120_000
