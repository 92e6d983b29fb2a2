"""Gas of disproving what a panel says of a contest's files: the candidate's, and the rows'."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bench_common import Results, figure

from marketplace.constants import PIECE_BYTES
from marketplace.crypto.points import Point
from marketplace.datasets import (
    BREAST_CANCER_TARGET,
    RowSchema,
    build_schema,
    load_breast_cancer_table,
    split,
)
from marketplace.models import Metric
from marketplace.models.canonical import encode_model
from marketplace.services import challenges, contest, evaluate, operators, request, submit
from marketplace.services.bounties import BountyView, load_bounty
from marketplace.services.cast import Cast
from marketplace.services.deliveries import find_wrong_delivery
from marketplace.services.lies import RowsDispute
from marketplace.services.market import Market
from marketplace.services.structs import Attestation, Submission, Verdict, submission_id
from marketplace.services.train import train
from marketplace.services.two_faced import seal_another
from marketplace.services.wrong_rows import find_wrong_rows

NONCE = b"\5" * 32
NOTHING = bytes(32)
TOKEN = 10**18
MOST = 10**9
GOAL = 500_000


def measure_files(cast: Cast, evaluators: list[str]) -> Results:
    """Let panels score files that do not open, and call good rows bad."""
    table = load_breast_cancer_table()
    schema = build_schema(table, BREAST_CANCER_TARGET)
    tests = split(table, 30, 1)[1]
    whole, alone = (challenge_delivery(cast, schema, tests, pieces, evaluators) for pieces in (4096, 1))
    piece = (
        f"a whole piece of 4 KiB of a delivered file of 16 MiB disproved; {alone:,} for a file of one piece"
    )
    used, count, size = challenge_rows(cast, schema, tests, evaluators)
    rows = f"{count} rows of 30 features, a file of {size:,} bytes, shown whole: they were called bad"
    return {
        "gas.challenge_delivery": figure(whole, "gas", GOAL, piece, better="lower"),
        "gas.challenge_rows": figure(used, "gas", None, rows, better="lower"),
    }


def challenge_delivery(
    cast: Cast, schema: RowSchema, tests: object, pieces: int, evaluators: list[str]
) -> int:
    """Run a contest whose panel scores a file that does not open; return the gas of showing a piece."""
    requester, maker = cast["requester"], cast["maker0"]
    bounty_id = open_contest(cast, schema, tests, 9 + (pieces == 1), evaluators)
    plain = bytes(range(256)) * (PIECE_BYTES // 256) * pieces
    own_id = submission_id(maker.chain_id, maker.address("Bounties"), bounty_id, maker.account)
    k = maker.artifact_key("Bounties", own_id, NONCE)
    artifact, root = seal_another(plain, plain[:-1] + b"x", k, NONCE)
    keys = (Point.from_scalar(k), Point.from_scalar(maker.submission_key(own_id)))
    file = (root, len(plain), maker.store.add(artifact).digest, NOTHING, NOTHING)
    handed = Submission(maker.account, *file, *keys)
    maker.send("hand in another file", "Bounties", "submit", bounty_id, handed, intent=f"other:{bounty_id}")
    view = to_panel(cast, bounty_id, partial(submit.claim_score, score=MOST))
    said = Attestation(Verdict.SCORED, MOST, (view.terms.row_count,), b"\1" * 32, NOTHING)
    attest(cast, bounty_id, evaluators, said)
    request.lock_delivery(requester, bounty_id)
    submit.deliver(maker, bounty_id)
    found = find_wrong_delivery(requester, handed, k)
    if found is None or len(found.proof.cipher) != PIECE_BYTES:
        raise SystemExit("the wrong piece was not found, or is not whole: nothing was measured")
    receipt = challenges.file_challenge(requester, bounty_id, said, found)
    contest.collect(cast["anybody"], bounty_id)
    return receipt.gas_used


def challenge_rows(
    cast: Cast, schema: RowSchema, tests: object, evaluators: list[str]
) -> tuple[int, int, int]:
    """Run a contest whose panel calls good rows bad; return the gas of showing them, rows and bytes."""
    requester, maker = cast["requester"], cast["maker0"]
    bounty_id = open_contest(cast, schema, tests, 11, evaluators)
    submit.submit_model(maker, bounty_id, encode_model(train(tests, schema, "linear").model))
    view = to_panel(cast, bounty_id, submit.claim_bad_rows)
    said = Attestation(Verdict.BAD_ROWS, 0, (), NOTHING, NOTHING)
    attest(cast, bounty_id, evaluators, said)
    found = find_wrong_rows(requester, view, Verdict.BAD_ROWS)
    if not isinstance(found, RowsDispute):
        raise SystemExit("the rows can't be shown: nothing was measured")
    receipt = challenges.file_challenge(requester, bounty_id, said, found)
    contest.collect(cast["anybody"], bounty_id)
    return receipt.gas_used, view.terms.row_count, len(found.artifact)


def open_contest(cast: Cast, schema: RowSchema, tests: object, threshold: int, evaluators: list[str]) -> int:
    """Open a contest; a threshold makes one draft one bounty."""
    for name in evaluators:
        operators.join(cast[name])  # a panel that lies takes three seats with it
    cast.pass_time(cast["anybody"].now())
    draft = request.BountyDraft(
        schema=schema,
        tests=tests,
        metric=Metric.ACCURACY,
        threshold=threshold,
        reward=1_000 * TOKEN,
        deposit=200 * TOKEN,
        panel_fee=TOKEN,
    )
    return request.open_bounty(cast["requester"], request.draft_bounty(cast["requester"], draft))


def to_panel(cast: Cast, bounty_id: int, claim: Callable[[Market, int], object]) -> BountyView:
    """Open the rows, let the maker claim, and draw; return the contest."""
    requester, maker, anybody = cast["requester"], cast["maker0"], cast["anybody"]
    cast.pass_time(load_bounty(requester, bounty_id).deadline)
    request.open_rows(requester, bounty_id)
    claim(maker, bounty_id)
    cast.pass_time(load_bounty(requester, bounty_id).deadline)
    contest.choose(anybody, bounty_id)
    cast.chain.mine(5)
    while not contest.draw(anybody, bounty_id):
        pass
    return load_bounty(anybody, bounty_id)


def attest(cast: Cast, bounty_id: int, evaluators: list[str], said: Attestation) -> None:
    """Let the whole panel attest the same."""
    anybody = cast["anybody"]
    owners = set(evaluate.owners_of(anybody, load_bounty(anybody, bounty_id)).values())
    panel = [cast[name] for name in evaluators if cast[name].account in owners]
    for market in panel:
        evaluate.commit(market, bounty_id, said)
    for market in panel:
        evaluate.reveal(market, bounty_id)
