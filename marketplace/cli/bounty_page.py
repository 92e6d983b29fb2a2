"""A contest on one page: what is due, from whom, the stages, the money, who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.cli.bounty_demand import demand_data, demand_lines
from marketplace.cli.bounty_views import bounty_data, entrant_states, outcome_name, verdict_name
from marketplace.cli.common import short
from marketplace.cli.page import folded, grid, heading, page_width, pairs, relative
from marketplace.cli.scores import metric_name, show_score
from marketplace.errors import MarketplaceError
from marketplace.services import stakes
from marketplace.services.amounts import show_seconds, show_time, show_tokens
from marketplace.services.attestations import Revealed, list_attestations
from marketplace.services.bounties import BountyView
from marketplace.services.contest import due
from marketplace.services.demands import Demand, live_demands
from marketplace.services.market import Market
from marketplace.services.stakes import Flow
from marketplace.services.structs import Phase, Stage, Verdict
from marketplace.services.submit import read_schema
from marketplace.services.turns import Step, Turn, timeline, turns
from marketplace.types import RAW_CODEC, Cid, format_id

OUTCOMES = {
    "paid": "a model earned the reward",
    "halved": "a model was delivered, but no panel agreed: half of the reward",
    "no submission": "nobody handed in a model; everything went back",
    "silent": "the requester never opened the test rows, and lost his deposit",
    "bad rows": "the test rows were bad, and the requester lost his deposit",
    "nobody": "no claim held; everything went back",
    "too few seats": "no panel could be drawn; everything went back",
}


@dataclass(frozen=True)
class Page:
    """What a page is made from.

    Parameters
    ----------
    view : BountyView
    owners : mapping of int to str
        Owner by place of the panel.
    told : sequence of Revealed
        Attestations so far.
    locked : int
        In the Vault for it now, token base units.
    flows : sequence of Flow
    me : str or None
        Address of the wallet that looks.
    task : str or None
        What is to be predicted; None if the row schema is not in the store.
    seated : bool
        The wallet owns a seat of an evaluator.
    demanded : sequence of Demand
        Demands of the verdict in its window that are under way.
    """

    view: BountyView
    owners: Mapping[int, str]
    told: Sequence[Revealed]
    locked: int
    flows: Sequence[Flow]
    me: str | None
    task: str | None
    seated: bool = False
    demanded: Sequence[Demand] = ()

    @property
    def turns(self) -> list[Turn]:
        """What the wallet can do now."""
        return turns(self.view, self.me, self.owners, seated=self.seated)

    def who(self, address: str) -> str:
        """Name an address shortly."""
        mine = ", you" if address == self.me else ""
        role = ", the requester" if address == self.view.terms.requester else ""
        return f"{short(address)}{role}{mine}"


def read_page(market: Market, view: BountyView, me: str | None) -> Page:
    """Read what a contest's page shows to an address."""
    with market.client.at() as now:
        seats = view.panel.seats.items()
        owners = {place: now.call("Operators", "ownerOf", seat) for place, seat in seats}
        seated = me is not None and now.call("Operators", "seatsOf", me) > 0
    told, money = list_attestations(market, view.bounty_id), stakes.flows(market, view)
    locked, task = stakes.locked(market, view), _predicted(market, view)
    return Page(view, owners, told, locked, money, me, task, seated, live_demands(market, view))


def _predicted(market: Market, view: BountyView) -> str | None:
    """Say what is to be predicted; None if the row schema is not in the store."""
    try:
        target = read_schema(market, view.terms).target
    except MarketplaceError:
        return None
    return f"{target.spec} ({', '.join(target.classes)})" if target.is_classes else f"{target.spec}, a number"


def page_data(page: Page) -> dict[str, Any]:
    """Return the page as plain data: amounts in tokens, scores as parts of SCORE_ONE, Unix seconds."""
    data = bounty_data(page.view, dict(page.owners), page.told)
    data["task"] = page.task
    data["you"] = page.me
    data["turns"] = [
        {"command": t.command, "why": t.why, "needed": t.needed, "until": t.until or None} for t in page.turns
    ]
    data["timeline"] = [
        {
            "stage": step.name,
            "state": step.state,
            "until": step.until or None,
            "at_latest": step.at_latest,
            "note": step.note,
        }
        for step in timeline(page.view)
    ]
    data["locked"] = show_tokens(page.locked)
    flows = [{"what": f.what, "amount": show_tokens(f.amount), "where": f.where} for f in page.flows]
    demanded = [demand_data(one) for one in page.demanded]
    return data | {"money": flows, "demands": demanded}


def page_lines(page: Page, width: int | None = None) -> list[str]:
    """Return the page for eyes, folded to a width (the terminal's by default)."""
    wide = width or page_width()
    lines = [f"bounty {format_id(page.view.bounty_id)}", *folded(_summary(page), wide)]
    lines += [*heading("Next"), *_next(page, wide)]
    for told in demand_lines(page.view, tuple(page.demanded)):
        lines += folded(told, wide)
    lines += [*heading("Stages"), *_stages(page, wide)]
    lines += [*heading("Task"), *pairs(_task(page), wide)]
    lines += [*heading("Money"), *_money(page, wide)]
    lines += _submissions(page, wide)
    lines += _panel(page, wide)
    lines += _attestations(page, wide)
    return lines


