"""``tessera model``: integer models, and scikit-learn objects in skops files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.model_files import convert, export, told_cost
from marketplace.cli.model_inputs import BOUNTY, SCHEMA, TARGET_SCALE, TRUST
from marketplace.cli.scores import METRICS, metric_name, show_score

if TYPE_CHECKING:
    from marketplace.datasets import RowSchema
    from marketplace.models import Metric

KINDS = ("linear", "forest", "boosting", "tree")


@click.group()
def model() -> None:
    """Train, convert, inspect, score and export integer models.

    A model of your own comes from your own Python: fit a scikit-learn estimator on the row schema's
    features, then marketplace.convert and save_model there, or save_estimator and tessera model convert
    here. No command reads pickles, since to open one is to run what is in it; see docs/models.md.
    """


@model.command("train")
@click.argument("table", type=click.Path(path_type=Path))
@SCHEMA
@BOUNTY
@click.option("--target", help="Without a schema: what is to be predicted, a column or a condition.")
@click.option("--kind", type=click.Choice(KINDS), default="boosting", show_default=True, help="Baseline.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def train(
    app: App,
    table: Path,
    target: str | None,
    kind: str,
    out: Path,
    schema_path: Path | None,
    bounty_id: str | None,
) -> None:
    """Train a baseline on a table, for a first look: what it scores on rows left out, and an integer model.

    With --target, the row schema that is made from the table is written beside the model, as OUT.schema.json.

    \b
    tessera model train table.csv --bounty 0x71c0 --kind forest --out model.bin
    """
    from marketplace.cli.files import require_writable
    from marketplace.cli.model_inputs import one_metric, one_schema
    from marketplace.crypto.files import write_file
    from marketplace.datasets import build_schema, read_table
    from marketplace.models import encode_model, model_hash
    from marketplace.services.train import held_out
    from marketplace.services.train import train as fit

    if sum(value is not None for value in (target, schema_path, bounty_id)) != 1:
        raise click.UsageError("give one of --bounty, --schema and --target")
    written = out.with_name(f"{out.name}.schema.json") if target is not None else None
    for path in (out, written):
        if path is not None:
            require_writable(app, path)
    rows = read_table(table)
    schema = build_schema(rows, target) if target is not None else one_schema(app, schema_path, bounty_id)
    metric = one_metric(app, None, bounty_id, schema)
    with app.busy(f"training: {kind}"):
        trained, look = fit(rows, schema, kind), held_out(rows, schema, kind, metric)
    write_file(out, encode_model(trained.model))
    if written is not None:
        write_file(written, schema.to_bytes())
    cost, digest = trained.agreement, model_hash(trained.model).hex()
    data = {"file": str(out), "model_hash": digest, "kind": kind, "rows": cost.rows}
    data |= {"equal": cost.equal, "float_score": cost.float_score, "integer_score": cost.integer_score}
    data |= {"schema_file": None if written is None else str(written), "metric": metric_name(metric)}
    data |= dict(zip(("held_out_score", "baseline_score", "held_out_rows"), look or (None,) * 3, strict=True))
    app.done(data, f"wrote model {digest} to {out}", *_trained(schema, metric, cost, look, written))


def _trained(
    schema: RowSchema, metric: Metric, cost: Any, look: tuple[int, int, int] | None, written: Path | None
) -> list[str]:
    """Say what training gave."""
    lines = [] if written is None else [f"wrote its row schema of {schema.width} features to {written}"]
    lines.append(told_cost(cost, schema))
    if look is None:
        return [*lines, "too few rows to leave some out: what it scores on others is not known"]
    answer = "the most frequent class" if schema.target.is_classes else "the median"
    return [
        *lines,
        f"on {look[2]} rows left out of a training of its own: {metric_name(metric)} {show_score(look[0])}; "
        f"always answering {answer}: {show_score(look[1])}",
    ]


@model.command("inspect")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@shared
def inspect(app: App, path: Path) -> None:
    """Show what a file is: an integer model's shape, size and hash, or what a skops file holds and needs.

    A skops file is not opened for that: nothing in it runs.

    \b
    tessera model inspect model.bin
    """
    from marketplace.cli.model_inputs import read_model_file, shape_data
    from marketplace.models.skops_file import is_skops
    from marketplace.services.estimators import estimator_subject

    content = read_model_file(path)
    if not is_skops(content):
        data = shape_data(content)
        shown = [(name.replace("_", " "), _plain(value)) for name, value in data.items()]
        app.fields(str(path), data, [pair for pair in shown if pair != ("classes", "0")])
        return
    subject = estimator_subject(content)
    data = {"sha256": subject["hash"], "bytes": len(content), "format": "skops"}
    data |= {"estimator": subject["estimator"], "needs_trust": subject["needsTrust"].split()}
    data["needs_trust"] = [] if subject["needsTrust"] == "nothing more" else data["needs_trust"]
    shown = [(name.replace("_", " "), _plain(data[name])) for name in ("estimator", "bytes", "sha256")]
    app.fields(str(path), data, [*shown, ("to open it, trust", subject["needsTrust"])])


def _plain(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


@model.command("score")
@click.argument("path", metavar="MODEL", type=click.Path(path_type=Path))
@click.argument("rows", required=False, type=click.Path(path_type=Path))
@SCHEMA
@BOUNTY
@click.option("--metric", type=click.Choice(METRICS), help="The contest's, else accuracy or absolute error.")
@click.option(
    "--estimator", type=click.Path(path_type=Path), help="The skops file it was made from, to compare."
)
@TARGET_SCALE
@TRUST
@shared
def score(
    app: App,
    path: Path,
    rows: Path | None,
    metric: str | None,
    estimator: Path | None,
    target_scale: int,
    trust: tuple[str, ...],
    schema_path: Path | None,
    bounty_id: str | None,
) -> None:
    """Score a model exactly as a panel does: on a table, a rows file, or a contest's opened rows.

    With --estimator, the score of the estimator in floating point is shown beside it.

    \b
    tessera model score model.bin test.csv --schema rows.schema.json
    """
    from marketplace.cli.model_inputs import one_metric, one_schema, opened_rows, read_model_file, read_rows
    from marketplace.models import decode_model, predict
    from marketplace.services.estimators import open_estimator
    from marketplace.services.scoring import score_estimator, score_predictions

    if rows is None and bounty_id is None:
        raise click.UsageError("give the rows: a table, a rows file, or --bounty alone for its opened rows")
    schema, found = one_schema(app, schema_path, bounty_id), decode_model(read_model_file(path))
    kind = one_metric(app, metric, bounty_id, schema)
    features, labels = opened_rows(app, bounty_id or "") if rows is None else read_rows(rows, schema)
    with app.busy("scoring"):
        got = score_predictions(schema, kind, predict(found, features), labels)
    data: dict[str, Any] = {"score": got.parts, "sums": got.sums, "rows": got.rows}
    data["metric"] = metric_name(kind)
    lines = [f"{metric_name(kind)} {show_score(got.parts)} on {got.rows} rows"]
    if estimator is not None:
        opened = open_estimator(estimator, trust)
        real = score_estimator(opened, schema, kind, features, labels, target_scale)
        data["estimator_score"] = real.parts
        lines.append(f"in floating point {show_score(real.parts)}: {_difference(got.parts - real.parts)}")
    app.done(data, *lines)


def _difference(parts: int) -> str:
    sign = "gains" if parts > 0 else "loses"
    return (
        f"the integer model {sign} {show_score(abs(parts))}" if parts else "the integer model loses nothing"
    )


for _command in (convert, export):
    model.add_command(_command)
