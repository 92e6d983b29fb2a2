"""``tessera bounty``: contests. Requester's, makers' and anybody's commands lie in files of their own."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.cli.bounty_anybody import COMMANDS as ANYBODYS
from marketplace.cli.bounty_audit import audit
from marketplace.cli.bounty_demand import COMMANDS as DEMANDS
from marketplace.cli.bounty_follow import follow
from marketplace.cli.bounty_maker import COMMANDS as MAKERS
from marketplace.cli.bounty_requester import COMMANDS as REQUESTERS
from marketplace.cli.common import App, shared, short
from marketplace.cli.history import bounty_history

_BOUNTY = click.argument("bounty_id", metavar="BOUNTY")


@click.group()
def bounty() -> None:
    """Open a contest, submit to it, claim, deliver, be paid.

    \b
    In order: open · submit · open-rows · claim · choose · draw · grant · (operator commit, reveal) ·
    lock · deliver · receive · finalize · release. When somebody does not act in time: show, advance.
    When a verdict may be wrong: audit. By itself: follow.
    """


bounty.add_command(bounty_history)
bounty.add_command(follow)
bounty.add_command(audit)


@bounty.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that ended.")
@shared
def list_(app: App, everything: bool) -> None:
    """List the contests.

    \b
    tessera bounty list
    """
    from marketplace.cli.bounty_views import bounty_data, show_due
    from marketplace.cli.scores import metric_name, show_score
    from marketplace.services.amounts import show_tokens
    from marketplace.services.bounties import list_bounties
    from marketplace.services.structs import Stage

    views = list_bounties(app.reader(), ended=everything)
    found = [one for one in views if everything or one.stage is not Stage.DONE]
    rows = [
        (
            short(one.bounty_id),
            show_tokens(one.terms.reward),
            metric_name(one.terms.metric),
            show_score(one.terms.threshold),
            str(one.terms.row_count),
            str(len(one.entrants)),
            show_due(one),
        )
        for one in found
    ]
    columns = ("bounty", "reward>", "metric", "threshold>", "rows>", "models>", "due")
    app.table([bounty_data(one, {}, ()) for one in found], columns, rows, "no contest is open")


@bounty.command("show")
@_BOUNTY
@shared
def show(app: App, bounty_id: str) -> None:
    """Show a contest: whose turn it is and what he types, deadlines, money, models, panel.

    \b
    tessera bounty show 0x71c0
    """
    from marketplace.cli.bounty_page import page_data, page_lines, read_page
    from marketplace.services.bounties import find_bounty, load_bounty

    market = app.reader()
    page = read_page(market, load_bounty(market, find_bounty(market, bounty_id)), app.own_address())
    app.done(page_data(page), *page_lines(page))


@bounty.command("schema")
@_BOUNTY
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else it is shown.")
@shared
def schema(app: App, bounty_id: str, out: Path | None) -> None:
    """Show a contest's row schema, or write it to a file: what a model's rows look like.

    \b
    tessera bounty schema 0x71c0 --out rows.schema.json
    """
    from marketplace.cli.files import require_writable
    from marketplace.crypto.files import write_file
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.submit import read_schema

    market = app.reader()
    found = read_schema(market, load_bounty(market, find_bounty(market, bounty_id)).terms)
    target = found.target
    data = {
        "target": target.spec,
        "classes": list(target.classes),
        "features": [
            {"name": f.name, "scale": f.scale, "divisor": f.divisor, "indicator": f.category is not None}
            for f in found.features
        ],
        "file": None if out is None else str(out),
    }
    if out is not None:
        require_writable(app, out)
        write_file(out, found.to_bytes())
        app.done(data, f"wrote the schema of {found.width} features to {out}")
        return
    kind = ", ".join(target.classes) if target.is_classes else f"a number, in steps of 1/{target.scale}"
    shown = [("target", f"{target.spec}: {kind}"), ("features", str(found.width))]
    shown += [(f.name, "0 or 1" if f.category else f"times {f.scale}/{f.divisor}") for f in found.features]
    app.fields("row schema", data, shown)


for _command in (*REQUESTERS, *MAKERS, *ANYBODYS, *DEMANDS):
    bounty.add_command(_command)