def _summary(page: Page) -> str:
    view = page.view
    if view.stage is Stage.DONE:
        name = outcome_name(view)
        return f"Ended: {OUTCOMES.get(name, name)}."
    what = f" for {page.task}" if page.task else ""
    return f"{show_tokens(view.terms.reward)} tokens for the best model{what}. Now: {due(view).stage}."


def _next(page: Page, width: int) -> list[str]:
    view, waits = page.view, due(page.view)
    lines = []
    if waits.what == "-":
        lines += folded("Nothing: it is over, and everybody is paid.", width)
    else:
        when = f", until {_moment(waits.until, view.now)}" if waits.until > view.now else ""
        if waits.until and waits.until <= view.now:
            when = f"; the time was over {relative(waits.until, view.now)}"
        lines += folded(f"{waits.who}: {waits.what}{when}", width)
    for turn in page.turns:
        who = "anybody" if turn.why.startswith("anybody") else "you"
        prefix = f"{who} can:" if not turn.needed or who == "anybody" else "your turn:"
        lines += grid([(prefix, turn.command)], width)
        by = f"; until {_moment(turn.until, view.now)}" if turn.until else ""
        lines += grid([(" " * len(prefix), turn.why.removeprefix("anybody may: ") + by)], width)
    if not page.turns and page.me is not None and waits.what != "-":
        lines += folded(f"Nothing for you ({short(page.me)}) to do now.", width)
    return lines


def _stages(page: Page, width: int) -> list[str]:
    now, rows = page.view.now, []
    for step in timeline(page.view):
        rows.append((step.state, step.name, _when(step, now, width), step.note))
    return grid(rows, width)


def _when(step: Step, now: int, width: int) -> str:
    if not step.until or step.state in ("done", "skipped"):
        return "-"
    word = "by" if step.at_latest else "until"
    if width < 100:
        return f"{word} {show_time(step.until)[5:16]} ({relative(step.until, now)})"
    return f"{word} {_moment(step.until, now)}"


def _moment(timestamp: int, now: int) -> str:
    return f"{show_time(timestamp)} ({relative(timestamp, now)})"


def _task(page: Page) -> list[tuple[str, str]]:
    view, terms = page.view, page.view.terms
    rows = "public" if view.rows_key is not None else "hidden till submissions end"
    return [
        ("predict", page.task or "see the row schema, which is not in this store"),
        ("to win", f"{metric_name(terms.metric)} of at least {show_score(terms.threshold)}"),
        ("judged on", f"{terms.row_count} test rows, {rows}"),
        ("by", f"{terms.panel_size} evaluators drawn by lot, of whom {terms.quorum} must agree to the bit"),
        ("rows look like", f"tessera bounty schema {format_id(view.bounty_id)[:14]} --out rows.schema.json"),
        ("asked by", terms.requester + (" (you)" if terms.requester == page.me else "")),
        ("schema CID", str(Cid(RAW_CODEC, terms.schema))),
        ("lengths", ", ".join(f"{name} {show_seconds(s)}" for name, s in view.lengths.items())),
    ]


def _money(page: Page, width: int) -> list[str]:
    terms = page.view.terms
    rows = [(flow.what, show_tokens(flow.amount), flow.where) for flow in page.flows]
    if page.view.stage in (Stage.SUBMITTING, Stage.CLAIMING):
        bond = "a maker locks it to claim a score"
        rows.append(("claim bond", show_tokens(terms.claim_bond), bond))
    rows.append(("locked now", show_tokens(page.locked), "in the vault, for this contest alone"))
    return grid(rows, width, right=(1,))


def _submissions(page: Page, width: int) -> list[str]:
    view = page.view
    title = heading(f"Submissions ({len(view.entrants)})")
    rows = []
    for one in view.entrants:
        claim = "no claim" if one.claimed is None else f"claims {show_score(one.claimed)}"
        judged = view.candidate is not None and one.index == view.candidate.index
        notes = [*(["judged now"] if judged and view.stage is not Stage.DONE else entrant_states(one))]
        rows.append((str(one.index), page.who(one.maker), claim, ", ".join(notes)))
    if int(view.rows_claimer, 16):
        rows.append(("-", page.who(view.rows_claimer), "bad rows", "claims that the rows are bad"))
    return [*title, *(grid(rows, width, right=(0,)) if rows else folded("None yet.", width))]


def _panel(page: Page, width: int) -> list[str]:
    panel = page.view.panel
    if panel.phase in (Phase.NONE, Phase.JUDGED) or not panel.seats:
        return []
    rows = []
    for place, seat in panel.seats.items():
        did = "has not committed yet"
        if place in panel.revealed:
            did = "revealed"
        elif place in panel.committed:
            did = "committed"
        rows.append((str(place + 1), page.who(page.owners.get(place, "?")), f"seat {seat}", did))
    about = "the test rows" if panel.candidate == 0 else f"submission {panel.candidate}"
    return [*heading(f"Panel {panel.number}, about {about}"), *grid(rows, width, right=(0,))]


def _attestations(page: Page, width: int) -> list[str]:
    if not page.told:
        return []
    rows = []
    for one in page.told:
        scored = one.attestation.verdict == Verdict.SCORED
        score = show_score(one.attestation.score) if scored else ""
        verdict = verdict_name(one.attestation.verdict)
        rows.append((f"panel {one.number}", page.who(one.evaluator), verdict, score))
    return [*heading("Attestations"), *grid(rows, width)]
