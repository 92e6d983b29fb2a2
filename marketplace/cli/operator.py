"""``tessera operator``: evaluators' seats, and what they do on panels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from marketplace.cli.common import App, funds_lines, shared, short
from marketplace.cli.history import operator_history
from marketplace.cli.operator_run import run
from marketplace.cli.scores import show_score
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.services.bounties import BountyView
    from marketplace.services.structs import Attestation

_BOUNTY = click.argument("bounty_id", metavar="BOUNTY")
MAX_ATTESTATION_BYTES = 2**16


@click.group()
def operator() -> None:
    """Hold seats and evaluate.

    \b
    In order: join · (a contest draws your seat: show) · commit · reveal · … · leave.
    By itself: run.
    """


operator.add_command(operator_history)
operator.add_command(run)


@operator.command("join")
@shared
def join(app: App) -> None:
    """Take one more seat, with its bond. Who owns seats can't open or enter contests.

    \b
    tessera operator join
    """
    from marketplace.services import operators
    from marketplace.services.amounts import show_seconds, show_tokens

    market = app.market()
    bond = market.client.call("Operators", "SEAT_BOND")
    delay = show_seconds(market.client.call("Operators", "LEAVE_DELAY"))
    app.confirm(
        f"Lock {show_tokens(bond)} tokens of {market.account} as the bond of a seat.",
        "  each time a drawn seat stays silent it loses a sixteenth of it",
        f"  you can leave {delay} after announcing it, and never while the seat sits on a panel",
        *([] if operators.joined_before(market) else funds_lines(market, "Operators", bond)),
    )
    seat = operators.join(market)
    app.done({"seat": seat, "bond": show_tokens(bond)}, f"you have seat {seat} now")


@operator.command("show")
@click.option("--all", "everything", is_flag=True, help="Everybody's seats instead.")
@shared
def show(app: App, everything: bool) -> None:
    """Show what you have at risk: seats, panels and what is due, earnings, each slash with its reason.

    \b
    tessera operator show
    """
    from marketplace.cli.operator_views import SEAT_COLUMNS, seat_data, seat_row, show_evaluator
    from marketplace.services.evaluator import load_evaluator
    from marketplace.services.operators import list_seats

    market, owner = app.reader(), app.own_address()
    if everything:
        seats, delay = list_seats(market), market.client.call("Operators", "LEAVE_DELAY")
        rows = [seat_row(one, market.now(), delay) for one in seats]
        app.table([seat_data(one) for one in seats], SEAT_COLUMNS, rows, "nobody has a seat yet")
        return
    if owner is None:
        raise DataError(
            "there is no wallet whose seats these would be", "name one with --wallet, or use --all"
        )
    show_evaluator(app, load_evaluator(market, owner))


@operator.command("leave")
@click.argument("seat", type=click.IntRange(0, 65_535))
@shared
def leave(app: App, seat: int) -> None:
    """Announce that you leave a seat; later, when it is due, leave it and get its bond back.

    The first call announces and says the date; the same command carries it out from then on. A seat whose
    bond is not whole any more can be left at once.

    \b
    tessera operator leave 3
    """
    from marketplace.services import operators
    from marketplace.services.amounts import show_seconds, show_time, show_tokens

    market = app.market()
    found = next((one for one in operators.own_seats(market) if one.seat == seat), None)
    if found is None:
        raise DataError(f"seat {seat} is not yours", "see your seats: tessera operator show")
    if found.whole and found.leave_at == 0:
        delay = show_seconds(market.client.call("Operators", "LEAVE_DELAY"))
        app.confirm(
            f"Announce that you leave seat {seat}: it can be left {delay} from now, and is not drawn then."
        )
        at = operators.announce_leave(market, seat)
        app.done({"seat": seat, "leave_at": at}, f"announced; run this again after {show_time(at)}")
        return
    if found.whole and market.now() < found.leave_at:
        raise DataError(
            f"seat {seat} can be left from {show_time(found.leave_at)} on",
            "wait; on a local chain: tessera localnet advance",
        )
    if found.locked:
        raise DataError(
            f"seat {seat} sits on a panel", "see what is due there, and until when: tessera operator show"
        )
    app.confirm(f"Leave seat {seat}: {show_tokens(found.bond)} tokens go back to {market.account}.")
    amount = operators.leave(market, seat)
    app.done(
        {"seat": seat, "bond": show_tokens(amount)}, f"left seat {seat}, {show_tokens(amount)} tokens back"
    )


@operator.command("commit")
@_BOUNTY
@click.option(
    "--sign",
    "out",
    type=click.Path(path_type=Path),
    help="Sign the commitment into this file instead; whoever has it can send it: relay-commits.",
)
@shared
def commit(app: App, bounty_id: str, out: Path | None) -> None:
    """Score the candidate on the opened rows, and commit to what you found, for each of your places.

    \b
    tessera operator commit 0x71c0
    tessera operator commit 0x71c0 --sign carol.commitment
    """
    from marketplace.services import evaluate
    from marketplace.services.amounts import show_time
    from marketplace.services.bounties import find_bounty, load_bounty

    market = app.market()
    view = load_bounty(market, find_bounty(market, bounty_id))
    places = evaluate.require_turn(market, view)
    if evaluate.awaits_grant(market, view):
        raise DataError(
            f"the maker has not granted its key yet, and can until {show_time(view.panel.grant_deadline)}",
            "commit after the grant, or after that time",
        )
    with app.busy("scoring the model"):
        told = evaluate.judge(market, view)
    app.confirm(
        f"Commit to: {_found(told)}, for {len(places)} place(s) of the panel. It is secret until revealed.",
        "  who commits and does not reveal in time loses a part of the seat's bond",
    )
    if out is not None:
        _sign_commitments(app, view, told, out)
        return
    evaluate.commit(market, view.bounty_id, told)
    data = {"places": places, "verdict": _verdict(told), "score": told.score}
    app.done(data, f"committed to: {_found(told)}", "when all have committed: tessera operator reveal")


def _sign_commitments(app: App, view: BountyView, told: Attestation, out: Path) -> None:
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.services import relay_files, relays
    from marketplace.services.amounts import show_time

    market = app.market()
    require_writable(app, out)
    signed = relays.sign_commitments(market, view.bounty_id, told)
    write_file(out, relay_files.write_commitments(market, view, signed))
    half = view.panel.deadline - view.lengths["committing"] // 2
    data = {"file": str(out), "places": [one.place for one in signed], "commit_yourself_at": half}
    app.done(
        data,
        f"wrote {len(signed)} signed commitment(s) to {out}",
        f"if nobody has sent them by {show_time(half)}, commit by yourself: tessera operator commit",
    )


@operator.command("relay-commits")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@shared
def relay_commits(app: App, files: tuple[Path, ...]) -> None:
    """Send several evaluators' signed commitments in one transaction; anybody may.

    \b
    tessera operator relay-commits carol.commitment dave.commitment
    """
    from marketplace.cli.bounty_views import show_due
    from marketplace.crypto.files import read_file
    from marketplace.services import relay_files, relays
    from marketplace.services.bounties import load_bounty

    market = app.market()
    texts = [read_file(path, relay_files.MAX_BYTES) for path in files]
    found, signed = relay_files.read_commitments(market, texts)
    app.confirm(f"Send {len(signed)} commitment(s) for {short(found)} ({market.account} pays the gas).")
    places = relays.relay_commitments(market, found, signed)
    due = show_due(load_bounty(market, found))
    app.done({"places": places, "due": due}, f"relayed {len(places)}", f"next, {due}")


@operator.command("reveal")
@_BOUNTY
@shared
def reveal(app: App, bounty_id: str) -> None:
    """Sign what you committed to and open it on the chain.

    \b
    tessera operator reveal 0x71c0
    """
    from marketplace.cli.bounty_views import show_due
    from marketplace.services import evaluate
    from marketplace.services.bounties import find_bounty, load_bounty

    market = app.market()
    found = find_bounty(market, bounty_id)
    opened = evaluate.open_attestations(market, found)
    app.confirm(f"Make public for ever that you attest: {_found(opened[0].attestation)}.")
    evaluate.reveal(market, found, opened)
    due = show_due(load_bounty(market, found))
    app.done({"places": [one.place for one in opened], "due": due}, "revealed", f"next, {due}")


@operator.command("export-attestation")
@_BOUNTY
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def export_attestation(app: App, bounty_id: str, out: Path) -> None:
    """Sign what you committed to into a file, which anybody can relay: you pay no gas to reveal.

    \b
    tessera operator export-attestation 0x71c0 --out carol.attestation
    """
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.services import attestations, evaluate
    from marketplace.services.bounties import find_bounty, load_bounty

    market = app.market()
    found = find_bounty(market, bounty_id)
    opened = evaluate.open_attestations(market, found)
    require_writable(app, out)
    write_file(out, attestations.write_opened(market, load_bounty(market, found), opened))
    places = [one.place for one in opened]
    app.done({"file": str(out), "places": places}, f"wrote {len(places)} signed attestation(s) to {out}")


@operator.command("relay")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@shared
def relay(app: App, files: tuple[Path, ...]) -> None:
    """Open several evaluators' signed attestations in one transaction; anybody may.

    \b
    tessera operator relay carol.attestation dave.attestation
    """
    from marketplace.cli.bounty_views import show_due
    from marketplace.crypto.files import read_file
    from marketplace.services import attestations, evaluate
    from marketplace.services.bounties import load_bounty

    market = app.market()
    texts = [read_file(path, MAX_ATTESTATION_BYTES) for path in files]
    found, opened = attestations.read_opened(market, texts)
    app.confirm(
        f"Make {len(opened)} attestation(s) of {short(found)} public ({market.account} pays the gas)."
    )
    evaluate.reveal(market, found, opened)
    due = show_due(load_bounty(market, found))
    app.done({"places": [one.place for one in opened], "due": due}, f"relayed {len(opened)}", f"next, {due}")


def _found(told: Attestation) -> str:
    """Say what an evaluator found."""
    name = _verdict(told)
    return f"{name} {show_score(told.score)}" if name == "scored" else name.replace("_", " ")


def _verdict(told: Attestation) -> str:
    from marketplace.services.structs import Verdict

    return Verdict(told.verdict).name.lower()
