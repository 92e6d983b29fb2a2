"""``tessera bounty``, the makers' side: submit, claim, grant, deliver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from marketplace.cli.common import AMOUNT, App, funds_lines, shared
from marketplace.cli.scores import SCORE, show_score
from marketplace.errors import DataError

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")


@click.command("submit")
@BOUNTY
@click.argument("path", metavar="MODEL", type=click.Path(path_type=Path))
@click.option("--table", type=click.Path(path_type=Path), help="Your table: first see what baselines score.")
@click.option("--name", help="With --price: public name of the model, if it wins and you list it.")
@click.option("--price", type=AMOUNT, help="Tokens a buyer will pay for it then.")
@click.option("--bond", type=AMOUNT, help="Its bond then; the price by default.")
@click.option("--licence", "--license", metavar="SPDX", help="Its licence then.")
@shared
def submit(app: App, bounty_id: str, path: Path, table: Path | None, **listing: Any) -> None:
    """Hand in an integer model, encrypted. One for each address, for good. Says first what you risk.

    \b
    tessera bounty submit 0x71c0 model.bin --table train.csv --name "Passes the exam" --price 40
    """
    from marketplace.cli.bounty_stakes import case_lines, table_lines
    from marketplace.cli.files import read_file
    from marketplace.constants import MAX_MODEL_BYTES
    from marketplace.models import decode_model, model_hash
    from marketplace.services import submit as service
    from marketplace.services.amounts import show_tokens
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    data = read_file(path, MAX_MODEL_BYTES)
    model = decode_model(data)
    digest = model_hash(model).hex()
    fee = market.client.call("Bounties", "SUBMISSION_FEE")
    looks = table_lines(app, market, view, model, table)
    app.confirm(
        f"Hand in {path}, model {digest}, for {market.account}. Its hash becomes public, the model does not.",
        *looks,
        f"Burned now: {show_tokens(fee)} tokens. Locked when you claim a score: a bond of "
        f"{show_tokens(view.terms.claim_bond)} tokens.",
        *case_lines(view.terms, fee),
        *funds_lines(market, "Bounties", fee),
    )
    with app.busy("checking the encrypted rows, encrypting the model"):
        found = service.submit_model(market, view.bounty_id, data, _listing(path, listing))
    shown = {"bounty": format_id(view.bounty_id), "maker": found.maker, "model_hash": digest}
    app.done(shown, f"handed in {digest}", "when the rows are open: tessera bounty claim")


def _listing(path: Path, given: dict[str, Any]) -> Any:
    """Return the terms of the listing that the submission promises, or None."""
    from marketplace.services.submit import ModelListing

    name, price, bond, licence = (given[key] for key in ("name", "price", "bond", "licence"))
    if price is None:
        if any(value is not None for value in (name, bond, licence)):
            raise click.UsageError("--name, --bond and --licence say how the model is listed: give --price")
        return None
    options = {} if licence is None else {"licence": licence}
    return ModelListing(name or path.stem, price, price if bond is None else bond, **options)


@click.command("claim")
@BOUNTY
@click.option("--score", type=SCORE, help="Claim this score instead of the model's own.")
@shared
def claim(app: App, bounty_id: str, score: int | None) -> None:
    """Score your model on the opened rows and claim that score, with the claim bond; says what you risk.

    \b
    tessera bounty claim 0x71c0
    """
    from marketplace.cli.bounty_stakes import case_lines, claim_lines
    from marketplace.services import submit as service
    from marketplace.services.amounts import show_tokens
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.request import require_stage
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    require_stage(view, Stage.CLAIMING)
    with app.busy("scoring the model"):
        own = service.own_score(market, view)
    claimed = own if score is None else score
    bond = show_tokens(view.terms.claim_bond)
    service.require_claimable(view, market.account, claimed)
    lines = [
        *claim_lines(market, view, own, claimed),
        f"Claim {show_score(claimed)}: {bond} tokens of {market.account} are locked as a bond.",
    ]
    if claimed > own:
        lines.append(f"  THIS IS MORE THAN THE MODEL SCORES: if it is judged, the {bond} tokens are lost")
    lines += case_lines(view.terms, 0, rows_open=True)
    app.confirm(*lines, *funds_lines(market, "Bounties", view.terms.claim_bond))
    service.claim_score(market, view.bounty_id, claimed)
    data = {"bounty": format_id(view.bounty_id), "score": claimed, "own_score": own, "bond": bond}
    app.done(
        data, f"claimed {show_score(claimed)}", "watch for your turn to grant the key: tessera bounty show"
    )


@click.command("claim-bad-rows")
@BOUNTY
@click.option("--anyway", is_flag=True, help="Even if the rows are good as far as this computer can see.")
@shared
def claim_bad_rows(app: App, bounty_id: str, anyway: bool) -> None:
    """Claim that the opened rows do not open or do not match their root; a panel judges that first.

    \b
    tessera bounty claim-bad-rows 0x71c0
    """
    from marketplace.services import submit as service
    from marketplace.services.amounts import show_tokens
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.request import require_stage
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    require_stage(view, Stage.CLAIMING)
    view.entrant_of(market.account)
    if not anyway and not service.rows_are_bad(market, view):
        raise DataError(
            "the rows are good: they open and match their root", "claim a score: tessera bounty claim"
        )
    bond = show_tokens(view.terms.claim_bond)
    app.confirm(
        f"Claim that the rows are bad: {bond} tokens of {market.account} are locked as a bond.",
        "  if a panel finds them good, the bond is lost",
        *funds_lines(market, "Bounties", view.terms.claim_bond),
    )
    service.claim_bad_rows(market, view.bounty_id)
    app.done({"bounty": format_id(view.bounty_id), "bond": bond}, "claimed that the rows are bad")


@click.command("grant")
@BOUNTY
@shared
def grant(app: App, bounty_id: str) -> None:
    """Grant your model's key to the panel that judges it; only its evaluators can read the grant.

    \b
    tessera bounty grant 0x71c0
    """
    from marketplace.services import submit as service
    from marketplace.services.bounties import find_bounty, load_bounty

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    service.require_grantable(market, view)
    evaluators = sorted(service.panel_keys(market, view))
    app.confirm(f"Let {len(evaluators)} evaluators open your model: {', '.join(evaluators)}.")
    cid = service.grant_key(market, view.bounty_id)
    app.done({"grant": str(cid), "evaluators": evaluators}, f"granted to {len(evaluators)} evaluators")


@click.command("publish-key")
@BOUNTY
@shared
def publish_key(app: App, bounty_id: str) -> None:
    """Publish your model's key, so that a fresh panel can judge it. Everybody can open the model then.

    \b
    tessera bounty publish-key 0x71c0
    """
    from marketplace.services import submit as service
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.request import require_stage
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    require_stage(view, Stage.CURE)
    service.require_candidate_maker(market, view)
    app.confirm("Publish the key of your model: everybody can open and copy it, for ever.")
    service.publish_key(market, view.bounty_id)
    app.done({"bounty": format_id(view.bounty_id)}, "published; next: tessera bounty draw")


@click.command("deliver")
@BOUNTY
@shared
def deliver(app: App, bounty_id: str) -> None:
    """Deliver the key of your winning model to the requester, or show that his lock is wrong.

    \b
    tessera bounty deliver 0x71c0
    """
    from marketplace.services import submit as service
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.request import require_stage
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    require_stage(view, Stage.DELIVERING)
    service.require_candidate_maker(market, view)
    app.confirm(
        f"Deliver your model's key to {view.terms.requester}, who alone can read it.",
        "  if the lock is wrong, a one-time secret is published instead, and that counts as delivery",
    )
    how = service.deliver(market, view.bounty_id)
    told = "delivered" if how == "delivered" else "the lock was wrong: refuted, which counts as delivery"
    app.done(
        {"bounty": format_id(view.bounty_id), "how": how}, told, "after the window: tessera bounty finalize"
    )


@click.command("activate")
@BOUNTY
@shared
def activate(app: App, bounty_id: str) -> None:
    """List your winning model as an asset, under the terms that your submission promised.

    \b
    tessera bounty activate 0x71c0
    """
    from marketplace.services import submit as service
    from marketplace.services.amounts import show_tokens
    from marketplace.services.bounties import find_bounty
    from marketplace.types import format_id

    market = app.market()
    found = find_bounty(market, bounty_id)
    terms = service.promised_listing(market, found)
    app.confirm(
        f"List the model for {show_tokens(terms.price)} tokens, with its attestation.",
        f"  bond: {show_tokens(terms.bond)} tokens of {market.account}, locked until it is unlisted",
        *funds_lines(market, "Assets", terms.bond),
    )
    shown = format_id(service.activate_model(market, found))
    app.done({"asset": shown}, f"listed: {shown}")


COMMANDS = (submit, claim, claim_bad_rows, grant, publish_key, deliver, activate)
