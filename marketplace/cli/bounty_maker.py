"""``tessera bounty``, the makers' side: submit, claim, grant, deliver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import AMOUNT, App, funds_lines, shared, short
from marketplace.cli.scores import SCORE, show_score
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.services.bounties import BountyView
    from marketplace.services.market import Market

BOUNTY = click.argument("bounty_id", metavar="BOUNTY")
MAY_BE_LATE = "  it may come too late: the secret is public then, and nothing is paid for it"


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
    from marketplace.cli.bounty_stakes import case_lines, listing_lines, table_lines
    from marketplace.constants import MAX_MODEL_BYTES
    from marketplace.crypto.files import read_file
    from marketplace.models import decode_model, model_hash
    from marketplace.services import submit as service
    from marketplace.services.amounts import show_tokens
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.entering import require_submittable
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    data = read_file(path, MAX_MODEL_BYTES)
    model = decode_model(data)
    digest = model_hash(model).hex()
    fee = market.client.call("Bounties", "SUBMISSION_FEE")
    promised = _listing(path, listing)
    name = format_id(view.bounty_id)[:14]
    if require_submittable(market, view, model, service.read_schema(market, view.terms)):
        shown = {"bounty": format_id(view.bounty_id), "maker": market.account, "model_hash": digest}
        app.done(shown, f"handed in before: {digest}", f"when the rows are open: tessera bounty claim {name}")
        return
    looks = [*table_lines(app, market, view, model, table), *listing_lines(promised)]
    app.confirm(
        f"Hand in {path}, model {digest}, for {market.account}. Its hash becomes public, the model does not.",
        *looks,
        f"Burned now: {show_tokens(fee)} tokens. Locked when you claim a score: a bond of "
        f"{show_tokens(view.terms.claim_bond)} tokens.",
        *case_lines(view.terms, fee),
        *funds_lines(market, "Bounties", fee),
    )
    with app.busy("checking the encrypted rows, encrypting the model"):
        found = service.submit_model(market, view.bounty_id, data, promised)
    shown = {"bounty": format_id(view.bounty_id), "maker": found.maker, "model_hash": digest}
    app.done(shown, f"handed in {digest}", f"when the rows are open: tessera bounty claim {name}")


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
@click.option(
    "--sign",
    "out",
    type=click.Path(path_type=Path),
    help="Sign the claim into this file instead; whoever has it can send it: relay-claims.",
)
@shared
def claim(app: App, bounty_id: str, score: int | None, out: Path | None) -> None:
    """Score your model on the opened rows and claim that score, with the claim bond; says what you risk.

    \b
    tessera bounty claim 0x71c0
    tessera bounty claim 0x71c0 --sign bob.claim
    """
    from marketplace.cli.bounty_stakes import case_lines, claim_lines
    from marketplace.services import submit as service
    from marketplace.services.amounts import show_time, show_tokens
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.entering import require_claimable
    from marketplace.services.request import require_stage
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    require_stage(view, Stage.CLAIMING)
    with app.busy("scoring the model"):
        own = service.own_score(market, view)
    claimed = own if score is None else score
    bond, name = show_tokens(view.terms.claim_bond), format_id(view.bounty_id)[:14]
    require_claimable(view, market.account, claimed)
    lines = [
        *claim_lines(market, view, own, claimed),
        f"Claim {show_score(claimed)}: {bond} tokens of {market.account} are locked as a bond.",
    ]
    if claimed > own:
        lines.append(f"  THIS IS MORE THAN THE MODEL SCORES: if it is judged, the {bond} tokens are lost")
    lines += case_lines(view.terms, 0, rows_open=True)
    app.confirm(*lines, *funds_lines(market, "Bounties", view.terms.claim_bond))
    data = {"bounty": format_id(view.bounty_id), "score": claimed, "own_score": own, "bond": bond}
    if out is not None:
        _sign_claim(app, view, claimed, out)
        until = show_time(view.deadline)
        later = f"if nobody has sent it in time, claim by yourself until {until}: tessera bounty claim {name}"
        app.done({**data, "file": str(out)}, f"signed the claim of {show_score(claimed)} into {out}", later)
        return
    service.claim_score(market, view.bounty_id, claimed)
    app.done(
        data,
        f"claimed {show_score(claimed)}",
        f"watch for your turn to grant the key: tessera bounty show {name}",
    )


def _sign_claim(app: App, view: BountyView, score: int, out: Path) -> None:
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.services import relay_files, relays

    require_writable(app, out)
    market = app.market()
    write_file(out, relay_files.write_claim(market, view, relays.sign_claim(market, view.bounty_id, score)))


@click.command("relay-claims")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@shared
def relay_claims(app: App, files: tuple[Path, ...]) -> None:
    """Send several makers' signed claims in one transaction; anybody may. Each maker locks his own bond.

    \b
    tessera bounty relay-claims bob.claim dave.claim
    """
    from marketplace.crypto.files import read_file
    from marketplace.services import relay_files, relays
    from marketplace.types import format_id

    market = app.market()
    texts = [read_file(path, relay_files.MAX_BYTES) for path in files]
    found, claims = relay_files.read_claims(market, texts)
    app.confirm(f"Send {len(claims)} claim(s) for {short(found)} ({market.account} pays the gas).")
    left = relays.relay_claims(market, found, claims)
    sent = sorted({one.maker for one in claims} - {one.maker for one in left})
    data = {
        "bounty": format_id(found),
        "claimed": sent,
        "left_out": [{"maker": one.maker, "why": one.why} for one in left],
    }
    app.done(data, f"relayed {len(sent)}", *(f"left out {one.maker}: {one.why}" for one in left))


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

    If the panel is not drawn yet, this draws it too, in the same transaction.

    \b
    tessera bounty grant 0x71c0
    """
    from marketplace.services import submit as service
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.structs import Phase, Stage

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    if view.stage is Stage.JUDGING and view.panel.phase is Phase.DRAWING:
        _draw_and_grant(app, view)
        return
    service.require_grantable(market, view)
    evaluators = sorted(service.panel_keys(market, view.panel.seats))
    if view.panel.granted:
        given = service.last_grant(market, view.bounty_id)
        data = {"grant": str(given), "evaluators": evaluators}
        app.done(data, "the panel has the key already: nothing was sent", "its evaluators are to commit now")
        return
    app.confirm(f"Let {len(evaluators)} evaluators open your model: {', '.join(evaluators)}.")
    cid = service.grant_key(market, view.bounty_id)
    app.done({"grant": str(cid), "evaluators": evaluators}, f"granted to {len(evaluators)} evaluators")


