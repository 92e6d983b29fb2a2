"""How evaluators and their seats are shown."""

from __future__ import annotations

from typing import Any

from marketplace.cli.common import App, short
from marketplace.services.amounts import show_seconds, show_time, show_tokens
from marketplace.services.evaluator import Evaluator
from marketplace.services.operators import SeatView
from marketplace.types import format_id

SEAT_COLUMNS = ("seat>", "owner", "bond>", "state", "since", "may leave")
PANEL_COLUMNS = ("bounty", "seat>", "place>", "phase", "due from you", "until")
EARNING_COLUMNS = ("bounty", "earned>", "attestations>")
SLASH_COLUMNS = ("seat>", "lost>", "when", "reason", "bounty")


def seat_data(one: SeatView) -> dict[str, Any]:
    """Return a seat as plain data."""
    return {
        "seat": one.seat,
        "owner": one.owner,
        "bond": show_tokens(one.bond),
        "whole": one.whole,
        "locked": one.locked,
        "since": one.since,
        "leave_at": one.leave_at or None,
    }


def seat_row(one: SeatView, now: int, leave_delay: int) -> tuple[str, ...]:
    """Return a seat as a row of `SEAT_COLUMNS`."""
    state = "on a panel" if one.locked else "can be drawn" if one.whole else "bond not whole: can't be drawn"
    if one.leave_at and one.whole and not one.locked:
        state = "leaving" if one.leave_at <= now else "leaving; a draw can still take it"
    return (
        str(one.seat),
        short(one.owner),
        show_tokens(one.bond),
        state,
        show_time(one.since),
        _may_leave(one, now, leave_delay),
    )


def _may_leave(one: SeatView, now: int, leave_delay: int) -> str:
    if not one.whole:
        return "when its panel is through" if one.locked else "now"
    if not one.leave_at:
        return f"{show_seconds(leave_delay)} after announcing it"
    words = "now" if one.leave_at <= now else f"from {show_time(one.leave_at)}"
    return f"{words}, when its panel is through" if one.locked else words


def evaluator_data(found: Evaluator) -> dict[str, Any]:
    """Return an evaluator's situation as plain data: amounts in tokens, times in Unix seconds."""
    return {
        "account": found.account,
        "at_risk": show_tokens(found.at_risk),
        "on_panels": show_tokens(found.on_panels),
        "earned": show_tokens(found.earned),
        "lost": show_tokens(found.lost),
        "seats": [seat_data(one) for one in found.seats],
        "panels": [
            {
                "bounty": format_id(one.bounty_id),
                "seat": one.seat,
                "place": one.place,
                "phase": one.phase.name.lower(),
                "due": one.due or None,
                "until": one.until,
            }
            for one in found.sittings
        ],
        "earnings": [
            {"bounty": format_id(e.bounty_id), "amount": show_tokens(e.amount), "attestations": e.attested}
            for e in found.earnings
        ],
        "slashes": [
            {
                "seat": one.seat,
                "amount": show_tokens(one.amount),
                "reason": one.reason,
                "bounty": None if one.bounty_id is None else format_id(one.bounty_id),
                "at": one.at,
            }
            for one in found.slashes
        ],
    }


def show_evaluator(app: App, found: Evaluator) -> None:
    """Show an evaluator's situation: JSON, or one paragraph and a table of each kind."""
    data = evaluator_data(found)
    if app.as_json:
        app.done(data)
        return
    seats = len(found.seats)
    shown = [
        ("at risk", f"{show_tokens(found.at_risk)} tokens in {seats} seat(s)"),
        ("of that on panels", f"{show_tokens(found.on_panels)} tokens"),
        ("earned", f"{show_tokens(found.earned)} tokens in {len(found.earnings)} contest(s)"),
        ("lost", f"{show_tokens(found.lost)} tokens in {len(found.slashes)} slash(es)"),
    ]
    app.fields(f"evaluator {found.account}", data, shown)
    rows = [seat_row(one, found.now, found.leave_delay) for one in found.seats]
    app.table(data["seats"], SEAT_COLUMNS, rows, "no seat; take one with: tessera operator join")
    _show_panels(app, found)
    _show_past(app, found)


def _show_panels(app: App, found: Evaluator) -> None:
    rows = [
        (
            short(one.bounty_id),
            str(one.seat),
            str(one.place + 1),
            one.phase.name.lower(),
            one.due or "nothing: others are to act",
            show_time(one.until),
        )
        for one in found.sittings
    ]
    app.table([], PANEL_COLUMNS, rows, "on no panel now")


def _show_past(app: App, found: Evaluator) -> None:
    """Show earnings and slashes, if there are any."""
    earned = [(short(e.bounty_id), show_tokens(e.amount), str(e.attested)) for e in found.earnings]
    app.table([], EARNING_COLUMNS, earned, "nothing earned yet")
    lost = [
        (
            str(one.seat),
            show_tokens(one.amount),
            show_time(one.at),
            one.reason,
            "-" if one.bounty_id is None else short(one.bounty_id),
        )
        for one in found.slashes
    ]
    app.table([], SLASH_COLUMNS, lost, "never slashed")
