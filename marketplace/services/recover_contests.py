"""Find an account's part in contests again: submissions, bounties, and attestations it committed to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eth_abi.abi import encode
from eth_utils import keccak

from marketplace.crypto.points import Point
from marketplace.datasets import parse_rows
from marketplace.errors import DataError, MarketplaceError
from marketplace.services import artifacts, contest, evaluate, request, submit
from marketplace.services.amounts import show_time
from marketplace.services.bounties import BountyView, load_bounty, round_events
from marketplace.services.market import Market
from marketplace.services.operators import list_seats
from marketplace.services.recovered import Recovered
from marketplace.services.structs import Outcome, Phase, Stage
from marketplace.types import format_id


def find_submissions(market: Market, _: Path) -> Iterator[Recovered]:
    """Models this account submitted: each is opened with its derived key, its promised listing made again."""
    mine = {"maker": market.account}
    for event in market.client.events("Bounties", "ModelSubmitted", argument_filters=mine):
        view = load_bounty(market, event["bountyId"])
        name, problem = format_id(view.bounty_id), None
        try:
            submit.own_model(market, view)
            _check_point(
                market.submission_key(event["submissionId"]), view.entrant_of(market.account).submission.seal
            )
            if view.outcome in (Outcome.NONE, Outcome.PAID, Outcome.HALVED):
                submit.kept_listing(market, view)
        except MarketplaceError as error:
            problem = _why(error)
        yield Recovered("submission", name, _stage(view), _due(view), problem=problem)


def find_bounties(market: Market, _: Path) -> Iterator[Recovered]:
    """Bounties of this account: the keys of rows and delivery, and the draft."""
    mine = {"requester": market.account}
    for event in market.client.events("Bounties", "BountyOpened", argument_filters=mine):
        view = load_bounty(market, event["bountyId"])
        problem = None
        try:
            _check_point(market.request_key(view.terms.salt), view.terms.seal)
            if view.stage is not Stage.DONE:
                k = request.rows_key(market, view.terms)
                stored = request.rows_artifact(view.terms)
                rows = parse_rows(artifacts.open_bytes(market.store, stored, k, view.terms.key))
                request.keep_draft(market, view.terms, rows.rows)
        except MarketplaceError as error:
            problem = _why(error)
        yield Recovered("bounty", format_id(view.bounty_id), _stage(view), _due(view), problem=problem)


def find_attestations(market: Market, _: Path) -> Iterator[Recovered]:
    """Attestations that are committed and not revealed: judged again, and compared with the commitment."""
    if not list_seats(market, market.account):
        return
    mine = {"evaluator": market.account}
    committed = market.client.events("Panels", "Committed", argument_filters=mine)
    for bounty_id in dict.fromkeys(event["bountyId"] for event in committed):
        view = load_bounty(market, bounty_id)
        if view.stage is not Stage.JUDGING or view.panel.phase not in (Phase.COMMITTING, Phase.REVEALING):
            continue
        for place in evaluate.own_places(market, view):
            if place in view.panel.committed and place not in view.panel.revealed:
                yield _attestation(market, view, place)


def _attestation(market: Market, view: BountyView, place: int) -> Recovered:
    name, problem = format_id(view.bounty_id), None
    try:
        _judge_again(market, view, place)
    except MarketplaceError as error:
        problem = _why(error)
    due = f"tessera operator reveal {name[:14]}, until {show_time(view.panel.deadline)}"
    return Recovered("attestation", name, f"committed, place {place}", due, problem=problem)


def _judge_again(market: Market, view: BountyView, place: int) -> None:
    """Write the attestation of a place again, if judging again gives what was committed to.

    Scores are exact and the evidence's nonce derives, so that the same bytes come out.

    Raises
    ------
    DataError
        If something else comes out.
    """
    told = evaluate.judge(market, view)
    digest = evaluate.attestation_digest(market, view, place, told)
    hidden = keccak(encode(["bytes32", "bytes32"], [digest, evaluate.commit_salt(market, view, place)]))
    hashes = [bytes(e["hash"]) for e in round_events(market, "Committed", view) if e["place"] == place]
    if hidden not in hashes:
        raise DataError(
            "judging again gives another attestation than was committed to",
            "reveal it from the computer that committed it",
        )
    evaluate.keep_attestation(market, view, place, told)


def _check_point(scalar: int, point: Point) -> None:
    if Point.from_scalar(scalar) != point:
        raise DataError(
            "another market secret made its keys", "restore the backup of the wallet that it was made with"
        )


def _stage(view: BountyView) -> str:
    return contest.due(view).stage


def _due(view: BountyView) -> str:
    waits = contest.due(view)
    return "" if waits.what == "-" else f"{waits.who}: {waits.what}"


def _why(error: Exception) -> str:
    return str(error).splitlines()[0]