def _draw_and_grant(app: App, view: BountyView) -> None:
    from marketplace.services import contest
    from marketplace.services import submit as service

    market = app.market()
    service.require_candidate_maker(market, view)
    app.confirm("Draw the panel, and let its evaluators open your model.")
    with app.busy("waiting for the block that seeds the draw"):
        contest.await_seed(market, view.bounty_id)
    cid = service.draw_and_grant(market, view.bounty_id)
    if cid is None:
        raise DataError("one draw can't complete this panel", "draw first: tessera bounty draw; then grant")
    app.done({"grant": str(cid)}, "drew the panel and granted it the key")


@click.command("publish-key")
@BOUNTY
@shared
def publish_key(app: App, bounty_id: str) -> None:
    """Publish the model's key, so that a fresh panel can judge it. Everybody can open the model then.

    The maker can do it, and the requester once it was delivered to him.

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
    service.require_curer(market, view)
    app.confirm("Publish the key of the model: everybody can open and copy it, for ever.")
    service.publish_key(market, view.bounty_id)
    app.done({"bounty": format_id(view.bounty_id)}, "published; next: tessera bounty draw")


@click.command("deliver")
@BOUNTY
@click.option(
    "--lock",
    "path",
    type=click.Path(path_type=Path),
    help="Deliver against a lock that the requester signed into this file.",
)
@click.option(
    "--reveal",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="With --lock: open the panel's signed attestations in the same transaction; once for each file.",
)
@shared
def deliver(app: App, bounty_id: str, path: Path | None, files: tuple[Path, ...]) -> None:
    """Deliver the key of your winning model to the requester, or show that his lock is wrong.

    \b
    tessera bounty deliver 0x71c0
    tessera bounty deliver 0x71c0 --lock the.lock
    tessera bounty deliver 0x71c0 --lock the.lock --reveal carol.attestation --reveal dave.attestation
    """
    from marketplace.services import submit as service
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.request import require_stage
    from marketplace.services.structs import Stage
    from marketplace.types import format_id

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    if path is not None:
        _deliver_signed(app, view, path, files)
        return
    if files:
        raise click.UsageError("--reveal goes with --lock")
    require_stage(view, Stage.DELIVERING)
    service.require_candidate_maker(market, view)
    late = _is_late(market, view)
    app.confirm(
        f"Deliver your model's key to {view.terms.requester}, who alone can read it.",
        "  if the lock is wrong, a one-time secret is published instead, and that counts as delivery",
        *([MAY_BE_LATE] if late else []),
    )
    how = service.deliver(market, view.bounty_id, late=late)
    told = "delivered" if how == "delivered" else "the lock was wrong: refuted, which counts as delivery"
    app.done(
        {"bounty": format_id(view.bounty_id), "how": how},
        told,
        f"after the window: tessera bounty finalize {format_id(view.bounty_id)[:14]}",
    )


def _is_late(market: Market, view: BountyView) -> bool:
    """Tell whether what is sent now might be mined after the deadline of a stage only."""
    from marketplace.services.sell import SETTLE_MARGIN_SECONDS, latest_time

    return view.deadline - latest_time(market) < SETTLE_MARGIN_SECONDS


def _deliver_signed(app: App, view: BountyView, path: Path, files: tuple[Path, ...]) -> None:
    from marketplace.crypto.files import read_file
    from marketplace.services import attestations, relay_files, relays
    from marketplace.types import format_id

    market = app.market()
    found, lock = relay_files.read_lock(market, read_file(path, relay_files.MAX_BYTES))
    if found != view.bounty_id:
        raise DataError(f"{path} is the lock of bounty {format_id(found)}", "name that bounty")
    texts = [read_file(one, relay_files.MAX_BYTES) for one in files]
    other, opened = attestations.read_opened(market, texts) if texts else (found, [])
    if other != found:
        raise DataError(f"these attestations are of bounty {format_id(other)}", "name its files")
    shown = [f"  and open {len(opened)} attestation(s) of the panel"] if opened else []
    late = not opened and _is_late(market, view)
    shown += [MAY_BE_LATE] if late else []
    app.confirm(f"Deliver your model's key to {view.terms.requester}, who alone can read it.", *shown)
    if opened:
        relays.reveal_and_deliver(market, found, opened, lock)
    else:
        relays.deliver_signed(market, found, lock, late=late)
    app.done(
        {"bounty": format_id(found), "how": "delivered"},
        "delivered",
        f"after the window: tessera bounty finalize {format_id(view.bounty_id)[:14]}",
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


COMMANDS = (submit, claim, relay_claims, claim_bad_rows, grant, publish_key, deliver, activate)
