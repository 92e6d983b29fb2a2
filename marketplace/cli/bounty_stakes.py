"""What a maker sees before he submits or claims: what he risks, and what others score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from marketplace.cli.common import App
from marketplace.cli.page import grid, page_width
from marketplace.cli.scores import metric_name, show_score
from marketplace.services.amounts import show_tokens
from marketplace.services.stakes import cases, rank

if TYPE_CHECKING:
    from marketplace.models import IntegerModel
    from marketplace.services.bounties import BountyView
    from marketplace.services.market import Market
    from marketplace.services.prizes import ModelListing
    from marketplace.services.structs import BountyTerms

BASELINE = "boosting"
"""The baseline of ``tessera model train`` that a model is compared with."""


def case_lines(terms: BountyTerms, fee: int, *, rows_open: bool = False) -> list[str]:
    """Say what can happen, and what each case gains or costs."""
    rows = [
        (_signed(case.gain), f"if {case.what}: {case.why}") for case in cases(terms, fee, rows_open=rows_open)
    ]
    return ["What it can come to, in tokens:", *grid(rows, page_width(), right=(0,))]


def _signed(amount: int) -> str:
    return f"+{show_tokens(amount)}" if amount > 0 else show_tokens(amount)


def table_lines(
    app: App, market: Market, view: BountyView, model: IntegerModel, table: Path | None
) -> list[str]:
    """Say what is to be beaten: the threshold, and on a table of the maker's what baselines score."""
    from marketplace.datasets import read_table
    from marketplace.models import Metric, Task, predict
    from marketplace.services.scoring import score_predictions
    from marketplace.services.submit import read_schema
    from marketplace.services.train import held_out

    metric, name = Metric(view.terms.metric), metric_name(view.terms.metric)
    lines = [
        f"To be beaten: {name} {show_score(view.terms.threshold)}, on {view.terms.row_count} hidden rows."
    ]
    if model.head.task is Task.REGRESS and view.terms.classes:
        lines.append("  THE MODEL PREDICTS A NUMBER: it is right only where that is the number of the class")
    if table is None:
        return [*lines, "  see what baselines score on your table first: --table"]
    schema, rows = read_schema(market, view.terms), read_table(table)
    features, labels = schema.encode(rows)
    with app.busy(f"training a baseline: {BASELINE}"):
        own = score_predictions(schema, metric, predict(model, features), labels)
        look = held_out(rows, schema, BASELINE, metric)
    shown = [
        (show_score(own.parts), f"your model, on all {own.rows} rows, which it may have been trained on")
    ]
    if look is not None:
        shown.append(
            (show_score(look[0]), f"the baseline {BASELINE}, on {look[2]} rows it was not trained on")
        )
        shown.append((show_score(look[1]), "the same answer always, on those rows"))
    return [*lines, f"On {table}, {name}:", *grid(shown, page_width())]


def listing_lines(listing: ModelListing | None) -> list[str]:
    """Say how the model is listed if it wins and its maker activates it."""
    if listing is None:
        return []
    terms = f"{show_tokens(listing.price)} tokens, with a bond of {show_tokens(listing.bond)}"
    return [f"If it wins you can list it for sale: '{listing.name}' for {terms}, {listing.licence}."]


def claim_lines(market: Market, view: BountyView, own: int, claimed: int) -> list[str]:
    """Say what the model scores on the opened rows, beside the same answer always, and others' claims."""
    from marketplace.models import Metric
    from marketplace.services.submit import open_test_rows, read_schema
    from marketplace.services.train import baseline_score

    schema, (_, labels) = read_schema(market, view.terms), open_test_rows(market, view).arrays()
    floor = baseline_score(labels, schema, Metric(view.terms.metric))
    stands = rank(view, market.account, claimed)
    shown = [
        (show_score(own), "your model"),
        (show_score(view.terms.threshold), "the threshold"),
        (show_score(floor), "the same answer always"),
    ]
    if stands.best is not None:
        shown.append((show_score(stands.best), "the best claim of another so far"))
    first = "the first to be judged" if stands.place == 1 else f"number {stands.place} to be judged"
    title = f"On the {view.terms.row_count} opened rows, {metric_name(view.terms.metric)}:"
    return [title, *grid(shown, page_width()), f"Of the claims so far, yours would be {first}."]
