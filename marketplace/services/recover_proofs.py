"""Find an account's part in proved bounties again: what it asked for, and the models it committed to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from marketplace.constants import LABEL_R
from marketplace.crypto.points import Point
from marketplace.errors import DataError, MarketplaceError
from marketplace.services import proof_request, proof_submit
from marketplace.services.amounts import show_time
from marketplace.services.market import Market
from marketplace.services.proof_turns import turns_of
from marketplace.services.proofs import ProofView, has_proofs, load_proof
from marketplace.services.recovered import Recovered
from marketplace.types import format_id


def find_asked(market: Market, folder: Path) -> Iterator[Recovered]:
    """Proved bounties of this account: keys derived and compared, the model that was paid for read again."""
    for view in _named(market, "ProofAsked", "requester"):
        name, path, problem = format_id(view.bounty_id), None, None
        try:
            _require(market.artifact_key("Proofs", view.terms.salt, b""), view.terms.key)
            _require(market.proof_key(LABEL_R, view.terms.salt), view.terms.seal)
            if view.winner is not None:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                path = folder / f"proved-{name[2:14]}.model"
                proof_request.receive_proved(market, view.bounty_id, path)
        except (MarketplaceError, OSError) as error:
            path, problem = None, str(error).splitlines()[0]
        yield Recovered("proved bounty", name, view.stage, _due(market, view), path, problem)


def find_pledges(market: Market, _: Path) -> Iterator[Recovered]:
    """Models that this account has committed to: keys are derived, the files are its own to keep."""
    for view in _named(market, "ModelCommitted", "maker"):
        pledge, problem = view.pledge_of(market.account), None
        try:
            _require(proof_submit.own_key(market, view), pledge.commitment.blind)
        except MarketplaceError as error:
            problem = str(error).splitlines()[0]
        name, state = format_id(view.bounty_id), pledge.turn.name.lower()
        yield Recovered("committed model", name, state, _due(market, view), problem=problem)


def _named(market: Market, event: str, argument: str) -> list[ProofView]:
    if not has_proofs(market):
        return []
    mine = {argument: market.account}
    found = market.client.events("Proofs", event, argument_filters=mine)
    return [load_proof(market, one["bountyId"]) for one in found]


def _require(scalar: int, point: Point) -> None:
    if Point.from_scalar(scalar) != point:
        raise DataError(
            "another market secret made its keys", "restore the backup of the wallet that it was made with"
        )


def _due(market: Market, view: ProofView) -> str:
    for turn in turns_of(view, market.account):
        until = f", until {show_time(turn.until)}" if turn.until else ""
        return f"tessera proved {turn.step} {format_id(view.bounty_id)[:14]}{until}"
    return ""
