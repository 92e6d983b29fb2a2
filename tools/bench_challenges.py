"""Gas of disproving a score: one challenge, as a whole transaction, of what three evaluators attested."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from bench_common import Results, figure
from bench_demands import measure_demand
from sklearn.ensemble import HistGradientBoostingClassifier

from marketplace.datasets import (
    BREAST_CANCER_TARGET,
    RowSchema,
    build_schema,
    load_breast_cancer_table,
    split,
)
from marketplace.models import IntegerModel, Metric, TreeModel, build_evidence, convert, score_from_sums
from marketplace.models.canonical import encode_model
from marketplace.models.demands import Honest
from marketplace.models.disputes import Attested, RowDispute, find_in_tree
from marketplace.models.evidence_tree import (
    EvidenceFile,
    EvidenceNode,
    leaf_bytes,
    read_evidence,
    tree_of_leaves,
)
from marketplace.models.metrics import contributions
from marketplace.models.score import decide
from marketplace.models.tree_proofs import Lanes, open_lanes, row_contributions
from marketplace.services import challenges, contest, evaluate, operators, request, submit
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.cast import Cast
from marketplace.services.structs import Attestation, Verdict
from marketplace.services.train import feature_space, train

TOKEN = 10**18
TREES = 200
SHOWN = (
    "all 170 rows of a linear model on the chain would be 3,921,838 (tests/forge/Scores.t.sol), DanKu's "
    "smallest contest is 6,824,265"
)


def measure_challenges(cast: Cast, evaluators: list[str]) -> Results:
    """Let panels attest one wrong row, of a linear model and of 200 trees, and disprove it."""
    table = load_breast_cancer_table()
    schema = build_schema(table, BREAST_CANCER_TARGET)
    training, tests = split(table, 30, 1)
    linear = train(training, schema, "linear").model
    space = feature_space(schema)
    rows, labels = schema.encode(training)
    boosting = HistGradientBoostingClassifier(max_iter=TREES, max_leaf_nodes=31, early_stopping=False)
    boosting.fit(space.decode(rows), labels)
    forest = convert(boosting, space, rows=rows)
    found = {}
    for name, goal, model in (("linear", 130_000, linear), ("gbt200", 180_000, forest)):
        used, count, features, asked = challenge(cast, schema, tests, model, evaluators)
        for step, gas in asked.items():
            what = f"demand hidden evidence of {count} rows: {step.replace('_', ', ')}"
            found[f"gas.demand_{step}"] = figure(gas, "gas", None, what, better="lower")
        how = f"disprove one row of {count}, {features} features, three signers; {SHOWN}"
        found[f"gas.challenge_{name}"] = figure(used, "gas", goal, how, better="lower")
    return found


def challenge(
    cast: Cast, schema: RowSchema, tests: object, model: IntegerModel, evaluators: list[str]
) -> tuple[int, int, int, dict[str, int]]:
    """Run a contest whose panel lies; return the gas of the challenge, rows, features, gas of a demand."""
    requester, maker, anybody = cast["requester"], cast["maker0"], cast["anybody"]
    for name in evaluators:
        operators.join(cast[name])  # a panel that lies takes three seats with it
    cast.pass_time(anybody.now())
    draft = request.BountyDraft(
        schema=schema,
        tests=tests,
        metric=Metric.ACCURACY,
        threshold=7 + isinstance(model, TreeModel),  # one draft, one bounty
        reward=1_000 * TOKEN,
        deposit=200 * TOKEN,
        panel_fee=TOKEN,
    )
    bounty_id = request.open_bounty(requester, request.draft_bounty(requester, draft))
    submit.submit_model(maker, bounty_id, encode_model(model))
    cast.pass_time(load_bounty(requester, bounty_id).deadline)
    request.open_rows(requester, bounty_id)
    submit.claim_score(maker, bounty_id)
    cast.pass_time(load_bounty(requester, bounty_id).deadline)
    contest.choose(anybody, bounty_id)
    cast.chain.mine(5)
    while not contest.draw(anybody, bounty_id):
        pass
    submit.grant_key(maker, bounty_id)
    view = load_bounty(anybody, bounty_id)
    owners = set(evaluate.owners_of(anybody, view).values())
    panel = [cast[name] for name in evaluators if cast[name].account in owners]
    k = evaluate.candidate_key(panel[0], view)
    said, dispute, told = lie(view, model, submit.open_test_rows(anybody, view), k)
    for market in panel:
        evaluate.commit(market, bounty_id, said)
    for market in panel:
        evaluate.reveal(market, bounty_id)
    asked = measure_demand(requester, panel[0], bounty_id, said, told, dispute)
    receipt = challenges.file_challenge(requester, bounty_id, said, dispute)
    contest.collect(anybody, bounty_id)
    return receipt.gas_used, view.terms.row_count, model.head.features, asked


def lie(
    view: BountyView, model: IntegerModel, rows: object, k: int
) -> tuple[Attestation, RowDispute, Honest]:
    """Return an attestation with one row told wrong, all else following, what disproves it, and the lie."""
    terms = (view.terms.metric, view.terms.classes, view.terms.error_bound)
    own_id = view.require_candidate().submission_id.to_bytes(32, "big")
    secret = k.to_bytes(32, "big")
    evidence = build_evidence(model, *rows.arrays(), *terms, secret, own_id)
    told = read_evidence(evidence.file_bytes)
    # of the rows that are right the least certain: one tree can turn it
    right = [n for n in range(len(told.records)) if told.contributions(n) == (1,)]
    i = min(right, key=lambda n: abs(int.from_bytes(told.records[n][:16], "big", signed=True)))
    record, opened = wrong_record(model, told, rows.rows[i], i)
    records = [*told.records[:i], record, *told.records[i + 1 :]]
    told = EvidenceFile(told.metric, told.classes, told.outputs, told.trees, records)
    hashes = [leaf_bytes(one, n, secret, own_id) for n, one in enumerate(records)]
    tree = tree_of_leaves(
        [EvidenceNode(digest(one), 1, told.contributions(n)) for n, one in enumerate(hashes)]
    )
    attested = Attested(tree.root, tree.top.sums, *terms, secret, own_id)
    found = find_in_tree(attested, tree, told, rows, model, opened={i: opened} if opened else None)
    if not isinstance(found, RowDispute):
        raise SystemExit("the lie was not found: nothing was measured")
    score = score_from_sums(terms[0], tree.top.sums, len(records), *terms[1:])
    said = Attestation(Verdict.SCORED, score, tree.top.sums, tree.root, bytes(32))
    return said, found, Honest(attested, model, rows, told, tree)


def digest(data: bytes) -> bytes:
    """Hash a leaf."""
    return sha256(data).digest()


def wrong_record(model: IntegerModel, told: EvidenceFile, row: bytes, i: int) -> tuple[bytes, Lanes | None]:
    """Return a record whose raw output is another, by one tree if there are any, and what follows from it."""
    raw = int.from_bytes(told.records[i][:16], "big", signed=True)
    step, opened, tail = 1 - 2 * raw, None, b""
    if isinstance(model, TreeModel):
        values = row_contributions(model, row)
        step = int(np.clip(step, -(2**31) - int(values[77, 0]), 2**31 - 1 - int(values[77, 0])))
        values[77, 0] = int(values[77, 0]) + step
        opened = open_lanes(model, values)
        tail = digest(opened.lanes[0])
    label = int.from_bytes(row[:8], "big", signed=True)
    predicted = decide(model, np.array([[raw + step]]))
    judged = contributions(told.metric, predicted, np.array([label]), 2, 0)
    body = (raw + step).to_bytes(16, "big", signed=True) + int(judged[0, 0]).to_bytes(16, "big")
    return body + tail, opened
