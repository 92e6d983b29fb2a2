"""Panels that lie about a score, with the evidence of their lie in the store."""

import io
from dataclasses import replace
from hashlib import sha256

from marketplace.models import Metric, build_evidence, decode_model, score_from_sums
from marketplace.models.disputes import Attested
from marketplace.models.evidence import HEAD, MAGIC, VERSION
from marketplace.models.evidence_tree import read_evidence, tree_of_file
from marketplace.services import artifacts, evaluate, request, submit
from marketplace.services.evidence_files import evidence_key
from marketplace.services.structs import Attestation, Verdict
from tests.integration.score_lies import number
from tests.integration.score_worlds import World as Told
from tests.integration.score_worlds import change_record


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
    k = evaluate.candidate_key(world.panel(bounty)[0], view).to_bytes(32, "big")
    own_id = view.candidate.submission_id.to_bytes(32, "big")
    rows = submit.open_test_rows(world["anybody"], view)
    model = decode_model(data)
    rules = (view.terms.metric, view.terms.classes, view.terms.error_bound)
    evidence = build_evidence(model, *rows.arrays(), *rules, k, own_id)
    told = read_evidence(evidence.file_bytes)
    attested = Attested(evidence.root, evidence.sums, *rules, k, own_id)
    return Told(*rules, model, rows, told, tree_of_file(told, k, own_id), attested)


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


def other_sums(told):
    """Return the right evidence with other sums attested than its root has."""
    sums = (told.attested.sums[0] - 1,)
    return replace(told, attested=replace(told.attested, sums=sums))
