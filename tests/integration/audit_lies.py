"""Panels that lie about a score, with the evidence of their lie in the store."""

import io
from dataclasses import replace
from hashlib import sha256

from marketplace.crypto.points import Point
from marketplace.models import Metric, build_evidence, decode_model, score_from_sums
from marketplace.models.demands import Honest, answer
from marketplace.models.disputes import Attested
from marketplace.models.evidence import HEAD, MAGIC, VERSION
from marketplace.models.evidence_tree import read_evidence, tree_of_file
from marketplace.services import artifacts, evaluate, request, submit
from marketplace.services.accounts import ensure_funds
from marketplace.services.evidence_files import evidence_key
from marketplace.services.structs import Attestation, Submission, Verdict, submission_id
from tests.integration.contest_world import E
from tests.integration.score_lies import number
from tests.integration.score_worlds import World as Told
from tests.integration.score_worlds import change_record

HIDDEN = b"\1" * 32
"""Digest of evidence that nobody publishes."""

NONCE = b"\5" * 32
"""Under which mallory seals."""


def granted(world, **models):
    """Return a contest whose panel has the key of the first maker's model."""
    bounty = world.open()
    world.submit(bounty, **models)
    world.open_rows(bounty)
    for name in models:
        submit.claim_score(world[name], bounty)
    world.close_claims(bounty)
    world.draw(bounty)
    submit.grant_key(world.by_address(world.view(bounty).candidate.maker), bounty)
    return bounty


def truth(world, bounty, data):
    """Return the candidate's evidence, every node of it."""
    view = world.view(bounty)
    k = evaluate.candidate_key(world.panel(bounty)[0], view)
    return told_of(view, decode_model(data), submit.open_test_rows(world["anybody"], view), k)


def told_of(view, model, rows, k):
    """Return what is true of a model, as evidence of the candidate."""
    bound_to = (k.to_bytes(32, "big"), view.candidate.submission_id.to_bytes(32, "big"))
    rules = (view.terms.metric, view.terms.classes, view.terms.error_bound)
    evidence = build_evidence(model, *rows.arrays(), *rules, *bound_to)
    told = read_evidence(evidence.file_bytes)
    attested = Attested(evidence.root, evidence.sums, *rules, *bound_to)
    return Told(*rules, model, rows, told, tree_of_file(told, *bound_to), attested)


def row_said_wrong(told):
    """Return evidence that says of a row which is predicted right that it is not: the score is too low."""
    i = next(i for i, _ in enumerate(told.rows.rows) if told.told.contributions(i) == (1,))
    return _flipped(told, i, -1)


def row_said_right(told):
    """Return evidence that says of a row which is predicted wrong that it is right: the score is too high."""
    i = next(i for i, _ in enumerate(told.rows.rows) if told.told.contributions(i) == (0,))
    return _flipped(told, i, 1)


def _flipped(told, i, change):
    record = told.told.records[i]
    raw = int.from_bytes(record[:16], "big", signed=True)
    return change_record(told, i, number(number(record, 0, 1 - 2 * raw, True), 16, change, False))


def said(world, told, digest=None):
    """Return what a panel attests that tells a lie; its evidence is published unless a digest is given."""
    root, sums = told.attested.root, told.attested.sums
    score = score_from_sums(Metric(told.metric), sums, len(told.rows.rows), told.classes, told.bound)
    if digest is None:
        digest = publish(world, told)
    return Attestation(Verdict.SCORED, score, sums, root, digest)


def publish(world, told):
    """Put an evidence file into the store, sealed as evaluators do it; return its digest."""
    file = told.told
    head = (file.metric, file.classes, file.outputs, bool(file.trees), len(file.records), file.trees)
    data = HEAD.pack(MAGIC, VERSION, *head) + b"".join(file.records)
    k, own_id = (int.from_bytes(one, "big") for one in (told.attested.k, told.attested.submission_id))
    nonce = sha256(data).digest()
    store = world["anybody"].store
    return artifacts.seal_into(store, io.BytesIO(data), evidence_key(k, own_id), nonce).cid.digest


def answer_of_liars(lie, question):
    """Answer out of a tree that leads to the attested root, however wrong it is."""
    return answer(Honest(lie.attested, lie.model, lie.rows, lie.told, lie.tree), question)


def attest(world, bounty, attestation):
    """Let the whole panel attest the same."""
    for one in world.commit(bounty, attestation):
        evaluate.reveal(one, bounty)


def delivered(world, bounty):
    """Deliver the model to the requester: the window begins."""
    request.lock_delivery(world["requester"], bounty)
    submit.deliver(world.by_address(world.view(bounty).candidate.maker), bounty)


def lie_about(world, bounty, data, how, **options):
    """Let the panel tell a lie about the candidate; return what it attested."""
    told = truth(world, bounty, data)
    lie = how(told)
    attestation = said(world, lie, **options)
    attest(world, bounty, attestation)
    return attestation


def key_of(world, bounty):
    """Return the id of mallory's submission and the key of what she hands in."""
    mallory = world["mallory"]
    own_id = submission_id(mallory.chain_id, mallory.address("Bounties"), bounty, mallory.account)
    return own_id, mallory.artifact_key("Bounties", own_id, NONCE)


def hand_in(world, bounty, file, hashed):
    """Let mallory submit a file and a hash of a model, which need not belong together.

    Parameters
    ----------
    file : tuple
        Content root, length and digest; or bytes, which are sealed as everybody's are.
    hashed : bytes
    """
    mallory = world["mallory"]
    own_id, k = key_of(world, bounty)
    if isinstance(file, bytes):
        stored = artifacts.seal_into(mallory.store, io.BytesIO(file), k, NONCE)
        file = (stored.content_root, stored.length, stored.cid.digest)
    keys = (Point.from_scalar(k), Point.from_scalar(mallory.submission_key(own_id)))
    handed = Submission(mallory.account, *file, hashed, bytes(32), *keys)
    ensure_funds(mallory, "Bounties", E)
    mallory.send("submit", "Bounties", "submit", bounty, handed, intent=f"crooked:{bounty}")


def judged(world, bounty, model):
    """Have a panel say that what mallory handed in is a model, and what it scores; she delivers it."""
    world.open_rows(bounty)
    submit.claim_score(world["mallory"], bounty, 900_000_000)
    world.close_claims(bounty)
    world.draw(bounty)
    submit.grant_key(world["mallory"], bounty)
    finding = said(world, truth(world, bounty, model))
    attest(world, bounty, finding)
    delivered(world, bounty)
    return finding


def other_sums(told):
    """Return the right evidence with other sums attested than its root has."""
    sums = (told.attested.sums[0] - 1,)
    return replace(told, attested=replace(told.attested, sums=sums))


def of_another_form(told):
    """Return the right sums of an accuracy beside the root of evidence that counts each class by itself."""
    bound_to = (told.attested.k, told.attested.submission_id)
    rules = (Metric.BALANCED_ACCURACY, told.classes, told.bound)
    other = build_evidence(told.model, *told.rows.arrays(), *rules, *bound_to)
    file = read_evidence(other.file_bytes)
    attested = replace(told.attested, root=other.root)
    return replace(told, told=file, tree=tree_of_file(file, *bound_to), attested=attested)
